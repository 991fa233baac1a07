//! The trust region on the standard test functions, with generated derivatives; `AdaHessian` on Rosenbrock's.

mod descents;
mod problems;

use hvp::{Subproblem, TrustRegion, check};

#[test]
fn generated_derivatives_of_the_test_functions_are_right() {
    for problem in problems::all().iter().filter(|problem| problem.start.len() < 20) {
        let x: Vec<f64> = problem.start.iter().map(|x| 1.01 * x + 0.02).collect();
        for report in [check::gradient(&*problem.objective, &x), check::hvp(&*problem.objective, &x)] {
            assert!(report.relative_error < 1e-6, "{}: {report}", problem.name);
        }
        let report = check::symmetry(&*problem.objective, &x);
        assert!(report.relative_error < 1e-9, "{}: {report}", problem.name);
    }
}

/// The products that `docs/solvers.md` states for the 38 counted problems, with a margin of 4 % for what rounding does to long
/// runs.
#[test]
fn the_trust_region_solves_the_problems_within_the_known_products() {
    for (subproblem, known) in [(Subproblem::default(), 5564), (Subproblem::Gltr, 5396)] {
        let method = TrustRegion { subproblem, ..TrustRegion::default() };
        let (mut solved, mut products, mut scipy) = (0, 0, 0);
        for problem in problems::all() {
            let outcome = method.minimize(&*problem.objective, &problem.start);
            solved += usize::from(outcome.status.is_converged());
            let excess = outcome.state.value - problem.minimum;
            assert!(excess.abs() <= 1e-5 * problem.minimum + 2e-8, "{}: {excess:e} too much", problem.name);
            if problem.is_counted() {
                products += outcome.state.counts.products;
                scipy += problem.scipy;
            }
        }
        assert!(solved >= 39, "{solved} of 40 solved");
        assert!(100 * products <= 104 * known, "{products} products, {known} are known");
        assert!(3 * products < 2 * scipy, "{products} products, {scipy} by SciPy");
    }
}

/// A known figure is the median of runs with other random signs: it lies between the middle nine tenths of ours, with half a
/// unit of its second digit on each side.
#[test]
fn adahessian_descends_as_it_is_known_to_do() {
    for row in descents::rows() {
        let name = format!("{}, {}", row.start.0, row.options.0);
        let seeds = if row.start.1.len() < 100 { 41 } else { 11 };
        for (i, values) in row.values(seeds).iter().enumerate() {
            let (low, high) = (values[values.len() / 20], values[values.len() - 1 - values.len() / 20]);
            let Some(known) = row.known else {
                let median = values[values.len() / 2];
                assert!(median.is_infinite(), "{name}: {median:e} after {} steps", descents::STEPS[i]);
                continue;
            };
            assert!(
                0.95 * low <= known[i] && known[i] <= 1.05 * high,
                "{name}: {low:e} to {high:e}, not {}",
                known[i]
            );
        }
    }
}
