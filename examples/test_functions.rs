//! The trust region on the test functions of Moré, Garbow and Hillstrom, as a table.
//!
//! `cargo run --release --example test_functions`

#[path = "../tests/problems/mod.rs"]
mod problems;

use std::time::Instant;

use hvp::{Outcome, Subproblem, TrustRegion};

fn main() {
    println!(
        "Steps, values, gradients and Hessian-vector products until the gradient is shorter than 1e-8.\n"
    );
    println!(
        "| {:<24} |   n | least value | Steihaug-Toint        | GLTR                  | SciPy H v |",
        "function"
    );
    println!(
        "|:-------------------------|----:|------------:|:----------------------|:----------------------|----------:|"
    );
    let begun = Instant::now();
    let (mut solved, mut products, mut scipy) = ([0; 2], [0; 2], 0);
    for problem in problems::all() {
        let outcomes = [Subproblem::default(), Subproblem::Gltr].map(|subproblem| {
            let method = TrustRegion {
                subproblem,
                ..TrustRegion::default()
            };
            method.minimize(&*problem.objective, &problem.start)
        });
        let is_counted = !["Brown badly scaled", "Meyer"].contains(&problem.name);
        for (i, outcome) in outcomes.iter().enumerate() {
            solved[i] += usize::from(outcome.status.is_converged());
            products[i] += if is_counted {
                outcome.state.counts.products
            } else {
                0
            };
        }
        scipy += if is_counted { problem.scipy } else { 0 };
        let [steihaug, gltr] = [cell(&outcomes[0]), cell(&outcomes[1])];
        let (name, n, least) = (problem.name, problem.start.len(), problem.least);
        println!(
            "| {name:<24} | {n:>3} | {least:>11.5e} | {steihaug} | {gltr} | {:>9} |",
            problem.scipy
        );
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "\nsolved                {:>6} of 40 by Steihaug-Toint, {} by GLTR",
        solved[0], solved[1]
    );
    println!(
        "products              {:>6} by Steihaug-Toint, {} by GLTR, {scipy} by SciPy's trust-ncg",
        products[0], products[1]
    );
    println!("                      (without Brown's badly scaled function and Meyer's)");
    println!("all eighty runs took  {:>6.0} ms", 1e3 * seconds);
}

/// Steps, values, gradients, products; with a mark where the gradient did not get short enough.
fn cell(outcome: &Outcome) -> String {
    let (state, counts) = (&outcome.state, outcome.state.counts);
    let mark = if outcome.status.is_converged() { ' ' } else { '!' };
    format!(
        "{:>4} {:>4} {:>4} {:>5}{mark} ",
        state.iterations, counts.values, counts.gradients, counts.products
    )
}
