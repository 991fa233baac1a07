//! A reversed loop whose iterations only add to what they do not read runs forward.

use super::facts::Facts;
use super::walk::{each_block, each_block_mut};
use crate::ir::{
    Adaptor, ArgValue, Atom, Block, Branch, Carried, Func, Head, Loop, Name, Op, Stmt, Term, Touch, Update,
    VarId, VarMap, VarSet, each_name, each_name_in, leaves,
};

pub(super) fn turn(func: &mut Func, facts: &mut Facts) -> bool {
    let exact = facts.exact(func);
    let mut changed = false;
    each_block_mut(&mut func.body, &mut |block| {
        for stmt in &mut block.stmts {
            if let Stmt::Loop(l) = stmt {
                changed |= cancel_twice(l);
                if is_reversed(l) && is_orderless(l, &exact) {
                    adaptors(l).pop();
                    changed = true;
                }
            }
        }
    });
    changed
}

fn adaptors(l: &mut Loop) -> &mut Vec<Adaptor> {
    match &mut l.head {
        Head::Range { adaptors, .. } => adaptors,
        Head::Forever => unreachable!("a loop without a range is not reversed"),
    }
}

fn is_reversed(l: &Loop) -> bool {
    match &l.head {
        Head::Range { adaptors, .. } => adaptors.last() == Some(&Adaptor::Rev),
        Head::Forever => false,
    }
}

/// The reverse of the reverse; whether there was one.
fn cancel_twice(l: &mut Loop) -> bool {
    let Head::Range { adaptors, .. } = &mut l.head else {
        return false;
    };
    let before = adaptors.len();
    while let Some(at) = adaptors.windows(2).position(|pair| pair == [Adaptor::Rev, Adaptor::Rev]) {
        adaptors.drain(at..at + 2);
    }
    adaptors.len() < before
}

/// Whether the order of a loop's iterations shows in derivatives alone, and there by rounding only.
pub(super) fn is_orderless(l: &Loop, exact: &VarSet) -> bool {
    Orderless::new(l, exact).is(l)
}

/// Whether the value carried at place `at` of `l` is a derivative that each iteration adds something to.
pub(in crate::transform) fn is_sum(l: &Loop, at: usize, exact: &VarSet) -> bool {
    Orderless::new(l, exact).is_sum(l, at, &l.carried[at])
}

struct Orderless<'e> {
    exact: &'e VarSet,
    /// Arrays, tapes and pullbacks that each iteration makes for itself.
    own: VarSet,
    read: VarSet,
}

impl<'e> Orderless<'e> {
    fn new(l: &Loop, exact: &'e VarSet) -> Orderless<'e> {
        let (mut own, mut read) = (VarSet::default(), VarSet::default());
        each_name_in(&l.body, |name| match name {
            Name::Def(var) => {
                own.insert(var);
            }
            Name::Array(array, Touch::Read) => {
                read.insert(array);
            }
            Name::Array(..) | Name::Use(_) => {}
        });
        Orderless { exact, own, read }
    }

    fn is(&self, l: &Loop) -> bool {
        let mut fits = true;
        each_block(&l.body, &mut |block| {
            fits &= block.stmts.iter().all(|stmt| self.stmt(stmt));
            fits &= match &block.term {
                Term::Break(id, _) => *id != l.id,
                Term::Escape(_) | Term::Panic(_) | Term::Return(_) => false,
                Term::Yield(_) | Term::Continue(..) | Term::Branch(_) => true,
            };
        });
        fits && l.carried.iter().enumerate().all(|(index, item)| self.is_sum(l, index, item))
    }

    fn adds_to(&self, array: VarId) -> bool {
        self.own.contains(array) || !self.read.contains(array) && !self.exact.contains(array)
    }

    /// Blocks inside are asked for themselves.
    fn stmt(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Let { op: Op::Opaque(opaque), .. } => opaque.repeatable,
            Stmt::Store { place, update: Update::Add, .. } => self.adds_to(place.base),
            Stmt::AddSlice { dst, .. } => self.adds_to(dst.base),
            Stmt::Store { place, update: Update::Set, .. } => self.own.contains(place.base),
            Stmt::CopySlice { dst, .. } | Stmt::Fill { dst, .. } => self.own.contains(dst.base),
            Stmt::Swap { a, b } => self.own.contains(*a) && self.own.contains(*b),
            Stmt::VecPush { array, .. } | Stmt::VecPop { array, .. } => self.own.contains(*array),
            Stmt::Push { tape, .. } | Stmt::Pop { tape, .. } => self.own.contains(*tape),
            Stmt::Call(_) => self.call(stmt),
            Stmt::Effect(_) | Stmt::Turn | Stmt::Assign { .. } => false,
            Stmt::Let { .. }
            | Stmt::Alloc { .. }
            | Stmt::Branch { .. }
            | Stmt::Loop(_)
            | Stmt::NewTape { .. } => true,
        }
    }

    /// A callee may only add to adjoints.
    fn call(&self, stmt: &Stmt) -> bool {
        let Stmt::Call(call) = stmt else { return false };
        let by_value = call.args.iter().all(|arg| match &arg.value {
            ArgValue::Scalar(_) | ArgValue::Array(_) | ArgValue::ArrayByValue(_) => true,
            ArgValue::ArrayMut(slice) => self.own.contains(slice.base),
            ArgValue::ScalarMut { .. } | ArgValue::ArrayGone | ArgValue::ScalarGone => false,
        });
        let mut adds = true;
        each_name(stmt, |name| {
            if let Name::Array(array, Touch::Set | Touch::Update | Touch::Grow) = name {
                adds &= self.adds_to(array);
            }
        });
        by_value && adds && !call.leaves() && !call.results.is_empty()
    }

    /// Whether the carried value is a derivative that each iteration adds something to.
    fn is_sum(&self, l: &Loop, index: usize, item: &Carried) -> bool {
        if self.exact.contains(item.param) || self.exact.contains(item.result) {
            return false;
        }
        let mut partial = VarSet::from_iter([item.param]);
        let is_partial = |partial: &VarSet, atom: &Atom| atom.var().is_some_and(|var| partial.contains(var));
        let mut expected = VarMap::<usize>::default();
        let mut count = |atom: &Atom| {
            if let Atom::Var(var) = atom {
                *expected.slot(*var) += 1;
            }
        };
        for (var, op) in tail_definitions(&l.body) {
            let sum_so_far = match op {
                Op::Add(a, b) if is_partial(&partial, a) != is_partial(&partial, b) => {
                    Some(if is_partial(&partial, a) { a } else { b })
                }
                Op::Sub(a, b) if is_partial(&partial, a) && !is_partial(&partial, b) => Some(a),
                _ => None,
            };
            if let Some(sum_so_far) = sum_so_far {
                count(sum_so_far);
                partial.insert(var);
            }
        }
        for values in leaves(&l.body, Some(l.id)) {
            if !is_partial(&partial, &values[index]) {
                return false;
            }
            count(&values[index]);
        }
        let mut found = VarMap::<usize>::default();
        each_name_in(&l.body, |name| {
            if let Name::Use(Atom::Var(var)) = name
                && partial.contains(*var)
            {
                *found.slot(*var) += 1;
            }
        });
        found.iter().eq(expected.iter())
    }
}

/// The operations of `block` and of the arms in which it goes on, in order.
fn tail_definitions(block: &Block) -> Vec<(VarId, &Op)> {
    let mut all: Vec<(VarId, &Op)> = Vec::new();
    for stmt in &block.stmts {
        if let Stmt::Let { var, op } = stmt {
            all.push((*var, op));
        }
    }
    if let Term::Branch(Branch { arms, .. }) = &block.term {
        all.extend(arms.iter().flat_map(|arm| tail_definitions(&arm.body)));
    }
    all
}
