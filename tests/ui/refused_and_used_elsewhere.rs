use hvp::{Objective, differentiable};

#[differentiable]
fn energy(x: &[f64]) -> f64 {
    x[0].to_bits() as f64
}

#[differentiable]
fn of_energy(x: &[f64], k: f64) -> f64 {
    k * energy(x)
}

struct Model;

impl Model {
    #[differentiable(wrt(y, dy))]
    fn rate(&self, y: &[f64], scale: &f64, dy: &mut [f64]) -> Result<(), String> {
        dy[0] = y[0].to_bits() as f64 * scale;
        Ok(())
    }
}

fn main() {
    let (value, gradient): (f64, Vec<f64>) = energy_value_and_grad(&[1.0]);
    let product: Vec<f64> = energy_hvp(&[1.0], &gradient);
    let (gradient, slope): (Vec<f64>, f64) = of_energy_grad(&product, value);
    energy::objective().value(&gradient);
    let rate: Result<(), String> = Model.rate_jvp(&[slope], &1.0, &mut [0.0], &mut [0.0], &[1.0]);
    println!("{rate:?}");
}
