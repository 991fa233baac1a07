//! The trust region on the test functions of Moré, Garbow and Hillstrom, as a table.
//!
//! `cargo run --release --example test_functions`

#[path = "../tests/problems/mod.rs"]
mod problems;

use std::time::Instant;

use hvp::{Outcome, Subproblem, TrustRegion};
use problems::Problem;

/// What one method needed for all problems.
struct Total {
    solved: usize,
    products: usize,
}

fn main() {
    println!(
        "Steps, values, gradients and Hessian-vector products until the gradient is shorter than 1e-8.\n"
    );
    println!(
        "| {:<24} |   n |     minimum | {:<21} | {:<21} | SciPy H v |",
        "function", "Steihaug-Toint", "GLTR"
    );
    println!("|:{:-<24}-|----:|------------:|:{0:-<21}-|:{0:-<21}-|----------:|", "");
    let begun = Instant::now();
    let [mut steihaug, mut gltr, mut quartered, mut quartered_gltr] =
        [const { Total { solved: 0, products: 0 } }; 4];
    let mut scipy = 0;
    for problem in problems::all() {
        let (name, n, minimum) = (problem.name, problem.start.len(), problem.minimum);
        let cells =
            [steihaug.add(&problem, Subproblem::default(), 0.5), gltr.add(&problem, Subproblem::Gltr, 0.5)];
        println!(
            "| {name:<24} | {n:>3} | {minimum:>11.5e} | {} | {} | {:>9} |",
            cells[0], cells[1], problem.scipy
        );
        quartered.add(&problem, Subproblem::default(), 0.25);
        quartered_gltr.add(&problem, Subproblem::Gltr, 0.25);
        scipy += if problem.is_counted() { problem.scipy } else { 0 };
    }
    println!("\nsolved   {:>6} of 40 by Steihaug-Toint, {} by GLTR", steihaug.solved, gltr.solved);
    println!(
        "products {:>6} by Steihaug-Toint, {} by GLTR, {scipy} by SciPy's trust-ncg,",
        steihaug.products, gltr.products
    );
    println!("                without Brown's badly scaled function and Meyer's;");
    println!(
        "         {:>6} and {} where the region shrinks to a quarter",
        quartered.products, quartered_gltr.products
    );
    println!("time     {:>6.0} ms for all", 1e3 * begun.elapsed().as_secs_f64());
}

impl Total {
    /// Runs a method on one more problem and returns the cell of the table.
    fn add(&mut self, problem: &Problem, subproblem: Subproblem, shrink: f64) -> String {
        let method = TrustRegion { subproblem, shrink, ..TrustRegion::default() };
        let outcome = method.minimize(&*problem.objective, &problem.start);
        self.solved += usize::from(outcome.status.is_converged());
        if problem.is_counted() {
            self.products += outcome.state.counts.products;
        }
        cell(&outcome)
    }
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
