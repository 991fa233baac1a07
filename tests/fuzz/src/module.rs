//! What is compiled of a program: its two copies and the comparison of its derivatives.
//!
//! The first copy stands in no macro, so that helpers are inlined.

use crate::program::LENGTH;

/// A program with a function `check`, which returns the number of points, of both functions, at which everything is finite and
/// agrees.
#[must_use]
pub fn module(program: &str) -> String {
    let outputs = if program.contains("fn h2(") { OUTPUTS } else { "" };
    let call = if outputs.is_empty() { "" } else { " && outputs(&points(n as u64, 1, 9, -1.5, 1.5)[0])" };
    format!(
        "use crate::harness::*;\nuse crate::support::*;\nuse hvp::differentiable;\n\n{program}\ntwin_of! {{\n{program}}}\n{ROWS}{outputs}\n\
         pub fn check() -> usize {{\n    let w: [f64; {LENGTH}] = std::array::from_fn(|i| 0.4 + 0.3 * i as f64);\n    \
         let at = |n: usize| points(n as u64, 1, {LENGTH}, -1.5, 1.5).remove(0);\n    \
         let objective = |n: usize| check_finite(&derived!(|x| f(x, &w, n)), &at(n)){call};\n    \
         (0..4).map(|n| usize::from(objective(n)) + usize::from(rows(n, &w, &at(n)))).sum()\n}}\n"
    )
}

/// The function with a vector as its result; what is a slice there and what an array, `try_into` finds out.
const ROWS: &str = "
fn rows(n: usize, w: &[f64], x: &[f64]) -> bool {
    let lifted: Vec<HyperDual> = w.iter().map(|w| HyperDual::constant(*w)).collect();
    check_jacobian(&Outputs {
        twin: &|x| twin::g(x.try_into().unwrap(), &lifted, n).to_vec(),
        value: &|x| g(x.try_into().unwrap(), w, n).to_vec(),
        jvp: &|x, v| {
            let (value, rates) = g_jvp(x.try_into().unwrap(), w, n, v.try_into().unwrap());
            (value.to_vec(), rates.to_vec())
        },
        vjp: &|x, weight| {
            let x_bar = g_vjp(x.try_into().unwrap(), w, n, weight.try_into().unwrap());
            (g(x.try_into().unwrap(), w, n).to_vec(), x_bar.to_vec())
        },
    }, &|x| g_jacobian(x.try_into().unwrap(), w, n).iter().map(|row| row.to_vec()).collect(), x)
}
";

/// The helper that changes an array, as functions of the flat point (s, t, a).
const OUTPUTS: &str = "
fn outputs(z: &[f64]) -> bool {
    let split = |z: &[f64]| (array::<f64, 4>(z), array::<f64, 4>(&z[4..]), z[8]);
    check_outputs(&Outputs {
        twin: &|z| {
            let mut t = z[4..8].to_vec();
            twin::h2(&z[..4], &mut t, z[8]);
            t
        },
        value: &|z| {
            let (s, mut t, a) = split(z);
            h2(&s, &mut t, a);
            t.to_vec()
        },
        jvp: &|z, v| {
            let ((s, mut t, a), (s_dot, mut t_dot, a_dot)) = (split(z), split(v));
            h2_jvp(&s, &mut t, &mut t_dot, a, &s_dot, a_dot);
            (t.to_vec(), t_dot.to_vec())
        },
        vjp: &|z, weight| {
            let (s, mut t, a) = split(z);
            let (s_bar, t_bar, a_bar) = h2_vjp(&s, &mut t, a, weight);
            (t.to_vec(), [s_bar, t_bar, vec![a_bar]].concat())
        },
    }, z)
}
";
