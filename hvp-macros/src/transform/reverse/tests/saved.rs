//! What the primal sweep saves of memory, and what the reverse sweep restores.

use super::*;

/// What the primal sweep of `f` pushes, without the ends of parts.
fn pushed(text: &str) -> Vec<String> {
    let derived = transform(&normalize(&parse(text)), Goal::Gradient, Storage::Cheapest).to_string();
    let values = derived.lines().filter_map(|line| line.trim().strip_prefix("push")?.split_once(" <- "));
    values.map(|(_, value)| value.split('[').next().unwrap_or_default().to_owned()).collect()
}

/// An array that is read in deep loops and changes places with one that is filled: what is overwritten is recorded at once, and the
/// reverse sweep changes the places back.
#[test]
fn memory_that_changes_places() {
    let text = "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 a: Array(Real) = alloc copy %0
       %2 b: Array(Real) = alloc vec[0.5; 4]
       %3 s: Real = 0.0
       @0 for %4 k: Int in 0..3
         @1 for %5 i: Int in 0..4
           %6 p: Real = load %0[%5]
           @2 for %7 j: Int in 0..4
             %8 t: Real = load %1[%7]
             %9 t: Real = %8 * %6
             %3 := %3 + %9
             continue @2
           %10 t: Real = Sin(%3)
           %2[%5] = %10
           continue @1
         swap %1, %2
         continue @0
       return %3";
    check(text, &[0.4, -0.7, 1.1, 0.3]);
    assert_eq!(pushed(text), ["&%2", "%18"]);
}

/// The same where the other array is new in each iteration: the old contents move to the tape.
#[test]
fn memory_that_is_replaced() {
    let text = "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 a: Array(Real) = alloc copy %0
       %3 s: Real = 0.0
       @0 for %4 k: Int in 0..3
         %2 b: Array(Real) = alloc vec[0.5; 4]
         @1 for %5 i: Int in 0..4
           %6 p: Real = load %0[%5]
           @2 for %7 j: Int in 0..4
             %8 t: Real = load %1[%7]
             %9 t: Real = %8 * %6
             %3 := %3 + %9
             continue @2
           %10 t: Real = Sin(%3)
           %2[%5] = %10
           continue @1
         swap %1, %2
         continue @0
       return %3";
    check(text, &[0.4, -0.7, 1.1, 0.3]);
    // Once for its shape, and once for what it holds behind the swap.
    assert_eq!(pushed(text), ["%18", "&%2", "&%2"]);
}

/// A part of an array that a loop overwrites, for some iterations an empty one.
#[test]
fn memory_of_which_a_loop_overwrites_a_part() {
    let text = "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 a: Array(Real) = alloc copy %0
       %2 b: Array(Real) = alloc vec[0.5; 4]
       %3 s: Real = 0.0
       @0 for %4 k: Int in 0..4
         %5 q: Real = load %0[%4]
         @1 for %6 i: Int in 0..3
           %7 t: Real = load %1[%6]
           %8 n: Int = %6 + 1
           %9 u: Real = load %1[%8]
           %10 t: Real = %7 * %9
           %11 t: Real = %10 * %7
           %2[%6] += %11
           %3 := %3 + %11
           continue @1
         @2 for %12 i: Int in 1..%4
           %13 n: Int = %12 + 1
           %14 t: Real = load %2[%12]
           %15 t: Real = %14 * %5
           %1[%13] += %15
           continue @2
         continue @0
       return %3";
    check(text, &[0.4, -0.7, 1.1, 0.3]);
    assert_eq!(pushed(text), ["&%2", "&%1"]);
}

#[test]
fn constants_that_both_arms_overwrite_behind_their_readers() {
    check_handed_on(
        "             @1 for %5 i: Int in 0..3
               %6 q: Real = load %1[%5]
               %7 t: Real = %4 * %6
               %8 t: Real = Sin(%7)
               %2 := %2 + %8
               continue @1
             %9 c: Bool = Gt(%3, 0)
             if %9
             arm
               %1[1] = 2.0
               yield
             arm
               %1[1] = 3.0
               yield",
    );
}

/// A function that reads the array `%1` in deep loops and changes it in the loop over `%12` by `change`.
fn read_often(change: &str) -> String {
    format!(
        "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 a: Array(Real) = alloc copy %0
       %2 s: Real = 0.0
       @0 for %3 k: Int in 0..3
         %4 p: Real = load %0[%3]
         @1 for %5 i: Int in 0..4
           @2 for %6 j: Int in 0..4
             %7 t: Real = load %1[%5]
             %8 t: Real = load %1[%6]
             %9 t: Real = %7 * %8
             %10 t: Real = %9 * %4
             %11 t: Real = %10 * %7
             %2 := %2 + %11
             continue @2
           continue @1
         @3 for %12 i: Int in 0..2
{change}
           continue @3
         continue @0
       return %2"
    )
}

/// Only what a loop overwrites by one store, one element after another, is recorded at once.
#[test]
fn memory_that_a_loop_overwrites_by_stores_and_otherwise() {
    let text = read_often(
        "           %1[%12] = %4
           %1[2..4] = fill %4",
    );
    check(&text, &[0.4, -0.7, 1.1, 0.3]);
    assert_eq!(pushed(&text), ["%33", "&%1"]);
}

#[test]
fn memory_that_a_loop_overwrites_where_its_iterations_choose() {
    let text = read_often(
        "           %13 o: Int = 1
           %14 c: Bool = Eq(%12, %3)
           if %14
           arm
             %13 := 2 + 0
             yield
           arm
             yield
           %15 n: Int = %12 + %13
           %1[%15] = %4",
    );
    check(&text, &[0.4, -0.7, 1.1, 0.3]);
}

/// The reverse sweep does not restore what has another length by then.
#[test]
fn memory_that_is_overwritten_and_shortened() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc copy %0
           %2 s: Real = 0.0
           @0 for %3 k: Int in 0..3
             %4 p: Real = load %0[%3]
             %5 n: Int = len(%1)
             @1 for %6 i: Int in 0..%5
               @2 for %7 j: Int in 0..%5
                 %8 t: Real = load %1[%6]
                 %9 t: Real = load %1[%7]
                 %10 t: Real = %8 * %9
                 %11 t: Real = %10 * %4
                 %12 t: Real = %11 * %8
                 %2 := %2 + %12
                 continue @2
               continue @1
             %13 l: Int = %5 - 1
             %1[%13] = %4
             %14 t: Real = %1.pop()
             %2 := %2 + %14
             continue @0
           return %2",
        &[0.4, -0.7, 1.1, 0.3],
    );
}

/// The array that `text` returns has its own bits where the reverse sweep runs later.
#[track_caller]
fn check_returned(text: &str, x: &[f64]) {
    let func = Program::new(text).func;
    let both = transform(&func, Goal::ValueThenPull, Storage::Cheapest);
    verify(&both).expect("well-formed sweeps");
    let (want, _) = run(&func, vec![Value::reals(x)], &passive);
    let Value::Array(items) = &want[0] else { panic!("an array is returned") };
    let args =
        vec![Value::reals(x), Value::reals(&vec![1.0; items.len()]), Value::reals(&vec![0.0; x.len()])];
    assert_eq!(run(&both, args, &passive).0, want);
}

/// Neither an array that each iteration fills nor one that is read more often than it is written is restored.
#[test]
fn memory_that_is_returned_stays_as_it_is() {
    check_returned(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc vec[0.5; 3]
           %2 s: Real = 0.5
           @0 for %3 k: Int in 0..3
             @1 for %4 i: Int in 0..3
               %5 q: Real = load %0[%4]
               %6 t: Real = %5 + %2
               %7 t: Real = Sin(%6)
               %1[%4] = %7
               continue @1
             @2 for %8 i: Int in 0..3
               %9 t: Real = load %1[%8]
               %10 t: Real = load %1[0]
               %11 t: Real = %9 * %10
               %2 := %2 + %11
               continue @2
             continue @0
           return %1",
        &[0.4, -0.7, 1.1],
    );
    check_returned(
        "fn f
           %0 x: Array(Real) [param 0] differentiated
           gives result 0
           %1 a: Array(Real) = alloc copy %0
           %2 s: Real = 0.5
           @0 for %3 k: Int in 0..3
             @1 for %4 i: Int in 0..3
               @2 for %5 j: Int in 0..3
                 %6 t: Real = load %1[%4]
                 %7 t: Real = load %1[%5]
                 %8 t: Real = %6 * %7
                 %2 := %2 + %8
                 continue @2
               continue @1
             %1[%3] = %2
             continue @0
           return %1",
        &[0.4, -0.7, 1.1],
    );
}

/// Which memory a value is computed from is not looked for all the way.
#[test]
fn a_number_that_is_doubled_again_and_again() {
    let doubling = |var: u32| format!("             %{} t: Real = %{var} + %{var}\n", var + 1);
    let doublings: Vec<String> = (30..80).map(doubling).collect();
    check_handed_on(&format!(
        "             %30 t: Real = load %1[0]
{}             %81 t: Real = %80 * 1e-15
             %82 t: Real = %81 * %4
             %83 t: Real = Sin(%82)
             %2 := %2 + %83
             %1[0] = %83",
        doublings.concat()
    ));
}

/// A function whose loop makes the array `%6` in each iteration, fills it, and goes on with `rest`.
fn made(rest: &str) -> String {
    format!(
        "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 s: Real = 0.5
       @0 for %2 k: Int in 0..3
         %3 n: Int = %2 + 2
         %6 a: Array(Real) = alloc vec[0.0; %3]
         @1 for %4 i: Int in 0..%3
           %5 p: Real = load %0[%4]
           %7 t: Real = %5 * %1
           %6[%4] = %7
           continue @1
         @2 for %8 i: Int in 0..%3
           %9 t: Real = load %6[%8]
           %10 t: Real = load %6[0]
           %11 t: Real = %9 * %10
           %1 := %1 + %11
           continue @2
{rest}
         continue @0
       return %1"
    )
}

/// The iteration records the array that it makes once, whatever its length.
#[test]
fn memory_that_each_iteration_makes_and_reads_often() {
    let text = made("");
    check(&text, &[0.4, -0.7, 1.1, 0.3]);
    assert_eq!(pushed(&text), ["%15", "&%6"]);
}

/// What the reverse sweep asks for is not there at the end.
#[test]
fn memory_that_each_iteration_makes_and_overwrites() {
    let text = made(
        "         %12 t: Real = load %0[%2]
         @3 for %13 i: Int in 1..%3
           %6[%13] = %12
           continue @3
         %14 t: Real = load %6[1]
         %15 t: Real = Sin(%14)
         %1 := %1 + %15",
    );
    check(&text, &[0.4, -0.7, 1.1, 0.3]);
    assert!(!pushed(&text).contains(&"&%6".to_owned()), "{:?}", pushed(&text));
}

/// One number of it is all that the reverse sweep asks for.
#[test]
fn memory_that_each_iteration_makes_and_reads_once() {
    let text = "fn f
       %0 x: Array(Real) [param 0] differentiated
       gives result 0
       %1 s: Real = 0.5
       @0 for %2 k: Int in 0..3
         %6 a: Array(Real) = alloc vec[0.0; 4]
         @1 for %4 i: Int in 0..4
           %5 p: Real = load %0[%4]
           %7 t: Real = %5 * %1
           %6[%4] = %7
           continue @1
         %9 t: Real = load %6[%2]
         %1 := %1 * %9
         continue @0
       return %1";
    check(text, &[0.4, -0.7, 1.1, 0.3]);
    assert!(!pushed(text).contains(&"&%6".to_owned()), "{:?}", pushed(text));
}
