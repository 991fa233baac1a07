//! Iterations side by side.

use std::collections::BTreeSet;

use super::Opening;
use crate::ir::{
    Atom, Block, Head, Kind, Loop, Name, Op, Stmt, Term, Touch, VarId, Window, each_name, each_name_in, uses,
};
use crate::transform::simplify::is_sum;

/// As many arrays as a strip may have.
const ARRAYS: usize = 12;
/// As many sums as iterations may add up.
const SUMS: usize = 12;
/// A body with more statements than this does not run side by side with itself.
const LONG: usize = 48;

impl Opening<'_> {
    /// Lets `l` run in strips, if it can; gives what goes before it.
    pub(super) fn in_strips(&mut self, l: &mut Loop) -> Vec<Stmt> {
        let fits = l.path.windows.len() <= ARRAYS
            && l.carried.len() <= SUMS
            && l.body.length() <= LONG
            && !(records(&l.body) && is_reversed(l))
            && (l.carried.is_empty() || (self.may_add_up)(l.id))
            && self.adds_up(l)
            && !(l.carried.is_empty() && overlap(&l.path.windows))
            && l.path.windows.iter().all(|window| !self.func.kind(window.var).element(1).is_array())
            && only_windows(l);
        let Some(loads) = (if fits { outside(l) } else { None }) else {
            return Vec::new();
        };
        l.path.strips = true;
        if !l.carried.is_empty() {
            self.add_up.insert(l.id);
        }
        if let Head::Range { adaptors, .. } = &mut l.head {
            adaptors.clear();
        }
        terms(self.func, l);
        self.before(l, &loads)
    }

    /// Whether what the iterations hand on are sums of derivatives.
    fn adds_up(&self, l: &Loop) -> bool {
        let real = |var: VarId| matches!(self.func.kind(var), Kind::Real | Kind::Tangent);
        l.carried.iter().enumerate().all(|(at, item)| real(item.param) && is_sum(l, at, &self.facts.exact))
    }

    /// Loads that are the same in all iterations go before the loop.
    fn before(&mut self, l: &mut Loop, loads: &BTreeSet<VarId>) -> Vec<Stmt> {
        if loads.is_empty() {
            return Vec::new();
        }
        let (test, any) = self.any(&l.head);
        let mut stmts = vec![test];
        let (before, body): (Vec<Stmt>, Vec<Stmt>) = std::mem::take(&mut l.body.stmts)
            .into_iter()
            .partition(|stmt| matches!(stmt, Stmt::Let { var, .. } if loads.contains(var)));
        l.body.stmts = body;
        for stmt in before {
            if let Stmt::Let { var, op } = stmt {
                let kind = self.func.kind(var).clone();
                let zero = Atom::zero(&kind);
                let value = self.temporary(kind, var);
                let load = Stmt::Let { var: value, op };
                stmts.push(Stmt::value_if(any, (vec![load], value.into()), zero, var));
            }
        }
        stmts
    }
}

/// Whether two windows show the same memory but for a few elements, as those of a stencil do.
fn overlap(windows: &[Window]) -> bool {
    let start = |window: &Window| {
        let [plus, minus] = [&window.plus, &window.minus].map(|atoms| {
            atoms.iter().filter(|atom| atom.integer().is_none()).cloned().collect::<Vec<Atom>>()
        });
        (window.of.clone(), plus, minus)
    };
    windows
        .iter()
        .enumerate()
        .any(|(at, window)| windows[..at].iter().any(|other| start(other) == start(window)))
}

fn is_reversed(l: &Loop) -> bool {
    matches!(&l.head, Head::Range { adaptors, .. } if !adaptors.is_empty())
}

/// Whether `block` pushes to tapes or pops from them, which has an order: that of the elements in a strip and of the strips.
fn records(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match stmt {
        Stmt::Push { .. } | Stmt::Pop { .. } => true,
        other => other.blocks().into_iter().any(records),
    })
}

/// Whether the loop's variable serves to find elements of windows only, of which one is written or something is added up.
fn only_windows(l: &Loop) -> bool {
    let Head::Range { var, .. } = &l.head else {
        return false;
    };
    let windows: BTreeSet<VarId> = l.path.windows.iter().map(|window| window.var).collect();
    let mut through = 0;
    each_name_in(&l.body, |name| {
        if let Name::Array(array, _) = name {
            through += usize::from(windows.contains(&array));
        }
    });
    let serves = !l.carried.is_empty() || l.path.windows.iter().any(|window| window.mutable);
    serves && uses(&l.body).get(*var) == Some(&through)
}

/// The loads in the body that are the same in all iterations; nothing if the body touches other memory too.
fn outside(l: &Loop) -> Option<BTreeSet<VarId>> {
    let windows: BTreeSet<VarId> = l.path.windows.iter().map(|window| window.var).collect();
    let mut own = BTreeSet::new();
    let mut written = BTreeSet::new();
    each_name_in(&l.body, |name| match name {
        Name::Def(var) => {
            own.insert(var);
        }
        Name::Array(array, touch) if touch != Touch::Read => {
            written.insert(array);
        }
        Name::Array(..) | Name::Use(_) => {}
    });
    own.extend(l.carried.iter().map(|item| item.param));
    let mut loads = BTreeSet::new();
    let mut fits = true;
    for stmt in &l.body.stmts {
        let mut inside = true;
        each_name(stmt, |name| {
            if let Name::Array(array, _) = name {
                inside &= windows.contains(&array);
            }
        });
        if inside {
            continue;
        }
        match stmt {
            Stmt::Push { .. } | Stmt::Pop { .. } => {}
            Stmt::Let { var, op: Op::Load(place) } => {
                let stays = place.path.iter().filter_map(Atom::var).all(|var| !own.contains(&var));
                fits &= stays && !written.contains(&place.base);
                loads.insert(*var);
            }
            _ => fits = false,
        }
    }
    fits.then_some(loads)
}

/// `sum + a` becomes `a`: the body yields what is to be added.
fn terms(func: &crate::ir::Func, l: &mut Loop) {
    let params: BTreeSet<VarId> = l.carried.iter().map(|item| item.param).collect();
    let is_param = |atom: &Atom| atom.var().is_some_and(|var| params.contains(&var));
    for stmt in &mut l.body.stmts {
        if let Stmt::Let { op, .. } = stmt {
            let term = match op {
                Op::Add(a, b) if is_param(a) => Some(Op::Copy(b.clone())),
                Op::Add(a, b) if is_param(b) => Some(Op::Copy(a.clone())),
                Op::Sub(a, b) if is_param(a) => Some(Op::Neg(b.clone())),
                _ => None,
            };
            *op = term.unwrap_or_else(|| op.clone());
        }
    }
    if let Term::Continue(_, values) = &mut l.body.term {
        for value in values {
            if let Some(param) = value.var().filter(|var| params.contains(var)) {
                *value = Atom::zero(func.kind(param));
            }
        }
    }
}
