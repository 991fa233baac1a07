//! Functions of six variables and more, or of any number.

use hvp::differentiable;

#[differentiable]
pub(crate) fn biggs_exp6(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..=13 {
        let t = 0.1 * f64::from(i);
        let y = (-t).exp() - 5.0 * (-10.0 * t).exp() + 3.0 * (-4.0 * t).exp();
        let r = x[2] * (-t * x[0]).exp() - x[3] * (-t * x[1]).exp() + x[5] * (-t * x[4]).exp() - y;
        sum += r * r;
    }
    sum
}

const OSBORNE_2: [f64; 65] = [
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
    0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
    0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
    0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581,
    0.428, 0.292, 0.162, 0.098, 0.054,
];

#[differentiable]
pub(crate) fn osborne_2(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..65 {
        let t = i as f64 / 10.0;
        let a = t - x[8];
        let b = t - x[9];
        let c = t - x[10];
        let model = x[0] * (-t * x[4]).exp()
            + x[1] * (-a * a * x[5]).exp()
            + x[2] * (-b * b * x[6]).exp()
            + x[3] * (-c * c * x[7]).exp();
        let r = OSBORNE_2[i] - model;
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn watson(x: &[f64]) -> f64 {
    let mut sum = x[0] * x[0];
    let last = x[1] - x[0] * x[0] - 1.0;
    sum += last * last;
    for i in 1..=29 {
        let t = f64::from(i) / 29.0;
        let mut slope = 0.0;
        let mut value = x[0];
        let mut power = 1.0;
        for j in 1..x.len() {
            slope += j as f64 * x[j] * power;
            power *= t;
            value += x[j] * power;
        }
        let r = slope - value * value - 1.0;
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn penalty_1(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut length = 0.0;
    for i in 0..x.len() {
        let b = x[i] - 1.0;
        sum += 1e-5 * b * b;
        length += x[i] * x[i];
    }
    let r = length - 0.25;
    sum + r * r
}

#[differentiable]
pub(crate) fn penalty_2(x: &[f64]) -> f64 {
    let n = x.len();
    let a = x[0] - 0.2;
    let mut sum = a * a;
    let mut length = 0.0;
    for i in 0..n {
        length += (n - i) as f64 * x[i] * x[i];
        if i > 0 {
            let t = i as f64 + 1.0;
            let y = (t / 10.0).exp() + ((t - 1.0) / 10.0).exp();
            let r = (x[i] / 10.0).exp() + (x[i - 1] / 10.0).exp() - y;
            let s = (x[i] / 10.0).exp() - (-0.1_f64).exp();
            sum += 1e-5 * (r * r + s * s);
        }
    }
    let r = length - 1.0;
    sum + r * r
}

#[differentiable]
pub(crate) fn variably_dimensioned(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut weighted = 0.0;
    for i in 0..x.len() {
        let b = x[i] - 1.0;
        sum += b * b;
        weighted += (i + 1) as f64 * b;
    }
    let square = weighted * weighted;
    sum + square + square * square
}

#[differentiable]
pub(crate) fn trigonometric(x: &[f64]) -> f64 {
    let n = x.len();
    let mut cosines = 0.0;
    for i in 0..n {
        cosines += x[i].cos();
    }
    let mut sum = 0.0;
    for i in 0..n {
        let r = n as f64 - cosines + (i + 1) as f64 * (1.0 - x[i].cos()) - x[i].sin();
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn brown_almost_linear(x: &[f64]) -> f64 {
    let n = x.len();
    let mut total = 0.0;
    let mut product = x[0];
    for i in 0..n {
        total += x[i];
        if i > 0 {
            product *= x[i];
        }
    }
    let last = product - 1.0;
    let mut sum = last * last;
    for i in 0..n - 1 {
        let r = x[i] + total - (n + 1) as f64;
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn discrete_boundary_value(x: &[f64]) -> f64 {
    let n = x.len();
    let h = 1.0 / (n + 1) as f64;
    let mut sum = 0.0;
    for i in 0..n {
        let t = (i + 1) as f64 * h;
        let u = x[i] + t + 1.0;
        let mut r = 2.0 * x[i] + h * h * u * u * u / 2.0;
        if i > 0 {
            r -= x[i - 1];
        }
        if i + 1 < n {
            r -= x[i + 1];
        }
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn discrete_integral(x: &[f64]) -> f64 {
    let n = x.len();
    let h = 1.0 / (n + 1) as f64;
    let mut sum = 0.0;
    for i in 0..n {
        let t = (i + 1) as f64 * h;
        let mut r = x[i];
        for j in 0..n {
            let s = (j + 1) as f64 * h;
            let u = x[j] + s + 1.0;
            let kernel = if j <= i { (1.0 - t) * s } else { t * (1.0 - s) };
            r += h / 2.0 * kernel * u * u * u;
        }
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn broyden_tridiagonal(x: &[f64]) -> f64 {
    let n = x.len();
    let mut sum = 0.0;
    for i in 0..n {
        let mut r = (3.0 - 2.0 * x[i]) * x[i] + 1.0;
        if i > 0 {
            r -= x[i - 1];
        }
        if i + 1 < n {
            r -= 2.0 * x[i + 1];
        }
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn broyden_banded(x: &[f64]) -> f64 {
    let n = x.len();
    let mut sum = 0.0;
    for i in 0..n {
        let mut r = x[i] * (2.0 + 5.0 * x[i] * x[i]) + 1.0;
        for j in 0..n {
            if j != i && j + 5 >= i && j <= i + 1 {
                r -= x[j] * (1.0 + x[j]);
            }
        }
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn chebyquad(x: &[f64]) -> f64 {
    let n = x.len();
    let mut sum = 0.0;
    for i in 1..=n {
        let mut mean = 0.0;
        for j in 0..n {
            let y = 2.0 * x[j] - 1.0;
            let mut before = 1.0;
            let mut now = y;
            for _ in 1..i {
                let next = 2.0 * y * now - before;
                before = now;
                now = next;
            }
            mean += now / n as f64;
        }
        let integral = if i % 2 == 0 { -1.0 / (i * i - 1) as f64 } else { 0.0 };
        let r = mean - integral;
        sum += r * r;
    }
    sum
}

#[differentiable]
pub(crate) fn chained_rosenbrock(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() - 1 {
        let a = x[i + 1] - x[i] * x[i];
        let b = 1.0 - x[i];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

#[differentiable]
pub(crate) fn extended_rosenbrock(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() / 2 {
        let a = x[2 * i + 1] - x[2 * i] * x[2 * i];
        let b = 1.0 - x[2 * i];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

#[differentiable]
pub(crate) fn powell_singular(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() / 4 {
        let a = x[4 * i] + 10.0 * x[4 * i + 1];
        let b = x[4 * i + 2] - x[4 * i + 3];
        let c = x[4 * i + 1] - 2.0 * x[4 * i + 2];
        let d = x[4 * i] - x[4 * i + 3];
        sum += a * a + 5.0 * b * b + c * c * c * c + 10.0 * d * d * d * d;
    }
    sum
}
