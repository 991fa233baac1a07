//! Arrays that are data of a type which only rustc knows, passed by value to functions that take numbers in that place.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone, Copy)]
struct Sensor {
    position: [f64; 3],
    gains: [[f64; 2]; 2],
    weight: f64,
}

#[differentiable]
fn range(x: &[f64], from: [f64; 3]) -> f64 {
    let mut s = 0.0;
    for k in 0..3 {
        s += (x[k] - from[k]).powi(2) * x[k + 1];
    }
    s.sqrt()
}

#[differentiable]
fn response(x: &[f64], gains: [[f64; 2]; 2]) -> f64 {
    gains[0][1] * x[0] * x[1] + gains[1][0] * x[2].sin()
}

#[differentiable(wrt(x))]
fn held(x: &[f64], from: [f64; 3]) -> f64 {
    range(x, from) * from[1]
}

#[differentiable(wrt(x))]
fn halved(x: &[f64], from: [f64; 3], n: usize) -> f64 {
    if n == 0 {
        x[0] * from[0]
    } else {
        x[n] * from[1] + halved(x, [from[1], from[2], from[0]], n - 1) * x[0]
    }
}

impl Sensor {
    #[differentiable(wrt(x))]
    fn seen(&self, x: &[f64], from: [f64; 3]) -> f64 {
        self.weight * (x[0] * from[0] + x[1] * from[1]).sin()
    }
}

#[differentiable(wrt(x))]
fn cost(x: &[f64], sensors: &[Sensor], one: Sensor) -> f64 {
    let mut total = range(x, one.position) + sensors[0].seen(x, one.position);
    for s in sensors {
        total += s.weight * range(x, s.position) + response(x, s.gains) + held(x, s.position);
        total += halved(x, s.position, 3) + s.seen(x, s.position);
    }
    for i in 0..sensors.len() {
        let Sensor { position, .. } = &sensors[i];
        total += range(x, *position) * range(x, sensors[i].position);
    }
    total
}

#[differentiable(wrt(x))]
fn of_tuples(x: &[f64], data: &[([f64; 3], f64)]) -> f64 {
    let mut total = data.iter().map(|(p, w)| w * range(x, *p)).sum::<f64>();
    for &(p, w) in data {
        total += w * range(x, p);
    }
    total
}

#[differentiable]
fn written(x: &[f64], out: &mut [f64; 3]) -> f64 {
    for i in 0..3 {
        out[i] = x[i] * x[i + 1];
    }
    range(x, *out) * range(x, *out)
}

#[differentiable]
fn of_what_was_written(x: &[f64]) -> f64 {
    let mut out = [0.0; 3];
    written(x, &mut out) * out[0]
}

#[test]
fn a_field_that_is_an_array() {
    let one = Sensor { position: [0.1, 0.2, 0.3], gains: [[0.1, 0.2], [0.3, 0.4]], weight: 1.5 };
    let sensors = [one, Sensor { position: [2.0, 1.0, -0.5], gains: [[0.5, 0.7], [0.9, 0.1]], weight: 0.7 }];
    let data = [([0.1, 0.2, 0.3], 1.0), ([2.0, 1.0, -0.5], 2.0)];
    for x in points(921, 4, 4, 0.4, 1.4) {
        check(&derived!(alone | x | cost(x, &sensors, one)), &x, 1e-10);
        check(&derived!(alone | x | of_tuples(x, &data)), &x, 1e-11);
    }
}

#[test]
fn an_output_passed_on_by_value() {
    check_everywhere(&derived!(alone | x | of_what_was_written(x)), &points(922, 4, 4, 0.4, 1.4), 1e-11);
}
