//! The two functions of a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::Linear;
use super::strip::strip;
use crate::ir::{
    Block, Branch, Func, Kind, Loop, Name, Op, Opaque, Operand, Param, Rewrite, Role, SpanId, Stmt, Term,
    Touch, Var, VarId, What, each_name, rewrite_block,
};
use crate::transform::simplify;

/// What a function does where a value of the record is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// Leaves it there.
    Record,
    /// Finds it there.
    Replay,
}

/// `product` in two, with the values `recorded` between them.
pub(super) fn split(product: &Func, recorded: &BTreeSet<VarId>) -> Linear {
    let (mut replay, mut tapes) = edited(product, recorded, Side::Replay);
    simplify::remove_unused(&mut replay);
    // What the replay does not look at after all need not be recorded.
    let mut left = BTreeSet::new();
    each_pop(&replay.body, &mut |tape| left.extend(tapes.get(&tape)));
    tapes.retain(|_, var| left.contains(var));
    let (mut record, arrays) = edited(product, &left, Side::Record);
    join(&mut replay, &tapes);
    join(&mut record, &arrays);
    strip(&mut record);
    simplify::remove_unused(&mut record);
    Linear { record, replay }
}

/// `product` with a place of its own for each of the values `recorded`, by place.
fn edited(product: &Func, recorded: &BTreeSet<VarId>, side: Side) -> (Func, BTreeMap<VarId, VarId>) {
    let mut func = product.clone();
    let mut body =
        std::mem::replace(&mut func.body, Block { stmts: Vec::new(), term: Term::Return(Vec::new()) });
    let mut places = BTreeMap::new();
    for var in recorded {
        let kind = match side {
            Side::Record => Kind::array(func.kind(*var).clone()),
            Side::Replay => Kind::Tape,
        };
        places.insert(*var, func.fresh(Var::temporary(kind, SpanId(0))));
    }
    Edit { func: &mut func, places: &places, side }.block(&mut body);
    func.body = body;
    (func, places.into_iter().map(|(var, place)| (place, var)).collect())
}

fn each_pop(block: &Block, visit: &mut impl FnMut(VarId)) {
    for stmt in &block.stmts {
        if let Stmt::Pop { tape, .. } = stmt {
            visit(*tape);
        }
        stmt.blocks().into_iter().for_each(|inner| each_pop(inner, visit));
    }
    if let Term::Branch(branch) = &block.term {
        branch.blocks().into_iter().for_each(|inner| each_pop(inner, visit));
    }
}

/// All places of reals become one parameter, all places of Booleans another.
fn join(func: &mut Func, places: &BTreeMap<VarId, VarId>) {
    let mut joined = BTreeMap::new();
    for (index, kind, name) in [(0, Kind::Real, "reals"), (1, Kind::Bool, "flags")] {
        let of_kind: Vec<VarId> =
            places.iter().filter(|(_, var)| *func.kind(**var) == kind).map(|(place, _)| *place).collect();
        let Some(first) = of_kind.first() else { continue };
        let place_kind = func.kind(*first).clone();
        let var = func.fresh(Var::named(name, place_kind, SpanId(0)));
        let mutable = func.kind(var).is_array();
        let role = Role::primal(What::Record(index));
        func.params.push(Param { var, role, differentiated: false, mutable });
        joined.extend(of_kind.into_iter().map(|place| (place, var)));
    }
    let mut body =
        std::mem::replace(&mut func.body, Block { stmts: Vec::new(), term: Term::Return(Vec::new()) });
    rewrite_block(&mut Rename(joined), &mut body);
    func.body = body;
}

struct Rename(BTreeMap<VarId, VarId>);

impl Rewrite for Rename {
    fn atom(&mut self, _: &mut crate::ir::Atom) {}

    fn array(&mut self, array: &mut VarId, _: Touch) {
        if let Some(joined) = self.0.get(array) {
            *array = *joined;
        }
    }

    fn def(&mut self, _: &mut VarId) {}
}

struct Edit<'a> {
    func: &'a mut Func,
    places: &'a BTreeMap<VarId, VarId>,
    side: Side,
}

impl Edit<'_> {
    fn block(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            if self.side == Side::Replay && happens_once(&stmt) {
                each_name(&stmt.clone(), |name| {
                    if let Name::Def(var) = name {
                        self.crossing(var, &mut block.stmts);
                    }
                });
                continue;
            }
            let defined = self.stmt(&mut stmt);
            block.stmts.push(stmt);
            defined.into_iter().for_each(|var| self.crossing(var, &mut block.stmts));
        }
        if let Term::Branch(branch) = &mut block.term {
            self.branch(branch);
        }
    }

    fn branch(&mut self, branch: &mut Branch) {
        branch.arms.iter_mut().for_each(|arm| self.block(&mut arm.body));
    }

    /// The record's statement for `var`, if it is recorded.
    fn crossing(&mut self, var: VarId, stmts: &mut Vec<Stmt>) {
        if let Some(place) = self.places.get(&var) {
            stmts.push(match self.side {
                Side::Record => Stmt::VecPush { array: *place, value: Operand::Atom(var.into()) },
                Side::Replay => Stmt::Pop { tape: *place, vars: vec![var] },
            });
        }
    }

    /// Goes into `stmt` and returns what it defines behind it; in the replay, what is recorded has other names there, so that
    /// its own are those of what is found in the record.
    fn stmt(&mut self, stmt: &mut Stmt) -> Vec<VarId> {
        let mut defined = Vec::new();
        match stmt {
            Stmt::Let { var, .. } | Stmt::VecPop { var, .. } => self.define(var, &mut defined),
            Stmt::Pop { vars, .. } => vars.iter_mut().for_each(|var| self.define(var, &mut defined)),
            Stmt::Call(call) => call.results.iter_mut().for_each(|var| self.define(var, &mut defined)),
            Stmt::Branch { branch, results } => {
                self.branch(branch);
                results.iter_mut().for_each(|var| self.define(var, &mut defined));
            }
            Stmt::Loop(l) => {
                self.looped(l);
                l.carried.iter_mut().for_each(|item| self.define(&mut item.result, &mut defined));
            }
            Stmt::Assign { .. }
            | Stmt::Effect(_)
            | Stmt::Alloc { .. }
            | Stmt::Store { .. }
            | Stmt::CopySlice { .. }
            | Stmt::AddSlice { .. }
            | Stmt::Fill { .. }
            | Stmt::Swap { .. }
            | Stmt::VecPush { .. }
            | Stmt::NewTape { .. }
            | Stmt::Turn
            | Stmt::Push { .. } => {}
        }
        defined
    }

    fn looped(&mut self, l: &mut Loop) {
        self.block(&mut l.body);
        let (mut defined, mut first) = (Vec::new(), Vec::new());
        l.carried.iter_mut().for_each(|item| self.define(&mut item.param, &mut defined));
        defined.into_iter().for_each(|var| self.crossing(var, &mut first));
        l.body.stmts.splice(..0, first);
    }

    fn define(&mut self, var: &mut VarId, defined: &mut Vec<VarId>) {
        defined.push(*var);
        if self.side == Side::Replay && self.places.contains_key(var) {
            let own = self.func.var(*var).clone();
            *var = self.func.fresh(own);
        }
    }
}

/// What a replay does not do again: the user's effects, and calls that take no tangents.
fn happens_once(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Effect(_) | Stmt::Let { op: Op::Opaque(Opaque { repeatable: false, .. }), .. } => true,
        Stmt::Call(call) => !call.tangent,
        Stmt::Let { .. }
        | Stmt::Assign { .. }
        | Stmt::Alloc { .. }
        | Stmt::Store { .. }
        | Stmt::CopySlice { .. }
        | Stmt::AddSlice { .. }
        | Stmt::Fill { .. }
        | Stmt::Swap { .. }
        | Stmt::VecPush { .. }
        | Stmt::VecPop { .. }
        | Stmt::Branch { .. }
        | Stmt::Loop(_)
        | Stmt::NewTape { .. }
        | Stmt::Turn
        | Stmt::Push { .. }
        | Stmt::Pop { .. } => false,
    }
}
