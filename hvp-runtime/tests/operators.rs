//! Objectives and operators: the provided methods, blocks of columns, lengths.

mod common;

use std::cell::Cell;
use std::sync::Arc;

use common::{SADDLE, columns, symmetric};
use hvp_runtime::__private::Record;
use hvp_runtime::reference::{Rosenbrock, rosen_hess};
use hvp_runtime::{DenseOperator, FnOperator, HessianOperator, LinearOperator, Objective};

#[test]
fn the_hessian_operator_is_the_hessian() {
    let x = [-1.2, 1.0, 0.3, 0.8];
    assert_eq!(columns(&HessianOperator::new(&Rosenbrock, &x)), rosen_hess(&x));
}

#[test]
fn an_objective_may_be_a_trait_object() {
    let f: &dyn Objective = &Rosenbrock;
    let x = [0.5, 0.5];
    assert_eq!(columns(&HessianOperator::new(f, &x)), rosen_hess(&x));
}

#[test]
fn objectives_and_operators_may_be_shared_and_boxed() {
    let x = [0.5, -0.5];
    let objectives: [Box<dyn Objective>; 2] = [Box::new(Rosenbrock), Box::new(Arc::new(Rosenbrock))];
    for f in objectives {
        let operators: [Box<dyn LinearOperator + '_>; 2] = [
            Box::new(HessianOperator::new(&f, &x)),
            Box::new(Arc::new(HessianOperator::linearized(&Rosenbrock, &x))),
        ];
        for operator in operators {
            assert_eq!(columns(&operator), rosen_hess(&x));
            assert_eq!(operator.block_width(), 8);
        }
    }
}

/// ½ |x|², which counts what it is asked for.
#[derive(Default)]
struct Asked {
    products: Cell<usize>,
    records: Cell<usize>,
    replays: Cell<usize>,
}

fn count(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

impl Asked {
    fn so_far(&self) -> [usize; 3] {
        [self.products.get(), self.records.get(), self.replays.get()]
    }
}

impl Objective for Asked {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().map(|x| 0.5 * x * x).sum()
    }
    fn value_and_grad(&self, x: &[f64], grad: &mut [f64]) -> f64 {
        grad.copy_from_slice(x);
        self.value(x)
    }
    fn hvp(&self, _x: &[f64], v: &[f64], hv: &mut [f64]) {
        count(&self.products);
        hv.copy_from_slice(v);
    }
    fn record(&self, _x: &[f64]) -> Option<Record> {
        count(&self.records);
        Some(Record::default())
    }
    fn replay(&self, _x: &[f64], _record: &Record, v: &[f64], hv: &mut [f64]) {
        count(&self.replays);
        hv.copy_from_slice(v);
    }
    fn replay_block(&self, _x: &[f64], _record: &Record, v: &[f64], hv: &mut [f64]) {
        count(&self.replays);
        hv.copy_from_slice(v);
    }
}

#[test]
fn the_hessian_operator_linearises_for_the_third_product() {
    let (f, x, mut out) = (Asked::default(), [1.0, 2.0], [0.0; 2]);
    let hessian = HessianOperator::new(&f, &x);
    for products in 1..3 {
        hessian.apply(&[3.0, 4.0], &mut out);
        assert_eq!(f.so_far(), [products, 0, 0]);
    }
    for replays in 1..4 {
        hessian.apply(&[3.0, 4.0], &mut out);
        assert_eq!((f.so_far(), out), ([2, 1, replays], [3.0, 4.0]));
    }
}

#[test]
fn the_hessian_operator_linearises_for_a_block() {
    let (f, x) = (Asked::default(), [1.0]);
    HessianOperator::new(&f, &x).apply_block(&[3.0, 4.0, 5.0], &mut [0.0; 3]);
    assert_eq!(f.so_far(), [0, 1, 1]);
}

#[test]
fn linearising_is_done_at_once() {
    let (f, x) = (Asked::default(), [1.0]);
    let hessian = f.linearize(&x);
    assert_eq!(f.so_far(), [0, 1, 0]);
    hessian.apply(&[3.0], &mut [0.0]);
    assert_eq!(f.so_far(), [0, 1, 1]);
}

/// So that products may be shared out among threads.
#[test]
fn the_hessian_operator_may_be_used_by_several_threads() {
    fn shared(_: impl Sync) {}
    shared(HessianOperator::new(&Rosenbrock, &[1.0]));
}

#[test]
fn provided_methods_agree_with_the_required_ones() {
    let (x, v) = ([2.2, 0.21], [1.2, 3.1]);
    let (mut grad, mut hv) = ([f64::NAN; 2], [f64::NAN; 2]);
    Rosenbrock.grad_and_hvp(&x, &v, &mut grad, &mut hv);
    let (mut expected_grad, mut expected_hv) = ([0.0; 2], [0.0; 2]);
    Rosenbrock.value_and_grad(&x, &mut expected_grad);
    Rosenbrock.hvp(&x, &v, &mut expected_hv);
    assert_eq!((grad, hv), (expected_grad, expected_hv));
}

#[test]
fn a_block_is_its_columns_one_after_another() {
    let matrix = symmetric(5);
    let v: Vec<f64> = (0..15).map(|i| (f64::from(i) * 0.7).sin()).collect();
    let mut block = vec![f64::NAN; 15];
    matrix.apply_block(&v, &mut block);
    for (v, block) in v.chunks(5).zip(block.chunks(5)) {
        let mut out = [0.0; 5];
        matrix.apply(v, &mut out);
        assert_eq!(block, out);
    }
}

#[test]
fn a_closure_and_an_array_of_rows_are_operators() {
    let doubling = FnOperator::new(2, |v: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(v).for_each(|(out, v)| *out = 2.0 * v);
    });
    assert_eq!(columns(&doubling), [2.0, 0.0, 0.0, 2.0]);
    assert_eq!(columns(&SADDLE), [5726.0, -880.0, -880.0, 200.0]);
}

#[test]
fn rows_of_a_dense_matrix_are_rows() {
    let matrix = DenseOperator::new(2, vec![1.0, 2.0, 3.0, 4.0]);
    let mut out = [0.0; 2];
    matrix.apply(&[1.0, 0.0], &mut out);
    assert_eq!(out, [1.0, 3.0]);
}

#[test]
fn dimension_zero_is_an_operator_too() {
    let empty = DenseOperator::new(0, Vec::new());
    empty.apply(&[], &mut []);
    empty.apply_block(&[], &mut []);
}

#[test]
#[should_panic(expected = "`v` has length 3, expected 2")]
fn a_vector_of_another_length_is_refused() {
    SADDLE.apply(&[1.0; 3], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "`out` has length 1, expected 2")]
fn a_result_of_another_length_is_refused() {
    HessianOperator::new(&Rosenbrock, &[1.0, 1.0]).apply(&[1.0; 2], &mut [0.0; 1]);
}

#[test]
#[should_panic(expected = "`v` has length 3, expected a multiple of 2")]
fn a_block_with_half_a_column_is_refused() {
    SADDLE.apply_block(&[1.0; 3], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "`hv` has length 2, expected 4")]
fn a_block_of_results_of_another_length_is_refused() {
    Rosenbrock.hvp_block(&[1.0, 1.0], &[1.0; 4], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "`entries` has length 3, expected 4")]
fn a_matrix_that_is_not_square_is_refused() {
    let _ = DenseOperator::new(2, vec![1.0; 3]);
}
