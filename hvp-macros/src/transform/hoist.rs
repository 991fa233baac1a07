//! What is dear and the same in all iterations is computed once, before the loop.
//!
//! ```text
//! for i in 0..n {                     let t = dt / 6.0;
//!     u[i] += dt / 6.0 * k[i];   →    for i in 0..n { u[i] += t * k[i]; }
//! }
//! ```
//!
//! The reverse sweep then finds the number where it is, instead of recording it in each iteration. Only operations on reals move,
//! which always give something, and only those that every iteration runs. If there is no iteration, nobody reads what they give: so
//! they may not be active, for the derivative of what is infinite would be no number where the loop gives zero.

use std::collections::BTreeSet;

use crate::analysis::activity;
use crate::ir::{Block, Func, Kind, Loop, Op, Stmt, Term, VarId, VarSet};

/// Moves such operations of `func`, which is in value form.
pub(crate) fn hoist(mut func: Func) -> Func {
    let active = activity::varied(&func, &activity::inputs(&func));
    let mut body = std::mem::take(&mut func.body);
    in_block((&func, &active), &mut body);
    func.body = body;
    func
}

fn in_block(known: (&Func, &BTreeSet<VarId>), block: &mut Block) {
    for mut stmt in std::mem::take(&mut block.stmts) {
        stmt.blocks_mut().into_iter().for_each(|inner| in_block(known, inner));
        if let Stmt::Loop(l) = &mut stmt {
            block.stmts.extend(moved(known, l));
        }
        block.stmts.push(stmt);
    }
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(|inner| in_block(known, inner));
    }
}

/// What goes before `l`.
fn moved((func, active): (&Func, &BTreeSet<VarId>), l: &mut Loop) -> Vec<Stmt> {
    let mut inside = l.inside();
    let mut steady: Vec<(VarId, &Op)> = Vec::new();
    for stmt in &l.body.stmts {
        if let Stmt::Let { var, op } = stmt
            && is_total(func, *var, op)
            && !active.contains(var)
            && operands(op).all(|operand| !inside.contains(operand))
        {
            steady.push((*var, op));
            inside.remove(*var);
        }
    }
    let mut goes = VarSet::default();
    for (var, op) in steady.into_iter().rev() {
        if is_dear(op) && operands(op).next().is_some() || goes.contains(var) {
            goes.insert(var);
            operands(op).for_each(|operand| {
                goes.insert(operand);
            });
        }
    }
    l.body.stmts.extract_if(.., |stmt| matches!(stmt, Stmt::Let { var, .. } if goes.contains(*var))).collect()
}

fn operands(op: &Op) -> impl Iterator<Item = VarId> {
    op.operands().into_iter().filter_map(|operand| operand.var())
}

/// Whether `op` computes a real from reals and numbers, without memory and without a way to fail.
fn is_total(func: &Func, var: VarId, op: &Op) -> bool {
    let real = *func.kind(var) == Kind::Real;
    match op {
        Op::Copy(_)
        | Op::Neg(_)
        | Op::Add(..)
        | Op::Sub(..)
        | Op::Mul(..)
        | Op::Div(..)
        | Op::Rem(..)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::MulAdd(..)
        | Op::ToReal(_) => real,
        Op::Clamp(..)
        | Op::ScaleOrZero(..)
        | Op::ScaleUnlessZero(..)
        | Op::Select(..)
        | Op::Compare(..)
        | Op::Test(..)
        | Op::Not(_)
        | Op::And(..)
        | Op::Or(..)
        | Op::Opaque(_)
        | Op::Len(_)
        | Op::Load(_)
        | Op::Field(..)
        | Op::Sum(_) => false,
    }
}

/// Whether the reverse sweep would rather record what `op` gives.
fn is_dear(op: &Op) -> bool {
    match op {
        Op::Div(..) | Op::Rem(..) => true,
        Op::Unary(function, _) => !function.is_cheap(),
        Op::Binary(function, ..) => !function.is_cheap(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    //! What moves before the loops, by its printed form.

    use super::hoist;
    use crate::ir::interp::{Value, passive, run};
    use crate::ir::{parse, verify};

    /// The lines before the loop, behind the length.
    fn before_the_loop(body: &str) -> Vec<String> {
        let func = parse(&format!(
            "fn f
             %0 x: Array(Real) [param 0] differentiated
             %1 a: Real [param 1]
             %2 b: Real [param 2] differentiated
             gives result 0
             %22 n: Int = len(%0)
             @0 for %3 i: Int in 0..%22
               carried %4 sum: Real from 0.0 gives %5 sum: Real
               %6 t: Real = load %0[%3]
               {body}
               %20 t: Real = %6 * %9
               %21 t: Real = %4 + %20
               continue @0 %21
             return %5"
        ));
        verify(&func).expect("a well-formed test");
        let after = hoist(func.clone());
        verify(&after).unwrap_or_else(|problem| panic!("{problem}"));
        for x in [&[0.5, -2.0, 3.0][..], &[]] {
            let args = || vec![Value::reals(x), Value::Real(0.7), Value::Real(1.5)];
            assert_eq!(run(&func, args(), &passive).0, run(&after, args(), &passive).0);
        }
        let text = after.to_string();
        let lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("%22 ")).skip(1);
        lines.take_while(|line| !line.starts_with('@')).map(str::to_owned).collect()
    }

    #[test]
    fn a_quotient_of_what_stays_moves_with_what_it_needs() {
        assert_eq!(before_the_loop("%9 t: Real = %1 / 6.0"), ["%9 t: Real = %1 / 6.0"]);
        let both = "%7 t: Real = %1 * 2.0\n               %9 t: Real = Exp(%7)";
        assert_eq!(before_the_loop(both), ["%7 t: Real = %1 * 2.0", "%9 t: Real = Exp(%7)"]);
    }

    #[test]
    fn what_changes_or_may_fail_or_is_cheap_stays() {
        for stays in [
            "%9 t: Real = %6 / 6.0",
            "%9 t: Real = %1 * 6.0",
            "%9 t: Real = %2 / 6.0",
            "%9 t: Real = %4 / %1",
            "%7 t: Real = load %0[0]\n               %9 t: Real = %7 / %1",
            "%9 t: Real = clamp(%1, 0.0, 1.0)",
        ] {
            assert!(before_the_loop(stays).is_empty(), "{stays}");
        }
        let in_an_arm = "%7 t: Bool = Lt(%6, 1.0)
               %9 t: Real = if %7
               arm
                 %8 t: Real = %1 / 3.0
                 yield %8
               arm
                 yield %1";
        assert!(before_the_loop(in_an_arm).is_empty());
    }
}
