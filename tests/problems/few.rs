//! Functions of two to five variables.

use std::f64::consts::PI;

use hvp::differentiable;

#[differentiable]
pub(crate) fn freudenstein_roth(x: &[f64]) -> f64 {
    let a = x[0] - 13.0 + ((5.0 - x[1]) * x[1] - 2.0) * x[1];
    let b = x[0] - 29.0 + ((x[1] + 1.0) * x[1] - 14.0) * x[1];
    a * a + b * b
}

#[differentiable]
pub(crate) fn powell_badly_scaled(x: &[f64]) -> f64 {
    let a = 1e4 * x[0] * x[1] - 1.0;
    let b = (-x[0]).exp() + (-x[1]).exp() - 1.0001;
    a * a + b * b
}

#[differentiable]
pub(crate) fn brown_badly_scaled(x: &[f64]) -> f64 {
    let a = x[0] - 1e6;
    let b = x[1] - 2e-6;
    let c = x[0] * x[1] - 2.0;
    a * a + b * b + c * c
}

#[differentiable]
pub(crate) fn beale(x: &[f64]) -> f64 {
    let a = 1.5 - x[0] * (1.0 - x[1]);
    let b = 2.25 - x[0] * (1.0 - x[1] * x[1]);
    let c = 2.625 - x[0] * (1.0 - x[1] * x[1] * x[1]);
    a * a + b * b + c * c
}

#[differentiable]
pub(crate) fn jennrich_sampson(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..=10 {
        let t = f64::from(i);
        let r = 2.0 + 2.0 * t - (t * x[0]).exp() - (t * x[1]).exp();
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn helical_valley(x: &[f64]) -> f64 {
    let turn = (x[1] / x[0]).atan() / (2.0 * PI);
    let angle = if x[0] < 0.0 { turn + 0.5 } else { turn };
    let a = 10.0 * (x[2] - 10.0 * angle);
    let b = 10.0 * ((x[0] * x[0] + x[1] * x[1]).sqrt() - 1.0);
    a * a + b * b + x[2] * x[2]
}

const BARD: [f64; 15] =
    [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];

#[differentiable]
pub(crate) fn bard(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..15 {
        let u = (i + 1) as f64;
        let v = 16.0 - u;
        let w = u.min(v);
        let r = BARD[i] - x[0] - u / (v * x[1] + w * x[2]);
        sum += r * r;
    }
    sum
}

const GAUSSIAN: [f64; 15] = [
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175,
    0.0044, 0.0009,
];

#[differentiable]
pub(crate) fn gaussian(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..15 {
        let t = (7.0 - i as f64) / 2.0;
        let d = t - x[2];
        let r = x[0] * (-x[1] * d * d / 2.0).exp() - GAUSSIAN[i];
        sum += r * r;
    }
    sum
}

const MEYER: [f64; 16] = [
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0,
    4427.0, 3820.0, 3307.0, 2872.0,
];

#[differentiable]
pub(crate) fn meyer(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..16 {
        let t = 50.0 + 5.0 * i as f64;
        let r = x[0] * (x[1] / (t + x[2])).exp() - MEYER[i];
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn gulf(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..=99 {
        let t = f64::from(i) / 100.0;
        let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
        let r = (-(y - x[1]).abs().powf(x[2]) / x[0]).exp() - t;
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn box_three_dimensional(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..=10 {
        let t = 0.1 * f64::from(i);
        let r = (-t * x[0]).exp() - (-t * x[1]).exp() - x[2] * ((-t).exp() - (-10.0 * t).exp());
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn wood(x: &[f64]) -> f64 {
    let a = x[1] - x[0] * x[0];
    let b = 1.0 - x[0];
    let c = x[3] - x[2] * x[2];
    let d = 1.0 - x[2];
    let e = x[1] + x[3] - 2.0;
    let g = x[1] - x[3];
    100.0 * a * a + b * b + 90.0 * c * c + d * d + 10.0 * e * e + 0.1 * g * g
}

const KOWALIK_OSBORNE: [(f64, f64); 11] = [
    (0.1957, 4.0),
    (0.1947, 2.0),
    (0.1735, 1.0),
    (0.1600, 0.5),
    (0.0844, 0.25),
    (0.0627, 0.167),
    (0.0456, 0.125),
    (0.0342, 0.1),
    (0.0323, 0.0833),
    (0.0235, 0.0714),
    (0.0246, 0.0625),
];

#[differentiable]
pub(crate) fn kowalik_osborne(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..11 {
        let y = KOWALIK_OSBORNE[i].0;
        let u = KOWALIK_OSBORNE[i].1;
        let r = y - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3]);
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn brown_dennis(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..=20 {
        let t = f64::from(i) / 5.0;
        let a = x[0] + t * x[1] - t.exp();
        let b = x[2] + x[3] * t.sin() - t.cos();
        let r = a * a + b * b;
        sum += r * r;
    }
    sum
}

const OSBORNE_1: [f64; 33] = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
    0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420,
    0.414, 0.411, 0.406,
];

#[differentiable]
pub(crate) fn osborne_1(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..33 {
        let t = 10.0 * i as f64;
        let r = OSBORNE_1[i] - (x[0] + x[1] * (-t * x[3]).exp() + x[2] * (-t * x[4]).exp());
        sum += r * r;
    }
    sum
}
