//! Objectives as solvers and estimators take them.

use crate::support::*;
use hvp::{HessianOperator, LinearOperator, Objective, differentiable};
use std::sync::atomic::{AtomicUsize, Ordering};

#[differentiable]
fn rosenbrock(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() - 1 {
        let a = x[i + 1] - x[i] * x[i];
        let b = 1.0 - x[i];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

#[differentiable(wrt(w))]
fn logistic(features: &[[f64; 3]], w: &[f64], labels: &[f64], ridge: f64, owned: Vec<f64>) -> f64 {
    let mut s = 0.0;
    for i in 0..labels.len() {
        let mut z = owned[0];
        for k in 0..3 {
            z += w[k] * features[i][k];
        }
        s += (1.0 + (-labels[i] * z).exp()).ln();
    }
    for k in 0..3 {
        s += 0.5 * ridge * w[k] * w[k];
    }
    s
}

#[test]
fn an_objective_agrees_with_the_functions() {
    let f = rosenbrock::objective();
    let x = point(&mut rng(61), 9, -2.0, 2.0);
    let v = point(&mut rng(62), 9, -1.0, 1.0);
    assert_same_bits(f.value(&x), rosenbrock(&x), "value");
    let mut g = vec![f64::NAN; 9];
    f.grad(&x, &mut g);
    assert_eq!(g, rosenbrock_grad(&x));
    let mut g = vec![f64::NAN; 9];
    assert_same_bits(f.value_and_grad(&x, &mut g), rosenbrock(&x), "value of value_and_grad");
    assert_close(&g, &rosenbrock_grad(&x), 1e-14, "gradient of value_and_grad");
    let mut hv = vec![f64::NAN; 9];
    f.hvp(&x, &v, &mut hv);
    assert_eq!(hv, rosenbrock_hvp(&x, &v));
    let (mut g, mut hv) = (vec![f64::NAN; 9], vec![f64::NAN; 9]);
    f.grad_and_hvp(&x, &v, &mut g, &mut hv);
    assert_close(&g, &rosenbrock_grad(&x), 1e-14, "gradient of grad_and_hvp");
    assert_close(&hv, &rosenbrock_hvp(&x, &v), 1e-14, "product of grad_and_hvp");
}

/// Loops over pairs of neighbours, of which there may be none.
mod over_neighbours {
    use super::*;

    #[differentiable]
    fn back(x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 1..x.len() {
            let a = x[i] - x[i - 1] * x[i - 1];
            sum += 10.0 * a * a + x[i - 1].cos();
        }
        sum
    }

    #[differentiable]
    fn around(x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 1..x.len().max(1) - 1 {
            let a = x[i + 1] - 2.0 * x[i] + x[i - 1];
            sum += a * a * x[i - 1].sin();
        }
        sum
    }

    #[differentiable]
    fn two_before(x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 2..x.len() {
            sum += (x[i - 2] * x[i - 2]).exp();
        }
        sum
    }

    fn overwrites(f: &impl Objective) {
        for n in 0..8 {
            let (x, v) = (point(&mut rng(64), n, -1.0, 1.0), point(&mut rng(65), n, -1.0, 1.0));
            let gradient = |x: &[f64]| {
                let mut g = vec![f64::NAN; n];
                f.grad(x, &mut g);
                g
            };
            let at = |t: f64| -> Vec<f64> { x.iter().zip(&v).map(|(x, v)| x + t * v).collect() };
            let (t, g) = (1e-5, gradient(&x));
            let slope = (f.value(&at(t)) - f.value(&at(-t))) / (2.0 * t);
            assert_near(dot(&g, &v), slope, 1e-7, "slope");
            let mut hv = vec![f64::NAN; n];
            f.hvp(&x, &v, &mut hv);
            let (next, last) = (gradient(&at(t)), gradient(&at(-t)));
            let by_differences: Vec<f64> =
                next.iter().zip(&last).map(|(next, last)| (next - last) / (2.0 * t)).collect();
            assert_close(&hv, &by_differences, 1e-7, "product");
        }
    }

    #[test]
    fn write_all_of_their_results() {
        overwrites(&back::objective());
        overwrites(&around::objective());
        overwrites(&two_before::objective());
    }
}

#[test]
fn a_block_holds_the_products_column_after_column() {
    let f = rosenbrock::objective();
    let n = 7;
    let x = point(&mut rng(63), n, -2.0, 2.0);
    for k in [0, 1, 2, 3, 4, 5, 8, 11, 17] {
        let v = point(&mut rng(64), n * k, -1.0, 1.0);
        let mut hv = vec![f64::NAN; n * k];
        f.hvp_block(&x, &v, &mut hv);
        for (column, v) in hv.chunks_exact(n).zip(v.chunks_exact(n)) {
            assert_close(column, &rosenbrock_hvp(&x, v), 1e-14, "column");
        }
    }
}

#[test]
fn data_are_bound_in_the_order_of_the_signature() {
    let features = [[1.0, 0.5, -0.3], [0.2, -1.0, 0.8], [-0.6, 0.4, 1.5]];
    let labels = [1.0, -1.0, 1.0];
    let owned = vec![0.25];
    let g = {
        let f = logistic::objective(&features, &labels, 0.1, owned.clone());
        let mut g = [0.0; 3];
        f.grad(&[0.3, -0.2, 0.9], &mut g);
        f.grad(&[0.3, -0.2, 0.9], &mut g);
        g
    };
    assert_eq!(g.to_vec(), logistic_grad(&features, &[0.3, -0.2, 0.9], &labels, 0.1, owned));
}

#[test]
fn a_hessian_is_a_linear_operator() {
    let f = rosenbrock::objective();
    let x = [2.2, 0.21];
    let h = HessianOperator::new(&f, &x);
    assert_eq!(h.dim(), 2);
    let mut out = [0.0; 2];
    h.apply(&[1.2, 3.1], &mut out);
    // The product of the published matrix [[5726, −880], [−880, 200]].
    assert_close(&out, &[5726.0 * 1.2 - 880.0 * 3.1, -880.0 * 1.2 + 200.0 * 3.1], 1e-14, "product");
    let mut block = [0.0; 4];
    h.apply_block(&[1.0, 0.0, 0.0, 1.0], &mut block);
    assert_close(&block, &[5726.0, -880.0, -880.0, 200.0], 1e-14, "columns");
}

#[test]
fn a_linearised_objective_has_the_products_of_the_objective() {
    let features = [[1.0, 0.5, -0.3], [0.2, -1.0, 0.8], [-0.6, 0.4, 1.5]];
    let labels = [1.0, -1.0, 1.0];
    let f = logistic::objective(&features, &labels, 0.1, vec![0.25]);
    for seed in 70..75 {
        let (x, v) = (point(&mut rng(seed), 3, -3.0, 3.0), point(&mut rng(seed + 10), 3, -1.0, 1.0));
        let mut hv = [f64::NAN; 3];
        f.hvp(&x, &v, &mut hv);
        assert_eq!(linearized(&f, &x, &v), hv);
    }
}

#[test]
fn a_linearised_objective_is_symmetric() {
    let features = [[1.0, 0.5, -0.3], [0.2, -1.0, 0.8], [-0.6, 0.4, 1.5]];
    let f = logistic::objective(&features, &[1.0, -1.0, 1.0], 0.1, vec![0.25]);
    let mut columns = [0.0; 9];
    f.linearize(&[0.3, -0.2, 0.9]).apply_block(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], &mut columns);
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        assert_near(columns[3 * i + j], columns[3 * j + i], 1e-14, "an entry and its mirror image");
    }
}

static WEIGHTS_ASKED: AtomicUsize = AtomicUsize::new(0);

fn weight() -> f64 {
    WEIGHTS_ASKED.fetch_add(1, Ordering::Relaxed);
    0.5
}

#[test]
fn what_a_linearised_objective_has_done_is_not_done_again() {
    // Where optimisations are off, nothing is linearised.
    if module_path!().starts_with("unoptimised") {
        return;
    }
    #[differentiable]
    fn weighted(x: &[f64]) -> f64 {
        let w = weight();
        assert!(!x.is_empty());
        let mut s = 0.0;
        for i in 0..x.len() {
            s += (w * x[i]).exp();
        }
        s
    }
    let f = weighted::objective();
    let hessian = f.linearize(&[0.2, -0.4]);
    assert_eq!(WEIGHTS_ASKED.load(Ordering::Relaxed), 1);
    for _ in 0..3 {
        let mut hv = [0.0; 2];
        hessian.apply(&[1.0, 2.0], &mut hv);
        assert_close(&hv, &[0.25 * 0.1_f64.exp(), 0.5 * (-0.2_f64).exp()], 1e-15, "product");
    }
    assert_eq!(WEIGHTS_ASKED.load(Ordering::Relaxed), 1);
}

#[test]
#[should_panic(expected = "`v` has length 2, expected 3")]
fn a_linearised_product_names_a_direction_of_another_length() {
    let features = [[1.0, 0.5, -0.3]];
    let f = logistic::objective(&features, &[1.0], 0.1, vec![0.25]);
    f.linearize(&[0.3, -0.2, 0.9]).apply(&[1.0; 2], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "`out` has length 4, expected 6")]
fn a_linearised_block_names_a_result_of_another_length() {
    let features = [[1.0, 0.5, -0.3]];
    let f = logistic::objective(&features, &[1.0], 0.1, vec![0.25]);
    f.linearize(&[0.3, -0.2, 0.9]).apply_block(&[1.0; 6], &mut [0.0; 4]);
}

#[test]
fn estimators_take_the_operator() {
    let f = rosenbrock::objective();
    let x = [2.2, 0.21];
    let h = HessianOperator::new(&f, &x);
    let estimate = hvp::hutchinson_diagonal(&h, 400, &mut rng(65));
    assert_eq!(estimate.samples, 400);
    for (i, exact) in [5726.0, 200.0].iter().enumerate() {
        let error = (estimate.value[i] - exact).abs();
        // Each probe is off by ±880, so 400 of them have a standard error of 44; five of those is beyond chance.
        assert!(error < 5.0 * 44.0, "entry {i} is off by {error}");
        assert!((estimate.std_error[i] - 44.0).abs() < 6.0, "standard error {}", estimate.std_error[i]);
    }
    let same = hvp::hutchinson_diagonal(&h, 400, &mut rng(65));
    assert_eq!(same.value, estimate.value);
    let trace = hvp::hutchinson_trace(&h, 400, &mut rng(66));
    assert!((trace.value - 5926.0).abs() < 5.0 * 88.0, "trace {}", trace.value);
}

#[test]
fn a_generic_solver_needs_only_the_trait() {
    fn newton_step(f: &impl Objective, x: f64) -> f64 {
        let (mut g, mut h) = ([0.0], [0.0]);
        f.grad_and_hvp(&[x], &[1.0], &mut g, &mut h);
        x - g[0] / h[0]
    }
    #[differentiable]
    fn well(x: &[f64]) -> f64 {
        (x[0] - 3.0).powi(4) + x[0] * x[0]
    }
    let mut x = 0.0;
    for _ in 0..50 {
        x = newton_step(&well::objective(), x);
    }
    let slope = 4.0 * (x - 3.0).powi(3) + 2.0 * x;
    assert!(slope.abs() < 1e-13, "{slope}");
}
