//! What passes share that look at one operation after another and put a simpler one in its place.

use std::rc::Rc;

use super::facts::{Definitions, Facts};
use super::walk::{defined_here, each_block_mut};
use crate::ir::{self, Atom, Block, Func, Kind, Op, SpanId, Stmt, Var, VarId, VarMap, VarSet};

/// What is known while a function is rewritten.
pub(super) struct Rewrite {
    pub(super) ops: Definitions,
    pub(super) uses: Rc<VarMap<usize>>,
    pub(super) exact: Rc<VarSet>,
    pub(super) late: Rc<VarSet>,
    pub(super) vars: Vec<Var>,
    /// What the block at hand defines: work is not moved into a loop.
    pub(super) local: VarSet,
}

/// The simpler operation for one, if there is one; what it needs besides is written to the list.
pub(super) type Rule = fn(&mut Rewrite, VarId, &Op, &mut Vec<Stmt>) -> Option<Op>;

/// Applies `rule` to each operation; whether one changed. A rule that asks which variables are late is given them.
pub(super) fn each_op(func: &mut Func, facts: &mut Facts, late: Rc<VarSet>, rule: Rule) -> bool {
    let mut rewrite = Rewrite {
        ops: facts.definitions(func),
        uses: facts.uses(func),
        exact: facts.exact(func),
        late,
        vars: std::mem::take(&mut func.vars),
        local: VarSet::default(),
    };
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| changed |= rewrite.block(block, rule));
    func.vars = rewrite.vars;
    changed
}

impl Rewrite {
    fn block(&mut self, block: &mut Block, rule: Rule) -> bool {
        self.local = defined_here(block);
        let mut changed = false;
        let mut stmts = Vec::new();
        for stmt in std::mem::take(&mut block.stmts) {
            let Stmt::Let { var, op } = stmt else {
                stmts.push(stmt);
                continue;
            };
            let op = match rule(self, var, &op, &mut stmts) {
                Some(simpler) => {
                    self.ops.insert(var, simpler.clone());
                    changed = true;
                    simpler
                }
                None => op,
            };
            stmts.push(Stmt::Let { var, op });
        }
        block.stmts = stmts;
        changed
    }

    /// The value of `op`, in a variable of its own.
    pub(super) fn temp(&mut self, kind: Kind, op: Op, span: SpanId, before: &mut Vec<Stmt>) -> Atom {
        let var = ir::declare(&mut self.vars, Var::temporary(kind, span));
        self.ops.insert(var, op.clone());
        before.push(Stmt::Let { var, op });
        Atom::Var(var)
    }
}
