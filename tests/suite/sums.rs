//! Sums over observations, of which the value and the gradient come out of one loop, and sums that need two.

use crate::support::*;
use hvp::differentiable;

twin! {
    /// A network with one hidden layer, whose activations have a place of their own for each observation.
    #[differentiable(wrt(w))]
    fn network(w: &[f64], rows: &[[f64; 2]], targets: &[f64]) -> f64 {
        let hidden = w.len() / 4;
        let mut loss = 0.0;
        for (x, target) in rows.iter().zip(targets) {
            let mut z = vec![0.0; hidden];
            for k in 0..hidden {
                z[k] = (w[4 * k] * x[0] + w[4 * k + 1] * x[1] + w[4 * k + 2]).tanh();
            }
            let mut y = 0.1;
            for k in 0..hidden {
                y += w[4 * k + 3] * z[k];
            }
            loss += (y - target).powi(2);
        }
        loss / rows.len() as f64
    }

    /// The same scratch memory for all observations.
    #[differentiable(wrt(w))]
    fn mixture(w: &[f64], data: &[f64]) -> f64 {
        let k = w.len();
        let mut logs = vec![0.0; k];
        let mut sum = 0.0;
        for &x in data {
            for c in 0..k {
                logs[c] = w[c] - 0.5 * (x - w[c] * w[c]).powi(2);
            }
            let mut largest = logs[0];
            for c in 0..k {
                if logs[c] > largest {
                    largest = logs[c];
                }
            }
            let mut total = 0.0;
            for c in 0..k {
                total += (logs[c] - largest).exp();
            }
            sum += largest + total.ln();
        }
        let penalty: f64 = w.iter().map(|w| w * w).sum();
        0.5 * penalty - sum
    }

    /// What the last observation left in the scratch memory counts too.
    #[differentiable(wrt(w))]
    fn left_over(w: &[f64], data: &[f64]) -> f64 {
        let mut scratch = vec![0.0; w.len()];
        let mut sum = 0.0;
        for &x in data {
            for c in 0..w.len() {
                scratch[c] = (w[c] * x).sin();
            }
            for c in 0..w.len() {
                sum += scratch[c] * w[c];
            }
        }
        sum + scratch[0] * scratch[0]
    }

    /// Pairs: the place of one particle stays in the inner loop, that of the other goes with it.
    #[differentiable]
    fn pairs(x: &[f64]) -> f64 {
        let n = x.len() / 2;
        let mut energy = 0.0;
        for i in 0..n {
            for j in 0..i {
                let dx = x[2 * i] - x[2 * j];
                let dy = x[2 * i + 1] - x[2 * j + 1];
                let r2 = dx * dx + dy * dy + 0.1;
                let s = 1.0 / (r2 * r2 * r2);
                energy += s * s - s;
            }
        }
        energy
    }

    /// Triples, and a term that only some of them have.
    #[differentiable]
    fn triples(x: &[f64]) -> f64 {
        let n = x.len();
        let mut s = x[0] * x[1];
        for i in 0..n {
            for j in i + 1..n {
                let product = x[i] * x[j];
                for k in (0..=i).rev() {
                    s -= product * x[k] / (1.0 + x[n - 1 - k] * x[n - 1 - k]);
                }
                if product > 0.1 {
                    s += product.sqrt();
                }
            }
        }
        s
    }

    /// Sums on which the adjoints of others hang.
    #[differentiable]
    fn moments(x: &[f64]) -> f64 {
        let n = x.len() as f64;
        let mut sum = 0.0;
        for x in x {
            sum += x;
        }
        let mean = sum / n;
        let (mut second, mut fourth) = (0.0, 0.0);
        for x in x {
            let d = x - mean;
            second += d * d;
            fourth += d.powi(4);
        }
        fourth / n / (second / n).powi(2)
    }

    /// Two sums that serve the value alone, one of numbers that change behind the loop.
    #[differentiable]
    fn two_sums(x: &[f64]) -> f64 {
        let mut y = x.to_vec();
        let mut linear = 0.0;
        for i in 0..y.len() {
            linear += y[i] * (i as f64);
        }
        for i in 0..y.len() {
            y[i] = x[i].exp();
        }
        let mut nonlinear = 0.0;
        for y in &y {
            nonlinear += y.ln_1p();
        }
        linear - 2.0 * nonlinear
    }

    /// Only those that are far enough away, and how many there were.
    #[differentiable(wrt(x))]
    fn counted(x: &[f64], least: f64) -> f64 {
        let mut count = 0;
        let mut sum = 0.0;
        for &x in x {
            if x.abs() > least {
                sum += x.cosh();
                count += 1;
            }
        }
        if count == 0 { x[0] } else { sum / f64::from(count) }
    }
}

const POINTS: [&[f64]; 3] =
    [&[0.4, 0.9, -0.7, 0.3], &[0.3, -0.8, 0.5, 1.1, -0.2, 0.6, 0.9, -0.4], &[-0.3, 0.25, 0.8, -1.2]];

#[test]
fn sums_over_observations() {
    let rows = [[0.3, -0.2], [0.8, 0.5], [-0.6, 0.1]];
    let targets = [0.4, -0.1, 0.2];
    for w in POINTS {
        check(&derived!(|x| network(x, &rows, &targets)), w, 1e-12);
        check(&derived!(|x| mixture(x, &targets)), w, 1e-12);
        check(&derived!(|x| left_over(x, &targets)), w, 1e-12);
    }
}

#[test]
fn sums_over_pairs_and_triples() {
    for x in POINTS {
        check(&derived!(|x| pairs(x)), x, 1e-12);
        check(&derived!(|x| triples(x)), x, 1e-12);
    }
}

#[test]
fn sums_that_others_hang_on() {
    for x in POINTS {
        check(&derived!(|x| moments(x)), x, 1e-12);
        check(&derived!(|x| two_sums(x)), x, 1e-12);
        check(&derived!(|x| counted(x, 0.35)), x, 1e-12);
    }
}

/// No pair, and no place to add to.
#[test]
fn sums_of_nothing() {
    assert_eq!(pairs_value_and_grad(&[]), (0.0, vec![]));
    assert_eq!(pairs_value_and_grad(&[0.5, 0.7]), (0.0, vec![0.0; 2]));
    let (value, grad) = network_value_and_grad(&[0.5; 4], &[], &[]);
    assert!(value.is_nan());
    assert_eq!(grad.len(), 4);
}
