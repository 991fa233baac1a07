//! Which temporaries are written where they are used: `t = x[i] * x[i]; a = x[i + 1] - t` becomes
//! `let a = x[i + 1] - x[i] * x[i];`.
//!
//! An operation moves down to its only use in the same block, unless a statement between writes memory that it reads,
//! or assigns a variable that it reads.

use std::collections::BTreeMap;

use super::webs::Webs;
use crate::front::Source;
use crate::ir::{
    Atom, Block, Branch, Call, Callee, Fragment, Func, Head, Kind, Loop, Name, Op, Opaque, Operand, Selector,
    Stmt, Term, Touch, VarId, VarMap, VarSet, Visit, each_name, each_name_of, visit_stmt, visit_term,
};

/// An expression with more operations than this is taken apart, for the reader's sake.
const LARGEST: usize = 12;

/// The operations that are written in place of their variables.
pub(super) fn plan(func: &Func, source: &Source, webs: &Webs) -> VarMap<Op> {
    let mut counts = Counts { uses: count(func), same_name: VarSet::default() };
    carry_targets(func, &func.body, &[], &mut counts.same_name);
    let mut pass = Inline { func, source, webs, counts, inlined: VarMap::default() };
    pass.block(&func.body);
    pass.inlined
}

/// How often each variable is used.
pub(super) fn count(func: &Func) -> VarMap<usize> {
    let mut counts = Counts::default();
    crate::ir::visit_block(&mut counts, &func.body);
    counts.uses
}

#[derive(Default)]
struct Counts {
    uses: VarMap<usize>,
    /// Variables that are handed on to one of the same name: `sum + t` as the next `sum`.
    same_name: VarSet,
}

impl Visit for Counts {
    fn atom(&mut self, atom: &Atom) {
        if let Atom::Var(var) = atom {
            *self.uses.slot(*var) += 1;
        }
    }
    fn array(&mut self, array: &VarId, _: Touch) {
        *self.uses.slot(*array) += 1;
    }
    fn def(&mut self, _: &VarId) {}
}

/// Finds the values that a block hands to variables (`targets`) of their own name.
fn carry_targets(func: &Func, block: &Block, targets: &[VarId], found: &mut VarSet) {
    for stmt in &block.stmts {
        if let Stmt::Branch { branch, results } = stmt {
            branch.blocks().into_iter().for_each(|block| carry_targets(func, block, results, found));
        } else if let Stmt::Loop(l) = stmt {
            let params: Vec<_> = l.carried.iter().map(|c| c.param).collect();
            carry_targets(func, &l.body, &params, found);
        }
    }
    match &block.term {
        Term::Branch(branch) => {
            branch.blocks().into_iter().for_each(|block| carry_targets(func, block, targets, found));
        }
        Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) => {
            for (value, target) in values.iter().zip(targets) {
                if let Atom::Var(var) = value
                    && func.var(*var).name == func.var(*target).name
                {
                    found.insert(*var);
                }
            }
        }
        Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
    }
}

/// An operation on its way down to its use.
struct Pending {
    op: Op,
    /// Arrays, and variables that are assigned.
    reads: VarSet,
    size: usize,
}

struct Inline<'a> {
    func: &'a Func,
    source: &'a Source,
    webs: &'a Webs,
    counts: Counts,
    inlined: VarMap<Op>,
}

impl Inline<'_> {
    fn block(&mut self, block: &Block) {
        let mut pending = BTreeMap::new();
        for stmt in &block.stmts {
            self.stmt(stmt, &mut pending);
        }
        let mut header = Header::default();
        match &block.term {
            Term::Branch(branch) => {
                header.selector(branch);
                branch.blocks().into_iter().for_each(|block| self.block(block));
            }
            other => visit_term(&mut header, other),
        }
        let opaque = matches!(block.term, Term::Escape(_) | Term::Panic(_));
        self.consume(&header, opaque, &VarSet::default(), &mut pending);
    }

    fn stmt(&mut self, stmt: &Stmt, pending: &mut BTreeMap<VarId, Pending>) {
        // What the primal sweep computes is computed there.
        if let Stmt::Turn = stmt {
            pending.clear();
        }
        let mut header = Header::default();
        match stmt {
            Stmt::Branch { branch, .. } => header.selector(branch),
            Stmt::Loop(l) => header.looped(l),
            Stmt::Let { op: Op::Opaque(opaque), .. } => header.opaque(opaque),
            Stmt::Call(Call { callee: Callee::Method { receiver, .. }, .. }) => {
                visit_stmt(&mut header, stmt);
                header.places(receiver);
            }
            other => visit_stmt(&mut header, other),
        }
        let mut written = self.written(stmt);
        // A tape or a `Vec` may take an array for good.
        let taken = match stmt {
            Stmt::Push { values, .. } => values.as_slice(),
            Stmt::VecPush { value, .. } => std::slice::from_ref(value),
            _ => &[],
        };
        written.extend(taken.iter().filter_map(|value| match value {
            Operand::Array(slice) => Some(slice.base),
            Operand::Atom(_) => None,
        }));
        // A statement that reads and writes the same memory through a method or a call borrows it twice.
        let conflicts = match stmt {
            Stmt::Let { .. } | Stmt::Assign { .. } | Stmt::Branch { .. } | Stmt::Loop(_) => VarSet::default(),
            Stmt::Store { value, .. } if self.func.atom_kind(value) == Kind::Real => VarSet::default(),
            _ => written.clone(),
        };
        let as_is = matches!(stmt, Stmt::Effect(_));
        let consumed = self.consume(&header, as_is, &conflicts, pending);
        pending.retain(|_, waiting| !waiting.reads.meets(&written));
        if let Stmt::Let { var, op } = stmt {
            self.consider(*var, op, &consumed, pending);
        }
        stmt.blocks().into_iter().for_each(|block| self.block(block));
    }

    /// Writes in place what `header` uses of `pending`; returns what these read, and how large they are.
    fn consume(
        &mut self,
        header: &Header,
        as_is: bool,
        conflicts: &VarSet,
        pending: &mut BTreeMap<VarId, Pending>,
    ) -> (VarSet, usize) {
        let (mut reads, mut size) = (VarSet::default(), 1);
        for var in &header.uses {
            let Some(found) = pending.remove(var) else {
                continue;
            };
            let in_fragment = header.in_opaques.get(var).is_some_and(|holes| {
                holes
                    .iter()
                    .any(|(code, index)| super::fragment::holes(&self.source.fragment(*code), *index) != 1)
            });
            if as_is || in_fragment || found.reads.meets(conflicts) {
                continue;
            }
            reads.unite(&found.reads);
            size += found.size;
            self.inlined.insert(*var, found.op);
        }
        (reads, size)
    }

    /// Lets `var` wait for its use, if it may be written there.
    fn consider(
        &mut self,
        var: VarId,
        op: &Op,
        consumed: &(VarSet, usize),
        pending: &mut BTreeMap<VarId, Pending>,
    ) {
        let once = self.counts.uses.get(var) == Some(&1);
        let nameless = !self.func.var(var).named || self.counts.same_name.contains(var);
        let movable = match op {
            Op::Opaque(opaque) => opaque.repeatable,
            _ => true,
        };
        if !(once && nameless && movable && consumed.1 <= LARGEST) || self.webs.is_mutable(var) {
            return;
        }
        let mut reads = consumed.0.clone();
        each_name_of(op, |name| match name {
            Name::Use(Atom::Var(used)) if self.webs.is_mutable(*used) => {
                reads.insert(self.webs.of(*used));
            }
            Name::Array(array, _) => {
                reads.insert(array);
            }
            Name::Use(_) | Name::Def(_) => {}
        });
        pending.insert(var, Pending { op: op.clone(), reads, size: consumed.1 });
    }

    /// The arrays that a statement writes and the variables that it assigns.
    fn written(&self, stmt: &Stmt) -> VarSet {
        let mut written = VarSet::default();
        each_name(stmt, |name| match name {
            Name::Array(array, touch) => {
                if touch != Touch::Read {
                    written.insert(array);
                }
            }
            Name::Def(var) if self.webs.is_mutable(var) => {
                written.insert(self.webs.of(var));
            }
            Name::Use(_) | Name::Def(_) => {}
        });
        written
    }
}

/// What a statement uses itself, outside the blocks in it.
#[derive(Default)]
struct Header {
    uses: Vec<VarId>,
    /// The places in the user's text where a variable stands.
    in_opaques: BTreeMap<VarId, Vec<(Fragment, usize)>>,
}

impl Header {
    fn selector(&mut self, branch: &Branch) {
        match &branch.on {
            Selector::Bool(cond) => self.atom(cond),
            Selector::Match(scrutinee) => self.opaque(scrutinee),
        }
    }

    /// The bounds of a loop with windows stand in each of them.
    fn looped(&mut self, l: &Loop) {
        if let Head::Range { lo, hi, .. } = &l.head
            && l.path.windows.is_empty()
        {
            self.atom(lo);
            self.atom(hi);
        }
        l.carried.iter().for_each(|carried| self.atom(&carried.init));
    }

    fn opaque(&mut self, opaque: &Opaque) {
        opaque.args.iter().filter_map(Operand::atom).for_each(|arg| self.atom(arg));
        self.places(opaque);
    }

    fn places(&mut self, opaque: &Opaque) {
        for (index, arg) in opaque.args.iter().enumerate() {
            if let Operand::Atom(Atom::Var(var)) = arg {
                self.in_opaques.entry(*var).or_default().push((opaque.code, index));
            }
        }
    }
}

impl Visit for Header {
    fn atom(&mut self, atom: &Atom) {
        if let Atom::Var(var) = atom {
            self.uses.push(*var);
        }
    }
    fn array(&mut self, _: &VarId, _: Touch) {}
    fn def(&mut self, _: &VarId) {}
}
