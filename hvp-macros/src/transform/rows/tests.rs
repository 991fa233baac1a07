//! Adjoints in, rows out; and rows against the adjoint itself, run by the interpreter.

use super::transform;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};
use crate::transform::simplify::simplify;

/// An adjoint of a function of the parameter 0, whose results have the weights `%1` and whose gradient is `%2`.
fn adjoint(weights: &str, body: &str) -> Func {
    let func = parse(&format!(
        "fn f
           %0 p: Array(Real) [param 0] differentiated
           %1 y_bar: {weights} [result 0 bar]
           %2 p_bar: Array(Real) [param 0 bar] mut
           gives
           {body}
           return"
    ));
    verify(&func).expect("a well-formed test");
    func
}

/// A function without operations that have infinite slopes.
fn harmless() -> Func {
    parse("fn f\n  %0 p: Array(Real) [param 0] differentiated\n  gives result 0\n  return 0.0")
}

fn rows(func: &Func) -> Option<Func> {
    let rows = transform(&harmless(), func)?;
    verify(&rows).expect("well-formed rows");
    Some(simplify(rows))
}

/// Each row is the gradient for a unit weight.
fn check(func: &Func, p: &[f64], n_rows: usize) {
    let (results, _) = run(&rows(func).expect("rows"), vec![Value::reals(p)], &passive);
    let Value::Array(found) = &results[0] else { panic!("rows are an array") };
    assert_eq!(found.len(), n_rows);
    for (i, row) in found.iter().enumerate() {
        let unit: Vec<f64> = (0..n_rows).map(|j| f64::from(u8::from(i == j))).collect();
        let args = vec![Value::reals(p), Value::reals(&unit), Value::reals(&vec![0.0; p.len()])];
        let (_, params) = run(func, args, &passive);
        assert_eq!(*row, params[2], "row {i}");
    }
}

/// Reads what stands at `index` in the loop over `range` and adds its square's slope and a product to the gradient.
fn in_loop(range: &str, index: &str) -> String {
    format!(
        "%3 n: Int = len(%0)
           %4 y: Array(Real) = alloc vec[0.0; %3]
           %5 t_bar: Array(Real) = alloc zeros like %4
           %5 += each %1
           @0 for %6 i: Int in {range}
             {index}
             %9 t: Real = load %5[%8]
             %5[%8] = 0.0
             %10 t: Real = load %0[%8]
             %11 t: Real = %9 * %10
             %2[%8] += %11
             %2[0] += %9
             continue @0"
    )
}

#[test]
fn each_iteration_of_a_loop_gives_a_row() {
    let func = adjoint("Array(Real)", &in_loop("0..%3 rev", "%8 k: Int = %6"));
    check(&func, &[1.5, -2.0, 0.25], 3);
    let body = rows(&func).expect("rows").to_string();
    let lines: Vec<&str> = body.lines().skip(3).map(str::trim).collect();
    let expected = [
        "%3 n: Int = len(%0)",
        "%12 rows: Array(Array(Real)) = alloc vec[zeros like %0; %3]",
        "@0 for %6 i: Int in 0..%3",
        "%10 t: Real = load %0[%6]",
        "%12[%6][%6] += %10",
        "%12[%6][0] += 1.0",
        "continue @0",
        "return %12",
    ];
    assert_eq!(lines, expected, "{body}");
}

#[test]
fn an_iteration_may_have_several_rows_if_no_other_has_them() {
    let func = adjoint(
        "Array(Real)",
        "%4 y: Array(Real) = alloc vec[0.0; 6]
           %5 t_bar: Array(Real) = alloc zeros like %4
           %5 += each %1
           @0 for %6 i: Int in 0..3
             %7 t: Int = 2 * %6
             %8 t: Int = %7 + 1
             %9 a: Real = load %5[%7]
             %5[%7] = 0.0
             %10 b: Real = load %5[%8]
             %5[%8] = 0.0
             %11 t: Real = load %0[%6]
             %12 t: Real = %9 * %11
             %13 t: Real = %12 + %10
             %2[%6] += %13
             %2[0] += %10
             continue @0",
    );
    check(&func, &[1.5, -2.0, 0.25], 6);
}

#[test]
fn a_row_that_two_iterations_share_is_none() {
    let shared =
        [("0..%3", "%8 k: Int = %6 + 1"), ("0..%3", "%8 k: Int = %3 - %6"), ("0..%3", "%8 k: Int = 1 * 0")];
    for (range, index) in shared {
        let func = adjoint("Array(Real)", &in_loop(range, index));
        assert!(transform(&harmless(), &func).is_none(), "{index}");
    }
}

#[test]
fn few_results_share_the_values() {
    let func = adjoint(
        "Array(Real)",
        "%3 a: Real = load %0[0]
           %4 b: Real = load %0[1]
           %5 t: Real = Sin(%3)
           %6 y: Array(Real) = alloc [%5, %4]
           %7 t_bar: Array(Real) = alloc zeros like %6
           %7 += each %1
           %8 t: Real = load %7[0]
           %9 t: Real = load %7[1]
           %10 t: Real = %8 * %5
           %11 t: Real = %9 * %5
           %12 t: Real = %10 + %11
           %2[1] += %12
           %13 t: Real = %8 * %4
           %2[0] += %13",
    );
    check(&func, &[0.5, -2.0], 2);
    let body = rows(&func).expect("rows").to_string();
    assert_eq!(body.matches("Sin").count(), 1, "{body}");
    assert_eq!(
        body.matches("[1][0] +=").count(),
        0,
        "the second result does not depend on the first parameter:\n{body}"
    );
}

#[test]
fn rows_that_hang_together_are_none() {
    let carried = "%3 n: Int = len(%0)
           %4 y: Array(Real) = alloc vec[0.0; %3]
           %5 t_bar: Array(Real) = alloc zeros like %4
           %5 += each %1
           @0 for %6 i: Int in 0..%3 rev
             carried %7 sum: Real from 0.0 gives %8 sum: Real
             %9 t: Real = load %5[%6]
             %5[%6] = 0.0
             %10 t: Real = %7 + %9
             %2[%6] += %10
             continue @0 %10";
    assert!(transform(&harmless(), &adjoint("Array(Real)", carried)).is_none());
    let scratch = "%3 n: Int = len(%0)
           %4 y: Array(Real) = alloc vec[0.0; %3]
           %5 t_bar: Array(Real) = alloc zeros like %4
           %5 += each %1
           %7 s: Array(Real) = alloc zeros like %4
           @0 for %6 i: Int in 0..%3 rev
             %9 t: Real = load %5[%6]
             %5[%6] = 0.0
             %7[0] += %9
             %10 t: Real = load %7[0]
             %2[%6] += %10
             continue @0";
    assert!(transform(&harmless(), &adjoint("Array(Real)", scratch)).is_none());
}

#[test]
fn more_results_than_parameters_go_by_columns() {
    let func = adjoint(
        "Array(Real)",
        "%3 a: Real = load %0[0]
           %4 y: Array(Real) = alloc [%3, %3]
           %5 t_bar: Array(Real) = alloc zeros like %4
           %5 += each %1
           %6 t: Real = load %5[0]
           %7 t: Real = load %5[1]
           %8 t: Real = %6 + %7
           %2[0] += %8",
    );
    assert!(transform(&harmless(), &func).is_none());
}

#[test]
fn a_zero_factor_stops_an_infinite_slope() {
    let written = parse(
        "fn f
           %0 p: Array(Real) [param 0] differentiated
           gives result 0
           %1 t: Real = load %0[0]
           %2 t: Real = Sqrt(%1)
           return %2",
    );
    let func = adjoint(
        "Array(Real)",
        "%3 a: Real = load %0[0]
           %4 t: Real = %3 * %3
           %5 t: Real = Sqrt(%4)
           %6 y: Array(Real) = alloc [%5]
           %7 t_bar: Array(Real) = alloc zeros like %6
           %7 += each %1
           %8 t: Real = load %7[0]
           %9 t: Real = 0.5 / %5
           %10 t: Real = %8 *or0 %9
           %11 t: Real = %10 * %3
           %2[0] += %11",
    );
    let rows = transform(&written, &func).expect("rows");
    let (results, _) = run(&simplify(rows), vec![Value::reals(&[0.0])], &passive);
    assert_eq!(results[0], Value::Array(vec![Value::reals(&[0.0])]));
}

#[test]
fn a_weight_that_is_read_once_is_left_alone() {
    let mut func = adjoint("Array(Real)", &in_loop("0..%3 rev", "%8 k: Int = %6"));
    let before = func.clone();
    assert!(super::read_once(&mut func));
    verify(&func).expect("a well-formed result");
    assert!(!func.to_string().contains("%5[%8] = 0.0"), "{func}");
    let args = || vec![Value::reals(&[1.5, -2.0]), Value::reals(&[0.5, 3.0]), Value::reals(&[0.0, 0.0])];
    assert_eq!(run(&before, args(), &passive).1, run(&func, args(), &passive).1);
    assert!(!super::read_once(&mut func), "there is nothing left to do");

    let mut twice = adjoint("Array(Real)", &in_loop("0..%3 rev", "%8 k: Int = 1 * 0"));
    assert!(!super::read_once(&mut twice), "all iterations read the same weight");
}
