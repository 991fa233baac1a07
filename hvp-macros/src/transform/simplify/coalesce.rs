//! `g[i] += a; g[j] += b; g[i] += c;`  becomes  `g[j] += b; g[i] += a + c;`.
//!
//! Sums of derivatives may be rounded otherwise, so an earlier addition may wait for a later one to the same place, as long as
//! nothing between looks at the array.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::walk::each_block_mut;
use crate::ir::{Block, Func, Name, Op, Place, Stmt, Update, Var, VarId, declare, each_name};

pub(super) fn coalesce(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let n_vars = func.vars.len();
    let mut vars = std::mem::take(&mut func.vars);
    each_block_mut(&mut func.body, &mut |block| {
        let coalescing = Coalescing { vars: &mut vars, out: Vec::new(), waiting: BTreeMap::new() };
        coalescing.block(block, |array| exact.contains(array));
    });
    func.vars = vars;
    func.vars.len() > n_vars
}

struct Coalescing<'v> {
    vars: &'v mut Vec<Var>,
    out: Vec<Option<Stmt>>,
    /// Where in `out` the last addition to a place stands.
    waiting: BTreeMap<Place, usize>,
}

impl Coalescing<'_> {
    fn block(mut self, block: &mut Block, is_exact: impl Fn(VarId) -> bool) {
        for stmt in std::mem::take(&mut block.stmts) {
            match stmt {
                Stmt::Store { place, value, update: Update::Add } if !is_exact(place.base) => {
                    self.add(place, value);
                }
                other => {
                    self.forget(&other);
                    self.out.push(Some(other));
                }
            }
        }
        block.stmts = self.out.into_iter().flatten().collect();
    }

    /// What `stmt` touches can wait no longer.
    fn forget(&mut self, stmt: &Stmt) {
        if let Stmt::Turn = stmt {
            self.waiting.clear();
        }
        let waiting = &mut self.waiting;
        each_name(stmt, |name| {
            if let Name::Array(array, _) = name {
                waiting.retain(|place, _| place.base != array);
            }
        });
    }

    fn add(&mut self, place: Place, value: crate::ir::Atom) {
        let mut value = value;
        if let Some(index) = self.waiting.get(&place)
            && let Some(Stmt::Store { value: earlier, .. }) = self.out[*index].take()
        {
            let array = &self.vars[place.base.0 as usize];
            let sum = Var::temporary(array.kind.scalar().clone(), array.span);
            let var = declare(self.vars, sum);
            self.out.push(Some(Stmt::Let { var, op: Op::Add(earlier, value) }));
            value = var.into();
        }
        self.waiting.insert(place.clone(), self.out.len());
        self.out.push(Some(Stmt::Store { place, value, update: Update::Add }));
    }
}
