//! Data that is passed by value, which each sweep of a derivative passes once more.

use crate::support::*;
use hvp::differentiable;

#[derive(Clone)]
struct Data {
    weights: Vec<f64>,
}

fn data_of(n: usize) -> Data {
    Data { weights: (0..n).map(|i| 0.5 + i as f64).collect() }
}

fn total(names: Vec<String>) -> f64 {
    names.iter().map(|name| name.len() as f64).sum()
}

#[differentiable(wrt(x))]
fn weighted(x: &[f64], data: Data) -> f64 {
    let mut sum: f64 = 0.0;
    let mut i = 0;
    while i < x.len() {
        sum += x[i] * sum.sin() * data.weights[i] + x[i];
        i += 1;
    }
    sum
}

#[differentiable(wrt(x))]
fn made_and_passed(x: &[f64], n: usize) -> f64 {
    let data = data_of(n);
    let mut sum = weighted(x, data) * x[0];
    for i in 1..n {
        let data = data_of(n);
        sum += weighted(x, data) * x[i];
    }
    sum
}

#[differentiable(wrt(x))]
fn passed_twice(x: &[f64], data: Data) -> f64 {
    weighted(x, data.clone()) * weighted(x, data)
}

impl Data {
    #[differentiable(wrt(x))]
    fn loss(&self, x: &[f64], names: Vec<String>) -> f64 {
        x.iter().zip(&self.weights).map(|(v, w)| v * v * w).sum::<f64>() * names.len() as f64
    }
}

#[differentiable(wrt(x))]
fn names_go_on(x: &[f64], data: &Data, names: Vec<String>) -> f64 {
    let scale = total(names.clone());
    data.loss(x, names) * scale
}

#[differentiable(wrt(x))]
fn names_are_gone(x: &[f64], names: Vec<String>) -> f64 {
    x.iter().sum::<f64>().powi(2) * total(names)
}

#[test]
fn is_there_for_each_sweep() {
    let (points, data) = (points(1, 3, 3, -1.0, 1.0), data_of(3));
    let names = || vec!["a".to_owned(), "bcd".to_owned()];
    check_everywhere(&derived!(functions alone | x | made_and_passed(&x, 3)), &points, 1e-9);
    check_everywhere(&derived!(functions alone | x | passed_twice(&x, data.clone())), &points, 1e-9);
    check_everywhere(&derived!(functions alone | x | names_go_on(&x, &data, names())), &points, 1e-9);
    check_everywhere(&derived!(functions alone | x | names_are_gone(&x, names())), &points, 1e-9);
}

#[derive(Clone)]
struct Weights(Vec<f64>);

impl Weights {
    #[differentiable(wrt(x))]
    fn energy(self, x: &[f64]) -> f64 {
        x.iter().enumerate().map(|(i, v)| self.0[i] * v.powi(3)).sum()
    }
}

/// A method that takes `self` by value: solvers call it again and again.
#[test]
fn receivers_are_there_for_each_call() {
    let (points, weights) = (points(2, 3, 3, -1.0, 1.0), Weights(vec![0.5, 2.0, -1.0]));
    check_everywhere(&derived!(alone | x | weights.clone().energy(&x)), &points, 1e-9);
    let objective = weights.clone().energy_objective();
    let mut gradient = [0.0; 3];
    hvp::Objective::grad(&objective, &points[0], &mut gradient);
    assert_eq!(gradient.to_vec(), weights.clone().energy_grad(&points[0]));
    assert_eq!(weights.energy_hessian(&[1.0, 1.0, 1.0])[4], 12.0);
}
