//! The forty problems, in the order of the collection.

use hvp::Objective;

use super::{Problem, few, many};

/// The start on SciPy's page of its `minimize`.
const PAGE: [f64; 5] = [1.3, 0.7, 0.8, 1.9, 1.2];

/// All problems: 34 of the collection and six of the chained Rosenbrock function.
pub(crate) fn all() -> Vec<Problem> {
    let mut problems = of_two_variables();
    problems.extend(of_three_to_five_variables());
    problems.extend(of_more_variables());
    problems.extend(of_any_number());
    problems
}

fn of_two_variables() -> Vec<Problem> {
    vec![
        row("Rosenbrock", many::chained_rosenbrock::objective(), vec![-1.2, 1.0], 0.0, 84),
        row("Freudenstein-Roth", few::freudenstein_roth::objective(), vec![0.5, -2.0], 48.9843, 34),
        row("Powell badly scaled", few::powell_badly_scaled::objective(), vec![0.0, 1.0], 0.0, 408),
        row("Brown badly scaled", few::brown_badly_scaled::objective(), vec![1.0, 1.0], 0.0, 4999),
        row("Beale", few::beale::objective(), vec![1.0, 1.0], 0.0, 31),
        row("Jennrich-Sampson", few::jennrich_sampson::objective(), vec![0.3, 0.4], 124.362, 28),
    ]
}

fn of_three_to_five_variables() -> Vec<Problem> {
    vec![
        row("Helical valley", few::helical_valley::objective(), vec![-1.0, 0.0, 0.0], 0.0, 76),
        row("Bard", few::bard::objective(), vec![1.0; 3], 8.21488e-3, 35),
        row("Gaussian", few::gaussian::objective(), vec![0.4, 1.0, 0.0], 1.12793e-8, 5),
        row("Meyer", few::meyer::objective(), vec![0.02, 4000.0, 250.0], 87.9459, 2552),
        row("Gulf", few::gulf::objective(), vec![5.0, 2.5, 0.15], 0.0, 130),
        row("Box", few::box_three_dimensional::objective(), vec![0.0, 10.0, 20.0], 0.0, 54),
        row("Powell singular", many::powell_singular::objective(), vec![3.0, -1.0, 0.0, 1.0], 0.0, 107),
        row("Wood", few::wood::objective(), vec![-3.0, -1.0, -3.0, -1.0], 0.0, 366),
        row(
            "Kowalik-Osborne",
            few::kowalik_osborne::objective(),
            vec![0.25, 0.39, 0.415, 0.39],
            3.07506e-4,
            47,
        ),
        row("Brown-Dennis", few::brown_dennis::objective(), vec![25.0, 5.0, -5.0, -1.0], 85822.2, 59),
        row("Osborne 1", few::osborne_1::objective(), vec![0.5, 1.5, -1.0, 0.01, 0.02], 5.46489e-5, 389),
    ]
}

fn of_more_variables() -> Vec<Problem> {
    vec![
        row("Biggs EXP6", many::biggs_exp6::objective(), vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0], 5.65565e-3, 116),
        row(
            "Osborne 2",
            many::osborne_2::objective(),
            vec![1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5],
            4.01377e-2,
            303,
        ),
        row("Watson, n = 6", many::watson::objective(), vec![0.0; 6], 2.28767e-3, 62),
        row("Watson, n = 9", many::watson::objective(), vec![0.0; 9], 1.39976e-6, 143),
        row("Watson, n = 12", many::watson::objective(), vec![0.0; 12], 4.72238e-10, 202),
        row(
            "Extended Rosenbrock",
            many::extended_rosenbrock::objective(),
            repeat(&[-1.2, 1.0], 100),
            0.0,
            110,
        ),
        row(
            "Extended Powell",
            many::powell_singular::objective(),
            repeat(&[3.0, -1.0, 0.0, 1.0], 100),
            0.0,
            113,
        ),
        row("Penalty I", many::penalty_1::objective(), counted(|i| i), 7.08765e-5, 132),
        row("Penalty II", many::penalty_2::objective(), vec![0.5; 10], 2.93661e-4, 327),
        row(
            "Variably dimensioned",
            many::variably_dimensioned::objective(),
            counted(|i| 1.0 - i / 10.0),
            0.0,
            28,
        ),
        row("Trigonometric", many::trigonometric::objective(), vec![0.1; 10], 2.79506e-5, 74),
        row("Brown almost linear", many::brown_almost_linear::objective(), vec![0.5; 10], 0.0, 21),
        row(
            "Discrete boundary value",
            many::discrete_boundary_value::objective(),
            counted(|i| i / 11.0 * (i / 11.0 - 1.0)),
            0.0,
            42,
        ),
    ]
}

fn of_any_number() -> Vec<Problem> {
    vec![
        row(
            "Discrete integral",
            many::discrete_integral::objective(),
            counted(|i| i / 11.0 * (i / 11.0 - 1.0)),
            0.0,
            16,
        ),
        row("Broyden tridiagonal", many::broyden_tridiagonal::objective(), vec![-1.0; 10], 0.0, 43),
        row("Broyden banded", many::broyden_banded::objective(), vec![-1.0; 10], 0.0, 34),
        row(
            "Chebyquad",
            many::chebyquad::objective(),
            (1..=8).map(|i| f64::from(i) / 9.0).collect(),
            3.51687e-3,
            72,
        ),
        row("Chained, classic", many::chained_rosenbrock::objective(), repeat(&[-1.2, 1.0], 10), 0.0, 380),
        row("Chained, SciPy's page", many::chained_rosenbrock::objective(), repeat(&PAGE, 10), 0.0, 99),
        row("Chained, zeros", many::chained_rosenbrock::objective(), vec![0.0; 10], 0.0, 316),
        row("Chained, classic", many::chained_rosenbrock::objective(), repeat(&[-1.2, 1.0], 100), 0.0, 2371),
        row("Chained, SciPy's page", many::chained_rosenbrock::objective(), repeat(&PAGE, 100), 0.0, 157),
        row("Chained, zeros", many::chained_rosenbrock::objective(), vec![0.0; 100], 0.0, 2299),
    ]
}

fn row(
    name: &'static str,
    objective: impl Objective + 'static,
    start: Vec<f64>,
    minimum: f64,
    scipy: usize,
) -> Problem {
    Problem { name, objective: Box::new(objective), start, minimum, scipy }
}

fn repeat(pattern: &[f64], n: usize) -> Vec<f64> {
    pattern.iter().copied().cycle().take(n).collect()
}

/// Ten entries from their numbers, counted from one.
fn counted(entry: impl Fn(f64) -> f64) -> Vec<f64> {
    (1..=10).map(|i| entry(f64::from(i))).collect()
}
