//! Hutchinson's estimators against exact diagonals, theoretical variances and themselves.

mod common;

use common::{SADDLE, Turned, linspace, symmetric};
use hvp_runtime::reference::Rosenbrock;
use hvp_runtime::{
    DenseOperator, FnOperator, HessianOperator, Hutchinson, LinearOperator, Probe, hutchinson_diagonal,
    hutchinson_trace,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let squares: Vec<f64> = values.map(|value| value * value).collect();
    squares.iter().sum::<f64>() / squares.len() as f64
}

#[test]
fn a_diagonal_matrix_is_exact_from_one_sample() {
    let matrix = [[3.0, 0.0], [0.0, -5.0]];
    let diagonal = hutchinson_diagonal(&matrix, 1, &mut rng(3));
    assert_eq!(diagonal.value, [3.0, -5.0]);
    assert!(diagonal.std_error.iter().all(|error| error.is_nan()));
    assert_eq!(hutchinson_trace(&matrix, 2, &mut rng(3)).value, -2.0);
}

/// Var = 880² per sample of either entry and (2·880)² of the trace: 160.7 and 321.3 from thirty samples.
#[test]
fn thirty_samples_spread_as_theory_says() {
    let seeds = 0..4000_u64;
    let entry = |i: usize, exact: f64| {
        let runs =
            seeds.clone().map(move |seed| hutchinson_diagonal(&SADDLE, 30, &mut rng(seed)).value[i] - exact);
        mean_square(runs).sqrt()
    };
    let expected = 880.0 / 30_f64.sqrt();
    assert!((entry(0, 5726.0) / expected - 1.0).abs() < 0.04);
    assert!((entry(1, 200.0) / expected - 1.0).abs() < 0.04);
    let trace =
        mean_square(seeds.map(|seed| hutchinson_trace(&SADDLE, 30, &mut rng(seed)).value - 5926.0)).sqrt();
    assert!((trace / (2.0 * expected) - 1.0).abs() < 0.04);
}

/// Every sample of an entry is 5726 ∓ 880 as the two signs agree or not.
#[test]
fn the_standard_error_is_that_of_the_samples() {
    let estimate = hutchinson_diagonal(&SADDLE, 30, &mut rng(11));
    let disagreeing = 15.0 - (5726.0 - estimate.value[0]) * 15.0 / 880.0;
    let agreeing = 30.0 - disagreeing;
    assert!((agreeing - agreeing.round()).abs() < 1e-9);
    let expected = 880.0 * (4.0 * agreeing * disagreeing / (30.0 * 29.0)).sqrt() / 30_f64.sqrt();
    assert!((estimate.std_error[0] - expected).abs() < 1e-9 * expected);
}

/// 95 % intervals of 3,000 seeds, with the normal quantile for 200 samples; three standard deviations of the
/// coverage are 1.2 %.
#[test]
fn intervals_cover_the_truth() {
    let matrix = symmetric(12);
    let exact: Vec<f64> = matrix.entries().iter().step_by(13).copied().collect();
    let trace: f64 = exact.iter().sum();
    let (mut diagonal_hits, mut trace_hits) = (0, 0);
    for seed in 0..3000 {
        let diagonal = hutchinson_diagonal(&matrix, 200, &mut rng(seed));
        diagonal_hits += usize::from((diagonal.value[4] - exact[4]).abs() < 1.97 * diagonal.std_error[4]);
        let estimate = hutchinson_trace(&matrix, 200, &mut rng(seed));
        trace_hits += usize::from((estimate.value - trace).abs() < 1.97 * estimate.std_error);
    }
    for hits in [diagonal_hits, trace_hits] {
        assert!((2810..=2890).contains(&hits), "{hits} of 3000");
    }
}

/// Relative 2-norm error at n = 1000 from 30 probes: 6.7 %.
#[test]
fn the_error_of_a_chained_function_is_the_known_one() {
    let x: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    let exact: Vec<f64> = (0..1000)
        .map(|i| {
            let inner = if i < 999 { 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0 } else { 0.0 };
            inner + if i > 0 { 200.0 } else { 0.0 }
        })
        .collect();
    let estimate = hutchinson_diagonal(&HessianOperator::new(&Rosenbrock, &x), 30, &mut rng(5));
    let error: f64 = estimate.value.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum();
    let size: f64 = exact.iter().map(|b| b * b).sum();
    let relative = (error / size).sqrt();
    assert!((0.060..0.074).contains(&relative), "{relative}");
}

#[test]
fn one_word_is_drawn_and_fixes_the_answer() {
    let (mut used, mut skipped) = (rng(9), rng(9));
    let first = hutchinson_diagonal(&symmetric(6), 20, &mut used);
    skipped.next_u64();
    assert_eq!(used.next_u64(), skipped.next_u64());
    assert_eq!(first, hutchinson_diagonal(&symmetric(6), 20, &mut rng(9)));
    assert_ne!(first, hutchinson_diagonal(&symmetric(6), 20, &mut rng(10)));
}

/// Hides the block product of an operator, so that every column is taken alone.
struct OneByOne<A>(A);

impl<A: LinearOperator> LinearOperator for OneByOne<A> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn apply(&self, v: &[f64], out: &mut [f64]) {
        self.0.apply_block(v, out);
    }
}

#[test]
fn columns_and_blocks_give_the_same_bits() {
    let matrix = symmetric(7);
    let blocks = hutchinson_diagonal(&matrix, 21, &mut rng(2));
    let columns = hutchinson_diagonal(&OneByOne(&matrix), 21, &mut rng(2));
    assert_eq!(blocks, columns);
}

/// The first probes of a longer run are those of a shorter one: with 2 m samples the mean over the second half
/// follows from the two.
#[test]
fn a_longer_run_begins_with_the_shorter_one() {
    let seen = std::cell::RefCell::new(Vec::new());
    let recorder = FnOperator::new(70, |v: &[f64], out: &mut [f64]| {
        seen.borrow_mut().extend_from_slice(v);
        out.copy_from_slice(v);
    });
    hutchinson_trace(&recorder, 3, &mut rng(4));
    let short = seen.take();
    hutchinson_trace(&recorder, 11, &mut rng(4));
    let long = seen.take();
    assert_eq!(long[..short.len()], short);
    assert!(long.iter().all(|sign| sign.abs() == 1.0));
}

/// Signs of any two places agree as often as not: 2,000 probes, five standard deviations.
#[test]
fn signs_are_independent_of_each_other() {
    let seen = std::cell::RefCell::new(Vec::new());
    let recorder = FnOperator::new(130, |v: &[f64], out: &mut [f64]| {
        seen.borrow_mut().push(v.to_vec());
        out.fill(0.0);
    });
    hutchinson_trace(&recorder, 2000, &mut rng(4));
    let probes = seen.take();
    for i in 0..130 {
        for j in 0..i {
            let agreement: f64 = probes.iter().map(|z| z[i] * z[j]).sum();
            assert!(agreement.abs() < 5.0 * 2000_f64.sqrt(), "{i} {j}");
        }
    }
}

#[test]
fn dimension_zero_gives_nothing() {
    let empty = DenseOperator::new(0, Vec::new());
    assert!(hutchinson_diagonal(&empty, 3, &mut rng(1)).value.is_empty());
    assert_eq!(hutchinson_trace(&empty, 3, &mut rng(1)).samples, 3);
}

#[test]
fn a_product_that_is_not_a_number_shows() {
    let broken = FnOperator::new(2, |_: &[f64], out: &mut [f64]| out.fill(f64::NAN));
    assert!(hutchinson_trace(&broken, 3, &mut rng(1)).value.is_nan());
}

#[test]
#[should_panic(expected = "`samples` is zero")]
fn no_samples_are_refused() {
    hutchinson_trace(&SADDLE, 0, &mut rng(1));
}

/// Per sample, Gaussian entries have the variance Σⱼ≠ᵢ Aᵢⱼ² + 2 Aᵢᵢ² for a diagonal entry: 1487 and 169 from thirty.
#[test]
fn gaussian_probes_spread_as_theory_says() {
    let method =
        Hutchinson { probe: Probe::Gaussian, relative: 0.0, max_samples: 30, ..Hutchinson::default() };
    let runs: Vec<_> = (0..4000)
        .map(|seed| method.diagonal(&SADDLE, &mut rng(seed)).expect("finite").estimate.value)
        .collect();
    for (i, exact, expected) in [(0, 5726.0, 1487.0), (1, 200.0, 169.0)] {
        let spread = mean_square(runs.iter().map(|run| run[i] - exact)).sqrt();
        assert!((spread / expected - 1.0).abs() < 0.06, "{spread}");
    }
}

/// z·z = n for each probe of the sphere, and for signs: the trace of the identity is exact.
#[test]
fn probes_of_fixed_length_know_the_identity() {
    let identity = Turned::new(vec![1.0; 40]);
    for probe in [Probe::Sphere, Probe::Rademacher] {
        let method = Hutchinson { probe, max_samples: 8, ..Hutchinson::default() };
        assert!((method.trace(&identity, &mut rng(1)).expect("finite").estimate.value - 40.0).abs() < 1e-12);
    }
}

/// Stopped by its own interval, the estimate must still lie in it: for 95 % that are asked, 92 % of the seeds.
#[test]
fn adaptive_stopping_keeps_the_coverage() {
    let op = Turned::new(linspace(1.0, 3.0, 60));
    let method = Hutchinson { relative: 0.01, ..Hutchinson::default() };
    let (mut covered, mut within, mut samples) = (0, 0, 0);
    for seed in 0..3000 {
        let trace = method.trace(&op, &mut rng(seed)).expect("finite");
        assert!(trace.converged);
        let error = (trace.estimate.value - 120.0).abs();
        covered += usize::from(error <= 2.0 * trace.estimate.std_error);
        within += usize::from(error <= 0.01 * 120.0);
        samples += trace.estimate.samples;
    }
    assert!(covered >= 2760, "{covered} of 3000 covered");
    assert!(within >= 2790, "{within} of 3000 within the tolerance");
    assert!(samples / 3000 < 100);
}

#[test]
fn a_limit_on_samples_is_no_convergence() {
    let method = Hutchinson { relative: 1e-6, max_samples: 50, ..Hutchinson::default() };
    let diagonal = method.diagonal(&SADDLE, &mut rng(1)).expect("finite");
    assert!(!diagonal.converged);
    assert_eq!(diagonal.estimate.samples, 50);
    assert_eq!(diagonal.estimate, hutchinson_diagonal(&SADDLE, 50, &mut rng(1)));
}
