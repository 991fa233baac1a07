//! Which loops are split where, by their printed form, and that they compute the same.

use super::split;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{parse, verify};

/// The loops of a function of the array `x` with `n` elements, in which `body` computes `%9` from `i`; each as its range and how
/// many branches, comparisons and remainders it has.
#[track_caller]
fn loops(range: &str, body: &str) -> Vec<(String, usize)> {
    let func = parse(&format!(
        "fn f
         %0 x: Array(Real) [param 0] differentiated
         gives result 0
         %1 n: Int = len(%0)
         @0 for %2 i: Int in {range}
           carried %3 sum: Real from 0.5 gives %4 sum: Real
           {body}
           %20 t: Real = %3 * 1.5
           %21 t: Real = %20 + %9
           continue @0 %21
         return %4"
    ));
    verify(&func).expect("a well-formed test");
    let after = split(func.clone());
    verify(&after).unwrap_or_else(|problem| panic!("{problem}"));
    for x in [&[0.5, -2.0, 3.0, 1.25, 7.0][..], &[1.0, 4.0, -0.5], &[2.0, 3.0], &[1.5], &[]] {
        let [before, after] = [&func, &after].map(|func| run(func, vec![Value::reals(x)], &passive).0);
        assert_eq!(before, after, "{x:?}");
    }
    let mut found: Vec<(String, usize)> = Vec::new();
    for line in after.to_string().lines().map(str::trim) {
        if let Some((_, range)) = line.split_once(" in ") {
            found.push((range.to_owned(), 0));
        } else if let Some((_, questions)) = found.last_mut() {
            let asks = ["if ", "Eq(", "Ne(", "Lt(", "Le(", "Gt(", "Ge(", " % "];
            *questions += usize::from(asks.iter().any(|ask| line.contains(ask)));
        }
    }
    found
}

/// The element at `%8`.
const ELEMENT: &str = "%9 t: Real = load %0[%8]";

fn chosen(condition: &str, [then, otherwise]: [&str; 2]) -> String {
    format!(
        "{condition}
           %8 k: Int = if %5
           arm
             {then}
             yield %6
           arm
             {otherwise}
             yield %7
           {ELEMENT}"
    )
}

#[test]
fn the_first_place_is_split_off() {
    let here = ["%6 t: Int = %2 + 0", "%7 t: Int = %2 - 1"];
    for condition in ["Eq(%2, 0)", "Lt(%2, 1)", "Le(%2, 0)"] {
        let body = chosen(&format!("%5 t: Bool = {condition}"), here);
        let found = loops("0..%1", &body);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(_, questions)| *questions == 0), "{found:?}");
        assert!(found[0].0.starts_with("0..%") && found[1].0.ends_with("..%1"), "{found:?}");
    }
    let turned = ["%6 t: Int = %2 - 1", "%7 t: Int = %2 + 0"];
    for condition in ["Gt(%2, 0)", "Ne(%2, 0)", "Ge(%2, 1)"] {
        let body = chosen(&format!("%5 t: Bool = {condition}"), turned);
        assert_eq!(loops("0..%1", &body).len(), 2, "{condition}");
    }
}

#[test]
fn the_last_place_is_split_off() {
    let next = ["%6 t: Int = %2 + 0", "%7 t: Int = %2 + 1"];
    for condition in [
        "%10 t: Int = %1 - 1\n           %5 t: Bool = Eq(%2, %10)",
        "%10 t: Int = %2 + 1\n           %5 t: Bool = Eq(%10, %1)",
        "%10 t: Int = %1 - 1\n           %5 t: Bool = Ge(%2, %10)",
    ] {
        let found = loops("0..%1", &chosen(condition, next));
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((&found[0].0[..3], found[0].1), ("0..", 0), "{found:?}");
    }
}

#[test]
fn a_ring_is_split_at_both_ends() {
    let right = "%5 t: Int = %2 + 1
           %6 t: Int = %5 % %1
           %7 t: Int = %2 + %1
           %10 t: Int = %7 - 1
           %11 t: Int = %10 % %1
           %12 t: Real = load %0[%6]
           %13 t: Real = load %0[%11]
           %9 t: Real = %12 - %13";
    let found = loops("0..%1", right);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found.iter().map(|(_, questions)| *questions).collect::<Vec<_>>(), [1, 0, 0], "{found:?}");
}

#[test]
fn other_questions_and_loops_stay() {
    let here = ["%6 t: Int = %2 + 0", "%7 t: Int = %2 - 0"];
    for condition in ["Eq(%2, 1)", "Lt(%2, 2)", "Eq(%2, %1)", "Lt(%1, 3)"] {
        let found = loops("0..%1", &chosen(&format!("%5 t: Bool = {condition}"), here));
        assert_eq!(found.len(), 1, "{condition}: {found:?}");
    }
    let first = chosen("%5 t: Bool = Eq(%2, 0)", here);
    for range in ["0..%1 rev", "0..%1 step 2"] {
        assert_eq!(loops(range, &first).len(), 1, "{range}");
    }
    let half = "%5 t: Int = %2 + %2
           %8 t: Int = %5 % %1
           %9 t: Real = load %0[%8]";
    assert_eq!(loops("0..%1", half).len(), 1);
    let long = format!("{first}\n{}", "           %2X t: Real = %9 * %9\n".repeat(60));
    let numbered: String = long
        .split("%2X")
        .enumerate()
        .map(|(at, part)| if at == 0 { part.to_owned() } else { format!("%{}{part}", 100 + at) })
        .collect();
    assert_eq!(loops("0..%1", &numbered).len(), 1);
}

/// `n - 2` may be below zero at the last place, and `i - 1` at the first: a release build goes on with a large number there.
#[test]
fn what_may_be_below_zero_is_asked() {
    let last = "%5 t: Int = %1 - 1
           %6 t: Bool = Eq(%2, %5)
           %7 t: Real = select(%6, 2.0, 1.0)
           %8 t: Int = %1 - 2
           %10 t: Bool = Lt(%2, %8)
           %9 t: Real = select(%10, %7, 0.5)";
    let found = loops("0..%1", last);
    assert_eq!(found.iter().map(|(_, questions)| *questions).collect::<Vec<_>>(), [1, 1], "{found:?}");
    let first = "%5 t: Int = %2 - 1
           %6 t: Int = %5 + %1
           %7 t: Bool = Ge(%6, %1)
           %9 t: Real = select(%7, 2.0, 1.0)";
    let found = loops("0..%1", first);
    assert_eq!(found.iter().map(|(_, questions)| *questions).collect::<Vec<_>>(), [1, 0], "{found:?}");
}

/// The load is read where the place is not the last; at the last it fails, if there is nothing to load.
#[test]
fn what_may_fail_keeps_its_reader() {
    let load = |before: &str, inside: &str| {
        format!(
            "%5 t: Int = %1 - 1
           %10 t: Bool = Eq(%2, %5)
           {before}%9 t: Real = if %10
           arm
             yield 1.0
           arm
             {inside}%7 t: Real = %6 * 2.0
             yield %7"
        )
    };
    let here = "%6 t: Real = load %0[%2]\n           ";
    assert_eq!(loops("0..%1", &load(here, "")).len(), 1);
    assert_eq!(loops("0..%1", &load("", &format!("{here}  "))).len(), 2);
}
