//! What is compiled of a program: its two copies and the comparison of its derivatives.

use crate::program::LENGTH;

/// A program with a function `check`, which returns the number of points at which everything is finite and agrees.
#[must_use]
pub fn module(program: &str) -> String {
    let outputs = if program.contains("fn h2(") { OUTPUTS } else { "" };
    let call = if outputs.is_empty() { "" } else { " && outputs(&points(n as u64, 1, 9, -1.5, 1.5)[0])" };
    format!(
        "use crate::harness::*;\nuse crate::support::*;\nuse hvp::differentiable;\n\ntwin! {{\n{program}}}\n{outputs}\n\
         pub fn check() -> usize {{\n    let w: [f64; {LENGTH}] = std::array::from_fn(|i| 0.4 + 0.3 * i as f64);\n    \
         let at = |n: usize| points(n as u64, 1, {LENGTH}, -1.5, 1.5).remove(0);\n    \
         (0..4).filter(|&n| check_finite(&derived!(|x| f(x, &w, n)), &at(n)){call}).count()\n}}\n"
    )
}

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
            t
        },
        jvp: &|z, v| {
            let ((s, mut t, a), (s_dot, mut t_dot, a_dot)) = (split(z), split(v));
            h2_jvp(&s, &mut t, &mut t_dot, a, &s_dot, a_dot);
            (t, t_dot)
        },
        vjp: &|z, weight| {
            let (s, mut t, a) = split(z);
            let (s_bar, t_bar, a_bar) = h2_vjp(&s, &mut t, a, weight);
            (t, [s_bar, t_bar, vec![a_bar]].concat())
        },
    }, z)
}
";
