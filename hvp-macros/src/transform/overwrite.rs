//! Gradients and products are written, not added to what the caller has set to zero.
//!
//! ```text
//!                                        for i in 0..n { x_bar[i] = a; }
//! for i in 0..n { x_bar[i] += a; }   →   x_bar[n..].fill(0.0);
//! x_bar[n] += b;                         x_bar[n] += b;
//! ```
//!
//! Where the first thing that happens to an output is a loop that adds to its elements one after another, the loop writes them, and
//! what is behind them becomes zero. Any other output becomes zero at the beginning.

use crate::ir::{
    Atom, Compare, Func, Head, Kind, Loop, Op, Param, Role, Slice, Stmt, Term, Update, Var, VarId,
    takes_each, touch_count, touches,
};

/// Makes the adjoints of all that `func` only reads into outputs that need not be zero before.
pub(crate) fn overwrite(func: &mut Func) {
    let outputs: Vec<VarId> =
        func.params.iter().filter(|param| is_output(func, param)).map(|param| param.var).collect();
    for output in outputs {
        begin(func, output);
    }
}

fn is_output(func: &Func, param: &Param) -> bool {
    let primal = Role::primal(param.role.what);
    let read_only = func.params.iter().any(|other| other.role == primal && !other.mutable);
    param.role.bar && func.kind(param.var).is_array() && read_only
}

fn begin(func: &mut Func, output: VarId) {
    let zero = Atom::zero(func.kind(output).scalar());
    let flat = !func.kind(output).element(1).is_array();
    let first = func.body.stmts.iter_mut().enumerate().find(|(_, stmt)| touches(stmt, output));
    let written = match first {
        Some((at, Stmt::Loop(l))) if flat => written(l, output, true).map(|written| (at, written)),
        _ => None,
    };
    let Some((at, written)) = written else {
        func.body.stmts.insert(0, Stmt::Fill { dst: Slice::whole(output), value: zero });
        return;
    };
    let behind = written.rest(func, output, &zero);
    func.body.stmts.splice(at + 1..=at, behind);
}

/// What a loop over `by..hi` writes: the elements in `0..hi - by`, in this order.
pub(super) struct Written {
    hi: Atom,
    by: i64,
}

impl Written {
    /// Gives `value` to the other elements of `array`.
    pub(super) fn rest(self, func: &mut Func, array: VarId, value: &Atom) -> Vec<Stmt> {
        let span = func.var(array).span;
        let mut number = |kind| func.fresh(Var::temporary(kind, span));
        let mut stmts = Vec::new();
        let from = match self.by {
            0 => self.hi,
            // Without an iteration nothing is written, and `hi - by` is not there.
            by => {
                let by = Atom::Int(by.to_string());
                let [any, count, from] = [Kind::Bool, Kind::Int, Kind::Int].map(&mut number);
                stmts.push(Stmt::Let { var: any, op: Op::Compare(Compare::Lt, by.clone(), self.hi.clone()) });
                let subtract = Stmt::Let { var: count, op: Op::Sub(self.hi, by) };
                let none = Atom::zero(&Kind::Int);
                stmts.push(Stmt::value_if(any, (vec![subtract], count.into()), none, from));
                from.into()
            }
        };
        let len = number(Kind::Int);
        let rest = Slice { range: Some((from, len.into())), ..Slice::whole(array) };
        stmts.push(Stmt::Let { var: len, op: Op::Len(Slice::whole(array)) });
        stmts.push(Stmt::Fill { dst: rest, value: value.clone() });
        stmts
    }
}

/// Lets `l` write the elements that it writes one after another from the first on, or to which it adds if `adds`.
pub(super) fn written(l: &mut Loop, array: VarId, adds: bool) -> Option<Written> {
    let Head::Range { var, lo, hi, inclusive: false, adaptors } = &l.head else {
        return None;
    };
    let by = lo.integer()?;
    let only = l.body.stmts.iter().map(|stmt| touch_count(stmt, array)).sum::<usize>() == 1;
    if !takes_each(adaptors) || !only || !matches!(l.body.term, Term::Continue(..)) {
        return None;
    }
    let (var, written) = (Atom::Var(*var), Written { hi: hi.clone(), by });
    let element = match by {
        0 => var,
        by => l.body.stmts.iter().find_map(|stmt| match stmt {
            Stmt::Let { var: index, op: Op::Sub(a, b) } if *a == var && b.integer() == Some(by) => {
                Some(Atom::Var(*index))
            }
            _ => None,
        })?,
    };
    l.body.stmts.iter_mut().find_map(|stmt| match stmt {
        Stmt::Store { place, update, .. }
            if place.base == array
                && place.path.as_slice() == [element.clone()]
                && (adds || *update == Update::Set) =>
        {
            *update = Update::Set;
            Some(())
        }
        _ => None,
    })?;
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::overwrite;
    use crate::ir::{parse, verify};

    fn check(body: &str, expected: &str) {
        let text = format!(
            "fn f
               %0 n: Int [param 0]
               %1 x: Array(Real) [param 1] differentiated
               %2 x_bar: Array(Real) [param 1 bar] mut
               gives param 0 bar\n               {body}
               return 0.0"
        );
        let mut func = parse(&text);
        overwrite(&mut func);
        verify(&func).expect("a well-formed result");
        let lines: Vec<String> =
            func.to_string().lines().skip(5).map(|line| line.trim().to_owned()).collect();
        assert_eq!(lines.join("\n"), format!("{expected}\nreturn 0.0"));
    }

    #[test]
    fn a_loop_that_adds_to_each_element_writes_it() {
        check(
            "@0 for %3 i: Int in 0..%0
                 %4 t: Real = load %1[%3]
                 %2[%3] += %4
                 continue @0",
            "@0 for %3 i: Int in 0..%0\n%4 t: Real = load %1[%3]\n%2[%3] = %4\ncontinue @0\n\
             %5 t: Int = len(%2)\n%2[%0..%5] = fill 0.0",
        );
    }

    #[test]
    fn a_loop_from_one_that_adds_to_the_element_before_writes_it() {
        check(
            "@0 for %3 i: Int in 1..%0
                 %4 t: Real = load %1[%3]
                 %5 k: Int = %3 - 1
                 %2[%5] += %4
                 continue @0",
            "@0 for %3 i: Int in 1..%0\n%4 t: Real = load %1[%3]\n%5 k: Int = %3 - 1\n%2[%5] = %4\ncontinue @0\n\
             %6 t: Bool = Lt(1, %0)\n%8 t: Int = if %6\narm\n%7 t: Int = %0 - 1\nyield %7\narm\nyield 0\n\
             %9 t: Int = len(%2)\n%2[%8..%9] = fill 0.0",
        );
    }

    #[test]
    fn an_output_that_a_loop_reaches_elsewhere_begins_with_zeros() {
        check(
            "@0 for %3 i: Int in 0..%0
                 %4 t: Real = load %1[%3]
                 %5 k: Int = %3 + 1
                 %2[%5] += %4
                 continue @0",
            "%2 = fill 0.0\n@0 for %3 i: Int in 0..%0\n%4 t: Real = load %1[%3]\n%5 k: Int = %3 + 1\n%2[%5] += %4\ncontinue @0",
        );
    }
}
