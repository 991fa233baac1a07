//! Which loops get windows and run in strips, by their printed form, and that they compute the same.

use super::open;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{Func, parse, verify};

/// `f` of the number `n`, the array `x` and the array `g` that is added to.
fn function(result: &str, body: &str) -> Func {
    let text = format!(
        "fn f
         %0 n: Int [param 0]
         %1 x: Array(Real) [param 1] differentiated
         %2 x_bar: Array(Real) [param 1 bar] mut
         gives {result}
         {body}"
    );
    let func = parse(&text);
    verify(&func).expect("a well-formed test");
    func
}

/// Opens the windows of `func`, runs both for several `n`, and gives the printed form's lines about loops.
#[track_caller]
fn opened(func: &Func) -> String {
    let mut with = func.clone();
    open(&mut with);
    verify(&with).expect("a well-formed result");
    for n in 0..9 {
        let args = || {
            let reals =
                |scale: f64| Value::reals(&(0..30).map(|i| (f64::from(i) * scale).sin()).collect::<Vec<_>>());
            vec![Value::Int(n), reals(1.3), reals(0.7)]
        };
        let (plain, found) = (run(func, args(), &passive), run(&with, args(), &passive));
        // A reversed loop that runs in strips adds up from the other end.
        assert!((plain.0[0].real() - found.0[0].real()).abs() < 1e-14, "{n} iterations in\n{with}");
        assert_eq!(plain.1, found.1, "{n} iterations in\n{with}");
    }
    let text = with.to_string();
    let lines = text.lines().filter(|line| line.contains("for ") || line.contains("window "));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sum_of_derivatives_runs_in_strips() {
    let func = function(
        "param 0 bar",
        "%3 o: Int = %0 * 2
         %4 s: Real = 0.0
         @0 for %5 j: Int in 1..%0 rev
           carried %6 s: Real from 0.0 gives %7 s: Real
           %8 t: Int = %3 + %5
           %9 t: Int = %8 - 1
           %10 t: Real = load %1[%9]
           %11 t: Real = load %1[%0]
           %12 t: Real = %10 * %11
           %2[%5] += %12
           %13 t: Real = %6 + %12
           continue @0 %13
         return %7",
    );
    assert_eq!(
        opened(&func),
        "@0 for %5 j: Int in 1..%0 in strips\n\
         window %14 x: Array(Real) is %1 at %3 - 1\n\
         window %15 x_bar: Array(Real) is mut %2 at 0"
    );
}

#[test]
fn a_sum_that_the_user_gets_keeps_its_order() {
    let func = function(
        "result 0",
        "@0 for %3 j: Int in 0..%0
           carried %4 s: Real from 0.0 gives %5 s: Real
           %6 t: Real = load %1[%3]
           %7 t: Real = %4 + %6
           continue @0 %7
         return %5",
    );
    assert_eq!(opened(&func), "@0 for %3 j: Int in 0..%0\nwindow %8 x: Array(Real) is %1 at 0");
}

#[test]
fn what_some_iterations_only_touch_has_no_window() {
    let func = function(
        "param 0 bar",
        "@0 for %3 j: Int in 0..%0
           %4 t: Real = load %1[%3]
           %5 c: Bool = Gt(%4, 0.0)
           if %5
           arm
             %2[%3] += %4
             yield
           arm
             yield
           continue @0
         return 0.0",
    );
    assert_eq!(opened(&func), "@0 for %3 j: Int in 0..%0\nwindow %6 x: Array(Real) is %1 at 0");
}

#[test]
fn an_array_that_is_written_at_two_places_has_no_window() {
    let func = function(
        "param 0 bar",
        "@0 for %3 j: Int in 0..%0
           %4 t: Real = load %1[%3]
           %5 k: Int = %3 + 1
           %2[%3] += %4
           %2[%5] += %4
           continue @0
         return 0.0",
    );
    assert_eq!(opened(&func), "@0 for %3 j: Int in 0..%0\nwindow %6 x: Array(Real) is %1 at 0");
}

#[test]
fn a_counter_that_served_as_index_leaves_the_loop() {
    let func = function(
        "param 0 bar",
        "@0 for %3 j: Int in 0..%0
           carried %4 o: Int from 2 gives %5 o: Int
           %6 t: Real = load %1[%4]
           %2[%3] += %6
           %7 o: Int = %4 + 1
           continue @0 %7
         %8 t: Real = load %1[%5]
         return %8",
    );
    assert_eq!(
        opened(&func),
        "@0 for %3 j: Int in 0..%0 in strips\n\
         window %9 x: Array(Real) is %1 at 2\n\
         window %10 x_bar: Array(Real) is mut %2 at 0"
    );
}

#[test]
fn a_product_of_what_stays_goes_before_the_loop() {
    let func = function(
        "param 0 bar",
        "@0 for %3 i: Int in 0..2
           @1 for %4 j: Int in 0..%0
             %5 t: Int = %3 * %0
             %6 t: Int = %5 + %4
             %7 t: Real = load %1[%6]
             %2[%4] += %7
             continue @1
           continue @0
         return 0.0",
    );
    assert_eq!(
        opened(&func),
        "@0 for %3 i: Int in 0..2\n\
         @1 for %4 j: Int in 0..%0 in strips\n\
         window %9 x: Array(Real) is %1 at %8\n\
         window %10 x_bar: Array(Real) is mut %2 at 0"
    );
}

/// A stencil goes element by element: rustc would put the strips of its windows together number by number.
#[test]
fn windows_that_overlap_do_not_run_in_strips() {
    let product = |shift: &str| {
        let body = "@0 for %3 j: Int in 0..%0
           %4 t: Real = load %1[%3]
           %5 n: Int = %3 + shift
           %6 t: Real = load %1[%5]
           %7 t: Real = %4 * %6
           %2[%3] += %7
           continue @0
         return 0.0";
        opened(&function("param 0 bar", &body.replace("shift", shift)))
    };
    assert!(product("1").starts_with("@0 for %3 j: Int in 0..%0\n"), "{}", product("1"));
    assert!(product("%0").starts_with("@0 for %3 j: Int in 0..%0 in strips\n"), "{}", product("%0"));
}

/// The last index may stay the same.
#[test]
fn rows_are_seen_through_windows() {
    let func = parse(
        "fn f
         %0 n: Int [param 0]
         %1 x: Array(Array(Real)) [param 1]
         %2 x_bar: Array(Real) [param 1 bar] mut
         gives param 0 bar
         @0 for %3 j: Int in 0..%0
           %4 t: Real = load %1[%3][1]
           %5 t: Real = load %1[%3][0]
           %6 t: Real = %4 * %5
           %2[%3] += %6
           continue @0
         return 0.0",
    );
    let mut with = func.clone();
    open(&mut with);
    verify(&with).expect("a well-formed result");
    let text = with.to_string();
    assert!(text.contains("[%3][1]") && text.matches("window ").count() == 2, "{text}");
    let rows = Value::Array((0..5).map(|i| Value::reals(&[f64::from(i), 0.5])).collect());
    for n in [0, 5] {
        let args = || vec![Value::Int(n), rows.clone(), Value::reals(&[0.1; 5])];
        assert_eq!(
            run(&func, args(), &passive).1,
            run(&with, args(), &passive).1,
            "{n} iterations in\n{with}"
        );
    }
}
