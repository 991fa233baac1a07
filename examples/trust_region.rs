//! The trust region at work: the path in two variables, and the convergence in two and in a thousand, as pictures.
//!
//! `cargo run --release --example trust_region`

#[path = "svg/mod.rs"]
mod svg;

use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use hvp::{Status, StepKind, Subproblem, TrustRegion, differentiable};
use svg::{COLOURS, Chart, Scale};

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

const METHODS: [(&str, Subproblem); 2] =
    [("Steihaug-Toint", Subproblem::SteihaugToint { kappa: 0.5, theta: 0.5 }), ("GLTR", Subproblem::Gltr)];

fn main() -> Result<(), Box<dyn Error>> {
    println!("Minimising Rosenbrock's function by trust regions, to a gradient shorter than 1e-8.\n");
    let path = draw_path()?;
    println!(
        "{:>5}  {:<15} {:>6} {:>7} {:>9} {:>6} {:>10}  status",
        "n", "method", "steps", "values", "gradients", "H v", "time"
    );
    let pictures = [2, 1000].map(|n| draw_convergence(n).map_err(|error| error.to_string()));
    println!("\nPictures:\n  {path}");
    for picture in pictures {
        println!("  {}", picture?);
    }
    Ok(())
}

/// The steps in two variables, over contour lines of the function.
fn draw_path() -> Result<String, Box<dyn Error>> {
    let start = [-1.2, 1.0];
    let (mut path, mut rejected) = (vec![(start[0], start[1])], 0);
    let outcome = TrustRegion::default().minimize_with(&rosenbrock::objective(), &start, |state| {
        if state.last_step == Some(StepKind::Rejected) {
            rejected += 1;
        } else {
            path.push((state.x[0], state.x[1]));
        }
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.status, Status::Converged);
    let title = format!("{} steps down the valley, and {rejected} that were rejected", path.len() - 1);
    let mut chart = Chart::new(&title, (-1.6, 1.4, "x0"), (-0.6, 1.6, "x1"));
    for level in [0.3, 1.0, 4.0, 10.0, 30.0, 100.0, 300.0] {
        chart.strokes(&contour(level, (-1.6, 1.4), (-0.6, 1.6)), "#bbb");
    }
    chart.line(&path, COLOURS[0], "");
    chart.dots(&path, COLOURS[0]);
    chart.dots(&[(1.0, 1.0)], COLOURS[1]);
    chart.words((start[0], start[1] - 0.1), "start");
    chart.words((1.0, 1.0), "minimum");
    Ok(chart.save("trust_region_path.svg")?.display().to_string())
}

/// The value after each step, for both methods.
fn draw_convergence(n: usize) -> Result<String, Box<dyn Error>> {
    let start: Vec<f64> = [-1.2, 1.0].into_iter().cycle().take(n).collect();
    let mut curves = Vec::new();
    for (name, subproblem) in METHODS {
        let method = TrustRegion { subproblem, ..TrustRegion::default() };
        let mut curve = Vec::new();
        let begun = Instant::now();
        let outcome = method.minimize_with(&rosenbrock::objective(), &start, |state| {
            curve.push((state.iterations as f64, state.value.max(1e-30).log10()));
            ControlFlow::Continue(())
        });
        let (state, counts) = (&outcome.state, outcome.state.counts);
        println!(
            "{n:>5}  {name:<15} {:>6} {:>7} {:>9} {:>6} {:>7.2} ms  {:?}",
            state.iterations,
            counts.values,
            counts.gradients,
            counts.products,
            1e3 * begun.elapsed().as_secs_f64(),
            outcome.status
        );
        curves.push((name, thinned(&curve, 1500)));
    }
    let most =
        curves.iter().filter_map(|(_, curve)| curve.last()).fold(0.0, |most: f64, last| most.max(last.0));
    let title = format!("Convergence in {n} variables");
    let mut chart =
        Chart::scaled(&title, (0.0, most, "steps"), (-20.0, 6.0, "f"), [Scale::Plain, Scale::Logarithm]);
    for ((name, curve), colour) in curves.iter().zip(COLOURS) {
        chart.line(curve, colour, name);
    }
    Ok(chart.save(&format!("trust_region_{n}.svg"))?.display().to_string())
}

/// No more than some number of points of a curve, with its last one.
fn thinned(curve: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let every = curve.len().div_ceil(most).max(1);
    curve.iter().step_by(every).chain(curve.last()).copied().collect()
}

/// Pieces of the line on which the function has a value, by marching over the two triangles of each cell of a grid.
fn contour(level: f64, x: (f64, f64), y: (f64, f64)) -> Vec<[(f64, f64); 2]> {
    let (columns, rows) = (240, 176);
    let at = |i: i32, j: i32| {
        let point = (
            x.0 + (x.1 - x.0) * f64::from(i) / f64::from(columns),
            y.0 + (y.1 - y.0) * f64::from(j) / f64::from(rows),
        );
        (point, rosenbrock(&[point.0, point.1]) - level)
    };
    let mut pieces = Vec::new();
    for (i, j) in (0..columns).flat_map(|i| (0..rows).map(move |j| (i, j))) {
        let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
        pieces.extend([[a, b, c], [a, c, d]].into_iter().filter_map(crossing));
    }
    pieces
}

/// Where a function that is linear on a triangle vanishes.
fn crossing(corners: [((f64, f64), f64); 3]) -> Option<[(f64, f64); 2]> {
    let mut ends = (0..3).filter_map(|k| {
        let ((a, f), (b, g)) = (corners[k], corners[(k + 1) % 3]);
        let t = f / (f - g);
        ((f < 0.0) != (g < 0.0)).then_some((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)))
    });
    Some([ends.next()?, ends.next()?])
}
