//! A function that packs computes the same bits, however many rows, columns and iterations there are.

use super::pack;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};
use crate::transform::jam::jam;
use crate::transform::normalize;
use crate::transform::simplify::simplify;

/// The sum over points of a function of each row's product with the point, which takes one of two branches.
const ROWS: &str = "fn f
       %0 n: Int [param 0]
       %1 k: Int [param 1]
       %2 d: Int [param 2]
       %3 c: Array(Real) [param 3]
       %4 x: Array(Real) [param 4]
       gives result 0
       %5 s: Real = 0.0
       @0 for %6 i: Int in 0..%0
         %7 o: Int = %6 * %2
         @1 for %8 a: Int in 0..%1
           %9 z: Real = 0.0
           %10 o: Int = %8 * %2
           @2 for %11 j: Int in 0..%2
             %12 t: Int = %10 + %11
             %13 t: Real = load %3[%12]
             %14 t: Int = %7 + %11
             %15 t: Real = load %4[%14]
             %16 t: Real = %13 - %15
             %17 t: Real = %16 * %16
             %9 := %9 + %17
             continue @2
           %18 c: Bool = Gt(%9, 0.3)
           if %18
           arm
             %19 t: Real = Exp(%9)
             %5 := %5 + %19
             yield
           arm
             %20 t: Real = %5 * 0.5
             %5 := %20 + %9
             yield
           continue @1
         continue @0
       return %5";

/// The rows' own part of memory has `rows` of `columns` numbers each.
fn reals(rows: usize, columns: usize) -> Vec<f64> {
    (0..rows * columns).map(|i| (i as f64 * 1.7).sin()).collect()
}

fn jammed(text: &str) -> Func {
    let mut func = simplify(normalize(&parse(text)));
    assert!(jam(&mut func), "nothing was jammed in\n{func}");
    simplify(func)
}

fn packed(text: &str) -> Option<Func> {
    let mut func = jammed(text);
    let any = pack(&mut func);
    verify(&func).expect("a well-formed packed function");
    let func = simplify(func);
    verify(&func).expect("a well-formed simplified function");
    any.then_some(func)
}

#[track_caller]
fn check(text: &str, memory: &dyn Fn(&[f64], usize) -> Value) {
    let plain = normalize(&parse(text));
    let packed = packed(text).expect("rows are packed");
    for (n, k, d) in
        [(0, 9, 2), (3, 9, 2), (7, 8, 2), (8, 8, 2), (9, 7, 3), (12, 19, 1), (10, 16, 0), (8, 0, 5)]
    {
        let int = |number: usize| Value::Int(i64::try_from(number).expect("small"));
        let (c, x) = (reals(k + 1, d), Value::reals(&reals(n, d)));
        let args = vec![int(n), int(k), int(d), memory(&c, d), x];
        let (value, _) = run(&plain, args.clone(), &passive);
        assert_eq!(value, run(&packed, args, &passive).0, "{n} points, {k} rows, {d} columns in\n{packed}");
    }
}

fn flat(numbers: &[f64], _: usize) -> Value {
    Value::reals(numbers)
}

#[test]
fn rows_in_one_array() {
    check(ROWS, &flat);
    check(
        &ROWS.replace("%10 o: Int = %8 * %2", "%21 a: Int = %8 + 1\n           %10 o: Int = %21 * %2"),
        &flat,
    );
}

#[test]
fn rows_that_are_arrays() {
    let nested = |numbers: &[f64], d: usize| {
        let rows = numbers.chunks(d.max(1)).map(Value::reals).collect::<Vec<_>>();
        Value::Array(if d == 0 { vec![Value::reals(&[]); 32] } else { rows })
    };
    let text = ROWS.replace("%3 c: Array(Real)", "%3 c: Array(Array(Real))");
    check(&text.replace("load %3[%12]", "load %3[%8][%11]"), &nested);
}

/// Their number is a quotient by what the end of the loop around is divided by too.
#[test]
fn rows_of_the_length_that_points_have() {
    let text = ROWS.replace(
        "%5 s: Real = 0.0",
        "%5 s: Real = 0.0\n       %22 m: Int = len(%4)\n       %23 m: Int = %22 / %2",
    );
    let text = text
        .replace("in 0..%0", "in 0..%23")
        .replace("%7 o", "%24 k: Int = len(%3)\n         %25 k: Int = %24 / %2\n         %7 o");
    let text = text.replace("in 0..%1", "in 0..%25");
    let plain = normalize(&parse(&text));
    let packed = packed(&text).expect("rows are packed");
    for n in [1, 8, 11] {
        let args = vec![
            Value::Int(0),
            Value::Int(0),
            Value::Int(3),
            Value::reals(&reals(17, 3)),
            Value::reals(&reals(n, 3)),
        ];
        assert_eq!(
            run(&plain, args.clone(), &passive).0,
            run(&packed, args, &passive).0,
            "{n} points in\n{packed}"
        );
    }
    let undivided = text.replace("in 0..%23", "in 0..%0");
    assert!(self::packed(&undivided).is_none(), "the quotient may fail where no point is");
}

/// Where an iteration may change a row, leave the loop before it reads any, or read other rows than the last.
#[test]
fn what_stays_where_it_is() {
    let changed = ROWS.replace("         continue @0", "         %3[0] = %5\n         continue @0");
    assert!(
        packed(&changed.replace("%3 c: Array(Real) [param 3]", "%3 c: Array(Real) [param 3] mut")).is_none()
    );
    let moving =
        ROWS.replace("%10 o: Int = %8 * %2", "%21 a: Int = %8 * %2\n           %10 o: Int = %21 + %6");
    assert!(packed(&moving).is_none());
    let ragged = ROWS.replace("@2 for %11 j: Int in 0..%2", "@2 for %11 j: Int in 0..%6");
    assert!(packed(&ragged).is_none());
    let side_by_side = ROWS.replace("%10 o: Int = %8 * %2", "%10 o: Int = %8 * 1");
    assert!(packed(&side_by_side).is_none());
}
