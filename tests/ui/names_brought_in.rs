//! What a body brings in would be meant by what is inlined into it.

use hvp::differentiable;

const E: f64 = 200.0;

#[derive(Clone, Copy)]
struct Beam {
    area: f64,
}

impl Beam {
    fn stiffness(self, length: f64) -> f64 {
        self.area * E / length
    }
}

fn weight(n: usize) -> f64 {
    n as f64
}

mod other {
    pub fn weight(n: usize) -> f64 {
        n as f64 * 1000.0
    }
}

#[derive(Clone, Copy)]
struct Load {
    force: f64,
}

impl Load {
    fn at(&self, n: usize) -> f64 {
        self.force * weight(n)
    }
}

#[differentiable]
fn constants(x: &[f64]) -> f64 {
    use std::f64::consts::*;
    let beam = Beam { area: x[0] };
    beam.stiffness(x[1]) * PI
}

#[differentiable]
fn function_of_a_block(x: &[f64]) -> f64 {
    let load = Load { force: x[0] };
    let work = {
        use other::weight;
        load.at(2) * weight(1)
    };
    work * x[1]
}

#[differentiable]
fn all_of_a_module(x: &[f64]) -> f64 {
    use other::*;
    let load = Load { force: x[0] };
    load.at(2) * weight(1)
}

fn main() {}
