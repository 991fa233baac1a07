//! An objective made of closures, one for each thing that it is asked for.

use super::Record;
use crate::Objective;

/// An objective of a marked function. No closure captures anything: each gets what the function's other arguments are bound to, then
/// what the method of [`Objective`] gets, and is compiled where its method is called.
#[derive(Debug)]
pub struct Answers<B, V, G, W, H, T, K, L>
where
    V: Fn(&B, &[f64]) -> f64,
    G: Fn(&B, &[f64], &mut [f64]),
    W: Fn(&B, &[f64], &mut [f64]) -> f64,
    H: Fn(&B, &[f64], &[f64], &mut [f64]),
    T: Fn(&B, &[f64], &[f64], &mut [f64], &mut [f64]),
    K: Fn(&B, &[f64], &[f64], &mut [f64]),
    L: Linear<B>,
{
    /// The function's other arguments.
    pub bound: B,
    /// `value`
    pub value: V,
    /// `grad`
    pub grad: G,
    /// `value_and_grad`
    pub value_and_grad: W,
    /// `hvp`
    pub hvp: H,
    /// `grad_and_hvp`
    pub grad_and_hvp: T,
    /// `hvp_block`
    pub hvp_block: K,
    /// `record` and its replays
    pub linear: L,
}

/// A product taken apart, or not.
pub trait Linear<B> {
    /// What all products at `x` have in common; `None` where keeping it saves nothing.
    fn record(&self, bound: &B, x: &[f64]) -> Option<Record>;
    /// One product.
    fn replay(&self, bound: &B, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]);
    /// Several.
    fn replay_block(&self, bound: &B, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]);
}

/// Taking the product apart saves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

impl<B> Linear<B> for Whole {
    #[inline]
    fn record(&self, _: &B, _: &[f64]) -> Option<Record> {
        None
    }

    fn replay(&self, _: &B, _: &[f64], _: &Record, _: &[f64], _: &mut [f64]) {
        unreachable!("this objective makes no record");
    }

    fn replay_block(&self, _: &B, _: &[f64], _: &Record, _: &[f64], _: &mut [f64]) {
        unreachable!("this objective makes no record");
    }
}

/// A product taken apart into what is done once at a point and what each direction needs.
#[derive(Debug)]
pub struct Apart<R, P, K> {
    /// Fills an empty record.
    pub record: R,
    /// One product.
    pub replay: P,
    /// Several.
    pub replay_block: K,
}

impl<B, R, P, K> Linear<B> for Apart<R, P, K>
where
    R: Fn(&B, &[f64], &mut Record),
    P: Fn(&B, &[f64], &Record, &[f64], &mut [f64]),
    K: Fn(&B, &[f64], &Record, &[f64], &mut [f64]),
{
    #[inline]
    fn record(&self, bound: &B, x: &[f64]) -> Option<Record> {
        let mut record = Record::default();
        (self.record)(bound, x, &mut record);
        Some(record)
    }

    #[inline]
    fn replay(&self, bound: &B, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        (self.replay)(bound, x, record, v, hv);
    }

    #[inline]
    fn replay_block(&self, bound: &B, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        (self.replay_block)(bound, x, record, v, hv);
    }
}

impl<B, V, G, W, H, T, K, L> Objective for Answers<B, V, G, W, H, T, K, L>
where
    V: Fn(&B, &[f64]) -> f64,
    G: Fn(&B, &[f64], &mut [f64]),
    W: Fn(&B, &[f64], &mut [f64]) -> f64,
    H: Fn(&B, &[f64], &[f64], &mut [f64]),
    T: Fn(&B, &[f64], &[f64], &mut [f64], &mut [f64]),
    K: Fn(&B, &[f64], &[f64], &mut [f64]),
    L: Linear<B>,
{
    #[inline]
    fn value(&self, x: &[f64]) -> f64 {
        (self.value)(&self.bound, x)
    }

    #[inline]
    fn grad(&self, x: &[f64], grad: &mut [f64]) {
        (self.grad)(&self.bound, x, grad);
    }

    #[inline]
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        (self.value_and_grad)(&self.bound, x, grad)
    }

    #[inline]
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        (self.hvp)(&self.bound, x, v, hv);
    }

    #[inline]
    fn grad_and_hvp(&self, x: &[f64], v: &[f64], grad: &mut [f64], hv: &mut [f64]) {
        (self.grad_and_hvp)(&self.bound, x, v, grad, hv);
    }

    #[inline]
    fn hvp_block(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        crate::shape::expect_columns(x.len(), v.len(), ("hv", hv.len()));
        (self.hvp_block)(&self.bound, x, v, hv);
    }

    #[inline]
    fn record(&self, x: &[f64]) -> Option<Record> {
        self.linear.record(&self.bound, x)
    }

    #[inline]
    fn replay(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        self.linear.replay(&self.bound, x, record, v, hv);
    }

    #[inline]
    fn replay_block(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        crate::shape::expect_columns(x.len(), v.len(), ("hv", hv.len()));
        self.linear.replay_block(&self.bound, x, record, v, hv);
    }
}
