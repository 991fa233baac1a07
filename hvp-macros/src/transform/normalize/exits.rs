//! Exits to tail position.
//!
//! `if c { a; break; } s;` becomes `if c { a; break } else { s; continue }`: what stands behind a branch that exits moves into the
//! arm that does not. Where several arms go on, the exit is kept in a slot instead:
//! `if c { if d { break } } else { e } s;` becomes `exit = 0; if c { if d { exit = 1 } } else { e } if exit == 1 { break } else { s; continue }`.
//! An exit that leaves more than one loop leaves the inner one first, and goes on from there by such a slot.

use crate::ir::{
    Arm, Atom, Block, Branch, Compare, Func, Kind, Loop, LoopId, Op, Pattern, Selector, SpanId, Stmt, Term,
    Var, VarId,
};

/// Moves all exits of `func` to tail position.
pub(crate) fn to_tail(func: &Func) -> Func {
    let mut out = func.clone();
    let Block { stmts, term } = std::mem::take(&mut out.body);
    let mut pass = Exits { func: &mut out };
    let body = pass.tail(stmts, term);
    out.body = body;
    out
}

/// Where an exit goes, with the values that a `return` takes along.
#[derive(Clone, Debug)]
enum Exit {
    Continue(LoopId),
    Break(LoopId),
    /// The slots that hold what is returned.
    Return(Vec<Atom>),
}

impl Exit {
    fn term(&self) -> Term {
        match self {
            Exit::Continue(id) => Term::Continue(*id, Vec::new()),
            Exit::Break(id) => Term::Break(*id, Vec::new()),
            Exit::Return(values) => Term::Return(values.clone()),
        }
    }

    fn is_within(&self, own: LoopId) -> bool {
        match self {
            Exit::Continue(id) | Exit::Break(id) => *id == own,
            Exit::Return(_) => false,
        }
    }
}

/// How control gets through an arm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Always to its end.
    Through,
    /// Never to its end.
    Away,
    /// To its end or away, as the case may be.
    Both,
}

struct Exits<'f> {
    func: &'f mut Func,
}

impl Exits<'_> {
    /// The statements of a block whose end is in tail position.
    fn tail(&mut self, stmts: Vec<Stmt>, term: Term) -> Block {
        let mut done = Vec::new();
        let mut rest = stmts.into_iter();
        while let Some(stmt) = rest.next() {
            match stmt {
                Stmt::Loop(l) => {
                    let (before, l, after) = self.looped(l);
                    done.extend(before);
                    done.push(Stmt::Loop(l));
                    if !after.is_empty() {
                        let rest = after.into_iter().chain(rest).collect();
                        let Block { stmts, term } = self.tail(rest, term);
                        done.extend(stmts);
                        return Block { stmts: done, term };
                    }
                }
                Stmt::Branch { branch, results } => {
                    if branch.arms.iter().all(|arm| flow(&arm.body) == Flow::Through) {
                        let branch = self.each_arm(branch, |pass, body| pass.tail(body.stmts, body.term));
                        done.push(Stmt::Branch { branch, results });
                    } else {
                        let Block { stmts, term } = self.choice(branch, rest.collect(), term);
                        done.extend(stmts);
                        return Block { stmts: done, term };
                    }
                }
                other => done.push(other),
            }
        }
        match term {
            Term::Branch(branch) => {
                let branch = self.each_arm(branch, |pass, body| pass.tail(body.stmts, body.term));
                Block { stmts: done, term: Term::Branch(branch) }
            }
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Return(_)
            | Term::Escape(_)
            | Term::Panic(_) => Block { stmts: done, term },
        }
    }

    fn each_arm(&mut self, branch: Branch, mut edit: impl FnMut(&mut Self, Block) -> Block) -> Branch {
        let arms = branch
            .arms
            .into_iter()
            .map(|arm| {
                let pattern = arm.pattern.map(|pattern| {
                    let guard = pattern.guard.map(|guard| self.tail(guard.stmts, guard.term));
                    Pattern { guard, ..pattern }
                });
                Arm { pattern, body: edit(self, arm.body) }
            })
            .collect();
        Branch { on: branch.on, arms }
    }

    /// A branch with an arm that exits, and what follows it.
    fn choice(&mut self, branch: Branch, rest: Vec<Stmt>, term: Term) -> Block {
        let goes_on = |arm: &&Arm| {
            flow(&arm.body) != Flow::Away && !matches!(arm.body.term, Term::Escape(_) | Term::Panic(_))
        };
        let going_on = branch.arms.iter().filter(goes_on).count();
        let short = rest.is_empty() && !matches!(term, Term::Branch(_));
        if going_on > 1 && !short {
            return self.by_slot(branch, rest, term);
        }
        let branch = self.each_arm(branch, |pass, mut body| match body.term {
            Term::Yield(_) => {
                body.stmts.extend(rest.iter().cloned());
                pass.tail(body.stmts, term.clone())
            }
            other => pass.tail(body.stmts, other),
        });
        Block { stmts: Vec::new(), term: Term::Branch(branch) }
    }

    /// Several arms go on: those that exit say so in a slot.
    fn by_slot(&mut self, branch: Branch, rest: Vec<Stmt>, term: Term) -> Block {
        let slot = self.slot("exit", Kind::Int);
        let mut exits = Vec::new();
        let branch = self.each_arm(branch, |pass, body| {
            let Block { mut stmts, term } = pass.tail(body.stmts, body.term);
            let term = pass.noted(&mut stmts, term, slot, &mut exits, &|_| false);
            Block { stmts, term }
        });
        let mut stmts = vec![declare(slot), Stmt::Branch { branch, results: Vec::new() }];
        stmts.extend(self.dispatch(slot, &exits));
        stmts.extend(rest);
        self.tail(stmts, term)
    }

    /// Replaces each exit at the leaves of `term`, but for those that `keep` wants, by a note in `slot`.
    fn noted(
        &mut self,
        stmts: &mut Vec<Stmt>,
        term: Term,
        slot: VarId,
        exits: &mut Vec<Exit>,
        keep: &dyn Fn(&Exit) -> bool,
    ) -> Term {
        let exit = match term {
            Term::Yield(_) | Term::Escape(_) | Term::Panic(_) => return term,
            Term::Branch(branch) => {
                let arms = branch.arms.into_iter().map(|arm| {
                    let Block { mut stmts, term } = arm.body;
                    let term = self.noted(&mut stmts, term, slot, exits, keep);
                    Arm { pattern: arm.pattern, body: Block { stmts, term } }
                });
                let arms = arms.collect();
                return Term::Branch(Branch { on: branch.on, arms });
            }
            Term::Continue(id, _) => Exit::Continue(id),
            Term::Break(id, _) => Exit::Break(id),
            Term::Return(values) => Exit::Return(values),
        };
        if keep(&exit) {
            return exit.term();
        }
        let exit = match exit {
            Exit::Return(values) => {
                Exit::Return(values.into_iter().map(|value| self.save(value, stmts)).collect())
            }
            Exit::Continue(_) | Exit::Break(_) => exit,
        };
        exits.push(exit);
        stmts.push(Stmt::Assign { var: slot, op: Op::Copy(Atom::Int(exits.len().to_string())) });
        Term::Yield(Vec::new())
    }

    /// A slot that holds a returned scalar until the function is left; memory stays where it is.
    fn save(&mut self, value: Atom, stmts: &mut Vec<Stmt>) -> Atom {
        let kind = self.func.atom_kind(&value);
        if kind.is_array() {
            return value;
        }
        let slot = self.slot("returned", kind);
        stmts.push(Stmt::Assign { var: slot, op: Op::Copy(value) });
        Atom::Var(slot)
    }

    fn slot(&mut self, name: &str, kind: Kind) -> VarId {
        self.func.fresh(Var::named(name, kind, SpanId(0)))
    }

    /// `if slot == 1 { first exit }`, and so on.
    fn dispatch(&mut self, slot: VarId, exits: &[Exit]) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        for (index, exit) in exits.iter().enumerate() {
            let taken = self.func.fresh(Var::temporary(Kind::Bool, SpanId(0)));
            let code = Atom::Int((index + 1).to_string());
            stmts.push(Stmt::Let { var: taken, op: Op::Compare(Compare::Eq, Atom::Var(slot), code) });
            let exit = Arm { pattern: None, body: Block { stmts: Vec::new(), term: exit.term() } };
            let on = Arm { pattern: None, body: Block::default() };
            let branch = Branch { on: Selector::Bool(Atom::Var(taken)), arms: vec![exit, on] };
            stmts.push(Stmt::Branch { branch, results: Vec::new() });
        }
        stmts
    }

    /// The loop with its own exits in tail position, and what must stand before and behind it for the exits that go further.
    fn looped(&mut self, l: Loop) -> (Vec<Stmt>, Loop, Vec<Stmt>) {
        let Block { mut stmts, term } = self.tail(l.body.stmts, l.body.term);
        let slot = self.slot("exit", Kind::Int);
        let mut exits = Vec::new();
        let own = l.id;
        let term = self.leave(&mut stmts, term, slot, &mut exits, own);
        let looped = Loop { body: Block { stmts, term }, ..l };
        if exits.is_empty() {
            return (Vec::new(), looped, Vec::new());
        }
        (vec![declare(slot)], looped, self.dispatch(slot, &exits))
    }

    /// Exits at the leaves that go beyond loop `own` become a note and a `break` of it.
    fn leave(
        &mut self,
        stmts: &mut Vec<Stmt>,
        term: Term,
        slot: VarId,
        exits: &mut Vec<Exit>,
        own: LoopId,
    ) -> Term {
        match term {
            Term::Branch(branch) => {
                let mut arms = Vec::new();
                for arm in branch.arms {
                    let Block { mut stmts, term } = arm.body;
                    let term = self.leave(&mut stmts, term, slot, exits, own);
                    arms.push(Arm { pattern: arm.pattern, body: Block { stmts, term } });
                }
                Term::Branch(Branch { on: branch.on, arms })
            }
            Term::Yield(_) | Term::Escape(_) | Term::Panic(_) => term,
            Term::Continue(..) | Term::Break(..) | Term::Return(_) => {
                let before = exits.len();
                let left = self.noted(stmts, term, slot, exits, &|exit| exit.is_within(own));
                if exits.len() > before { Term::Break(own, Vec::new()) } else { left }
            }
        }
    }
}

fn declare(slot: VarId) -> Stmt {
    Stmt::Let { var: slot, op: Op::Copy(Atom::Int("0".to_owned())) }
}

/// How control gets through `block`. Exits of a loop inside that only leave that loop do not count.
fn flow(block: &Block) -> Flow {
    let mut flow_so_far = Flow::Through;
    for stmt in &block.stmts {
        let through = match stmt {
            Stmt::Branch { branch, .. } => flow_of_arms(branch),
            Stmt::Loop(l) => flow_of_loop(l),
            Stmt::Let { .. }
            | Stmt::Assign { .. }
            | Stmt::Effect(_)
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
            | Stmt::Pop { .. } => Flow::Through,
        };
        match through {
            Flow::Away => return Flow::Away,
            Flow::Both => flow_so_far = Flow::Both,
            Flow::Through => {}
        }
    }
    match &block.term {
        Term::Yield(_) => flow_so_far,
        Term::Branch(branch) => match flow_of_arms(branch) {
            Flow::Through => flow_so_far,
            other => other,
        },
        Term::Continue(..) | Term::Break(..) | Term::Return(_) => Flow::Away,
        // Leaving at once needs nothing moved, but nothing behind it is reached either.
        Term::Escape(_) | Term::Panic(_) => match flow_so_far {
            Flow::Through => Flow::Through,
            Flow::Away | Flow::Both => Flow::Away,
        },
    }
}

fn flow_of_arms(branch: &Branch) -> Flow {
    let flows: Vec<Flow> = branch.arms.iter().map(|arm| flow(&arm.body)).collect();
    if flows.iter().all(|f| *f == Flow::Through) {
        Flow::Through
    } else if flows.iter().all(|f| *f == Flow::Away) {
        Flow::Away
    } else {
        Flow::Both
    }
}

/// A loop hands on the exits that go beyond it.
fn flow_of_loop(l: &Loop) -> Flow {
    if leaves(&l.body, &mut vec![l.id]) { Flow::Both } else { Flow::Through }
}

/// Whether an exit in `block` goes beyond the loops `inner`.
fn leaves(block: &Block, inner: &mut Vec<LoopId>) -> bool {
    let own = match &block.term {
        Term::Return(_) => true,
        Term::Continue(id, _) | Term::Break(id, _) => !inner.contains(id),
        Term::Branch(branch) => branch.arms.iter().any(|arm| leaves(&arm.body, inner)),
        Term::Yield(_) | Term::Escape(_) | Term::Panic(_) => false,
    };
    own || block.stmts.iter().any(|stmt| {
        let id = match stmt {
            Stmt::Loop(l) => Some(l.id),
            _ => None,
        };
        inner.extend(id);
        let found = stmt.blocks().into_iter().any(|block| leaves(block, inner));
        if id.is_some() {
            inner.pop();
        }
        found
    })
}
