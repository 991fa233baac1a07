//! A search first finds the place, and then computes there what it is for.
//!
//! ```text
//! let mut best = f64::INFINITY;                let (mut least, mut at, mut found) = (f64::INFINITY, 0, false);
//! for i in 0..n {                              for i in 0..n {
//!     let d = …;                                   let d = …;
//!     if d < best { best = d; }           →        if d < least { (least, at, found) = (d, i, true); }
//! }                                            }
//!                                              let best = if found { let i = at; let d = …; d } else { f64::INFINITY };
//! ```
//!
//! The reverse sweep then goes back through one iteration, however many lost, and one index is all that is to be recorded.
//!
//! `best = best.min(d)` is the branch `if d < best { d } else { best.min(d) }`. Of two equals each has half, and of a NaN the
//! partials follow the operand that is returned: so the search tells also whether an iteration since the last find was
//! neither less nor greater, and in that case the loop is run as it stood.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::copying::{copy, rename};
use crate::analysis::{activity, record};
use crate::ir::{
    Arm, Atom, Binary, Block, Branch, Carried, Compare, Func, Head, Kind, Loop, Name, Op, Outcome, Selector,
    SpanId, Stmt, Term, Touch, Var, VarId, VarSet, any_stmt, each_name, each_name_in,
};

/// Takes the searches of `func`, which is in value form, apart.
pub(crate) fn find(mut func: Func) -> Func {
    let active = activity::varied(&func, &activity::inputs(&func));
    let mut body = std::mem::take(&mut func.body);
    Pass { func: &mut func, active: &active }.block(&mut body);
    func.body = body;
    func
}

struct Pass<'f> {
    func: &'f mut Func,
    active: &'f BTreeSet<VarId>,
}

/// A loop that keeps, of the values that its iterations compute, those of one iteration.
struct Search {
    /// The loop; where it keeps an extreme, with a branch instead.
    l: Loop,
    /// Where in the body the branch stands, and its arm that keeps the iteration's own values.
    branch: usize,
    arm: usize,
    /// The places of the kept values among the carried ones.
    kept: Vec<usize>,
    /// Of an extreme: that the iteration lost, and was not equal.
    lost: Option<Op>,
}

/// What gives the values that an iteration may keep.
struct Candidate {
    /// What stands before the branch and does not depend on what was kept.
    before: Vec<Stmt>,
    /// The loop's variable and what else the iteration is given and reads, each with its value before the loop.
    given: Vec<(VarId, Atom)>,
}

impl Pass<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            stmt.blocks_mut().into_iter().for_each(|inner| self.block(inner));
            let Stmt::Loop(l) = stmt else {
                block.stmts.push(stmt);
                continue;
            };
            match self.search(&l) {
                Some((search, candidate)) => self.split(l, &search, &candidate, &mut block.stmts),
                None => block.stmts.push(Stmt::Loop(l)),
            }
        }
        if let Term::Branch(branch) = &mut block.term {
            branch.blocks_mut().into_iter().for_each(|inner| self.block(inner));
        }
    }

    fn search(&mut self, l: &Loop) -> Option<(Search, Candidate)> {
        let is_kept = |at: &usize| self.active.contains(&l.carried[*at].param);
        let kept: Vec<usize> = (0..l.carried.len()).filter(is_kept).collect();
        if kept.is_empty() || !self.runs_again(&l.body) {
            return None;
        }
        let search = by_branch(l, &kept).or_else(|| self.by_extreme(l, &kept))?;
        let candidate = self.candidate(&search)?;
        Some((search, candidate))
    }

    /// Whether `block` may run once more: nobody sees it, and what it calls may be called again.
    fn runs_again(&self, block: &Block) -> bool {
        let is_once = |stmt: &Stmt| {
            matches!(stmt, Stmt::Call(call) if call.outcome != Outcome::Plain)
                || matches!(stmt, Stmt::Call(_)) && !record::is_active_stmt(stmt, self.active)
        };
        !record::changes_outside(block)
            && !record::has_effects(block)
            && !any_stmt(block, &mut |stmt| is_once(stmt))
    }

    /// What gives the values to be kept, if that does not depend on what was kept before.
    fn candidate(&self, search: &Search) -> Option<Candidate> {
        let l = &search.l;
        let (Head::Range { var, lo, .. }, Stmt::Branch { branch, .. }) =
            (&l.head, &l.body.stmts[search.branch])
        else {
            return None;
        };
        let mut dependent = search.kept.iter().map(|place| l.carried[*place].param).collect::<VarSet>();
        let mut read = VarSet::default();
        let mut before = Vec::new();
        for stmt in &l.body.stmts[..search.branch] {
            let mut names = Names::default();
            each_name(stmt, |name| names.note(&name));
            if names.read.meets(&dependent) {
                dependent.unite(&names.changed);
            } else {
                read.unite(&names.read);
                before.push(stmt.clone());
            }
        }
        let mut own = Names::default();
        each_name_in(&branch.arms[search.arm].body, |name| own.note(&name));
        read.unite(&own.read);
        let is_read = |carried: &&Carried| read.contains(carried.param);
        let handed: Vec<&Carried> = l.carried.iter().filter(is_read).collect();
        let plain = |carried: &&Carried| match self.func.kind(carried.param) {
            Kind::Real | Kind::Int | Kind::Bool => true,
            Kind::Tangent | Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape | Kind::Pullback => {
                false
            }
        };
        let given = handed.iter().map(|carried| (carried.param, carried.init.clone()));
        let given = std::iter::once((*var, lo.clone())).chain(given).collect();
        (!own.read.meets(&dependent) && handed.iter().all(plain)).then_some(Candidate { before, given })
    }

    /// The search that `best = best.min(d)` or its kin is.
    fn by_extreme(&mut self, l: &Loop, kept: &[usize]) -> Option<Search> {
        let [place] = *kept else { return None };
        let best = Atom::Var(l.carried[place].param);
        let extreme = handed_on(l, place).var()?;
        let is_extreme = |stmt: &Stmt| matches!(stmt, Stmt::Let { var, .. } if *var == extreme);
        let at = l.body.stmts.iter().position(is_extreme)?;
        let Stmt::Let { op: Op::Binary(function, a, b), .. } = &l.body.stmts[at] else { return None };
        let candidate = match (*a == best, *b == best) {
            (true, false) => b,
            (false, true) => a,
            (true, true) | (false, false) => return None,
        };
        let less = |a: &Atom, b: &Atom| Op::Compare(Compare::Lt, a.clone(), b.clone());
        let (won, lost) = match function {
            Binary::Min => (less(candidate, &best), less(&best, candidate)),
            Binary::Max => (less(&best, candidate), less(candidate, &best)),
            _ => return None,
        };
        let mut found = l.clone();
        let [won_var, kept_var] = [self.fresh("t", Kind::Bool), self.func.fresh_like(extreme)];
        let keeps = Stmt::Let { var: kept_var, op: Op::Binary(*function, a.clone(), b.clone()) };
        let [own, last] = [
            Block::yielding(Vec::new(), vec![candidate.clone()]),
            Block::yielding(vec![keeps], vec![kept_var.into()]),
        ];
        found.body.stmts[at] = Stmt::choice(won_var, [own, last], vec![extreme]);
        found.body.stmts.insert(at, Stmt::Let { var: won_var, op: won });
        Some(Search { l: found, branch: at + 1, arm: 0, kept: kept.to_vec(), lost: Some(lost) })
    }

    /// Appends the search, and what gives the kept values, to `out`.
    fn split(&mut self, original: Loop, search: &Search, candidate: &Candidate, out: &mut Vec<Stmt>) {
        let results: Vec<VarId> = search.kept.iter().map(|place| original.carried[*place].result).collect();
        let inits = search.kept.iter().map(|place| original.carried[*place].init.clone()).collect();
        let mut l = search.l.clone();
        search
            .kept
            .iter()
            .for_each(|place| l.carried[*place].result = self.func.fresh_like(l.carried[*place].result));
        let (mut own, mut last) = (Vec::new(), Vec::new());
        let mut names = BTreeMap::new();
        for (var, init) in &candidate.given {
            let at = self.carry(&mut l, "at", &self.func.kind(*var).clone(), init.clone());
            names.insert(*var, at.result);
            own.push(Atom::Var(*var));
            last.push(Atom::Var(at.param));
        }
        let found = self.carry(&mut l, "found", &Kind::Bool, Atom::Bool(false));
        own.push(Atom::Bool(true));
        last.push(Atom::Var(found.param));
        let mut tells = Vec::new();
        let tied = search.lost.clone().map(|lost| {
            let tied = self.carry(&mut l, "tied", &Kind::Bool, Atom::Bool(false));
            let [worse, equal, since] = [(); 3].map(|()| self.fresh("t", Kind::Bool));
            tells.push(Stmt::Let { var: worse, op: lost });
            tells.push(Stmt::Let { var: equal, op: Op::Not(worse.into()) });
            tells.push(Stmt::Let { var: since, op: Op::Or(tied.param.into(), equal.into()) });
            own.push(Atom::Bool(false));
            last.push(since.into());
            tied.result
        });
        self.hand_on(&mut l, (search.branch, search.arm), &own, (&tells, &last));
        out.push(Stmt::Loop(l));
        let at_place = self.at_place(search, &candidate.before, names);
        let Some(tied) = tied else {
            return out.push(Stmt::choice(
                found.result,
                [at_place, Block::yielding(Vec::new(), inits)],
                results,
            ));
        };
        let inner: Vec<VarId> = results.iter().map(|result| self.func.fresh_like(*result)).collect();
        let values = inner.iter().copied().map(Atom::Var).collect();
        let sole = Stmt::choice(found.result, [at_place, Block::yielding(Vec::new(), inits)], inner);
        let mut names = BTreeMap::new();
        let mut stmts = Vec::new();
        copy(self.func, &[Stmt::Loop(original)], &mut names, &mut stmts);
        let shared = results.iter().map(|result| Atom::Var(names[result])).collect();
        out.push(Stmt::choice(
            tied,
            [Block::yielding(stmts, shared), Block::yielding(vec![sole], values)],
            results,
        ));
    }

    /// What an iteration computes of the values that it keeps; `names` says what it is given.
    fn at_place(&mut self, search: &Search, before: &[Stmt], mut names: BTreeMap<VarId, VarId>) -> Block {
        let mut stmts = Vec::new();
        copy(self.func, before, &mut names, &mut stmts);
        let mut values = Vec::new();
        if let Stmt::Branch { branch, results } = &search.l.body.stmts[search.branch] {
            let Block { stmts: own, term } = &branch.arms[search.arm].body;
            copy(self.func, own, &mut names, &mut stmts);
            let Term::Yield(yielded) = term else { return Block::yielding(stmts, values) };
            for place in &search.kept {
                let kept = handed_on(&search.l, *place);
                let result = results.iter().position(|result| kept == Atom::Var(*result));
                values.extend(result.map(|result| yielded[result].clone()));
            }
        }
        values.iter_mut().for_each(|value| rename(value, &names));
        Block::yielding(stmts, values)
    }

    /// Has the branch of `l` give further values, which go on to the next iteration: `own` from the arm that keeps the
    /// iteration's values, else the second of `other`, computed by the first.
    fn hand_on(
        &mut self,
        l: &mut Loop,
        (branch, arm): (usize, usize),
        own: &[Atom],
        (stmts, other): (&[Stmt], &[Atom]),
    ) {
        let first = l.carried.len() - own.len();
        let next: Vec<VarId> =
            l.carried[first..].iter().map(|carried| self.func.fresh_like(carried.param)).collect();
        if let Stmt::Branch { branch, results } = &mut l.body.stmts[branch] {
            results.extend(&next);
            for (index, block) in branch.arms.iter_mut().map(|arm| &mut arm.body).enumerate() {
                if index != arm {
                    block.stmts.extend_from_slice(stmts);
                }
                if let Term::Yield(values) = &mut block.term {
                    values.extend_from_slice(if index == arm { own } else { other });
                }
            }
        }
        if let Term::Continue(_, values) = &mut l.body.term {
            values.extend(next.into_iter().map(Atom::Var));
        }
    }

    /// Has `l` carry one more value.
    fn carry(&mut self, l: &mut Loop, name: &str, like: &Kind, init: Atom) -> Carried {
        let [param, result] = [(); 2].map(|()| self.fresh(name, like.clone()));
        let carried = Carried { param, init, result };
        l.carried.push(carried.clone());
        carried
    }

    fn fresh(&mut self, name: &str, kind: Kind) -> VarId {
        self.func.fresh(Var {
            name: name.to_owned(),
            kind,
            named: name != "t",
            span: SpanId(0),
            element: false,
        })
    }
}

/// What an iteration of `l` hands on in `place`, copies apart.
fn handed_on(l: &Loop, place: usize) -> Atom {
    let Term::Continue(_, values) = &l.body.term else { return Atom::Undef };
    let mut value = values[place].clone();
    while let Some(Stmt::Let { op: Op::Copy(of), .. }) =
        l.body.stmts.iter().find(|stmt| matches!(stmt, Stmt::Let { var, .. } if value == Atom::Var(*var)))
    {
        value = of.clone();
    }
    value
}

/// The search that keeps values by a branch on a condition, one arm of which hands on what there was.
fn by_branch(l: &Loop, kept: &[usize]) -> Option<Search> {
    l.body.stmts.iter().enumerate().find_map(|(at, stmt)| {
        let Stmt::Branch { branch: Branch { on: Selector::Bool(_), arms }, results } = stmt else {
            return None;
        };
        let of = |place: &usize| results.iter().position(|result| handed_on(l, *place) == Atom::Var(*result));
        let found: Vec<usize> = kept.iter().map(of).collect::<Option<_>>()?;
        let hands_on = |arm: &Arm| {
            let Term::Yield(values) = &arm.body.term else { return false };
            let params = kept.iter().map(|place| Atom::Var(l.carried[*place].param));
            found.iter().zip(params).all(|(result, param)| values[*result] == param)
        };
        let lost = arms.iter().position(hands_on)?;
        let own = 1 - lost;
        let yields = matches!(arms[own].body.term, Term::Yield(_));
        yields.then(|| Search { l: l.clone(), branch: at, arm: own, kept: kept.to_vec(), lost: None })
    })
}

/// What statements read, and what they define or write.
#[derive(Default)]
struct Names {
    read: VarSet,
    changed: VarSet,
}

impl Names {
    fn note(&mut self, name: &Name<'_>) {
        match name {
            Name::Use(atom) => self.read.extend(atom.var()),
            Name::Def(var) => self.changed.extend([*var]),
            Name::Array(array, touch) => {
                self.read.extend([*array]);
                if *touch != Touch::Read {
                    self.changed.extend([*array]);
                }
            }
        }
    }
}
