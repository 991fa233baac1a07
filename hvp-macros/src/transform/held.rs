//! Values of unknown type that may not be there are kept in `Option`s.
//!
//! ```text
//! carried kind from undef            carried kind from undef
//!   if better { yield k }        →     if better { t = Some(k); yield t }
//! match kind { … }                   t = kind.unwrap(); match t { … }
//! ```
//!
//! A variable without a value yet begins as the default of its type, which a type of the user's need not have; an `Option` has one.

use std::collections::BTreeSet;

use crate::ir::{
    Atom, Block, Branch, Call, Carried, Fragment, Func, Kind, Loop, LoopId, Op, Opaque, Outcome, Rewrite,
    Selector, Stmt, Term, Var, VarId, VarMap, VarSet, Wraps, rewrite_opaque, rewrite_stmt, rewrite_term,
};

/// `func`, in value form, with such variables kept in `Option`s. What changes in place stays as it is, and so does what is an
/// `Option` already, as the errors of calls are.
pub(crate) fn hold(mut func: Func, wraps: &Wraps) -> Func {
    let held = may_be_missing(&func, wraps);
    if held.is_empty() {
        return func;
    }
    let mut body = std::mem::take(&mut func.body);
    let mut pass = Hold { func: &mut func, wraps, held, loops: VarMap::default(), out: Vec::new() };
    pass.block(&mut body, &[]);
    func.body = body;
    func
}

/// The variables of unknown type into which something undefined may flow.
fn may_be_missing(func: &Func, wraps: &Wraps) -> VarSet {
    let mut flows = Flows {
        options: &wraps.options,
        apart: wraps.fixed.clone(),
        loops: VarMap::default(),
        pairs: Vec::new(),
    };
    flows.block(&func.body, &[]);
    let Flows { pairs, mut apart, .. } = flows;
    // What is exchanged with them is of their type.
    until_stable(|| {
        pairs.iter().fold(false, |grown, (from, into)| {
            let from = from.var().filter(|from| apart.contains(*from) != apart.contains(*into));
            from.is_some_and(|from| apart.insert(from) | apart.insert(*into)) || grown
        })
    });
    let mut held = VarSet::default();
    until_stable(|| {
        pairs.iter().fold(false, |grown, (from, into)| {
            let missing = *from == Atom::Undef || from.var().is_some_and(|from| held.contains(from));
            let holds = missing && *func.kind(*into) == Kind::Opaque && !apart.contains(*into);
            holds && held.insert(*into) || grown
        })
    });
    held
}

fn until_stable(mut grows: impl FnMut() -> bool) {
    while grows() {}
}

/// Which values become which variables.
struct Flows<'w> {
    options: &'w BTreeSet<Fragment>,
    /// What is not to be kept in an `Option`.
    apart: VarSet,
    loops: VarMap<Vec<Carried>>,
    pairs: Vec<(Atom, VarId)>,
}

impl Flows<'_> {
    fn into(&mut self, results: &[VarId], values: &[Atom]) {
        self.pairs.extend(values.iter().cloned().zip(results.iter().copied()));
    }

    fn block(&mut self, block: &Block, results: &[VarId]) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let { var, op: Op::Copy(from) } => self.pairs.push((from.clone(), *var)),
                Stmt::Let { var, op: Op::Opaque(opaque) } if self.options.contains(&opaque.code) => {
                    self.apart.insert(*var);
                }
                Stmt::Call(Call { outcome: Outcome::Caught { error, .. }, .. }) => {
                    self.apart.insert(*error);
                }
                Stmt::Branch { branch, results } => self.branch(branch, results),
                Stmt::Loop(l) => {
                    for Carried { param, init, result } in &l.carried {
                        // They are one variable.
                        self.pairs.extend([
                            (init.clone(), *param),
                            (Atom::Var(*param), *result),
                            (Atom::Var(*result), *param),
                        ]);
                    }
                    self.loops.insert(VarId(l.id.0), l.carried.clone());
                    self.block(&l.body, &[]);
                }
                // What these define is there.
                Stmt::Let { .. }
                | Stmt::Assign { .. }
                | Stmt::Effect(_)
                | Stmt::Alloc { .. }
                | Stmt::Store { .. }
                | Stmt::CopySlice { .. }
                | Stmt::AddSlice { .. }
                | Stmt::Fill { .. }
                | Stmt::Swap { .. }
                | Stmt::VecPush { .. }
                | Stmt::VecPop { .. }
                | Stmt::Call(_)
                | Stmt::NewTape { .. }
                | Stmt::Turn
                | Stmt::Push { .. }
                | Stmt::Pop { .. } => {}
            }
        }
        match &block.term {
            Term::Yield(values) => self.into(results, values),
            Term::Continue(id, values) | Term::Break(id, values) => {
                let results = results_of(&self.loops, *id);
                self.into(&results, values);
            }
            Term::Branch(branch) => self.branch(branch, results),
            Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
        }
    }

    fn branch(&mut self, branch: &Branch, results: &[VarId]) {
        for arm in &branch.arms {
            let guard = arm.pattern.as_ref().and_then(|pattern| pattern.guard.as_ref());
            guard.into_iter().for_each(|guard| self.block(guard, &[]));
            self.block(&arm.body, results);
        }
    }
}

fn results_of(loops: &VarMap<Vec<Carried>>, id: LoopId) -> Vec<VarId> {
    let carried = loops.get(VarId(id.0));
    carried.map_or_else(Vec::new, |carried| carried.iter().map(|carried| carried.result).collect())
}

struct Hold<'f> {
    func: &'f mut Func,
    wraps: &'f Wraps,
    held: VarSet,
    /// By the number of the loop.
    loops: VarMap<Vec<Carried>>,
    /// What comes before the statement at hand.
    out: Vec<Stmt>,
}

impl Hold<'_> {
    fn wrapped(&mut self, code: Fragment, atom: Atom, like: VarId) -> Atom {
        let span = self.func.var(like).span;
        let var = self.func.fresh(Var::temporary(Kind::Opaque, span));
        let opaque =
            Opaque { code, args: vec![crate::ir::Operand::Atom(atom)], repeatable: true, inert: false };
        self.out.push(Stmt::Let { var, op: Op::Opaque(opaque) });
        Atom::Var(var)
    }

    /// `atom` becomes the variable `into`.
    fn flow(&mut self, atom: &mut Atom, into: VarId) {
        let is_held = atom.var().is_some_and(|var| self.held.contains(var));
        if !self.held.contains(into) {
            return self.atom(atom);
        }
        if !is_held && *atom != Atom::Undef {
            *atom = self.wrapped(self.wraps.keep, atom.clone(), into);
        }
    }

    fn flow_all(&mut self, values: &mut [Atom], results: &[VarId]) {
        for (value, result) in values.iter_mut().zip(results) {
            self.flow(value, *result);
        }
    }

    fn block(&mut self, block: &mut Block, results: &[VarId]) {
        let outer = std::mem::take(&mut self.out);
        for mut stmt in std::mem::take(&mut block.stmts) {
            self.stmt_of_block(&mut stmt);
            self.out.push(stmt);
        }
        match &mut block.term {
            Term::Yield(values) => self.flow_all(values, results),
            Term::Continue(id, values) | Term::Break(id, values) => {
                let results = results_of(&self.loops, *id);
                self.flow_all(values, &results);
            }
            Term::Branch(branch) => self.branch(branch, results),
            term @ (Term::Return(_) | Term::Escape(_) | Term::Panic(_)) => rewrite_term(self, term),
        }
        block.stmts = std::mem::replace(&mut self.out, outer);
    }

    fn stmt_of_block(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Let { var, op: Op::Copy(from) } => self.flow(from, *var),
            Stmt::Branch { branch, results } => self.branch(branch, results),
            Stmt::Loop(l) => self.looped(l),
            other => rewrite_stmt(self, other),
        }
    }

    fn looped(&mut self, l: &mut Loop) {
        for carried in &mut l.carried {
            self.flow(&mut carried.init, carried.param);
        }
        self.loops.insert(VarId(l.id.0), l.carried.clone());
        self.block(&mut l.body, &[]);
    }

    fn branch(&mut self, branch: &mut Branch, results: &[VarId]) {
        match &mut branch.on {
            Selector::Bool(on) => self.atom(on),
            Selector::Match(scrutinee) => rewrite_opaque(self, scrutinee),
        }
        for arm in &mut branch.arms {
            if let Some(guard) = arm.pattern.as_mut().and_then(|pattern| pattern.guard.as_mut()) {
                self.block(guard, &[]);
            }
            self.block(&mut arm.body, results);
        }
    }
}

impl Rewrite for Hold<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        if let Some(var) = atom.var().filter(|var| self.held.contains(*var)) {
            *atom = self.wrapped(self.wraps.take, atom.clone(), var);
        }
    }

    fn array(&mut self, _: &mut VarId, _: crate::ir::Touch) {}

    fn def(&mut self, _: &mut VarId) {}
}
