//! `AdaHessian` on Rosenbrock's function, as a table beside figures of a prototype.
//!
//! `cargo run --release --example adahessian`

#[path = "../tests/descents/mod.rs"]
mod descents;

use descents::Row;

fn main() {
    println!(
        "f after so many steps: the median over 11 seeds (5 for n = 100), beside a prototype's in brackets.\n"
    );
    println!(
        "| {:<16} | {:<17} | {:>17} | {:>17} | {:>17} | products |",
        "start", "options", "100 steps", "1,000 steps", "10,000 steps"
    );
    println!("|:{0:-<16}-|:{0:-<17}-|-{0:-<17}:|-{0:-<17}:|-{0:-<17}:|---------:|", "");
    for row in descents::rows() {
        let medians = row.values(row.seeds()).map(|values| values[values.len() / 2]);
        let [early, middle, late] = [0, 1, 2].map(|i| cell(&row, i, medians[i]));
        let (start, options, products) = (row.start.0, row.options.0, row.products());
        println!("| {start:<16} | {options:<17} | {early:>17} | {middle:>17} | {late:>17} | {products:>8} |");
    }
}

/// What was found, and what is known.
fn cell(row: &Row, at: usize, median: f64) -> String {
    match row.known {
        None if median.is_infinite() => "both diverge".to_owned(),
        None => format!("{median:.1e} (diverges)"),
        Some(known) => format!("{median:.1e} ({:.1e})", known[at]),
    }
}
