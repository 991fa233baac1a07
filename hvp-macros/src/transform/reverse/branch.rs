//! The adjoints of branches.
//!
//! `let y = if c { a } else { b };` becomes `let (a_bar, b_bar) = if c { (a_bar + y_bar, b_bar) } else { (a_bar, b_bar + y_bar) };`

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{Frame, Mode};
use super::{Key, Leaf, Reverse};
use crate::analysis::record;
use crate::ir::{
    Arm, Atom, Block, Branch, Compare, Kind, Op, Operand, Pattern, Selector, Stmt, Term, Var, VarId,
    rewrite_opaque,
};

/// How the reverse sweep finds the arm that the primal sweep took.
enum Choice {
    /// It asks the same condition again.
    Again(Selector),
    /// The arm's number was pushed on this tape.
    Number(VarId),
}

/// One arm in both sweeps.
struct Both {
    primal: Arm,
    reverse: Arm,
    bars: BTreeMap<Key, Atom>,
    hoisted: Vec<(VarId, VarId)>,
    /// The arm leaves the function: the reverse sweep never gets there.
    leaves: bool,
}

impl Reverse<'_> {
    /// A branch in the middle of a block: its primal code.
    pub(super) fn branch(&mut self, branch: &Branch, results: &[VarId]) -> Stmt {
        let result_bars: Vec<Option<Atom>> = results.iter().map(|result| self.take_bar(*result)).collect();
        let mut leaf = |pass: &mut Reverse<'_>, term: &Term| {
            if let Term::Yield(values) = term {
                for (value, bar) in values.iter().zip(&result_bars) {
                    if let Some(bar) = bar {
                        pass.contribute(value, bar.clone());
                    }
                }
            }
        };
        let (primal, hoisted) = self.arms(branch, Mode::Arm, &mut leaf);
        let mut results = results.to_vec();
        results.extend(hoisted);
        Stmt::Branch { branch: primal, results }
    }

    /// A branch at the end of a region whose reverse code runs elsewhere: its primal code.
    /// Where one arm only has a reverse, nothing needs to be asked.
    pub(super) fn tail(&mut self, branch: &Branch, leaf: Leaf<'_>) -> Branch {
        let direct = self.frames.last().is_some_and(|frame| frame.mode == Mode::Loop);
        let reversed = |arm: &&Arm| {
            leaving(&arm.body.term).is_none()
                && !(direct && self.loops.last().is_some_and(|l| l.ends_idly(&arm.body)))
        };
        let alive: Vec<usize> = branch
            .arms
            .iter()
            .enumerate()
            .filter(|(_, arm)| reversed(arm))
            .map(|(number, _)| number)
            .collect();
        let [only] = alive.as_slice() else {
            return self.arms(branch, Mode::Tail, leaf).0;
        };
        let arm = &branch.arms[*only];
        let binds: Vec<VarId> = arm.pattern.iter().flat_map(|pattern| pattern.binds.clone()).collect();
        self.frames.push(Frame::new(Mode::Tail, &arm.body, binds));
        let (body, code) = self.handed_over(&arm.body, leaf);
        code.into_iter().for_each(|stmt| self.push(stmt));
        let mut primal = branch.clone();
        primal.arms[*only].body = body;
        primal
    }

    /// Both codes of a region whose frame has just been pushed, and is popped here: with what one hands over to the other.
    pub(super) fn handed_over(&mut self, block: &Block, leaf: Leaf<'_>) -> (Block, Vec<Stmt>) {
        self.code.push(Vec::new());
        let mut body = self.region(block, leaf);
        let code = self.code.pop().unwrap_or_default();
        let Some(mut frame) = self.frames.pop() else { unreachable!("the caller pushed a frame") };
        let (push, pop) = self.record(&frame);
        if let Some(push) = push {
            push_at_end(&mut body, push);
        }
        let mut reverse: Vec<Stmt> = pop.into_iter().collect();
        reverse.append(&mut frame.head());
        reverse.extend(code);
        self.last_hoisted = frame.hoisted;
        (body, reverse)
    }

    /// A branch at the end of a visible region: primal and reverse code of each arm together.
    pub(super) fn visible_tail(&mut self, branch: &Branch, leaf: Leaf<'_>) -> Vec<Stmt> {
        let before = self.bars.clone();
        let mut done = Vec::new();
        for arm in &branch.arms {
            self.bars.clone_from(&before);
            let repeated = self.frames.last().and_then(|frame| frame.repeated);
            let stmts = self.visible(&arm.body, repeated, leaf);
            let term = leaving(&arm.body.term);
            done.push((arm.pattern.clone(), stmts, term, self.bars.clone()));
        }
        let (keys, results) =
            self.merged(&before, done.iter().map(|(_, _, term, bars)| (bars.clone(), term.is_some())));
        let arms = done.into_iter().map(|(pattern, stmts, term, bars)| {
            let term = term.unwrap_or_else(|| Term::Yield(values_of(&keys, &bars, &before)));
            Arm { pattern, body: Block { stmts, term } }
        });
        let branch = Branch { on: branch.on.clone(), arms: arms.collect() };
        vec![Stmt::Branch { branch, results }]
    }

    fn arms(&mut self, branch: &Branch, mode: Mode, leaf: Leaf<'_>) -> (Branch, Vec<VarId>) {
        let idle = !record::is_active_branch(branch, &self.active)
            && !branch.arms.iter().any(|arm| self.saves_in(&arm.body))
            && !self.hands_adjoints(branch, leaf);
        if idle {
            return (branch.clone(), Vec::new());
        }
        let before = self.bars.clone();
        let choice = self.choice(branch);
        let mut done = Vec::new();
        for (number, arm) in branch.arms.iter().enumerate() {
            self.bars.clone_from(&before);
            done.push(self.arm(arm, number, mode, &choice, leaf));
        }
        let (keys, results) = self.merged(&before, done.iter().map(|arm| (arm.bars.clone(), arm.leaves)));
        let mut reverse = Vec::new();
        let mut primal = Vec::new();
        let all: Vec<(usize, VarId, VarId)> = done
            .iter()
            .enumerate()
            .flat_map(|(number, arm)| arm.hoisted.iter().map(move |(var, result)| (number, *var, *result)))
            .collect();
        for (number, mut arm) in done.into_iter().enumerate() {
            let bars = if arm.leaves { &before } else { &arm.bars };
            arm.reverse.body.term = Term::Yield(values_of(&keys, bars, &before));
            reverse.push(arm.reverse);
            let more: Vec<Atom> = all
                .iter()
                .map(|(at, var, _)| if *at == number { Atom::Var(*var) } else { Atom::Undef })
                .collect();
            extend_yields(&mut arm.primal.body, &more);
            primal.push(arm.primal);
        }
        if !results.is_empty() || reverse.iter().any(|arm| !arm.body.stmts.is_empty()) {
            self.reverse_branch(choice, reverse, results);
        }
        let on = branch.on.clone();
        (Branch { on, arms: primal }, all.into_iter().map(|(_, _, result)| result).collect())
    }

    /// Whether the leaves of a branch without active statements still hand adjoints on.
    fn hands_adjoints(&mut self, branch: &Branch, leaf: Leaf<'_>) -> bool {
        let before = self.bars.clone();
        self.code.push(Vec::new());
        for arm in &branch.arms {
            each_leaf(&arm.body, &mut |term| leaf(self, term));
        }
        self.code.pop();
        let changed = self.bars != before;
        self.bars = before;
        changed
    }

    fn arm(&mut self, arm: &Arm, number: usize, mode: Mode, choice: &Choice, leaf: Leaf<'_>) -> Both {
        let binds: Vec<VarId> = arm.pattern.iter().flat_map(|pattern| pattern.binds.clone()).collect();
        let mut frame = Frame::new(mode, &arm.body, binds.iter().copied());
        let pattern = match choice {
            Choice::Again(_) => self.same_pattern(arm.pattern.as_ref(), &mut frame),
            Choice::Number(_) => None,
        };
        self.frames.push(frame);
        let (mut body, mut stmts) = self.handed_over(&arm.body, leaf);
        if let Choice::Number(tape) = choice {
            let values = vec![Operand::Atom(Atom::Int(format!("{number}usize")))];
            body.stmts.push(Stmt::Push { tape: *tape, values });
        }
        let leaves = leaving(&body.term).is_some();
        if leaves {
            stmts.clear();
        }
        Both {
            primal: Arm { pattern: arm.pattern.clone(), body },
            reverse: Arm { pattern, body: Block { stmts, term: Term::Yield(Vec::new()) } },
            bars: self.bars.clone(),
            hoisted: std::mem::take(&mut self.last_hoisted),
            leaves,
        }
    }

    /// The pattern for the reverse sweep, which binds new variables to the same parts.
    fn same_pattern(&mut self, pattern: Option<&Pattern>, frame: &mut Frame) -> Option<Pattern> {
        let pattern = pattern?;
        let binds = pattern.binds.iter().map(|bind| {
            let again = self.copy_of(*bind);
            frame.known.insert(*bind, Atom::Var(again));
            again
        });
        Some(Pattern { code: pattern.code, binds: binds.collect(), guard: None })
    }

    fn choice(&mut self, branch: &Branch) -> Choice {
        let guarded = branch.arms.iter().any(|arm| arm.pattern.as_ref().is_some_and(|p| p.guard.is_some()));
        match &branch.on {
            Selector::Bool(cond) => Choice::Again(Selector::Bool(self.primal(cond))),
            Selector::Match(scrutinee)
                if scrutinee.repeatable && !guarded && self.args_visible(scrutinee) =>
            {
                let mut scrutinee = scrutinee.clone();
                rewrite_opaque(&mut super::frame::Primals(self), &mut scrutinee);
                Choice::Again(Selector::Match(scrutinee))
            }
            Selector::Match(_) => Choice::Number(self.new_tape()),
        }
    }

    fn args_visible(&self, scrutinee: &crate::ir::Opaque) -> bool {
        scrutinee.args.iter().all(|arg| match arg {
            Operand::Array(slice) => self.is_visible(slice.base),
            Operand::Atom(_) => true,
        })
    }

    /// Writes the branch into the reverse code.
    fn reverse_branch(&mut self, choice: Choice, arms: Vec<Arm>, results: Vec<VarId>) {
        match choice {
            Choice::Again(on) => self.push(Stmt::Branch { branch: Branch { on, arms }, results }),
            Choice::Number(tape) => {
                let number = self.temporary(Kind::Int);
                self.push(Stmt::Pop { tape, vars: vec![number] });
                let stmts = self.chain(number, arms, results);
                stmts.into_iter().for_each(|stmt| self.push(stmt));
            }
        }
    }

    /// `if number == 0 { … } else if number == 1 { … } else { … }`.
    fn chain(&mut self, number: VarId, arms: Vec<Arm>, results: Vec<VarId>) -> Vec<Stmt> {
        let last = arms.len().saturating_sub(1);
        let mut rest: Option<Block> = None;
        for (index, arm) in arms.into_iter().enumerate().rev() {
            if index == last {
                rest = Some(arm.body);
                continue;
            }
            let Some(otherwise) = rest.take() else { continue };
            let cond = self.temporary(Kind::Bool);
            let code = Atom::Int(format!("{index}usize"));
            let test = Stmt::Let { var: cond, op: Op::Compare(Compare::Eq, Atom::Var(number), code) };
            let plain = |body| Arm { pattern: None, body };
            let on = Selector::Bool(Atom::Var(cond));
            let branch = Branch { on, arms: vec![plain(arm.body), plain(otherwise)] };
            let inner: Vec<VarId> = if index == 0 {
                results.clone()
            } else {
                results.iter().map(|result| self.copy_of(*result)).collect()
            };
            let term = Term::Yield(inner.iter().map(|var| Atom::Var(*var)).collect());
            rest = Some(Block { stmts: vec![test, Stmt::Branch { branch, results: inner }], term });
        }
        match rest {
            Some(Block { stmts, term: Term::Yield(values) }) if last == 0 => {
                let copies = results
                    .into_iter()
                    .zip(values)
                    .map(|(var, value)| Stmt::Let { var, op: Op::Copy(value) });
                stmts.into_iter().chain(copies).collect()
            }
            Some(Block { stmts, .. }) => stmts,
            None => Vec::new(),
        }
    }

    pub(super) fn temporary(&mut self, kind: Kind) -> VarId {
        self.out.fresh(Var::temporary(kind, crate::ir::SpanId(0)))
    }

    /// The adjoints that some arm changes, and the variables that hold them behind the branch. Arms that leave do not count.
    fn merged(
        &mut self,
        before: &BTreeMap<Key, Atom>,
        arms: impl Iterator<Item = (BTreeMap<Key, Atom>, bool)>,
    ) -> (Vec<Key>, Vec<VarId>) {
        let arms: Vec<_> = arms.filter(|(_, leaves)| !leaves).map(|(bars, _)| bars).collect();
        let mut keys = Vec::new();
        for (key, bar) in arms.iter().flatten() {
            if before.get(key) != Some(bar) && !keys.contains(key) {
                keys.push(*key);
            }
        }
        let unused =
            |key: &Key| arms.iter().any(|bars| bars.get(key).is_none_or(|bar| self.may_be_unused(bar)));
        let unused: Vec<bool> = keys.iter().map(unused).collect();
        self.bars.clone_from(before);
        let results = keys.iter().zip(unused).map(|(key, unused)| {
            let var = self.out.fresh(Var::named(key.name(&self.out), Kind::Real, crate::ir::SpanId(0)));
            self.bars.insert(*key, Atom::Var(var));
            if unused {
                self.mark_unused(var);
            }
            var
        });
        let results = results.collect();
        (keys, results)
    }
}

/// What an arm yields for the merged adjoints.
fn values_of(keys: &[Key], bars: &BTreeMap<Key, Atom>, before: &BTreeMap<Key, Atom>) -> Vec<Atom> {
    let zero = |key: &Key| match key {
        Key::Var(_) | Key::Field(..) => Atom::real(0.0),
        Key::Value(_) => Atom::Undef,
    };
    keys.iter().map(|key| bars.get(key).or(before.get(key)).cloned().unwrap_or_else(|| zero(key))).collect()
}

/// The end of a block that leaves the function at once.
fn leaving(term: &Term) -> Option<Term> {
    match term {
        Term::Escape(_) | Term::Panic(_) => Some(term.clone()),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Return(_) | Term::Branch(_) => None,
    }
}

/// Adds `more` to what the leaves of an arm yield.
fn extend_yields(block: &mut Block, more: &[Atom]) {
    match &mut block.term {
        Term::Yield(values) => values.extend_from_slice(more),
        Term::Branch(branch) => branch.arms.iter_mut().for_each(|arm| extend_yields(&mut arm.body, more)),
        Term::Continue(..) | Term::Break(..) | Term::Return(_) | Term::Escape(_) | Term::Panic(_) => {}
    }
}

/// Adds what records values at the end of a region; behind the branch that ends it where an array gets another length there.
pub(super) fn push_at_end(block: &mut Block, push: Stmt) {
    let Term::Branch(branch) = &mut block.term else {
        return block.stmts.push(push);
    };
    let resized = branch.arms.iter().any(|arm| records_any(&push, &record::resized_in(&arm.body)));
    if resized {
        branch.arms.iter_mut().for_each(|arm| push_at_end(&mut arm.body, push.clone()));
    } else {
        block.stmts.push(push);
    }
}

/// The same for one arm of that branch: at once, where it can be.
pub(super) fn push_in_arm(arm: &mut Block, push: Stmt) {
    if records_any(&push, &record::resized_in(arm)) {
        push_at_end(arm, push);
    } else {
        arm.stmts.insert(0, push);
    }
}

fn records_any(push: &Stmt, arrays: &BTreeSet<VarId>) -> bool {
    let Stmt::Push { values, .. } = push else { return false };
    values.iter().any(|value| matches!(value, Operand::Array(slice) if arrays.contains(&slice.base)))
}

pub(super) fn each_leaf(block: &Block, visit: &mut dyn FnMut(&Term)) {
    match &block.term {
        Term::Branch(branch) => branch.arms.iter().for_each(|arm| each_leaf(&arm.body, visit)),
        other => visit(other),
    }
}
