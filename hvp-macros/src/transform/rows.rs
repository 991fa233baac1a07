//! The rows of a Jacobian by the adjoint function, each for a unit weight.
//!
//! ```text
//! for i in 0..m {                               for i in 0..m {
//!     let t_bar = y_bar[i];                         let t_bar = 1.0;
//!     y_bar[i] = 0.0;                      →
//!     p_bar[0] += t_bar * exp(p[1] * a[i]);         rows[i][0] += t_bar * exp(p[1] * a[i]);
//! }                                             }
//! ```
//!
//! An adjoint is linear in the weights. Where each weight is read in one place, what it adds to the gradient is its row, so the place
//! can take 1 for the weight and add to a row. In a loop whose iterations read weights of their own, as that of a fit's residuals, all
//! rows come of one walk. Where several weights meet, what depends on them is written once for each, with 1 for the one and 0 for the
//! others; simplification removes what is 0.

mod dependent;
mod steep;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;

use self::dependent::{dependent, pays, returns_early};
use self::steep::guard;
pub(crate) use self::weights::read_once;
use self::weights::{Seed, Weights, region};
use super::copying::copy;
use crate::ir::{Atom, Func, Kind, Op, Operand, Param, Place, Role, Stmt, Term, VarId, What, touch_count};

/// The rows by `pull`, the simplified adjoint of `written` for given weights; none where its weights do not keep apart, or where
/// sweeps over columns cost less.
pub(crate) fn transform(written: &Func, pull: &Func) -> Option<Func> {
    if !matches!(pull.body.term, Term::Return(_)) || returns_early(&pull.body) {
        return None;
    }
    let mut func = pull.clone();
    let gradient = Gradient::of(&func)?;
    guard(written, &mut func);
    let weights = Weights::take(&mut func, gradient)?;
    let seeds = &weights.seeds;
    let mut stmts = std::mem::take(region(&mut func.body, weights.place));
    let dependent = dependent(&stmts, seeds, gradient)?;
    if !pays(&func, &stmts, &dependent, (&weights, gradient.bar)) {
        return None;
    }
    stmts = for_each_weight(&mut func, stmts, &dependent, &weights, gradient);
    *region(&mut func.body, weights.place) = stmts;
    let is_left = |param: &Param| !param.role.bar;
    func.params.retain(is_left);
    func.results = weights.roles;
    func.body.term = Term::Return(weights.rows.into_iter().map(Atom::Var).collect());
    Some(func)
}

/// The parameter that the Jacobian is by, and its adjoint.
#[derive(Clone, Copy)]
struct Gradient {
    of: VarId,
    bar: VarId,
}

impl Gradient {
    fn of(func: &Func) -> Option<Gradient> {
        let mut bars =
            func.params.iter().filter(|param| param.role.bar && matches!(param.role.what, What::Param(_)));
        let bar = bars.next().filter(|bar| *func.kind(bar.var) == Kind::array(Kind::Real))?;
        let role = Role::primal(bar.role.what);
        let of = func.params.iter().find(|param| param.role == role && !param.mutable)?;
        (bars.next().is_none() && func.results.is_empty()).then_some(Gradient { of: of.var, bar: bar.var })
    }
}

/// `stmts` with those that depend on weights once for each weight.
fn for_each_weight(
    func: &mut Func,
    stmts: Vec<Stmt>,
    dependent: &[bool],
    weights: &Weights,
    gradient: Gradient,
) -> Vec<Stmt> {
    let seeds = &weights.seeds;
    let mut out = Vec::new();
    let mut renamings: Vec<BTreeMap<VarId, VarId>> = (0..seeds.len())
        .map(|one| {
            seeds
                .iter()
                .enumerate()
                .map(|(at, seed)| (seed.weight, unit(func, seed, at == one, &mut out)))
                .collect()
        })
        .collect();
    for (stmt, on) in stmts.into_iter().zip(dependent) {
        if !on {
            out.push(stmt);
            continue;
        }
        for (names, seed) in renamings.iter_mut().zip(seeds) {
            let start = out.len();
            copy(func, std::slice::from_ref(&stmt), names, &mut out);
            out[start..].iter_mut().for_each(|stmt| into_row(stmt, gradient.bar, &seed.row));
        }
    }
    out
}

/// A variable for the weight 1, or 0.
fn unit(func: &mut Func, seed: &Seed, is_one: bool, out: &mut Vec<Stmt>) -> VarId {
    let like = func.var(seed.weight).clone();
    let var = func.fresh(like);
    out.push(Stmt::Let { var, op: Op::Copy(Atom::real(if is_one { 1.0 } else { 0.0 })) });
    var
}

/// Lets `stmt` add to `row` what it adds to `bar`.
fn into_row(stmt: &mut Stmt, bar: VarId, row: &Place) {
    let moved = |base: &mut VarId, path: &mut Vec<Atom>| {
        if *base == bar {
            *base = row.base;
            path.splice(0..0, row.path.iter().cloned());
        }
    };
    match stmt {
        Stmt::Store { place, .. } => moved(&mut place.base, &mut place.path),
        Stmt::AddSlice { dst, .. } => moved(&mut dst.base, &mut dst.path),
        Stmt::Call(call) => {
            for arg in &mut call.args {
                if let Some(Operand::Array(bar)) = &mut arg.bar {
                    moved(&mut bar.base, &mut bar.path);
                }
            }
        }
        other => {
            for block in other.blocks_mut() {
                block.stmts.iter_mut().for_each(|stmt| into_row(stmt, bar, row));
            }
        }
    }
}

/// How often `stmts` name an array.
fn touches(stmts: &[Stmt], array: VarId) -> usize {
    stmts.iter().map(|stmt| touch_count(stmt, array)).sum()
}
