//! The table of functions with many results: Jacobians, and products with them.

use std::fmt::{self, Write as _};
use std::hint::black_box;

use crate::clock::{Budget, medians};
use crate::fits::{Arm, Decay, Fit, Lens, Peaks};
use crate::table::{directions, error};

/// Seconds of one call each, by hand and as generated.
#[derive(Clone, Debug)]
pub struct Row {
    name: String,
    value: f64,
    jacobian: [f64; 2],
    jvp: [f64; 2],
    vjp: [f64; 2],
    error: f64,
}

fn measure<F: Fit>(fit: &F, budget: Budget) -> Row {
    let x = &fit.point()[..];
    let v = &directions(x.len(), 1)[..];
    let [value, jacobian_hand, jacobian, jvp_hand, jvp, vjp_hand, vjp] = medians(
        budget,
        [
            &mut || _ = black_box(fit.value(black_box(x))),
            &mut || _ = black_box(fit.hand_jacobian(black_box(x))),
            &mut || _ = black_box(fit.jacobian(black_box(x))),
            &mut || _ = black_box(fit.hand_jvp(black_box(x), black_box(v))),
            &mut || _ = black_box(fit.jvp(black_box(x), black_box(v))),
            &mut || _ = black_box(fit.hand_vjp(black_box(x))),
            &mut || _ = black_box(fit.vjp(black_box(x))),
        ],
    );
    Row {
        name: fit.name(),
        value,
        jacobian: [jacobian_hand, jacobian],
        jvp: [jvp_hand, jvp],
        vjp: [vjp_hand, vjp],
        error: difference(fit),
    }
}

/// The largest relative difference between what is generated and what is written by hand.
pub fn difference<F: Fit>(fit: &F) -> f64 {
    let x = &fit.point()[..];
    let v = &directions(x.len(), 1)[..];
    let (ours, by_hand) = (fit.jvp(x, v), fit.hand_jvp(x, v));
    let errors = [
        error(&F::entries(&fit.jacobian(x)), &F::entries(&fit.hand_jacobian(x))),
        error(&F::numbers(&ours.0), &F::numbers(&by_hand.0)),
        error(&F::numbers(&ours.1), &F::numbers(&by_hand.1)),
        error(&fit.vjp(x), &fit.hand_vjp(x)),
    ];
    errors.into_iter().fold(0.0, f64::max)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [jacobian, jvp, vjp] = [self.jacobian, self.jvp, self.vjp].map(|[hand, ours]| ours / hand);
        let (name, value) = (&self.name, self.value * 1e6);
        write!(f, "| {name} | {value:.3} | {:.3} ", self.jacobian[0] * 1e6)?;
        write!(f, "| {jacobian:.2} | {jvp:.2} | {vjp:.2} |")
    }
}

/// The table as Markdown, of the functions whose name contains `only`.
#[must_use]
pub fn markdown(only: &str, budget: Budget) -> String {
    let rows = [
        row(only, &Decay::new(1_000), budget),
        row(only, &Peaks::new(1_000, 2), budget),
        row(only, &Peaks::new(1_000, 3), budget),
        row(only, &Arm::new(200), budget),
        row(only, &Lens::new(200), budget),
    ];
    let rows: Vec<Row> = rows.into_iter().flatten().collect();
    let mut text =
        String::from("| function | value, µs | Jacobian by hand, µs | Jacobian | f_jvp | f_vjp |\n");
    text += "|---|---:|---:|---:|---:|---:|\n";
    for row in &rows {
        let _ = writeln!(text, "{row}");
    }
    let worst = rows.iter().map(|row| row.error).fold(0.0, f64::max);
    let _ = writeln!(text, "\nLargest relative difference to the derivatives by hand: {worst:.1e}.");
    text
}

fn row<F: Fit>(only: &str, fit: &F, budget: Budget) -> Option<Row> {
    fit.name().contains(only).then(|| measure(fit, budget))
}
