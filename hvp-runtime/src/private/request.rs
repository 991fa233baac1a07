//! An objective made of one closure.

use super::Record;
use crate::Objective;

/// What an objective is asked for: a point, directions, and where the results go, which is overwritten.
#[derive(Debug)]
pub enum Request<'r> {
    /// `value`
    Value(&'r [f64]),
    /// `grad`
    Grad(&'r [f64], &'r mut [f64]),
    /// `value_and_grad`
    ValueAndGrad(&'r [f64], &'r mut [f64]),
    /// `hvp`
    Hvp(&'r [f64], &'r [f64], &'r mut [f64]),
    /// `grad_and_hvp`
    GradAndHvp(&'r [f64], &'r [f64], &'r mut [f64], &'r mut [f64]),
    /// `hvp_block`
    HvpBlock(&'r [f64], &'r [f64], &'r mut [f64]),
    /// `record`; left as it is where taking a product apart saves nothing
    Record(&'r [f64], &'r mut Option<Record>),
    /// `replay`
    Replay(&'r [f64], &'r Record, &'r [f64], &'r mut [f64]),
    /// `replay_block`
    ReplayBlock(&'r [f64], &'r Record, &'r [f64], &'r mut [f64]),
}

/// An objective from a closure that answers all requests, with zero where no value is asked for.
#[derive(Clone, Copy, Debug)]
pub struct FnObjective<F>(pub F);

impl<F: Fn(Request<'_>) -> f64> Objective for FnObjective<F> {
    #[inline]
    fn value(&self, x: &[f64]) -> f64 {
        (self.0)(Request::Value(x))
    }

    #[inline]
    fn grad(&self, x: &[f64], grad: &mut [f64]) {
        (self.0)(Request::Grad(x, grad));
    }

    #[inline]
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        (self.0)(Request::ValueAndGrad(x, grad))
    }

    #[inline]
    fn hvp(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        (self.0)(Request::Hvp(x, v, hv));
    }

    #[inline]
    fn grad_and_hvp(&self, x: &[f64], v: &[f64], grad: &mut [f64], hv: &mut [f64]) {
        (self.0)(Request::GradAndHvp(x, v, grad, hv));
    }

    #[inline]
    fn hvp_block(&self, x: &[f64], v: &[f64], hv: &mut [f64]) {
        crate::shape::expect_columns(x.len(), v.len(), ("hv", hv.len()));
        (self.0)(Request::HvpBlock(x, v, hv));
    }

    #[inline]
    fn record(&self, x: &[f64]) -> Option<Record> {
        let mut record = None;
        (self.0)(Request::Record(x, &mut record));
        record
    }

    #[inline]
    fn replay(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        (self.0)(Request::Replay(x, record, v, hv));
    }

    #[inline]
    fn replay_block(&self, x: &[f64], record: &Record, v: &[f64], hv: &mut [f64]) {
        crate::shape::expect_columns(x.len(), v.len(), ("hv", hv.len()));
        (self.0)(Request::ReplayBlock(x, record, v, hv));
    }
}
