//! The length of a part of an array, where its ends tell: `a[9 * v..9 * v + 9]` has nine elements.

use std::collections::BTreeMap;

use crate::ir::{Atom, Op, Slice, VarId};

/// A longer part is better made on the heap.
const LONGEST: i64 = 32;

/// The number of elements of `slice`, if it is a short constant.
pub(super) fn short_length(slice: &Slice, ops: &BTreeMap<VarId, Op>) -> Option<i64> {
    let (start, end) = slice.range.as_ref()?;
    let mut sum = Sum { ops, terms: BTreeMap::new(), constant: 0 };
    sum.add(end, 1)?;
    sum.add(start, -1)?;
    let is_constant = sum.terms.values().all(|factor| *factor == 0);
    (is_constant && (1..=LONGEST).contains(&sum.constant)).then_some(sum.constant)
}

/// A sum of multiples of variables, and a constant.
struct Sum<'o> {
    ops: &'o BTreeMap<VarId, Op>,
    terms: BTreeMap<VarId, i64>,
    constant: i64,
}

impl Sum<'_> {
    fn add(&mut self, atom: &Atom, factor: i64) -> Option<()> {
        let var = match atom {
            Atom::Int(_) => {
                self.constant = self.constant.checked_add(factor.checked_mul(atom.integer()?)?)?;
                return Some(());
            }
            Atom::Var(var) => *var,
            Atom::Real(_) | Atom::ZeroTangent | Atom::Bool(_) | Atom::Undef => return None,
        };
        match self.ops.get(&var) {
            Some(Op::Copy(a)) => self.add(a, factor),
            Some(Op::Add(a, b)) => {
                self.add(a, factor)?;
                self.add(b, factor)
            }
            Some(Op::Sub(a, b)) => {
                self.add(a, factor)?;
                self.add(b, factor.checked_neg()?)
            }
            Some(Op::Mul(a, b)) => match (a.integer(), b.integer()) {
                (Some(by), _) => self.add(b, factor.checked_mul(by)?),
                (None, Some(by)) => self.add(a, factor.checked_mul(by)?),
                (None, None) => self.term(var, factor),
            },
            Some(_) | None => self.term(var, factor),
        }
    }

    fn term(&mut self, var: VarId, factor: i64) -> Option<()> {
        let sum = self.terms.entry(var).or_insert(0);
        *sum = sum.checked_add(factor)?;
        Some(())
    }
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
