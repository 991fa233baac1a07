//! The length of a part of an array, where its ends tell: `a[9 * v..9 * v + 9]` has nine elements.

use std::collections::BTreeMap;

use crate::analysis::polynomial::Polynomial;
use crate::ir::{Op, Slice, VarId};

/// A longer part is better made on the heap.
const LONGEST: i64 = 32;

/// The number of elements of `slice`, if it is a short constant.
pub(super) fn short_length(slice: &Slice, ops: &BTreeMap<VarId, Op>) -> Option<i64> {
    let (start, end) = slice.range.as_ref()?;
    let length = Polynomial::of(end, ops)?.plus(&Polynomial::of(start, ops)?, -1)?.number()?;
    (1..=LONGEST).contains(&length).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::short_length;
    use crate::analysis::facts::Facts;
    use crate::ir::{Slice, Stmt, parse};

    /// The length of what is copied in a function of `%0 x` and `%1 v`.
    fn check(body: &str, expected: Option<i64>) {
        let func = parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               %1 v: Int [param 1]
               %2 w: Int [param 2]
               gives
               {body}
               %9 y: Array(Real) = alloc copy %0[%7..%8]
               return"
        ));
        let copied = func.body.stmts.iter().find_map(|stmt| match stmt {
            Stmt::Alloc { init: crate::ir::Init::CopyOf(slice), .. } => Some(slice.clone()),
            _ => None,
        });
        let slice: Slice = copied.expect("a copy");
        assert_eq!(short_length(&slice, &Facts::gather(&func).ops), expected, "{body}");
    }

    #[test]
    fn ends_that_differ_by_a_constant_tell_the_length() {
        let start = "%3 a: Int = 9 * %1\n               %7 s: Int = %2 + %3\n               ";
        let again = "%4 b: Int = %1 * 9\n               %5 c: Int = %4 + 9\n               ";
        check(&format!("{start}{again}%8 e: Int = %2 + %5"), Some(9));
        check(&format!("{start}{again}%8 e: Int = %5 + %1"), None);
        check(&format!("{start}{again}%8 e: Int = %7 + 33"), None);
        check(&format!("{start}{again}%8 e: Int = %7 - 1"), None);
    }
}
