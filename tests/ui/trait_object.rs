use hvp::differentiable;

trait Model {
    fn energy(&self, x: f64) -> f64;
}

#[differentiable(wrt(x))]
fn f(x: f64, model: &dyn Model) -> f64 {
    model.energy(x)
}

fn main() {}
