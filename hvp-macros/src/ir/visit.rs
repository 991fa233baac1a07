//! One walk over everything that a statement names, for reading ([`Visit`]) and for rewriting ([`Rewrite`]).

use super::{
    Adaptor, Arg, ArgValue, Atom, Block, Branch, Call, Callee, Elem, Func, Head, Init, Len, Loop, Op, Opaque,
    Operand, Outcome, Place, Selector, Slice, Stmt, Term, Update, VarId, VarMap,
};

/// How a statement touches an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    Read,
    /// Elements get values that do not depend on the old ones.
    Set,
    /// Elements change by addition, or in a way that depends on the old ones.
    Update,
    /// Elements are appended; none changes.
    Grow,
}

macro_rules! walk {
    ($trait_name:ident, $stmt:ident, $op:ident, $block:ident, $term:ident, $branch:ident, $opaque:ident, $slice:ident,
     $place:ident, $init:ident, $elem:ident, $operand:ident, $call:ident, $arg:ident, $values:ident; $($m:tt)?) => {
        /// Called for each use of a scalar, each touch of an array and each definition, in program order.
        pub(crate) trait $trait_name {
            fn atom(&mut self, atom: &$($m)? Atom);
            fn array(&mut self, array: &$($m)? VarId, touch: Touch);
            fn def(&mut self, var: &$($m)? VarId);

            fn stmt(&mut self, stmt: &$($m)? Stmt) {
                $stmt(self, stmt);
            }
        }

        fn $values<V: $trait_name + ?Sized>(v: &mut V, atoms: &$($m)? [Atom]) {
            for atom in atoms {
                v.atom(atom);
            }
        }

        pub(crate) fn $opaque<V: $trait_name + ?Sized>(v: &mut V, opaque: &$($m)? Opaque) {
            for arg in &$($m)? opaque.args {
                $operand(v, arg, Touch::Read);
            }
        }

        pub(crate) fn $slice<V: $trait_name + ?Sized>(v: &mut V, slice: &$($m)? Slice, touch: Touch) {
            $values(v, &$($m)? slice.path);
            if let Some((start, end)) = &$($m)? slice.range {
                v.atom(start);
                v.atom(end);
            }
            v.array(&$($m)? slice.base, touch);
        }

        pub(crate) fn $place<V: $trait_name + ?Sized>(v: &mut V, place: &$($m)? Place, touch: Touch) {
            $values(v, &$($m)? place.path);
            v.array(&$($m)? place.base, touch);
        }

        pub(crate) fn $op<V: $trait_name + ?Sized>(v: &mut V, op: &$($m)? Op) {
            match op {
                Op::Copy(a) | Op::Neg(a) | Op::Unary(_, a) | Op::Test(_, a) | Op::Not(a) | Op::ToReal(a) => v.atom(a),
                Op::Add(a, b)
                | Op::Sub(a, b)
                | Op::Mul(a, b)
                | Op::Div(a, b)
                | Op::Rem(a, b)
                | Op::Binary(_, a, b)
                | Op::ScaleOrZero(a, b)
                | Op::ScaleUnlessZero(a, b)
                | Op::Compare(_, a, b)
                | Op::And(a, b)
                | Op::Or(a, b) => {
                    v.atom(a);
                    v.atom(b);
                }
                Op::MulAdd(a, b, c) | Op::Clamp(a, b, c) | Op::Select(a, b, c) => {
                    v.atom(a);
                    v.atom(b);
                    v.atom(c);
                }
                Op::Opaque(opaque) => $opaque(v, opaque),
                Op::Len(slice) | Op::Sum(slice) => $slice(v, slice, Touch::Read),
                Op::Load(place) => $place(v, place, Touch::Read),
                Op::Field(tuple, _) => v.array(tuple, Touch::Read),
            }
        }

        fn $elem<V: $trait_name + ?Sized>(v: &mut V, elem: &$($m)? Elem) {
            match elem {
                Elem::Atom(atom) => v.atom(atom),
                Elem::Array(init) => $init(v, init),
            }
        }

        pub(crate) fn $init<V: $trait_name + ?Sized>(v: &mut V, init: &$($m)? Init) {
            match init {
                Init::Repeat { value, len, vec: _ } => {
                    $elem(v, value);
                    match len {
                        Len::Const(_) => {}
                        Len::Value(atom) => v.atom(atom),
                    }
                }
                Init::List { elems, vec: _ } => {
                    for elem in elems {
                        $elem(v, elem);
                    }
                }
                Init::CopyOf(slice) | Init::ZerosLike(slice) => $slice(v, slice, Touch::Read),
                Init::Empty(_) => {}
            }
        }

        pub(crate) fn $operand<V: $trait_name + ?Sized>(v: &mut V, operand: &$($m)? Operand, touch: Touch) {
            match operand {
                Operand::Atom(atom) => v.atom(atom),
                Operand::Array(slice) => $slice(v, slice, touch),
            }
        }

        fn $arg<V: $trait_name + ?Sized>(v: &mut V, arg: &$($m)? Arg) {
            let mut dot_touch = Touch::Read;
            match &$($m)? arg.value {
                ArgValue::Scalar(atom) => v.atom(atom),
                ArgValue::Array(slice) => $slice(v, slice, Touch::Read),
                ArgValue::ArrayMut(slice) => {
                    dot_touch = Touch::Update;
                    $slice(v, slice, Touch::Update);
                }
                ArgValue::ArrayByValue(array) => v.array(array, Touch::Read),
                ArgValue::ScalarMut { before, after } => {
                    v.atom(before);
                    v.def(after);
                }
                ArgValue::ArrayGone | ArgValue::ScalarGone => {}
            }
            if let Some(dot) = &$($m)? arg.dot {
                $operand(v, dot, dot_touch);
            }
            if let Some(bar) = &$($m)? arg.bar {
                $operand(v, bar, Touch::Update);
            }
            if let Some(bar_dot) = &$($m)? arg.bar_dot {
                $operand(v, bar_dot, Touch::Update);
            }
        }

        fn $call<V: $trait_name + ?Sized>(v: &mut V, call: &$($m)? Call) {
            match &$($m)? call.callee {
                Callee::Path { .. } => {}
                Callee::Method { receiver, name: _ } => $opaque(v, receiver),
            }
            for arg in &$($m)? call.args {
                $arg(v, arg);
            }
            if let Some(pullback) = &$($m)? call.pullback {
                v.array(pullback, Touch::Read);
            }
            for seed in &$($m)? call.seeds {
                $operand(v, seed, Touch::Read);
            }
            match &$($m)? call.outcome {
                Outcome::Caught { present, error } => {
                    v.def(present);
                    v.def(error);
                }
                Outcome::Plain | Outcome::Question(_) | Outcome::Pulled => {}
            }
            for result in &$($m)? call.results {
                v.def(result);
            }
        }

        pub(crate) fn $branch<V: $trait_name + ?Sized>(v: &mut V, branch: &$($m)? Branch) {
            match &$($m)? branch.on {
                Selector::Bool(cond) => v.atom(cond),
                Selector::Match(scrutinee) => $opaque(v, scrutinee),
            }
            for arm in &$($m)? branch.arms {
                if let Some(pattern) = &$($m)? arm.pattern {
                    for bind in &$($m)? pattern.binds {
                        v.def(bind);
                    }
                    if let Some(guard) = &$($m)? pattern.guard {
                        $block(v, guard);
                    }
                }
                $block(v, &$($m)? arm.body);
            }
        }

        pub(crate) fn $stmt<V: $trait_name + ?Sized>(v: &mut V, stmt: &$($m)? Stmt) {
            match stmt {
                Stmt::Let { var, op } | Stmt::Assign { var, op } => {
                    $op(v, op);
                    v.def(var);
                }
                Stmt::Effect(opaque) => $opaque(v, opaque),
                Stmt::Turn => {}
                Stmt::Alloc { var, init } => {
                    $init(v, init);
                    v.def(var);
                }
                Stmt::Store { place, value, update } => {
                    v.atom(value);
                    let touch = match update {
                        Update::Set => Touch::Set,
                        Update::Add => Touch::Update,
                    };
                    $place(v, place, touch);
                }
                Stmt::CopySlice { dst, src } => {
                    $slice(v, src, Touch::Read);
                    $slice(v, dst, Touch::Set);
                }
                Stmt::AddSlice { dst, src } => {
                    $slice(v, src, Touch::Read);
                    $slice(v, dst, Touch::Update);
                }
                Stmt::Fill { dst, value } => {
                    v.atom(value);
                    $slice(v, dst, Touch::Set);
                }
                Stmt::Swap { a, b } => {
                    v.array(a, Touch::Update);
                    v.array(b, Touch::Update);
                }
                Stmt::VecPush { array, value } => {
                    $operand(v, value, Touch::Read);
                    v.array(array, Touch::Grow);
                }
                Stmt::VecPop { array, var } => {
                    v.array(array, Touch::Update);
                    v.def(var);
                }
                Stmt::Branch { branch, results } => {
                    $branch(v, branch);
                    for result in results {
                        v.def(result);
                    }
                }
                Stmt::Loop(l) => {
                    match &$($m)? l.head {
                        Head::Range { var, lo, hi, inclusive: _, adaptors } => {
                            v.atom(lo);
                            v.atom(hi);
                            for adaptor in adaptors {
                                match adaptor {
                                    Adaptor::Rev => {}
                                    Adaptor::StepBy(step) => v.atom(step),
                                }
                            }
                            v.def(var);
                        }
                        Head::Forever => {}
                    }
                    for window in &$($m)? l.path.windows {
                        $values(v, &$($m)? window.plus);
                        $values(v, &$($m)? window.minus);
                        $place(v, &$($m)? window.of, if window.mutable { Touch::Update } else { Touch::Read });
                        v.def(&$($m)? window.var);
                    }
                    for carried in &$($m)? l.carried {
                        v.atom(&$($m)? carried.init);
                        v.def(&$($m)? carried.param);
                    }
                    $block(v, &$($m)? l.body);
                    for carried in &$($m)? l.carried {
                        v.def(&$($m)? carried.result);
                    }
                }
                Stmt::Call(call) => $call(v, call),
                Stmt::NewTape { tape } => v.def(tape),
                Stmt::Push { tape, values } => {
                    for value in values {
                        $operand(v, value, Touch::Read);
                    }
                    v.array(tape, Touch::Update);
                }
                Stmt::Pop { tape, vars } => {
                    v.array(tape, Touch::Update);
                    for var in vars {
                        v.def(var);
                    }
                }
            }
        }

        pub(crate) fn $term<V: $trait_name + ?Sized>(v: &mut V, term: &$($m)? Term) {
            match term {
                Term::Yield(values) | Term::Continue(_, values) | Term::Break(_, values) | Term::Return(values) => {
                    $values(v, values);
                }
                Term::Branch(branch) => $branch(v, branch),
                Term::Escape(opaque) | Term::Panic(opaque) => $opaque(v, opaque),
            }
        }

        pub(crate) fn $block<V: $trait_name + ?Sized>(v: &mut V, block: &$($m)? Block) {
            for stmt in &$($m)? block.stmts {
                v.stmt(stmt);
            }
            $term(v, &$($m)? block.term);
        }
    };
}

walk!(Visit, visit_stmt, visit_op, visit_block, visit_term, visit_branch, visit_opaque, visit_slice, visit_place,
    visit_init, visit_elem, visit_operand, visit_call, visit_arg, visit_values;);
walk!(Rewrite, rewrite_stmt, rewrite_op, rewrite_block, rewrite_term, rewrite_branch, rewrite_opaque, rewrite_slice,
    rewrite_place, rewrite_init, rewrite_elem, rewrite_operand, rewrite_call, rewrite_arg, rewrite_values; mut);

/// A visitor made of one closure, for questions that need no state.
struct Each<F>(F);

/// What a statement names, as [`each_name`] reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    Use(&'a Atom),
    Array(VarId, Touch),
    Def(VarId),
}

impl<F: FnMut(Name<'_>)> Visit for Each<F> {
    fn atom(&mut self, atom: &Atom) {
        (self.0)(Name::Use(atom));
    }

    fn array(&mut self, array: &VarId, touch: Touch) {
        (self.0)(Name::Array(*array, touch));
    }

    fn def(&mut self, var: &VarId) {
        (self.0)(Name::Def(*var));
    }
}

/// Calls `report` for all that `stmt` names, nested blocks included.
pub(crate) fn each_name(stmt: &Stmt, report: impl FnMut(Name<'_>)) {
    visit_stmt(&mut Each(report), stmt);
}

/// Calls `report` for all that `block` names, nested blocks included.
pub(crate) fn each_name_in(block: &Block, report: impl FnMut(Name<'_>)) {
    visit_block(&mut Each(report), block);
}

/// Calls `report` for all that `term` names, the arms of a branch included.
pub(crate) fn each_name_of_term(term: &Term, report: impl FnMut(Name<'_>)) {
    visit_term(&mut Each(report), term);
}

/// Calls `report` for all that `op` names.
pub(crate) fn each_name_of(op: &Op, report: impl FnMut(Name<'_>)) {
    visit_op(&mut Each(report), op);
}

impl Op {
    /// The scalar operands, in order.
    pub(crate) fn operands(&self) -> Vec<Atom> {
        let mut atoms = Vec::new();
        each_name_of(self, |name| {
            if let Name::Use(atom) = name {
                atoms.push(atom.clone());
            }
        });
        atoms
    }
}

impl Block {
    /// How many statements there are, in inner blocks as well.
    pub(crate) fn length(&self) -> usize {
        let of = |blocks: Vec<&Block>| blocks.into_iter().map(Block::length).sum::<usize>();
        self.stmts.iter().map(|stmt| 1 + of(stmt.blocks())).sum::<usize>() + of(self.term.blocks())
    }
}

/// Calls `visit` for each call in `block`, nested blocks included.
pub(crate) fn each_call(block: &Block, visit: &mut dyn FnMut(&Call)) {
    for stmt in &block.stmts {
        if let Stmt::Call(call) = stmt {
            visit(call);
        }
        stmt.blocks().into_iter().for_each(|inner| each_call(inner, visit));
    }
    if let Term::Branch(branch) = &block.term {
        branch.blocks().into_iter().for_each(|inner| each_call(inner, visit));
    }
}

/// Calls `visit` for each loop in `block`, outer ones first.
pub(crate) fn each_loop<'b>(block: &'b Block, visit: &mut dyn FnMut(&'b Loop)) {
    for stmt in &block.stmts {
        if let Stmt::Loop(l) = stmt {
            visit(l);
        }
        stmt.blocks().into_iter().for_each(|inner| each_loop(inner, visit));
    }
    if let Term::Branch(branch) = &block.term {
        branch.blocks().into_iter().for_each(|inner| each_loop(inner, visit));
    }
}

/// Whether `holds` for a statement of `block`, nested blocks included.
pub(crate) fn any_stmt(block: &Block, holds: &mut dyn FnMut(&Stmt) -> bool) -> bool {
    block
        .stmts
        .iter()
        .any(|stmt| holds(stmt) || stmt.blocks().into_iter().any(|inner| any_stmt(inner, holds)))
        || block.term.blocks().into_iter().any(|inner| any_stmt(inner, holds))
}

/// Whether `holds` for a branch in `block`, nested blocks included.
pub(crate) fn any_branch(block: &Block, holds: &mut dyn FnMut(&Branch) -> bool) -> bool {
    block.stmts.iter().any(|stmt| {
        matches!(stmt, Stmt::Branch { branch, .. } if holds(branch))
            || stmt.blocks().into_iter().any(|inner| any_branch(inner, holds))
    }) || matches!(&block.term, Term::Branch(branch) if holds(branch))
        || block.term.blocks().into_iter().any(|inner| any_branch(inner, holds))
}

/// The values at the leaves of a tree of arms that belong to it: of a loop's body those with its `id`, of an arm its `yield`s.
pub(crate) fn leaves(block: &Block, id: Option<super::LoopId>) -> Vec<&Vec<Atom>> {
    match &block.term {
        Term::Yield(values) if id.is_none() => vec![values],
        Term::Continue(own, values) | Term::Break(own, values) if Some(*own) == id => vec![values],
        Term::Branch(branch) => branch.arms.iter().flat_map(|arm| leaves(&arm.body, id)).collect(),
        Term::Yield(_)
        | Term::Continue(..)
        | Term::Break(..)
        | Term::Return(_)
        | Term::Escape(_)
        | Term::Panic(_) => Vec::new(),
    }
}

/// How often each scalar is used in `block`, nested blocks included.
pub(crate) fn uses(block: &Block) -> VarMap<usize> {
    let mut uses = VarMap::default();
    each_name_in(block, |name| {
        if let Name::Use(Atom::Var(var)) = name {
            *uses.slot(*var) += 1;
        }
    });
    uses
}

/// How often `stmt` names `array`, nested blocks included.
pub(crate) fn touch_count(stmt: &Stmt, array: VarId) -> usize {
    let mut count = 0;
    each_name(stmt, |name| count += usize::from(matches!(name, Name::Array(other, _) if other == array)));
    count
}

/// Whether `stmt` names `array`, nested blocks included.
pub(crate) fn touches(stmt: &Stmt, array: VarId) -> bool {
    touch_count(stmt, array) > 0
}

impl Term {
    /// The arms in which a block ends.
    pub(crate) fn blocks(&self) -> Vec<&Block> {
        match self {
            Term::Branch(branch) => branch.blocks(),
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Return(_)
            | Term::Escape(_)
            | Term::Panic(_) => Vec::new(),
        }
    }
}

impl Func {
    pub(crate) fn kind(&self, var: VarId) -> &super::Kind {
        &self.vars[var.0 as usize].kind
    }

    pub(crate) fn var(&self, var: VarId) -> &super::Var {
        &self.vars[var.0 as usize]
    }

    pub(crate) fn atom_kind(&self, atom: &Atom) -> super::Kind {
        match atom {
            Atom::Var(var) => self.kind(*var).clone(),
            Atom::Real(_) => super::Kind::Real,
            Atom::ZeroTangent => super::Kind::Tangent,
            Atom::Int(_) => super::Kind::Int,
            Atom::Bool(_) => super::Kind::Bool,
            Atom::Undef => super::Kind::Opaque,
        }
    }

    /// Adds a variable to the table; `Builder` is the usual way to define it.
    pub(crate) fn fresh(&mut self, var: super::Var) -> VarId {
        declare(&mut self.vars, var)
    }

    /// Another variable of the same name and kind.
    pub(crate) fn fresh_like(&mut self, var: VarId) -> VarId {
        let like = self.var(var).clone();
        self.fresh(like)
    }

    pub(crate) fn fresh_loop(&mut self) -> super::LoopId {
        self.n_loops += 1;
        super::LoopId(self.n_loops - 1)
    }
}

/// Adds a variable to a function's table while the rest of the function is being edited.
pub(crate) fn declare(vars: &mut Vec<super::Var>, var: super::Var) -> VarId {
    vars.push(var);
    VarId(u32::try_from(vars.len() - 1).unwrap_or(u32::MAX))
}

/// The blocks directly inside of statements and branches, guards included, for reading and for editing.
macro_rules! blocks {
    ($stmt_blocks:ident, $inner:ident, $as_ref:ident $(, $m:tt)?) => {
        impl Stmt {
            pub(crate) fn $stmt_blocks(&$($m)? self) -> Vec<&$($m)? Block> {
                match self {
                    Stmt::Branch { branch, .. } => branch.$inner(),
                    Stmt::Loop(l) => vec![&$($m)? l.body],
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
                    | Stmt::Pop { .. } => Vec::new(),
                }
            }
        }

        impl Branch {
            pub(crate) fn $inner(&$($m)? self) -> Vec<&$($m)? Block> {
                let mut blocks = Vec::new();
                for arm in &$($m)? self.arms {
                    blocks.extend(arm.pattern.$as_ref().and_then(|pattern| pattern.guard.$as_ref()));
                    blocks.push(&$($m)? arm.body);
                }
                blocks
            }
        }
    };
}

blocks!(blocks, blocks, as_ref);
blocks!(blocks_mut, blocks_mut, as_mut, mut);
