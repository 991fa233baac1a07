//! The same derivatives by other crates.

use num_dual::{Dual64, HyperDual64};

use crate::number::{Forward, ForwardTwice, Number};
use crate::workload::Workload;

/// A crate, and how it comes to its derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// `num-dual`: a pass with (hyper-)dual numbers for each component.
    NumDual,
    /// `autodiff`: the same with its own numbers, nested for the second order.
    Autodiff,
    /// `echidna`: a tape; for the product, the tape is recorded and swept with dual numbers.
    Echidna,
}

/// All of them.
pub const ALL: [Rival; 3] = [Rival::NumDual, Rival::Autodiff, Rival::Echidna];

impl Rival {
    /// The crate's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rival::NumDual => "num-dual",
            Rival::Autodiff => "autodiff",
            Rival::Echidna => "echidna",
        }
    }

    /// How often [`grad`](Self::grad) must be called, each time for another component, for the whole gradient.
    #[must_use]
    pub fn passes(self, n: usize) -> usize {
        match self {
            Rival::NumDual | Rival::Autodiff => n,
            Rival::Echidna => 1,
        }
    }

    /// Component `at` of the gradient.
    pub fn grad(self, workload: &impl Workload, x: &[f64], at: usize) -> f64 {
        let unit = |i: usize| if i == at { 1.0 } else { 0.0 };
        match self {
            Rival::NumDual => workload.generic(&lifted(x, |i, x| Dual64::new(x, unit(i)))).eps,
            Rival::Autodiff => workload.generic(&lifted(x, |i, x| Forward::new(x, unit(i)))).dx,
            Rival::Echidna => echidna::grad(|x| workload.generic(x), x)[at],
        }
    }

    /// Component `at` of the Hessian times `v`.
    pub fn hvp(self, workload: &impl Workload, (x, v): (&[f64], &[f64]), at: usize) -> f64 {
        let unit = |i: usize| if i == at { 1.0 } else { 0.0 };
        match self {
            Rival::NumDual => {
                workload.generic(&lifted(x, |i, x| HyperDual64::new(x, unit(i), v[i], 0.0))).eps1eps2
            }
            Rival::Autodiff => {
                let number = |i, x| ForwardTwice::new(Forward::new(x, unit(i)), Forward::new(v[i], 0.0));
                workload.generic(&lifted(x, number)).dx.dx
            }
            Rival::Echidna => echidna::hvp(|x| workload.generic(x), x, v).1[at],
        }
    }
}

fn lifted<N: Number>(x: &[f64], number: impl Fn(usize, f64) -> N) -> Vec<N> {
    x.iter().enumerate().map(|(i, x)| number(i, *x)).collect()
}
