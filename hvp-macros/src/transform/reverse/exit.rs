//! One exit for a function whose reverse sweep runs later.
//!
//! `if c { return a; } b` becomes `let y = if c { a } else { b }; y`.

use crate::ir::{Arm, Atom, Block, Branch, Func, Stmt, Term, Var, VarId};

/// `func` with one `return`. Local arrays that an arm returns stay in it: such a function keeps its exits.
pub(super) fn single(func: &Func) -> Func {
    let Term::Branch(branch) = &func.body.term else {
        return func.clone();
    };
    if !returns_scalars(func, &func.body) {
        return func.clone();
    }
    let mut out = func.clone();
    let results: Vec<VarId> = (0..func.results.len())
        .map(|_| {
            let info = Var::named("value", crate::ir::Kind::Real, crate::ir::SpanId(0));
            out.fresh(info)
        })
        .collect();
    let values = results.iter().map(|var| Atom::Var(*var)).collect();
    let branch = yielding(branch);
    out.body.stmts.push(Stmt::Branch { branch, results });
    out.body.term = Term::Return(values);
    out
}

/// Whether [`single`] leaves one `return`.
pub(crate) fn can_split(func: &Func) -> bool {
    !matches!(func.body.term, Term::Branch(_)) || returns_scalars(func, &func.body)
}

fn returns_scalars(func: &Func, block: &Block) -> bool {
    match &block.term {
        Term::Return(values) => values.iter().all(|value| !func.atom_kind(value).is_array()),
        Term::Branch(branch) => branch.arms.iter().all(|arm| returns_scalars(func, &arm.body)),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => true,
    }
}

fn yielding(branch: &Branch) -> Branch {
    let arms = branch.arms.iter().map(|arm| {
        let term = match &arm.body.term {
            Term::Return(values) => Term::Yield(values.clone()),
            Term::Branch(inner) => Term::Branch(yielding(inner)),
            other => other.clone(),
        };
        Arm { pattern: arm.pattern.clone(), body: Block { stmts: arm.body.stmts.clone(), term } }
    });
    Branch { on: branch.on.clone(), arms: arms.collect() }
}
