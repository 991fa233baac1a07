//! A `Vec` to which each iteration of a loop appends is made whole before the loop.
//!
//! ```text
//! let mut y = Vec::new();              let mut y = vec![0.0; n];
//! for i in 0..n { y.push(e); }    →    for i in 0..n { y[i] = e; }
//! ```
//!
//! What is pushed must be popped again by the reverse sweep, in order; an element that has its place can be reached in any. So the loop
//! need not be recorded, and its iterations are each other's strangers.

use super::simplify::indices;
use crate::ir::{
    Atom, Block, Elem, Func, Head, Init, Kind, Len, Loop, Name, Op, Operand, Place, SpanId, Stmt, Term,
    Update, Var, VarId, VarSet, each_name,
};

/// Makes every such `Vec` of reals in `func`, which is in value form.
pub(crate) fn fill(mut func: Func) -> Func {
    let known = indices(&func);
    let mut body = std::mem::take(&mut func.body);
    in_block(&mut func, &known, &mut body);
    func.body = body;
    func
}

fn in_block(func: &mut Func, known: &VarSet, block: &mut Block) {
    for at in 0..block.stmts.len() {
        if let Some((lengths, init, filled)) = filled(func, known, block, at) {
            let Stmt::Alloc { init: empty, .. } = &mut block.stmts[at] else { continue };
            *empty = init;
            let (index, stmt) = filled;
            block.stmts[index] = stmt;
            // The length may be computed behind the place where the empty one was made.
            let alloc = block.stmts.remove(at);
            block.stmts.splice(index - 1..index - 1, lengths.into_iter().chain([alloc]));
        }
    }
    for stmt in &mut block.stmts {
        stmt.blocks_mut().into_iter().for_each(|inner| in_block(func, known, inner));
    }
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(|inner| in_block(func, known, inner));
    }
}

/// If an empty `Vec` is made at `at` and a loop appends to it in each iteration: what computes its length, how it is made whole, and
/// the loop that fills it with its place.
fn filled(
    func: &mut Func,
    known: &VarSet,
    block: &Block,
    at: usize,
) -> Option<(Vec<Stmt>, Init, (usize, Stmt))> {
    let Stmt::Alloc { var: array, init: Init::Empty(_) } = block.stmts[at] else { return None };
    let behind = block.stmts[at + 1..].iter().position(|stmt| touches(stmt, array) > 0)?;
    let index = at + 1 + behind;
    let Stmt::Loop(l) = &block.stmts[index] else { return None };
    let Head::Range { lo, hi, inclusive: false, adaptors, .. } = &l.head else { return None };
    let is_count = matches!(hi, Atom::Int(_)) || hi.var().is_some_and(|hi| known.contains(hi));
    let is_push =
        |stmt: &&Stmt| matches!(stmt, Stmt::VecPush { array: to, value: Operand::Atom(_) } if *to == array);
    let pushes = l.body.stmts.iter().filter(is_push).count();
    let only = l.body.stmts.iter().map(|stmt| touches(stmt, array)).sum::<usize>() == pushes;
    let fits = *func.kind(array) == Kind::array(Kind::Real)
        && adaptors.is_empty()
        && lo.integer() == Some(0)
        && is_count
        && only
        && pushes > 0
        && runs_to_its_end(l);
    if !fits {
        return None;
    }
    let span = func.var(array).span;
    let (mut lengths, l, hi) = (Vec::new(), l.clone(), hi.clone());
    let len = multiple(func, hi, pushes, span, &mut lengths);
    let value = Box::new(Elem::Atom(Atom::real(0.0)));
    let init = Init::Repeat { value, len: Len::Value(len), vec: true };
    Some((lengths, init, (index, Stmt::Loop(placed(func, l, array, pushes)))))
}

/// `l` with each push to `array` as a store; of `pushes` in iteration `i` the first goes to `pushes * i`.
fn placed(func: &mut Func, mut l: Loop, array: VarId, pushes: usize) -> Loop {
    let Head::Range { var, .. } = l.head else { return l };
    let span = func.var(array).span;
    let mut count = 0;
    for stmt in std::mem::take(&mut l.body.stmts) {
        match stmt {
            Stmt::VecPush { array: to, value: Operand::Atom(value) } if to == array => {
                let mut index = multiple(func, var.into(), pushes, span, &mut l.body.stmts);
                if count > 0 {
                    let op = Op::Add(index, Atom::Int(count.to_string()));
                    index = integer(func, op, span, &mut l.body.stmts);
                }
                count += 1;
                let place = Place { base: array, path: vec![index] };
                l.body.stmts.push(Stmt::Store { place, value, update: Update::Set });
            }
            other => l.body.stmts.push(other),
        }
    }
    l
}

/// `factor * atom`
fn multiple(func: &mut Func, atom: Atom, factor: usize, span: SpanId, out: &mut Vec<Stmt>) -> Atom {
    if factor == 1 { atom } else { integer(func, Op::Mul(Atom::Int(factor.to_string()), atom), span, out) }
}

fn integer(func: &mut Func, op: Op, span: SpanId, out: &mut Vec<Stmt>) -> Atom {
    let var = func.fresh(Var::temporary(Kind::Int, span));
    out.push(Stmt::Let { var, op });
    Atom::Var(var)
}

/// How often `stmt` names an array, the user's own text included.
fn touches(stmt: &Stmt, array: VarId) -> usize {
    let mut count = 0;
    each_name(stmt, |name| {
        let is_named = match name {
            Name::Array(other, _) => other == array,
            Name::Use(atom) => *atom == Atom::Var(array),
            Name::Def(_) => false,
        };
        count += usize::from(is_named);
    });
    count
}

/// Whether nothing ends the loop before its range does, a panic apart.
fn runs_to_its_end(l: &Loop) -> bool {
    fn stays(block: &Block, l: &Loop) -> bool {
        let term = match &block.term {
            Term::Break(id, _) => *id != l.id,
            Term::Return(_) | Term::Escape(_) => false,
            Term::Branch(branch) => branch.blocks().into_iter().all(|inner| stays(inner, l)),
            Term::Yield(_) | Term::Continue(..) | Term::Panic(_) => true,
        };
        let leaves = |stmt: &Stmt| matches!(stmt, Stmt::Call(call) if call.leaves());
        term && block
            .stmts
            .iter()
            .all(|stmt| !leaves(stmt) && stmt.blocks().into_iter().all(|inner| stays(inner, l)))
    }
    matches!(l.body.term, Term::Continue(..)) && stays(&l.body, l)
}

#[cfg(test)]
mod tests {
    use super::fill;
    use crate::ir::interp::{Value, passive, run};
    use crate::ir::{parse, verify};

    /// The results before and after; whether something changed.
    fn check(body: &str) -> bool {
        let func = parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               gives result 0
               {body}
               return %1"
        ));
        verify(&func).expect("a well-formed test");
        let after = fill(func.clone());
        verify(&after).unwrap_or_else(|problem| panic!("{problem}\n{after}"));
        for x in [&[0.5, -2.0, 3.0][..], &[1.0], &[]] {
            let [before, after] = [&func, &after].map(|func| run(func, vec![Value::reals(x)], &passive).0);
            assert_eq!(before, after);
        }
        func.to_string() != after.to_string()
    }

    #[test]
    fn each_element_has_its_place() {
        let changed = check(
            "%1 y: Array(Real) = alloc empty
               %2 n: Int = len(%0)
               @0 for %3 i: Int in 0..%2
                 %4 t: Real = load %0[%3]
                 %5 t: Real = %4 * %4
                 push %1 <- %5
                 continue @0"
                .replace("push %1 <- %5", "%1.push(%5)")
                .as_str(),
        );
        assert!(changed);
    }

    #[test]
    fn an_iteration_may_append_twice() {
        let changed = check(
            "%1 y: Array(Real) = alloc empty
               %2 n: Int = len(%0)
               @0 for %3 i: Int in 0..%2
                 %4 t: Real = load %0[%3]
                 %1.push(%4)
                 %5 t: Real = %4 * %4
                 %1.push(%5)
                 continue @0
               %1.push(2.0)",
        );
        assert!(changed);
    }

    #[test]
    fn what_else_is_done_with_the_vec_keeps_it() {
        let read = "%6 k: Int = len(%1)\n                 ";
        let before = "%1.push(1.0)\n               ";
        for (between, inside, range) in
            [(before, "", "0..%2"), ("", read, "0..%2"), ("", "", "1..%2"), ("", "", "0..%2 rev")]
        {
            let body = format!(
                "%1 y: Array(Real) = alloc empty
               %2 n: Int = len(%0)
               {between}@0 for %3 i: Int in {range}
                 {inside}%4 t: Real = load %0[%3]
                 %1.push(%4)
                 continue @0"
            );
            assert!(!check(&body), "{body}");
        }
    }
}
