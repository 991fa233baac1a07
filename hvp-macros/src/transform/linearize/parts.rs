//! The walk that finds the parts of a product.

use std::collections::BTreeSet;

use super::cost;
use super::graph::{Graph, Key, Part, is_tangent, is_tangent_operand, leaves};
use crate::analysis::facts::{head_vars, selector_vars};
use crate::ir::{
    Arg, ArgValue, Atom, Block, Branch, Call, Elem, Entry, Func, Head, Init, Kind, Len, Loop, Name, Op,
    Opaque, Operand, Place, Slice, Stmt, Term, Touch, Update, VarId, each_name, each_name_of,
};

/// The graph of `func`; nothing if what it does for its effect alone cannot be left out of a replay.
pub(super) fn graph(func: &Func) -> Option<Graph> {
    let mut walk =
        Walk { func, graph: Graph::default(), way: Vec::new(), times: 1, in_guard: false, acts: false };
    walk.block(&func.body);
    (!walk.acts).then_some(walk.graph)
}

struct Walk<'f> {
    func: &'f Func,
    graph: Graph,
    /// The conditions and loops around this place.
    way: Vec<Key>,
    /// How often this place is reached.
    times: u64,
    in_guard: bool,
    /// Something changes state of the user's.
    acts: bool,
}

impl Walk<'_> {
    /// A part that is computed here from `needs`, at the cost of `cost` additions.
    fn part(&mut self, key: Key, cost: u64, needs: impl IntoIterator<Item = Key>) -> &mut Part {
        let cost = cost * self.times;
        let part = self.graph.parts.entry(key).or_insert_with(|| Part {
            compute: Some(0),
            read: None,
            needs: BTreeSet::new(),
            way: BTreeSet::new(),
        });
        part.compute = part.compute.map(|before| before + cost);
        part.needs.extend(needs);
        part.way.extend(self.way.iter().copied());
        part
    }

    /// A scalar, which may be recorded.
    fn scalar(&mut self, var: VarId, cost: u64, needs: impl IntoIterator<Item = Key>) {
        let read = match self.func.kind(var) {
            Kind::Real if !self.in_guard => Some(cost::REAL * self.times),
            Kind::Bool if !self.in_guard => Some(cost::FLAG * self.times),
            _ => None,
        };
        self.part(Key::Value(var), cost, needs).read = read;
    }

    /// Something that depends on the direction is done here, and reads `keys`.
    fn root(&mut self, cost: u64, keys: impl IntoIterator<Item = Key>) {
        self.graph.rest += cost * self.times;
        self.graph.roots.extend(keys);
        self.graph.roots.extend(self.way.iter().copied());
    }

    fn atom(&self, atom: &Atom) -> Option<Key> {
        atom.var().filter(|var| !is_tangent(self.func, *var)).map(Key::Value)
    }

    fn atoms(&self, atoms: &[Atom]) -> Vec<Key> {
        atoms.iter().filter_map(|atom| self.atom(atom)).collect()
    }

    fn name(&self, name: &Name<'_>) -> Option<Key> {
        match name {
            Name::Use(atom) => self.atom(atom),
            Name::Array(array, _) if is_tangent(self.func, *array) => None,
            Name::Array(array, _) => Some(Key::Value(*array)),
            Name::Def(_) => None,
        }
    }

    fn op(&self, op: &Op) -> Vec<Key> {
        let mut keys = Vec::new();
        match op {
            Op::Len(slice) => keys.extend(self.shape(slice)),
            other => each_name_of(other, |name| keys.extend(self.name(&name))),
        }
        keys
    }

    /// What the position of a slice or of an element is computed from.
    fn place(&self, path: &[Atom], range: Option<&(Atom, Atom)>) -> Vec<Key> {
        let range = range.into_iter().flat_map(|(start, end)| [start, end]);
        path.iter().chain(range).filter_map(|atom| self.atom(atom)).collect()
    }

    fn shape(&self, slice: &Slice) -> Vec<Key> {
        let mut keys = self.place(&slice.path, slice.range.as_ref());
        keys.push(Key::Shape(slice.base));
        keys
    }

    fn contents(&self, slice: &Slice) -> Vec<Key> {
        let mut keys = self.place(&slice.path, slice.range.as_ref());
        if !is_tangent(self.func, slice.base) {
            keys.push(Key::Value(slice.base));
        }
        keys
    }

    fn operand(&self, operand: &Operand) -> Vec<Key> {
        match operand {
            Operand::Atom(atom) => self.atom(atom).into_iter().collect(),
            Operand::Array(slice) => self.contents(slice),
        }
    }

    /// What the shape and what the contents of new memory are computed from.
    fn init(&self, init: &Init) -> [Vec<Key>; 2] {
        match init {
            Init::Repeat { value, len, vec: _ } => {
                let [mut shape, contents] = self.elem(value);
                shape.extend(match len {
                    Len::Const(_) => None,
                    Len::Value(atom) => self.atom(atom),
                });
                [shape, contents]
            }
            Init::List { elems, vec: _ } => {
                let mut all = [Vec::new(), Vec::new()];
                for elem in elems {
                    for (all, more) in all.iter_mut().zip(self.elem(elem)) {
                        all.extend(more);
                    }
                }
                all
            }
            Init::CopyOf(slice) if is_tangent(self.func, slice.base) => [self.contents(slice), Vec::new()],
            // So is a copy of values of unknown type, which have no zero.
            Init::CopyOf(slice) if *self.func.kind(slice.base).scalar() == Kind::Opaque => {
                [[self.shape(slice), self.contents(slice)].concat(), self.contents(slice)]
            }
            Init::CopyOf(slice) => [self.shape(slice), self.contents(slice)],
            Init::ZerosLike(slice) => [self.shape(slice), Vec::new()],
            Init::Empty(_) => [Vec::new(), Vec::new()],
        }
    }

    fn elem(&self, elem: &Elem) -> [Vec<Key>; 2] {
        match elem {
            // An array that is kept for its shape is made of its elements all the same.
            Elem::Atom(atom) => [(); 2].map(|()| self.atom(atom).into_iter().collect()),
            Elem::Array(init) => self.init(init),
        }
    }

    fn block(&mut self, block: &Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
        match &block.term {
            Term::Branch(branch) => self.branch(branch),
            Term::Return(_) => self.root(0, []),
            Term::Escape(opaque) | Term::Panic(opaque) => {
                let keys: Vec<Key> =
                    opaque.vars().filter(|var| !is_tangent(self.func, *var)).map(Key::Value).collect();
                self.root(0, keys);
            }
            Term::Yield(_) | Term::Continue(..) | Term::Break(..) => {}
        }
    }

    /// The guards are asked one after another, so each arm depends on all of them.
    fn branch(&mut self, branch: &Branch) {
        let outside = self.way.len();
        let selector: Vec<Key> = selector_vars(branch).into_iter().map(Key::Value).collect();
        self.way.extend(&selector);
        let mut guards = Vec::new();
        for pattern in branch.arms.iter().filter_map(|arm| arm.pattern.as_ref()) {
            for bind in &pattern.binds {
                self.part(Key::Value(*bind), 0, selector.iter().copied());
            }
            if let Some(guard) = &pattern.guard {
                let was_in_guard = std::mem::replace(&mut self.in_guard, true);
                self.block(guard);
                self.in_guard = was_in_guard;
                guards.extend(leaves(guard).into_iter().flat_map(|values| self.atoms(values)));
            }
        }
        self.way.extend(guards);
        branch.arms.iter().for_each(|arm| self.block(&arm.body));
        self.way.truncate(outside);
    }

    /// What decides at which leaf `block` ends.
    fn choices(&self, block: &Block) -> Vec<Key> {
        match &block.term {
            Term::Branch(branch) => self.selectors(branch),
            Term::Yield(_)
            | Term::Continue(..)
            | Term::Break(..)
            | Term::Return(_)
            | Term::Escape(_)
            | Term::Panic(_) => Vec::new(),
        }
    }

    fn selectors(&self, branch: &Branch) -> Vec<Key> {
        let mut keys: Vec<Key> = selector_vars(branch).into_iter().map(Key::Value).collect();
        for arm in &branch.arms {
            if let Some(guard) = arm.pattern.as_ref().and_then(|pattern| pattern.guard.as_ref()) {
                keys.extend(leaves(guard).into_iter().flat_map(|values| self.atoms(values)));
            }
            keys.extend(self.choices(&arm.body));
        }
        keys
    }

    /// `targets` take the values of the leaves, one after another.
    fn handed(&self, leaves: &[&Vec<Atom>], target: usize) -> Vec<Key> {
        leaves.iter().filter_map(|values| self.atom(values.get(target)?)).collect()
    }

    fn results(&mut self, branch: &Branch, results: &[VarId]) {
        let leaves: Vec<&Vec<Atom>> = branch.arms.iter().flat_map(|arm| leaves(&arm.body)).collect();
        let selectors = self.selectors(branch);
        for (target, result) in results.iter().enumerate() {
            if is_tangent(self.func, *result) {
                self.root(1, selectors.iter().copied());
            } else {
                let handed = self.handed(&leaves, target);
                self.scalar(*result, 1, selectors.iter().copied().chain(handed));
            }
        }
    }

    fn looped(&mut self, l: &Loop) {
        let (outside, key) = (self.way.len(), Key::Loop(l.id));
        let mut turns: Vec<Key> = head_vars(&l.head).into_iter().map(Key::Value).collect();
        turns.extend(self.choices(&l.body));
        let (outer, inner) = (self.times, cost::inside(self.times, &l.head));
        self.times = inner;
        self.part(key, cost::TRIP, turns);
        self.way.push(key);
        if let Head::Range { var, .. } = &l.head {
            self.part(Key::Value(*var), 0, []);
        }
        let leaves = leaves(&l.body);
        for (target, item) in l.carried.iter().enumerate() {
            if is_tangent(self.func, item.param) {
                self.root(0, []);
                continue;
            }
            let mut handed = self.handed(&leaves, target);
            handed.extend(self.atom(&item.init));
            self.scalar(item.param, 0, handed.iter().copied());
            self.way.truncate(outside);
            self.times = outer;
            self.scalar(item.result, 0, handed.into_iter().chain([key]));
            self.times = inner;
            self.way.push(key);
        }
        self.block(&l.body);
        self.times = outer;
        self.way.truncate(outside);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } => self.defined(*var, op),
            Stmt::Assign { .. } => unreachable!("value form has no assignments"),
            Stmt::Effect(opaque) => self.acts |= !opaque.inert,
            Stmt::Alloc { var, init } => self.alloc(*var, init),
            Stmt::Store { place, value, update } => self.store(place, value, *update),
            Stmt::CopySlice { dst, src } | Stmt::AddSlice { dst, src } => {
                let keys = [self.place(&dst.path, dst.range.as_ref()), self.contents(src)].concat();
                self.write(dst.base, cost::LENGTH, keys);
            }
            Stmt::Fill { dst, value } => {
                let mut keys = self.place(&dst.path, dst.range.as_ref());
                keys.extend(self.atom(value));
                self.write(dst.base, cost::LENGTH, keys);
            }
            Stmt::Swap { a, b } => {
                for (one, other) in [(*a, *b), (*b, *a)] {
                    self.write(one, 1, [Key::Value(other)]);
                    self.resized(one, other);
                }
            }
            Stmt::VecPush { array, value } => {
                let keys = self.operand(value);
                self.write(*array, 2, keys);
                self.resized(*array, *array);
            }
            Stmt::VecPop { array, var } => {
                self.write(*array, 1, []);
                self.resized(*array, *array);
                self.popped(*var, Key::Value(*array));
            }
            Stmt::Branch { branch, results } => {
                self.branch(branch);
                self.results(branch, results);
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(stmt, call),
            Stmt::NewTape { .. } | Stmt::Turn => {}
            Stmt::Push { tape, values } => self.push(*tape, values),
            Stmt::Pop { tape, vars } => {
                for (index, var) in vars.iter().enumerate() {
                    self.popped(*var, Key::Item(*tape, index));
                }
            }
        }
    }

    fn defined(&mut self, var: VarId, op: &Op) {
        let (keys, kind) = (self.op(op), self.func.kind(var));
        let cost = cost::of(op, kind);
        if is_tangent(self.func, var) {
            return self.root(cost, keys);
        }
        self.scalar(var, cost, keys);
        if matches!(op, Op::Opaque(Opaque { repeatable: false, .. })) {
            self.once(var);
        }
    }

    /// What defines `var` must not be done again.
    fn once(&mut self, var: VarId) {
        if let Some(part) = self.graph.parts.get_mut(&Key::Value(var)) {
            part.compute = None;
        }
    }

    fn alloc(&mut self, var: VarId, init: &Init) {
        let [shape, contents] = self.init(init);
        if is_tangent(self.func, var) {
            return self.root(cost::LENGTH, shape.into_iter().chain(contents));
        }
        self.part(Key::Shape(var), cost::LENGTH, shape);
        self.part(Key::Value(var), 0, contents.into_iter().chain([Key::Shape(var)]));
    }

    fn store(&mut self, place: &Place, value: &Atom, update: Update) {
        let mut keys = self.atoms(&place.path);
        keys.extend(self.atom(value));
        let cost = match update {
            Update::Set => 1,
            Update::Add => 2,
        };
        self.write(place.base, cost, keys);
    }

    /// An array changes here, by `keys`.
    fn write(&mut self, array: VarId, cost: u64, keys: impl IntoIterator<Item = Key>) {
        if is_tangent(self.func, array) {
            return self.root(cost, keys);
        }
        self.part(Key::Value(array), cost, keys);
    }

    /// The shape of `array` depends on what is done to `with`.
    fn resized(&mut self, array: VarId, with: VarId) {
        if !is_tangent(self.func, array) {
            self.part(Key::Shape(array), 0, [Key::Value(with), Key::Shape(with)]);
        }
    }

    /// `var` comes out of memory.
    fn popped(&mut self, var: VarId, from: Key) {
        if is_tangent(self.func, var) {
            return self.root(1, []);
        }
        self.scalar(var, 0, [from]);
        if self.func.kind(var).is_array() {
            self.part(Key::Shape(var), 0, [from]);
        }
    }

    fn push(&mut self, tape: VarId, values: &[Operand]) {
        for (index, value) in values.iter().enumerate() {
            let keys = self.operand(value);
            if is_tangent_operand(self.func, value) {
                self.root(cost::ITEM, keys);
            } else {
                self.part(Key::Item(tape, index), cost::ITEM, keys);
            }
        }
    }

    /// A call with tangents is made again, with all its values; another one is not.
    fn call(&mut self, stmt: &Stmt, call: &Call) {
        if call.tangent {
            let keys = self.taken(stmt, call);
            return self.root(cost::CALL, keys);
        }
        let is_output = |arg: &Arg| matches!(arg.value, ArgValue::ArrayMut(_) | ArgValue::ScalarMut { .. });
        self.acts |= call.entry == Entry::Pull || call.args.iter().any(is_output);
        let mut reads = Vec::new();
        each_name(stmt, |name| reads.extend(self.name(&name)));
        for result in &call.results {
            self.scalar(*result, 0, reads.iter().copied());
            self.once(*result);
            self.part(Key::Shape(*result), 0, [Key::Value(*result)]);
        }
    }

    /// What a call with tangents takes. Of adjoints that it adds to it needs only that they are there.
    fn taken(&self, stmt: &Stmt, call: &Call) -> Vec<Key> {
        let added: BTreeSet<VarId> =
            call.args.iter().flat_map(Arg::added_to).map(|slice| slice.base).collect();
        let mut keys = Vec::new();
        each_name(stmt, |name| match name {
            Name::Array(array, Touch::Update) if added.contains(&array) && !is_tangent(self.func, array) => {
                keys.push(Key::Shape(array));
            }
            other => keys.extend(self.name(&other)),
        });
        keys
    }
}
