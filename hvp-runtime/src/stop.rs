//! Constants made of variables.

/// `value`, as a constant: in a function with `#[differentiable]` no derivative goes through it.
///
/// ```
/// # extern crate hvp_runtime as hvp;
/// assert_eq!(hvp::stop_gradient(2.0), 2.0);
/// ```
#[inline]
#[must_use]
pub fn stop_gradient<X>(value: X) -> X {
    value
}
