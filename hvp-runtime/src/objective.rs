//! A function with its derivatives, as solvers take it.

use std::sync::Arc;

use crate::private::{Record, columns};
use crate::shape::expect_columns;
use crate::{HessianOperator, LinearOperator};

/// A real function of `n` reals with exact first and second derivatives.
///
/// `#[differentiable]` generates an implementation for each objective, as the value `f::objective(…)`; by hand one
/// writes [`value`](Self::value), [`value_and_grad`](Self::value_and_grad) and [`hvp`](Self::hvp), and the rest
/// follows from these. Every slice has the length of `x`, but for [`hvp_block`](Self::hvp_block). Results are
/// overwritten, never read, and nothing is allocated for them.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// use hvp::Objective;
///
/// /// f(x) = ½ Σ i·xᵢ², counted from one.
/// struct Bowl;
///
/// impl Objective for Bowl {
///     fn value(&self, x: &[f64]) -> f64 {
///         x.iter().zip(1..).map(|(x, i)| 0.5 * f64::from(i) * x * x).sum()
///     }
///     fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
///         self.hvp(x, x, grad);
///         self.value(x)
///     }
///     fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
///         for ((hv, v), i) in hv.iter_mut().zip(v).zip(1..) {
///             *hv = f64::from(i) * v;
///         }
///     }
/// }
///
/// let mut hv = [0.0; 4];
/// Bowl.hvp_block(&[1.0, 1.0], &[1.0, 0.0, 0.0, 1.0], &mut hv);
/// assert_eq!(hv, [1.0, 0.0, 0.0, 2.0]);
/// ```
pub trait Objective {
    /// The value at `x`.
    fn value(&self, x: &[f64]) -> f64;

    /// Writes the gradient at `x` into `grad`.
    fn grad(&self, x: &[f64], grad: &mut [f64]) {
        self.value_and_grad(x, grad);
    }

    /// The value at `x`; the gradient is written into `grad`. One reverse sweep.
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64;

    /// Writes the Hessian at `x` times `v` into `hv`: d/dt ∇f(x + t v) at t = 0.
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]);

    /// Writes the gradient and the Hessian times `v`. Generated code does both for the price of the product.
    fn grad_and_hvp(&self, x: &[f64], v: &[f64], grad: &mut [f64], hv: &mut [f64]) {
        self.grad(x, grad);
        self.hvp(x, v, hv);
    }

    /// Writes the Hessian times each of k directions. `v` and `hv` hold k columns of length n, one after another.
    /// Generated code may take several directions in one sweep.
    ///
    /// # Panics
    /// If the length of `v` is no multiple of n, or that of `hv` is another.
    fn hvp_block(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        let n = x.len();
        expect_columns(n, v.len(), ("hv", hv.len()));
        for (v, hv) in columns(n, v, hv) {
            self.hvp(x, v, hv);
        }
    }

    /// The Hessian at `x` as an operator that has done all that does not depend on the direction, so that each product
    /// pays only for the part that does. The products have the bits of [`hvp`](Self::hvp).
    ///
    /// Linearising costs about one gradient, and keeps the values that a product would have to compute again at a cost: the
    /// results of exponentials and divisions, of inner loops, of comparisons. Where there are none, as in a polynomial of
    /// neighbouring variables, and in implementations by hand, a product stays what it is.
    /// [`HessianOperator::new`] linearises on its own when more than two products are asked for; for threads there is
    /// [`HessianOperator::linearized`].
    ///
    /// ```
    /// # extern crate hvp_runtime as hvp;
    /// # use hvp::Objective;
    /// # struct Cubes;
    /// # impl Objective for Cubes {
    /// #     fn value(&self, x: &[f64]) -> f64 { x.iter().map(|x| x * x * x).sum() }
    /// #     fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
    /// #         grad.iter_mut().zip(x).for_each(|(g, x)| *g = 3.0 * x * x);
    /// #         self.value(x)
    /// #     }
    /// #     fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
    /// #         hv.iter_mut().zip(x).zip(v).for_each(|((h, x), v)| *h = 6.0 * x * v);
    /// #     }
    /// # }
    /// # let f = Cubes;
    /// // `f` is the sum of the cubes.
    /// let hessian = f.linearize(&[1.0, 2.0]);
    /// let mut hv = [0.0; 2];
    /// hessian.apply(&[1.0, 1.0], &mut hv);
    /// assert_eq!(hv, [6.0, 12.0]);
    /// ```
    fn linearize<'a>(&'a self, x: &'a [f64]) -> Box<dyn LinearOperator + 'a> {
        Box::new(HessianOperator::linearized(self, x))
    }

    /// What all products at `x` have in common, if keeping it saves anything. Generated code overrides it.
    #[doc(hidden)]
    fn record(&self, _x: &[f64]) -> Option<Record> {
        None
    }

    /// [`hvp`](Self::hvp), given the record of `x`.
    #[doc(hidden)]
    fn replay(&self, x: &[f64], _record: &Record, v: &[f64], hv: &mut [f64]) {
        self.hvp(x, v, hv);
    }

    /// [`hvp_block`](Self::hvp_block), given the record of `x`.
    #[doc(hidden)]
    fn replay_block(&self, x: &[f64], _record: &Record, v: &[f64], hv: &mut [f64]) {
        self.hvp_block(x, v, hv);
    }
}

macro_rules! through_pointers {
    ($($pointer:ty),*) => { $(
        impl<F: Objective + ?Sized> Objective for $pointer {
            fn value(&self, x: &[f64]) -> f64 {
                (**self).value(x)
            }
            fn grad(&self, x: &[f64], grad: &mut [f64]) {
                (**self).grad(x, grad);
            }
            fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
                (**self).value_and_grad(x, grad)
            }
            fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
                (**self).hvp(x, v, hv);
            }
            fn grad_and_hvp(&self, x: &[f64], v: &[f64], grad: &mut [f64], hv: &mut [f64]) {
                (**self).grad_and_hvp(x, v, grad, hv);
            }
            fn hvp_block(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
                (**self).hvp_block(x, v, hv);
            }
            fn linearize<'a>(&'a self, x: &'a [f64]) -> Box<dyn LinearOperator + 'a> {
                (**self).linearize(x)
            }
            fn record(&self, x: &[f64]) -> Option<Record> {
                (**self).record(x)
            }
            fn replay(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
                (**self).replay(x, record, v, hv);
            }
            fn replay_block(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
                (**self).replay_block(x, record, v, hv);
            }
        }
    )* };
}
through_pointers!(&F, Box<F>, Arc<F>);
