//! Which lengths are found, by their printed form.

use super::find;
use crate::ir::{parse, verify};

/// What stands for `%9` in a function of the numbers `i` and `d`, the array `x` and an array `y` of `d` numbers.
#[track_caller]
fn found(body: &str) -> String {
    let func = parse(&format!(
        "fn f
         %0 i: Int [param 0]
         %1 d: Int [param 1]
         %2 x: Array(Real) [param 2] differentiated
         gives result 0
         %3 y: Array(Real) = alloc vec[0.0; %1]
         {body}
         %10 t: Real = load %2[%9]
         return %10"
    ));
    verify(&func).expect("a well-formed test");
    let found = find(func);
    verify(&found).expect("a well-formed result");
    let text = found.to_string();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("%9 n: Int = "));
    line.expect("the length").to_owned()
}

#[test]
fn a_row_is_as_long_as_the_rows_are() {
    let row = "%4 lo: Int = %0 * %1\n         %5 hi: Int = %4 + %1\n         ";
    assert_eq!(found(&format!("{row}%9 n: Int = %5 - %4")), "%1");
    let next = "%4 lo: Int = %0 * %1\n         %5 j: Int = %0 + 1\n         %6 hi: Int = %5 * %1\n         ";
    assert_eq!(found(&format!("{next}%9 n: Int = %6 - %4")), "%1");
    let turned =
        "%4 lo: Int = %0 * %1\n         %5 j: Int = %0 + 1\n         %6 hi: Int = %1 * %5\n         ";
    assert_eq!(found(&format!("{turned}%9 n: Int = %6 - %4")), "%1");
    let ends = "%4 hi: Int = %0 + 3\n         ";
    assert_eq!(found(&format!("{ends}%9 n: Int = %4 - %0")), "3usize");
}

#[test]
fn the_lesser_of_equals_is_either() {
    let least = "%4 k: Int = len(%3)\n         %5 t: Bool = Lt(%4, %1)\n         ";
    assert_eq!(found(&format!("{least}%9 n: Int = select(%5, %4, %1)")), "%1");
}

#[test]
fn what_is_no_length_is_computed() {
    let other =
        "%4 lo: Int = %0 * %1\n         %5 hi: Int = %4 + %0\n         %6 hi: Int = %5 + %1\n         ";
    assert_eq!(found(&format!("{other}%9 n: Int = %6 - %4")), "%6 - %4");
    assert_eq!(found("%9 n: Int = %0 - %1"), "%0 - %1");
    assert_eq!(
        found("%4 t: Int = #0(%1)\n         %5 hi: Int = %0 + %4\n         %9 n: Int = %5 - %0"),
        "%5 - %0"
    );
    assert_eq!(found("%3.push(1.0)\n         %9 n: Int = len(%3)"), "len(%3)");
}
