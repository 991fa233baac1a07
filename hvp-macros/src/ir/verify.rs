//! Checks that a function is in value form and well formed.

use std::collections::BTreeSet;

use super::{Atom, Block, Branch, Func, Head, Kind, LoopId, Op, Stmt, Term, Touch, VarId, VarSet, Visit};

/// The first violation found, as text.
pub(crate) fn verify(func: &Func) -> Result<(), String> {
    let mut checker = Checker {
        func,
        defined: VarSet::default(),
        scope: VarSet::default(),
        entered: Vec::new(),
        problem: None,
        loops: BTreeSet::new(),
    };
    for param in &func.params {
        checker.def(&param.var);
    }
    checker.block(&func.body, &Exit::Function);
    match checker.problem {
        None => Ok(()),
        Some(problem) => Err(format!("{problem}\n{func}")),
    }
}

/// What may end a block.
#[derive(Clone, Copy)]
enum Exit {
    Function,
    Loop(LoopId, usize),
    Arm(usize),
}

struct Checker<'f> {
    func: &'f Func,
    defined: VarSet,
    scope: VarSet,
    /// What is in scope, in the order of definition.
    entered: Vec<VarId>,
    problem: Option<String>,
    /// The numbers of the loops that were met.
    loops: BTreeSet<LoopId>,
}

impl Checker<'_> {
    fn complain(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// Runs `check` in a scope that is left again.
    fn scoped(&mut self, check: impl FnOnce(&mut Self)) {
        let outer = self.entered.len();
        check(self);
        for var in self.entered.drain(outer..) {
            self.scope.remove(var);
        }
    }

    fn block(&mut self, block: &Block, exit: &Exit) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.term(&block.term, exit);
    }

    fn branch(&mut self, branch: &Branch, exit: &Exit) {
        match &branch.on {
            super::Selector::Bool(cond) => {
                self.atom(cond);
                if branch.arms.len() != 2 || branch.arms.iter().any(|arm| arm.pattern.is_some()) {
                    self.complain("a branch on a Boolean has two arms without patterns".to_owned());
                }
            }
            super::Selector::Match(scrutinee) => super::visit_opaque(self, scrutinee),
        }
        for arm in &branch.arms {
            self.scoped(|checker| {
                if let Some(pattern) = &arm.pattern {
                    pattern.binds.iter().for_each(|bind| checker.def(bind));
                    if let Some(guard) = &pattern.guard {
                        checker.scoped(|checker| checker.block(guard, &Exit::Arm(1)));
                    }
                }
                checker.block(&arm.body, exit);
            });
        }
    }

    fn term(&mut self, term: &Term, exit: &Exit) {
        let fits = match (term, exit) {
            (Term::Branch(branch), _) => return self.branch(branch, exit),
            (Term::Escape(_) | Term::Panic(_), _) => true,
            (Term::Yield(values), Exit::Arm(n)) => values.len() == *n,
            (Term::Return(values), Exit::Function) => values.len() == self.func.results.len(),
            (Term::Continue(id, values) | Term::Break(id, values), Exit::Loop(own, n)) => {
                id == own && values.len() == *n
            }
            (Term::Yield(_) | Term::Return(_) | Term::Continue(..) | Term::Break(..), _) => false,
        };
        if !fits {
            self.complain(format!("a block ends in {term:?}, which does not fit"));
        }
        super::visit_term(self, term);
    }

    fn looped(&mut self, l: &super::Loop) {
        if let Head::Range { lo, hi, .. } = &l.head {
            self.atom(lo);
            self.atom(hi);
        }
        if !self.loops.insert(l.id) {
            self.complain(format!("two loops have the number {:?}", l.id));
        }
        l.carried.iter().for_each(|carried| self.atom(&carried.init));
        for window in &l.path.windows {
            let starts = window.plus.iter().chain(&window.minus).chain(&window.of.path);
            starts.for_each(|atom| self.atom(atom));
            self.array(&window.of.base, Touch::Read);
        }
        self.scoped(|checker| {
            l.path.windows.iter().for_each(|window| checker.def(&window.var));
            if let Head::Range { var, .. } = &l.head {
                checker.def(var);
            }
            l.carried.iter().for_each(|carried| checker.def(&carried.param));
            checker.block(&l.body, &Exit::Loop(l.id, l.carried.len()));
        });
        l.carried.iter().for_each(|carried| self.def(&carried.result));
    }
}

impl Visit for Checker<'_> {
    fn atom(&mut self, atom: &Atom) {
        if let Atom::Var(var) = atom
            && !self.scope.contains(*var)
        {
            self.complain(format!("{var} is used outside its scope"));
        }
    }

    fn array(&mut self, array: &VarId, _: Touch) {
        self.atom(&Atom::Var(*array));
        if !matches!(self.func.kind(*array), Kind::Array(_) | Kind::Tape | Kind::Tuple(_) | Kind::Pullback) {
            self.complain(format!("{array} is used as memory"));
        }
    }

    fn def(&mut self, var: &VarId) {
        self.scope.insert(*var);
        self.entered.push(*var);
        if !self.defined.insert(*var) {
            self.complain(format!("{var} is defined twice"));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Assign { var, .. } => self.complain(format!("{var} is assigned in value form")),
            Stmt::Let { var, op: Op::Copy(Atom::Var(from)) }
                if *self.func.kind(*var) == Kind::Opaque && *self.func.kind(*from) == Kind::Real =>
            {
                self.complain(format!("{var} hides the real number {from}"));
            }
            Stmt::Branch { branch, results } => {
                self.branch(branch, &Exit::Arm(results.len()));
                results.iter().for_each(|result| self.def(result));
            }
            Stmt::Loop(l) => self.looped(l),
            other => super::visit_stmt(self, other),
        }
    }
}
