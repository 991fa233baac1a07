//! A number passed by `&mut` is a result too: `fn next(total: &mut f64, …) -> f64 { …; y }` returns `(y, total)`.

use crate::ir::{Atom, Block, Func, Kind, Stmt, Term};

/// Appends the scalars that `func` passes back by `&mut` to what each `return` returns.
pub(crate) fn returned(mut func: Func) -> Func {
    let outputs: Vec<_> = func
        .params
        .iter()
        .filter(|param| param.mutable && *func.kind(param.var) == Kind::Real)
        .map(|param| (param.var, param.role))
        .collect();
    if outputs.is_empty() {
        return func;
    }
    func.results.extend(outputs.iter().map(|(_, role)| *role));
    let values: Vec<Atom> = outputs.iter().map(|(var, _)| Atom::Var(*var)).collect();
    append(&mut func.body, &values);
    func
}

fn append(block: &mut Block, values: &[Atom]) {
    for stmt in &mut block.stmts {
        stmt.blocks_mut().into_iter().for_each(|inner| append(inner, values));
    }
    match &mut block.term {
        Term::Return(returned) => returned.extend(values.iter().cloned()),
        Term::Branch(branch) => branch.arms.iter_mut().for_each(|arm| append(&mut arm.body, values)),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
    }
}

/// Without assertions and prints, for what runs where the function itself has run before.
pub(crate) fn silent(mut func: Func) -> Func {
    quieten(&mut func.body);
    func
}

fn quieten(block: &mut Block) {
    block.stmts.retain(|stmt| !matches!(stmt, Stmt::Effect(opaque) if opaque.inert));
    block.stmts.iter_mut().flat_map(Stmt::blocks_mut).for_each(quieten);
    if let Term::Branch(branch) = &mut block.term {
        branch.blocks_mut().into_iter().for_each(quieten);
    }
}
