fn table(i: usize) -> [f64; 3] {
    [i as f64; 3]
}

#[hvp::differentiable]
fn looked_up(x: f64) -> f64 {
    x + table(x as usize)[index(x)]
}

fn index(x: f64) -> usize {
    x as usize
}

fn main() {}
