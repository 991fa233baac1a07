//! Generated code is silent where everything is denied.
#![deny(
    warnings,
    missing_docs,
    unused,
    nonstandard_style,
    future_incompatible,
    rust_2018_idioms,
    clippy::pedantic
)]
#![forbid(unsafe_code)]

use hvp::differentiable;

/// Chained Rosenbrock function.
#[differentiable]
#[must_use]
pub fn rosenbrock(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() - 1 {
        let a = x[i + 1] - x[i] * x[i];
        let b = 1.0 - x[i];
        sum += 100.0 * a * a + b * b;
    }
    sum
}

/// The right-hand side of a pendulum.
#[differentiable]
pub fn pendulum(y: &[f64; 2], stiffness: f64, dy: &mut [f64; 2]) {
    dy[0] = y[1];
    dy[1] = -stiffness * y[0].sin();
}

/// The pendulum's energy after some steps; many parameters, a private helper, records and early returns.
#[differentiable(wrt(start, stiffness))]
#[must_use]
pub fn energy(
    start: &[f64; 2],
    stiffness: f64,
    steps: usize,
    width: f64,
    limit: f64,
    scale: f64,
    flip: bool,
) -> f64 {
    let mut y = [start[0], start[1]];
    let mut dy = [0.0; 2];
    if steps == 0 {
        return scale * square(start[1]);
    }
    for _ in 0..steps {
        pendulum(&y, stiffness, &mut dy);
        for i in 0..2 {
            y[i] += width * dy[i];
        }
        if y[0].abs() > limit {
            break;
        }
    }
    let sign = if flip { -1.0 } else { 1.0 };
    sign * scale * (square(y[1]) + stiffness * (1.0 - y[0].cos()))
}

#[differentiable]
fn square(x: f64) -> f64 {
    x * x
}

struct Pair {
    first: f64,
    second: f64,
}

/// A struct of two numbers, and patterns.
#[differentiable]
#[must_use]
pub fn paired(x: f64) -> f64 {
    let pair = Pair { first: x, second: 2.0 };
    match (pair.first, 1) {
        (first, 1) => first * pair.second,
        (first, _) => -first,
    }
}

/// A quadratic form.
#[differentiable(wrt(x), only(hvp))]
#[must_use]
pub fn quadratic<const N: usize>(x: &[f64; N], matrix: &[[f64; N]; N]) -> f64 {
    let mut sum = 0.0;
    for i in 0..N {
        for j in 0..N {
            sum += 0.5 * x[i] * matrix[i][j] * x[j];
        }
    }
    sum
}

/// Is not to be used any longer, which concerns its callers and not what is generated.
#[deprecated = "use `decay`"]
#[differentiable]
#[must_use]
pub fn old(x: f64) -> f64 {
    x * x
}

const RATE: f64 = 3.0;

/// Has parentheses that are needed here, and would not be everywhere.
#[differentiable(only(hvp))]
#[must_use]
pub fn decay(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for y in x {
        sum += 0.5 * y * y - (RATE + 1.0) * y * y;
    }
    sum
}

#[test]
fn what_is_generated_is_used() {
    assert_eq!(rosenbrock_hvp(&[1.0, 1.0], &[1.0, 0.0]), [802.0, -400.0]);
    assert_eq!(decay_hvp(&[2.0], &[1.0]), [-7.0]);
    assert_eq!(energy_grad(&[0.0, 3.0], 1.0, 0, 0.1, 1.0, 2.0, false), ([0.0, 12.0], 0.0));
    assert!(energy_hvp(&[0.1, 0.2], 1.0, 5, 0.1, 9.0, 2.0, true, &[1.0, 0.0], 0.0).0[0].is_finite());
    let [first, second] = quadratic_hvp(&[1.0, 2.0], &[[2.0, 1.0], [1.0, 0.0]], &[1.0, 0.0]);
    assert!((first - 2.0).abs() < 1e-15 && (second - 1.0).abs() < 1e-15);
}

/// Where nobody is interested in more than one derivative, the others are no dead code.
mod private {
    #[hvp::differentiable]
    fn parabola(x: f64) -> f64 {
        x * x
    }

    #[test]
    fn one_derivative_of_a_private_function_is_used() {
        assert!((parabola_grad(2.0) - 4.0).abs() < 1e-15);
    }
}

/// Signatures that come close to the names and the shapes of what is generated.
pub mod odd_signatures {
    use hvp::differentiable;

    /// Parameters named as ours are.
    #[differentiable]
    #[must_use]
    pub fn named_as_ours(x: &[f64], weight: f64, n: usize, unit: f64, hessian: &[f64], value: f64) -> f64 {
        let mut sum = weight * value;
        for i in 0..n {
            sum += x[i] * x[i] * hessian[i] * unit;
        }
        sum
    }

    /// Data named as ours.
    #[differentiable(wrt(x))]
    #[must_use]
    pub fn data_named_as_ours(x: &[f64], j: u32, unit: u32, jacobian: u32) -> Vec<f64> {
        x.iter().map(|a| a * a * f64::from(jacobian) * f64::from(j + unit)).collect()
    }

    /// Patterns, `mut` and parameters without a name.
    #[differentiable]
    #[must_use]
    pub fn patterns(
        mut scale: f64,
        (low, high): (f64, f64),
        [left, right]: [f64; 2],
        _: usize,
        mut weights: Vec<f64>,
    ) -> f64 {
        scale *= low;
        weights[0] += high;
        scale * weights[0] * left * right
    }

    /// Lifetimes, and data that nobody reads.
    #[differentiable]
    #[must_use]
    pub fn lifetimes<'a, 'b: 'a>(x: &'a [f64], y: &'b [f64], z: &'b [f64], _data: &'a [usize]) -> f64 {
        x[0] * y[0] * z[0]
    }

    /// Raw identifiers.
    #[differentiable]
    #[must_use]
    pub fn r#type(r#in: f64, r#fn: &[f64]) -> f64 {
        r#in * r#fn[0]
    }

    /// A call of one.
    #[differentiable]
    #[must_use]
    pub fn _of_type(r#in: f64, r#fn: &[f64]) -> f64 {
        r#type(r#in, r#fn) * r#type(r#in, r#fn)
    }

    /// Something with methods.
    #[derive(Clone, Copy, Debug)]
    pub struct Scale {
        /// The factor.
        pub by: f64,
    }

    impl Scale {
        /// By value.
        #[differentiable(wrt(x))]
        #[must_use]
        pub const fn by_value(self, x: f64) -> f64 {
            self.by * x * x
        }

        /// With a lifetime.
        #[differentiable(wrt(x))]
        #[must_use]
        pub fn borrowed<'a>(&'a self, x: &'a [f64; 1]) -> f64 {
            self.by_value(x[0]) * self.by
        }

        /// Of a restricted visibility.
        #[differentiable(associated)]
        pub(in crate::odd_signatures) fn restricted(x: f64) -> f64 {
            x * x
        }
    }

    /// References to data in an iterator chain.
    #[differentiable(wrt(x))]
    #[must_use]
    pub fn borrowed_in_a_chain(x: &[f64], weights: &[f64], names: &[&str], name: &str) -> f64 {
        if !names.contains(&name) {
            return 0.0;
        }
        x.iter().zip(&weights[1..]).map(|(value, weight)| value * weight).sum()
    }

    /// Nothing to differentiate.
    #[differentiable]
    #[must_use]
    pub const fn passive(n: usize) -> usize {
        n
    }

    #[test]
    fn they_mean_what_they_say() {
        let hessian = named_as_ours_grad(&[1.0, 2.0, 3.0], 0.5, 2, 1.0, &[1.0; 3], 4.0);
        assert_eq!(hessian.0, [2.0, 4.0, 0.0]);
        assert_eq!((hessian.1, hessian.2), (4.0, 5.0));
        assert_eq!(borrowed_in_a_chain_grad(&[1.0], &[2.0, 3.0], &["a"], "a"), [3.0]);
        assert_eq!(data_named_as_ours_jacobian(&[1.0, 2.0], 1, 2, 3), [vec![18.0, 0.0], vec![0.0, 36.0]]);
        let parts = patterns_grad(2.0, (3.0, 1.0), [1.0, 1.0], 0, vec![1.0]);
        assert_eq!(parts, (6.0, (4.0, 6.0), [12.0, 12.0], vec![6.0]));
        assert_eq!(lifetimes_grad(&[2.0], &[3.0], &[1.0], &[]), (vec![3.0], vec![2.0], vec![6.0]));
        assert_eq!(_of_type_grad(2.0, &[3.0]), (36.0, vec![24.0]));
        assert!((Scale { by: 2.0 }.borrowed_grad(&[3.0])[0] - 24.0).abs() < 1e-12);
        assert!((Scale::restricted_grad(3.0) - 6.0).abs() < 1e-12);
    }
}
