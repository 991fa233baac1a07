use std::ffi::c_int as Level;

mod unrelated {
    pub type Level = usize;
}

#[hvp::differentiable]
fn raised(x: f64, k: i32) -> f64 {
    let level: Level = k;
    x.powi(level)
}

fn main() {
    let _: unrelated::Level = 3;
}
