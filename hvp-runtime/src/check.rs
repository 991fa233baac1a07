//! Is a derivative right? Reports for one's own tests.
//!
//! [`gradient`] and [`hvp`] compare with central differences of fourth order, over a range of steps, and keep for
//! each entry the step at which the two agree best; [`symmetry`] compares the Hessian with its transpose. Nothing
//! here panics on a wrong derivative: each function returns a [`Report`] with the worst entry. A right derivative
//! of a smooth function gives about 1e-8 or less, a wrong one the size of its mistake.
//!
//! ```
//! # extern crate hvp_runtime as hvp;
//! use hvp::check;
//!
//! let f = hvp::reference::Rosenbrock;
//! let x = [-1.2, 1.0, 0.7];
//! assert!(check::gradient(&f, &x).relative_error < 1e-7);
//! assert!(check::hvp(&f, &x).relative_error < 1e-7);
//! assert!(check::symmetry(&f, &x).relative_error < 1e-12);
//! ```

use std::fmt;

use crate::Objective;
use crate::probe::fill_signs;

/// The steps that are tried, in units of [`unit`]; the first also says what differences can resolve.
const STEPS: [f64; 4] = [1e-3, 1e-2, 1e-4, 1e-5];

/// An agreement at which no further step is tried.
const AGREED: f64 = 1e-10;

/// How much larger than rounding a number must be to count with its own size.
const RESOLUTION: f64 = 1e8;

/// The worst disagreement that a check found.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::{check, reference::Rosenbrock};
///
/// let report = check::gradient(&Rosenbrock, &[-1.2, 1.0]);
/// assert!(report.relative_error < 1e-6, "{report}");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The difference between the two numbers, relative to the larger of them, or to what can be told from rounding
    /// where both are smaller than that. Infinite where either is not finite.
    pub relative_error: f64,
    /// Where: the entry of the gradient, or the row of the Hessian.
    pub index: usize,
    /// The column of the Hessian; `None` for a gradient, and where the direction was not along an axis.
    pub column: Option<usize>,
    /// The derivative under test.
    pub found: f64,
    /// What it was compared with.
    pub expected: f64,
    /// The step of the difference; zero where none was taken.
    pub step: f64,
}

impl Report {
    /// What stands before any entry has been compared, and after none disagreed.
    const AGREEMENT: Self =
        Self { relative_error: 0.0, index: 0, column: None, found: 0.0, expected: 0.0, step: 0.0 };

    /// The worse of two reports; the first of equals.
    fn worse(self, other: Self) -> Self {
        if other.relative_error > self.relative_error { other } else { self }
    }

    /// The better of two reports on the same entry; the second of equals.
    fn better(self, other: Self) -> Self {
        if other.relative_error <= self.relative_error { other } else { self }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "relative error {:.1e} at entry {}", self.relative_error, self.index)?;
        if let Some(column) = self.column {
            write!(f, " of column {column}")?;
        }
        write!(f, ": found {}, expected {} (step {:e})", self.found, self.expected, self.step)
    }
}

/// Compares the gradient at `x` with differences of the value along each axis: one gradient, and 4 to 16 values for
/// each of the n entries.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// struct Wrong;
///
/// impl hvp::Objective for Wrong {
///     fn value(&self, x: &[f64]) -> f64 {
///         x[0] * x[0] + x[1] * x[1]
///     }
///     fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
///         grad.copy_from_slice(&[2.0 * x[0], 3.0 * x[1]]);
///         self.value(x)
///     }
///     fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
///         hv.copy_from_slice(&[2.0 * v[0], 2.0 * v[1]]);
///     }
/// }
///
/// let report = hvp::check::gradient(&Wrong, &[1.0, 2.0]);
/// assert_eq!(report.index, 1);
/// assert_eq!(report.found, 6.0);
/// assert!((report.expected - 4.0).abs() < 1e-9);
/// assert!((report.relative_error - 1.0 / 3.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn gradient(f: &(impl Objective + ?Sized), x: &[f64]) -> Report {
    let mut grad = vec![0.0; x.len()];
    f.grad(x, &mut grad);
    let mut axis = vec![0.0; x.len()];
    let mut worst = Report::AGREEMENT;
    for (index, &found) in grad.iter().enumerate() {
        axis[index] = 1.0;
        let mut entry = [Report { relative_error: f64::INFINITY, index, ..Report::AGREEMENT }];
        Line::new(x, &axis, unit(x[index]))
            .compare(&mut entry, &[found], |point, out| out[0] = f.value(point));
        worst = worst.worse(entry[0]);
        axis[index] = 0.0;
    }
    worst
}

/// Compares the Hessian-vector product at `x` with differences of the gradient, along each axis and along one
/// direction of mixed signs: n + 1 products, and 4 to 16 gradients for each.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// struct Wrong;
///
/// impl hvp::Objective for Wrong {
///     fn value(&self, x: &[f64]) -> f64 {
///         x[0] * x[1]
///     }
///     fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
///         grad.copy_from_slice(&[x[1], x[0]]);
///         self.value(x)
///     }
///     fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
///         hv.copy_from_slice(&[v[1], 0.0]);
///     }
/// }
///
/// let report = hvp::check::hvp(&Wrong, &[1.0, 2.0]);
/// assert_eq!((report.index, report.column), (1, Some(0)));
/// assert_eq!(report.found, 0.0);
/// assert!((report.expected - 1.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn hvp(f: &(impl Objective + ?Sized), x: &[f64]) -> Report {
    let mut direction = vec![0.0; x.len()];
    let mut worst = Report::AGREEMENT;
    for column in 0..x.len() {
        direction[column] = 1.0;
        worst = worst.worse(hvp_along(f, &Line::new(x, &direction, unit(x[column])), Some(column)));
        direction[column] = 0.0;
    }
    fill_signs(0, 0, &mut direction);
    direction.iter_mut().zip(x).for_each(|(d, x)| *d *= unit(*x));
    worst.worse(hvp_along(f, &Line::new(x, &direction, 1.0), None))
}

/// Compares the Hessian at `x` with its transpose: n products, and n² numbers in memory.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// struct Lopsided;
///
/// impl hvp::Objective for Lopsided {
///     fn value(&self, x: &[f64]) -> f64 {
///         x[0] * x[1]
///     }
///     fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
///         grad.copy_from_slice(&[x[1], x[0]]);
///         self.value(x)
///     }
///     fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
///         hv.copy_from_slice(&[v[1], 2.0 * v[0]]);
///     }
/// }
///
/// let report = hvp::check::symmetry(&Lopsided, &[1.0, 2.0]);
/// assert_eq!((report.index, report.column), (1, Some(0)));
/// assert_eq!((report.found, report.expected), (2.0, 1.0));
/// ```
#[must_use]
pub fn symmetry(f: &(impl Objective + ?Sized), x: &[f64]) -> Report {
    let n = x.len();
    let columns = hessian_columns(f, x);
    let largest = columns.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    let floor = RESOLUTION * f64::EPSILON * largest;
    let mut worst = Report::AGREEMENT;
    for column in 0..n {
        for index in column..n {
            let (found, expected) = (columns[column * n + index], columns[index * n + column]);
            let relative_error = relative_error(found, expected, floor);
            worst = worst.worse(Report {
                relative_error,
                index,
                column: Some(column),
                found,
                expected,
                step: 0.0,
            });
        }
    }
    worst
}

/// The Hessian, column by column, from one product along each axis.
fn hessian_columns(f: &(impl Objective + ?Sized), x: &[f64]) -> Vec<f64> {
    let n = x.len();
    let mut axis = vec![0.0; n];
    let mut columns = vec![0.0; n * n];
    for (j, column) in columns.chunks_exact_mut(n.max(1)).enumerate() {
        axis[j] = 1.0;
        f.hvp(x, &axis, column);
        axis[j] = 0.0;
    }
    columns
}

/// The worst entry of the product with one direction.
fn hvp_along(f: &(impl Objective + ?Sized), line: &Line, column: Option<usize>) -> Report {
    let n = line.origin.len();
    let mut found = vec![0.0; n];
    f.hvp(line.origin, line.direction, &mut found);
    let unknown = Report { relative_error: f64::INFINITY, column, ..Report::AGREEMENT };
    let mut entries: Vec<Report> = (0..n).map(|index| Report { index, ..unknown }).collect();
    line.compare(&mut entries, &found, |point, out| f.grad(point, out));
    entries.into_iter().fold(Report::AGREEMENT, Report::worse)
}

/// How far a variable may be expected to move: its own size, if it has one.
fn unit(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { x.abs().max(1e-3) }
}

/// A line through a point, along which functions are differenced in steps of the given unit.
struct Line<'a> {
    origin: &'a [f64],
    direction: &'a [f64],
    unit: f64,
}

impl<'a> Line<'a> {
    fn new(origin: &'a [f64], direction: &'a [f64], unit: f64) -> Self {
        Self { origin, direction, unit }
    }

    /// Improves each entry's report by the step at which the differences of `function` come nearest to `found`.
    fn compare(&self, entries: &mut [Report], found: &[f64], function: impl Fn(&[f64], &mut [f64])) {
        let mut differences = vec![0.0; found.len()];
        for step in STEPS.map(|step| step * self.unit) {
            let largest = self.differentiate(step, &function, &mut differences);
            let floor = RESOLUTION * f64::EPSILON * largest / (STEPS[0] * self.unit);
            for ((entry, &found), &expected) in entries.iter_mut().zip(found).zip(&differences) {
                let relative_error = relative_error(found, expected, floor);
                *entry = entry.better(Report { relative_error, found, expected, step, ..*entry });
            }
            if entries.iter().all(|entry| entry.relative_error <= AGREED) {
                return;
            }
        }
    }

    /// Writes the derivative along the line, (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h, into `out`; returns the
    /// largest size of a value of f.
    fn differentiate(&self, step: f64, function: impl Fn(&[f64], &mut [f64]), out: &mut [f64]) -> f64 {
        let mut point = vec![0.0; self.origin.len()];
        let mut sample = vec![0.0; out.len()];
        let mut largest = 0.0_f64;
        out.fill(0.0);
        for (offset, weight) in [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)] {
            for ((point, x), d) in point.iter_mut().zip(self.origin).zip(self.direction) {
                *point = x + offset * step * d;
            }
            function(&point, &mut sample);
            for (out, sample) in out.iter_mut().zip(&sample) {
                *out += weight / (12.0 * step) * sample;
                largest = largest.max(sample.abs());
            }
        }
        largest
    }
}

/// The difference of two numbers relative to the largest of them and `floor`; infinite if that is undefined.
fn relative_error(a: f64, b: f64, floor: f64) -> f64 {
    let difference = (a - b).abs();
    if difference == 0.0 {
        return 0.0;
    }
    let error = difference / a.abs().max(b.abs()).max(floor);
    if error.is_nan() { f64::INFINITY } else { error }
}
