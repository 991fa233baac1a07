//! Where an active value reaches something whose derivative is not known.

use std::collections::BTreeSet;

use super::activity;
use super::facts::Facts;
use crate::ir::{Block, Branch, Fragment, Func, Op, Opaque, Selector, Stmt, Term, VarId};

/// What must change before `func` can be differentiated.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) at: At,
    /// The active value.
    pub(crate) active: VarId,
    /// The parameter that it depends on.
    pub(crate) root: VarId,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum At {
    /// A piece of the user's text that takes the active value.
    Unknown(Fragment),
    /// A `match` whose scrutinee is active.
    Scrutinee(Fragment),
    /// A parameter that is held constant, and whose memory takes an active value.
    Held,
}

/// All refusals, in the order of the text.
pub(crate) fn check(func: &Func) -> Vec<Refusal> {
    let inputs = activity::inputs(func);
    let active = activity::varied(func, &inputs);
    let mut check = Check { facts: Facts::gather(func), active, inputs, found: Vec::new() };
    check.block(&func.body);
    check.held(func);
    check.found
}

struct Check {
    facts: Facts,
    active: BTreeSet<VarId>,
    inputs: BTreeSet<VarId>,
    found: Vec<Refusal>,
}

impl Check {
    fn refuse(&mut self, at: At, active: VarId) {
        let sources = self.facts.closure([active]);
        let root = sources.into_iter().find(|var| self.inputs.contains(var)).unwrap_or(active);
        self.found.push(Refusal { at, active, root });
    }

    fn held(&mut self, func: &Func) {
        for param in func.params.iter().filter(|param| param.mutable && !param.differentiated) {
            if self.active.contains(&param.var) {
                self.refuse(At::Held, param.var);
            }
        }
    }

    fn opaque(&mut self, opaque: &Opaque, at: At) {
        let active = opaque.vars().find(|var| self.active.contains(var));
        if let Some(active) = active.filter(|_| !opaque.inert) {
            self.refuse(at, active);
        }
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        match &block.term {
            Term::Branch(branch) => self.branch(branch),
            // What leaves the function here has no derivative.
            Term::Escape(_) | Term::Panic(_) => {}
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Return(_) => {}
        }
    }

    fn branch(&mut self, branch: &Branch) {
        if let Selector::Match(scrutinee) = &branch.on {
            self.opaque(scrutinee, At::Scrutinee(scrutinee.code));
        }
        for block in branch.blocks() {
            self.block(block);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { op: Op::Opaque(opaque), .. } | Stmt::Effect(opaque) => {
                self.opaque(opaque, At::Unknown(opaque.code));
            }
            Stmt::Branch { branch, .. } => self.branch(branch),
            Stmt::Loop(l) => self.block(&l.body),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
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
}
