#[hvp::differentiable(wrt(x, out))]
fn grown(x: &[f64], out: &mut Vec<f64>) {
    out.push(x[0] * x[1]);
}

fn main() {}
