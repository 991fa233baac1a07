//! Which loops are taken apart, by their printed form, and that value, gradient and product stay the same.

use super::find;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};
use crate::transform::reverse::{Goal, Storage, transform};
use crate::transform::tangent::{self, Keep};

/// A loop over pairs of the array `x`, of which it keeps `%9` as `choice` says, from `init`.
fn loop_of_pairs(init: &str, choice: &str) -> Func {
    let text = format!(
        "fn f
         %0 x: Array(Real) [param 0] differentiated
         gives result 0
         %1 n: Int = len(%0)
         %2 n: Int = %1 / 2
         @0 for %3 i: Int in 0..%2
           carried %4 best: Real from {init} gives %5 best: Real
           %6 k: Int = %3 * 2
           %7 t: Real = load %0[%6]
           %8 t: Real = Cos(%7)
           %9 d: Real = %7 * %8
           {choice}
           continue @0 %12
         %14 t: Real = %5 * %5
         return %14"
    );
    let func = parse(&text);
    verify(&func).expect("a well-formed test");
    func
}

const LESS: &str = "%10 t: Bool = Lt(%9, %4)
           %12 best: Real = if %10
           arm
             %11 t: Real = %9 * 3.0
             yield %11
           arm
             yield %4";

/// Value, gradient and product at `x`.
fn derivatives(func: &Func, x: &[f64]) -> Vec<f64> {
    let v: Vec<f64> = (0..x.len()).map(|i| f64::from(u32::try_from(i).expect("few")) - 1.5).collect();
    let zeros = Value::reals(&vec![0.0; x.len()]);
    let both = transform(func, Goal::ValueAndGradient, Storage::Cheapest);
    let (values, params) = run(&both, vec![Value::reals(x), zeros.clone()], &passive);
    let product =
        tangent::transform(&transform(func, Goal::Gradient, Storage::Cheapest), Keep { primal: false });
    verify(&product).expect("a well-formed product");
    let (_, products) = run(&product, vec![Value::reals(x), Value::reals(&v), zeros], &passive);
    let all = values.iter().chain(params.last()).chain(products.last()).cloned();
    let numbers = all.flat_map(|value| match value {
        Value::Array(items) => items.iter().map(Value::real).collect(),
        other => vec![other.real()],
    });
    numbers.collect()
}

/// Points with one least pair, with equals, with numbers that are none, and with nothing in them.
const POINTS: [&[f64]; 8] = [
    &[0.3, 9.0, -1.2, 9.0, 0.7, 9.0, -0.4, 9.0],
    &[0.5, 9.0, 0.5, 9.0, 0.5, 9.0],
    &[2.0, 9.0, 0.5, 9.0, 0.5, 9.0, 0.9, 9.0],
    &[0.5, 9.0, 0.5, 9.0, -1.0, 9.0],
    &[f64::NAN, 9.0, 0.5, 9.0, 0.6, 9.0],
    &[0.5, 9.0, f64::NAN, 9.0, 0.5, 9.0],
    &[f64::NAN, 9.0, f64::NAN, 9.0],
    &[],
];

/// The function after the pass, which has the same derivatives.
#[track_caller]
fn found(func: &Func) -> Func {
    let after = find(func.clone());
    verify(&after).expect("a well-formed result");
    for x in POINTS {
        for (a, b) in derivatives(&after, x).into_iter().zip(derivatives(func, x)) {
            // The loop as it stood multiplies the adjoints of those that lost, which are zero, by what they are made of.
            assert!(a == b || b.is_nan() && (a.is_nan() || a == 0.0), "{a} for {b} at {x:?} in\n{after}");
        }
    }
    after
}

#[test]
fn a_search_is_for_a_place() {
    let text = found(&loop_of_pairs("9.0", LESS)).to_string();
    let from = text.find("@0").expect("the search");
    assert_eq!(
        &text[from..],
        "@0 for %3 i: Int in 0..%2
    carried %4 best: Real from 9.0 gives %15 best: Real
    carried %16 at: Int from 0 gives %17 at: Int
    carried %18 found: Bool from false gives %19 found: Bool
    %6 k: Int = %3 * 2
    %7 t: Real = load %0[%6]
    %8 t: Real = Cos(%7)
    %9 d: Real = %7 * %8
    %10 t: Bool = Lt(%9, %4)
    %12 best: Real, %20 at: Int, %21 found: Bool = if %10
    arm
      %11 t: Real = %9 * 3.0
      yield %11, %3, true
    arm
      yield %4, %16, %18
    continue @0 %12, %20, %21
  %5 best: Real = if %19
  arm
    %22 k: Int = %17 * 2
    %23 t: Real = load %0[%22]
    %24 t: Real = Cos(%23)
    %25 d: Real = %23 * %24
    %26 t: Real = %25 * 3.0
    yield %26
  arm
    yield 9.0
  %14 t: Real = %5 * %5
  return %14
"
    );
}

#[test]
fn equals_run_the_loop_as_it_stood() {
    for init in ["9.0", "inf", "NaN", "-9.0"] {
        for choice in ["Min(%4, %9)", "Min(%9, %4)", "Max(%4, %9)", "Max(%9, %4)"] {
            let func = loop_of_pairs(init, &format!("%12 best: Real = {choice}"));
            let text = found(&func).to_string();
            assert_eq!(text.matches(" for ").count(), 2, "{text}");
            assert!(text.contains("tied: Bool"), "{text}");
        }
    }
}

#[test]
fn what_an_iteration_is_given_is_kept_too() {
    let counted = loop_of_pairs("9.0", LESS)
        .to_string()
        .replace("carried %4", "carried %16 o: Int from 0 gives %17 o: Int\n    carried %4")
        .replace("%6 k: Int = %3 * 2", "%6 k: Int = %16 + 0")
        .replace("continue @0 %12", "%18 o: Int = %16 + 2\n    continue @0 %18, %12");
    let text = found(&parse(&counted)).to_string();
    assert_eq!(text.matches(" at: Int from 0").count(), 2, "{text}");
}

#[test]
fn what_hangs_together_is_no_search() {
    let depends = LESS.replace("%9 * 3.0", "%9 * %4");
    let both = LESS.replace("yield %4", "yield 0.0");
    for choice in [depends.as_str(), &both, "%12 best: Real = %4 + %9"] {
        let func = loop_of_pairs("9.0", choice);
        assert_eq!(found(&func).to_string(), func.to_string());
    }
}
