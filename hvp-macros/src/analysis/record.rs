//! What the reverse sweep needs of the primal one, and which loops it can simply run again.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Site, head_vars, selector_vars, written_by};
use super::private::is_private;
use super::saved;
use crate::ir::{
    ArgValue, Atom, Block, Branch, Func, Head, Init, Kind, Len, Loop, LoopId, Name, Op, Opaque, Place, Stmt,
    Term, Touch, VarId, any_branch, any_stmt, each_loop, each_name, each_name_in, each_name_of,
};
use crate::rules::{self, Factor};

/// One value, or the contents of one array, that reverse code at `site` uses.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) var: VarId,
    /// Its place in the text is known where a call needs it; else it is the beginning, so that every write comes later.
    pub(crate) site: Site,
}

/// All needs of the reverse sweep of `func`.
pub(crate) fn needs(func: &Func, facts: &Facts, active: &BTreeSet<VarId>) -> Vec<Need> {
    let mut walk = Walk { func, facts, active, loops: Vec::new(), needs: Vec::new() };
    walk.block(&func.body);
    walk.needs
}

/// Whether `block` does anything that has an adjoint.
pub(crate) fn is_active(block: &Block, active: &BTreeSet<VarId>) -> bool {
    let mut found = false;
    each_name_in(block, |name| found |= touches_active(&name, active));
    found
}

/// Whether `stmt` does anything that has an adjoint.
pub(crate) fn is_active_stmt(stmt: &Stmt, active: &BTreeSet<VarId>) -> bool {
    let mut found = false;
    each_name(stmt, |name| found |= touches_active(&name, active));
    found && !is_passive_call(stmt, active)
}

/// A call of constants: an array that it gives may vary later, when something is written into it.
fn is_passive_call(stmt: &Stmt, active: &BTreeSet<VarId>) -> bool {
    matches!(stmt, Stmt::Call(call) if !call.args.iter().any(|arg| is_active_arg(&arg.value, active)))
}

fn touches_active(name: &Name<'_>, active: &BTreeSet<VarId>) -> bool {
    match name {
        Name::Def(var) => active.contains(var),
        Name::Array(array, touch) => *touch != Touch::Read && active.contains(array),
        Name::Use(_) => false,
    }
}

struct Walk<'a> {
    func: &'a Func,
    facts: &'a Facts,
    active: &'a BTreeSet<VarId>,
    /// The loops around, outermost first.
    loops: Vec<LoopId>,
    needs: Vec<Need>,
}

impl Walk<'_> {
    fn need(&mut self, vars: impl IntoIterator<Item = VarId>) {
        let site = Site { order: 0, loops: self.loops.clone() };
        self.need_at(&site, vars);
    }

    fn need_at(&mut self, site: &Site, vars: impl IntoIterator<Item = VarId>) {
        self.needs.extend(vars.into_iter().map(|var| Need { var, site: site.clone() }));
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            if is_active_stmt(stmt, self.active) {
                self.stmt(stmt);
            }
        }
        if let Term::Branch(branch) = &block.term {
            self.branch(branch);
        }
    }

    fn branch(&mut self, branch: &Branch) {
        self.need(selector_vars(branch));
        for arm in &branch.arms {
            if let Some(guard) = arm.pattern.as_ref().and_then(|pattern| pattern.guard.as_ref()) {
                let mut uses = Vec::new();
                each_name_in(guard, |name| {
                    if let Name::Use(atom) = name {
                        uses.extend(atom.var());
                    }
                });
                self.need(uses);
            }
            self.block(&arm.body);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } => self.op(*var, op),
            Stmt::Store { place, .. } => self.need(place.path.iter().filter_map(Atom::var)),
            Stmt::Branch { branch, .. } => self.branch(branch),
            Stmt::Loop(l) => {
                self.need(head_vars(&l.head));
                self.loops.push(l.id);
                self.block(&l.body);
                self.loops.pop();
            }
            Stmt::CopySlice { .. } | Stmt::AddSlice { .. } | Stmt::Fill { .. } | Stmt::Alloc { .. } => {
                let mut uses = Vec::new();
                each_name(stmt, |name| {
                    if let Name::Use(atom) = name
                        && atom.var().is_some_and(|var| *self.func.kind(var) == Kind::Int)
                    {
                        uses.extend(atom.var());
                    }
                });
                self.need(uses);
            }
            Stmt::Call(call) => {
                let mut reads = Vec::new();
                each_name(stmt, |name| match name {
                    Name::Use(atom) => reads.extend(atom.var()),
                    Name::Array(array, Touch::Read) => reads.push(array),
                    Name::Array(..) | Name::Def(_) => {}
                });
                self.need_at(&self.facts.call_site(call), reads);
            }
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::VecPop { .. }
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. }
            | Stmt::Pop { .. } => {}
        }
    }

    fn op(&mut self, var: VarId, op: &Op) {
        let mut operands = Vec::new();
        each_name_of(op, |name| {
            if let Name::Use(atom) = name {
                operands.push(atom.clone());
            }
        });
        let structural = matches!(op, Op::Load(_) | Op::Sum(_) | Op::Field(..));
        if structural {
            self.need(operands.iter().filter_map(Atom::var));
            return;
        }
        let mut asked = Asked { operands: &operands, result: var, vars: Vec::new() };
        for (index, operand) in operands.iter().enumerate() {
            if operand.var().is_some_and(|var| self.active.contains(&var)) {
                let _: Factor = rules::partial(&mut asked, op, index);
            }
        }
        let vars = asked.vars;
        self.need(vars);
    }
}

/// A dry run of a rule: notes which primal values it asks for.
struct Asked<'a> {
    operands: &'a [Atom],
    result: VarId,
    vars: Vec<VarId>,
}

impl rules::Context for Asked<'_> {
    fn operand(&mut self, index: usize) -> Atom {
        let atom = self.operands.get(index).cloned().unwrap_or(Atom::Undef);
        self.vars.extend(atom.var());
        atom
    }

    fn result(&mut self) -> Atom {
        self.vars.push(self.result);
        Atom::Var(self.result)
    }

    fn emit(&mut self, _: Kind, _: Op) -> Atom {
        Atom::Undef
    }
}

/// What running a loop again in the reverse sweep takes.
#[derive(Debug)]
pub(crate) struct Repeat {
    /// The arrays that the second run must fill again.
    pub(crate) arrays: BTreeSet<VarId>,
    /// Something else needs what the loop computes, so that its first run stays.
    pub(crate) runs_twice: bool,
    /// Outside, nothing but the function's value needs what the loop carries to its end, memory is scratch memory, and nobody sees
    /// when the loop runs.
    pub(crate) gives_values_alone: bool,
}

impl Repeat {
    /// If nothing else needs what the loop computes, its first run can go; if something does, the loop runs twice where it fills
    /// arrays, which are dear to record.
    pub(crate) fn pays(&self) -> bool {
        !self.runs_twice || !self.arrays.is_empty()
    }
}

/// Decides whether the reverse sweep of `l` can run each iteration again, just before its reverse, instead of recording it:
/// no iteration needs what another one left. `wanted` are the values that the derived function returns.
pub(crate) fn repeat(
    l: &Loop,
    facts: &Facts,
    needs: &[Need],
    wanted: &[VarId],
    saved: &BTreeSet<VarId>,
    active: &BTreeSet<VarId>,
    outer: Option<LoopId>,
) -> Option<Repeat> {
    if !is_plain_range(l) {
        return None;
    }
    let (inside, outside): (Vec<&Need>, Vec<&Need>) =
        needs.iter().partition(|need| need.site.loops.contains(&l.id));
    let again = facts.closure(inside.iter().map(|need| need.var));
    let needed = facts.closure(outside.iter().map(|need| need.var));
    let returned = facts.closure(wanted.iter().copied());
    if l.carried.iter().any(|carried| again.contains(&carried.param)) {
        return None;
    }
    let serves = |values: &BTreeSet<VarId>| l.carried.iter().any(|carried| values.contains(&carried.result));
    let mut runs_twice = serves(&needed) || serves(&returned);
    let mut gives_values_alone = !serves(&needed) && !has_effects(&l.body);
    let is_local = |array: &VarId| facts.sites.get(array).is_some_and(|site| site.loops.contains(&l.id));
    let mut arrays = BTreeSet::new();
    let mut possible = true;
    each_name_in(&l.body, |name| {
        if let Name::Array(array, touch) = name {
            if is_local(&array) {
                arrays.insert(array);
            } else if touch == Touch::Read {
                let settled = writes_inside(facts, array, l) || is_settled(facts, array, l, outer, saved);
                possible &= settled || !again.contains(&array);
                gives_values_alone &= settled;
            } else if needed.contains(&array) || wanted.contains(&array) {
                possible = false;
            } else {
                runs_twice |= returned.contains(&array);
                if again.contains(&array) {
                    possible &= is_private(l, array, facts);
                    arrays.insert(array);
                } else {
                    gives_values_alone = false;
                }
            }
        }
    });
    possible &= !has_unrepeatable(&l.body, &again, active)
        && !calls_write_outside(&l.body, &is_local, &arrays)
        // The adjoint of an array from outside has the length that the first run leaves.
        && !resized_in(&l.body).iter().any(|array| active.contains(array) && !is_local(array));
    // Backwards, another call would fail first: the first run stays.
    runs_twice |= any_stmt(&l.body, &mut may_leave);
    possible.then_some(Repeat { arrays, runs_twice, gives_values_alone })
}

/// The arrays that get another length in `block`.
pub(crate) fn resized_in(block: &Block) -> BTreeSet<VarId> {
    let mut resized = BTreeSet::new();
    any_stmt(block, &mut |stmt| {
        if let Stmt::VecPush { array, .. } | Stmt::VecPop { array, .. } = stmt {
            resized.insert(*array);
        } else if let Stmt::Swap { a, b } = stmt {
            resized.extend([*a, *b]);
        }
        false
    });
    resized
}

/// Whether `block` changes memory that it does not make itself.
pub(crate) fn changes_outside(block: &Block) -> bool {
    let mut own = BTreeSet::new();
    let mut changes = false;
    each_name_in(block, |name| match name {
        Name::Def(var) => {
            own.insert(var);
        }
        Name::Array(array, touch) => changes |= touch != Touch::Read && !own.contains(&array),
        Name::Use(_) => {}
    });
    changes
}

/// A counted loop that always runs to its end.
pub(super) fn is_plain_range(l: &Loop) -> bool {
    fn no_break(term: &Term) -> bool {
        match term {
            Term::Branch(branch) => branch.arms.iter().all(|arm| no_break(&arm.body.term)),
            Term::Break(..) => false,
            Term::Yield(_) | Term::Continue(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => true,
        }
    }
    matches!(l.head, Head::Range { .. }) && no_break(&l.body.term)
}

fn writes_inside(facts: &Facts, array: VarId, l: &Loop) -> bool {
    facts.writes.get(&array).is_some_and(|writes| writes.iter().any(|write| write.loops.contains(&l.id)))
}

/// Whether an array that `l` reads and does not write still holds the same, and no more, when the reverse sweep comes to `l`.
fn is_settled(facts: &Facts, array: VarId, l: &Loop, outer: Option<LoopId>, saved: &BTreeSet<VarId>) -> bool {
    let inner = match &l.head {
        Head::Range { var, .. } => facts.sites.get(var).cloned().unwrap_or_default(),
        Head::Forever => return false,
    };
    facts.is_stable(array, &inner, outer) && facts.keeps_length(array, &inner, outer)
        || saved.contains(&array)
}

/// Whether something in `block` must not run again: a passive call or another passive expression that may have effects or
/// give another result.
fn has_unrepeatable(block: &Block, again: &BTreeSet<VarId>, active: &BTreeSet<VarId>) -> bool {
    let mut is_once = |stmt: &Stmt| match stmt {
        Stmt::Let { var, op: Op::Opaque(opaque) } => !opaque.repeatable && again.contains(var),
        Stmt::Call(_) => !is_active_stmt(stmt, active),
        _ => false,
    };
    any_stmt(block, &mut is_once) || any_branch(block, &mut Branch::asks_once)
}

/// Whether the whole function can run again with the same results and without effects that anyone sees.
pub(crate) fn is_repeatable(func: &Func) -> bool {
    let active = super::activity::varied(func, &super::activity::inputs(func));
    let all: BTreeSet<VarId> =
        (0..func.vars.len()).filter_map(|id| u32::try_from(id).ok()).map(VarId).collect();
    !has_unrepeatable(&func.body, &all, &active) && !changes_state(&func.body)
}

/// Whether there is an effect that is more than a print or an assertion, or one that asks for what may be another the next time.
fn changes_state(block: &Block) -> bool {
    any_stmt(block, &mut |stmt| matches!(stmt, Stmt::Effect(opaque) if !opaque.inert || !opaque.repeatable))
}

/// The user's text in `stmt`, if it does more than give a value that can be computed again.
fn effect_of(stmt: &Stmt) -> Option<&Opaque> {
    if let Stmt::Effect(opaque) = stmt {
        Some(opaque)
    } else if let Stmt::Let { op: Op::Opaque(opaque), .. } = stmt {
        Some(opaque).filter(|opaque| !opaque.repeatable)
    } else {
        None
    }
}

/// Whether `block` does anything that someone sees beside what it computes: prints, asserts, leaves the function.
pub(crate) fn has_effects(block: &Block) -> bool {
    any_stmt(block, &mut |stmt| effect_of(stmt).is_some() || may_leave(stmt))
        || any_branch(block, &mut Branch::asks_once)
        || leaves(block)
}

/// Whether the function may end in `block` before its end.
fn leaves(block: &Block) -> bool {
    let inner = block.stmts.iter().flat_map(Stmt::blocks).chain(block.term.blocks());
    matches!(block.term, Term::Escape(_) | Term::Panic(_)) || inner.into_iter().any(leaves)
}

/// Whether the function ends at `stmt`, a call, where that fails.
fn may_leave(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Call(call) if call.leaves())
}

/// The values that effects, and the way to them, depend on: the primal sweep computes these whatever the adjoints need.
pub(crate) fn used_by_effects(block: &Block, used: &mut Vec<VarId>) {
    for stmt in &block.stmts {
        if let Some(opaque) = effect_of(stmt) {
            used.extend(opaque.vars());
        } else if may_leave(stmt) {
            each_name(stmt, |name| match name {
                Name::Use(atom) => used.extend(atom.var()),
                Name::Array(array, _) => used.push(array),
                Name::Def(_) => {}
            });
        } else if let Stmt::Branch { branch, .. } = stmt {
            used_on_the_way(branch, used);
        } else if let Stmt::Loop(l) = stmt
            && has_effects(&l.body)
        {
            used.extend(head_vars(&l.head));
            used_by_effects(&l.body, used);
        }
    }
    match &block.term {
        Term::Escape(opaque) | Term::Panic(opaque) => used.extend(opaque.vars()),
        Term::Branch(branch) => used_on_the_way(branch, used),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Return(_) => {}
    }
}

fn used_on_the_way(branch: &Branch, used: &mut Vec<VarId>) {
    if branch.asks_once() || branch.blocks().into_iter().any(has_effects) {
        used.extend(selector_vars(branch));
        branch.blocks().into_iter().for_each(|block| used_by_effects(block, used));
    }
}

fn calls_write_outside(block: &Block, is_local: &dyn Fn(&VarId) -> bool, arrays: &BTreeSet<VarId>) -> bool {
    let outside = |array: &VarId| !is_local(array) && !arrays.contains(array);
    any_stmt(block, &mut |stmt| matches!(stmt, Stmt::Call(call) if written_by(call).iter().any(outside)))
}

impl Facts {
    /// The length of a one-dimensional local array, if it is known where the array is made.
    pub(crate) fn lengths(&self, array: VarId) -> Option<Atom> {
        match self.inits.get(&array)? {
            Init::Repeat { value, len: Len::Value(len), .. } => {
                matches!(**value, crate::ir::Elem::Atom(_)).then(|| len.clone())
            }
            Init::List { elems, .. } => Some(Atom::Int(elems.len().to_string())),
            Init::Repeat { len: Len::Const(_), .. }
            | Init::CopyOf(_)
            | Init::ZerosLike(_)
            | Init::Empty(_) => None,
        }
    }
}

/// The arrays that a loop keeps whole: the reverse of an iteration needs what the iteration left there, and no iteration reads what
/// another one left. So the primal iteration records the array once, at its end, and the reverse iteration begins by restoring it.
/// Either each iteration overwrites all of the array before it reads any, or it makes the array.
pub(crate) fn kept(func: &Func, facts: &Facts, needs: &[Need]) -> BTreeMap<VarId, LoopId> {
    let returned = returned(func);
    let mut kept = BTreeMap::new();
    each_loop(&func.body, &mut |l| {
        if !is_plain_range(l) || !matches!(l.body.term, Term::Continue(..)) {
            return;
        }
        for need in needs.iter().filter(|need| need.site.loops.contains(&l.id)) {
            let Some(Op::Load(Place { base, .. })) = facts.ops.get(&need.var) else { continue };
            let flat = matches!(func.kind(*base), Kind::Array(inner) if **inner == Kind::Real);
            let left = facts
                .sites
                .get(&need.var)
                .is_some_and(|site| site.loops.contains(&l.id) && facts.is_stable(*base, site, Some(l.id)));
            let made_outside = facts.inits.contains_key(base)
                && facts.sites.get(base).is_some_and(|made| !made.loops.contains(&l.id));
            let overwritten = made_outside && writes_inside(facts, *base, l) && is_private(l, *base, facts);
            if flat && left && !returned.contains(base) && overwritten {
                kept.insert(*base, l.id);
            }
        }
        for stmt in &l.body.stmts {
            if let Stmt::Alloc { var, .. } = stmt
                && facts.lengths(*var).is_some()
                && !facts.resized.contains(var)
                && saved::is_worth_keeping(*var, l.id, facts, needs)
            {
                kept.insert(*var, l.id);
            }
        }
    });
    kept
}

/// The variables that `func` returns.
pub(crate) fn returned(func: &Func) -> BTreeSet<VarId> {
    fn of_block(block: &Block, returned: &mut BTreeSet<VarId>) {
        if let Term::Return(values) = &block.term {
            returned.extend(values.iter().filter_map(Atom::var));
        }
        block.term.blocks().into_iter().for_each(|inner| of_block(inner, returned));
    }
    let mut returned = BTreeSet::new();
    of_block(&func.body, &mut returned);
    returned
}

/// Whether an argument takes part in a call's derivative.
pub(crate) fn is_active_arg(value: &ArgValue, active: &BTreeSet<VarId>) -> bool {
    match value {
        ArgValue::Scalar(atom) => atom.var().is_some_and(|var| active.contains(&var)),
        ArgValue::ScalarMut { after, .. } => active.contains(after),
        ArgValue::Array(slice) | ArgValue::ArrayMut(slice) => active.contains(&slice.base),
        ArgValue::ArrayByValue(array) => active.contains(array),
        ArgValue::ArrayGone | ArgValue::ScalarGone => {
            unreachable!("only calls of the reverse sweep go without an argument")
        }
    }
}

/// Whether any arm of `branch` does something that has an adjoint.
pub(crate) fn is_active_branch(branch: &Branch, active: &BTreeSet<VarId>) -> bool {
    branch.arms.iter().any(|arm| is_active(&arm.body, active))
}
