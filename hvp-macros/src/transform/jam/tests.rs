//! A jammed function computes the same bits for every number of iterations.

use super::jam;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};
use crate::transform::normalize;
use crate::transform::reverse::{self, Goal, Storage};
use crate::transform::simplify::simplify;
use crate::transform::tangent::{self, Keep};

/// The sum over rows of `x` of a function of the row's product with `w`, which takes one of two branches.
const ROWS: &str = "fn f
       %0 n: Int [param 0]
       %1 w: Array(Real) [param 1] differentiated
       %2 x: Array(Array(Real)) [param 2]
       gives result 0
       %3 s: Real = 0.0
       %4 d: Int = len(%1)
       @0 for %5 i: Int in 1..%0
         %6 z: Real = 0.0
         @1 for %7 j: Int in 0..%4
           %8 t: Real = load %2[%5][%7]
           %9 t: Real = load %1[%7]
           %10 t: Real = %8 * %9
           %6 := %6 + %10
           continue @1
         %11 c: Bool = Gt(%6, 0.1)
         if %11
         arm
           %12 t: Real = Exp(%6)
           %3 := %3 + %12
           yield
         arm
           %13 t: Real = %6 * %6
           %14 t: Real = %3 * 0.5
           %3 := %14 + %13
           yield
         continue @0
       return %3";

fn args(n: usize, func: &Func) -> Vec<Value> {
    let w = Value::reals(&[0.3, -0.7, 0.2]);
    let row = |i: usize| Value::reals(&[0, 1, 2].map(|j| ((3 * i + j) as f64 * 1.7).sin()));
    let x = Value::Array((0..n).map(row).collect());
    let int = Value::Int(i64::try_from(n).expect("small"));
    let mut args = Vec::new();
    for param in &func.params {
        args.push(match (param.role.what, param.role.bar, param.role.dot) {
            (crate::ir::What::Param(0), ..) => int.clone(),
            (crate::ir::What::Param(1), false, false) => w.clone(),
            (crate::ir::What::Param(1), false, true) => Value::reals(&[0.5, 0.4, -0.9]),
            (crate::ir::What::Param(1), true, _) => Value::reals(&[0.0; 3]),
            _ => x.clone(),
        });
    }
    args
}

#[track_caller]
fn check(func: &Func) {
    let mut jammed = func.clone();
    assert!(jam(&mut jammed), "nothing was jammed in\n{func}");
    verify(&jammed).expect("a well-formed jammed function");
    let simple = simplify(jammed.clone());
    verify(&simple).expect("a well-formed simplified function");
    for n in 0..20 {
        let plain = run(func, args(n, func), &passive);
        assert_eq!(plain, run(&jammed, args(n, func), &passive), "{n} rows in\n{jammed}");
        close(&plain, &run(&simple, args(n, func), &passive), &simple);
    }
}

/// Simplified, derivatives may be added in another order.
fn close(plain: &(Vec<Value>, Vec<Value>), simple: &(Vec<Value>, Vec<Value>), func: &Func) {
    fn numbers(value: &Value, out: &mut Vec<f64>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| numbers(item, out)),
            Value::Real(value) => out.push(*value),
            Value::Int(_) | Value::Bool(_) | Value::Tape(_) | Value::Undef => {}
        }
    }
    let [mut a, mut b] = [Vec::new(), Vec::new()];
    plain.0.iter().chain(&plain.1).for_each(|value| numbers(value, &mut a));
    simple.0.iter().chain(&simple.1).for_each(|value| numbers(value, &mut b));
    for (a, b) in a.iter().zip(&b) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} became {b} in\n{func}");
    }
}

#[test]
fn the_value_keeps_its_bits() {
    check(&simplify(normalize(&parse(ROWS))));
    check(&simplify(normalize(&parse(&ROWS.replace("in 1..%0", "in 0..%0")))));
}

#[test]
fn derivatives_are_jammed() {
    let func = normalize(&parse(ROWS));
    let linear = ROWS.replace("%14 t: Real = %3 * 0.5", "%14 t: Real = %3 * 1.0");
    let gradient =
        simplify(reverse::transform(&normalize(&parse(&linear)), Goal::Gradient, Storage::Cheapest));
    check(&gradient);
    check(&simplify(tangent::transform(&gradient, Keep { primal: false })));
    check(&simplify(tangent::transform(&func, Keep { primal: true })));
}
