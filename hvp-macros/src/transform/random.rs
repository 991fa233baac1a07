//! Random programs in slot form, differentiated by every composition of modes and run by the interpreter.

use std::collections::BTreeSet;

use super::distribute::distribute;
use super::ends::split;
use super::hoist::hoist;
use super::jam::jam;
use super::linearize::{self, Linear};
use super::normalize;
use super::reverse::{self, Goal, Storage};
use super::simplify::{simplify, simplify_operations};
use super::tangent::{self, Keep};
use super::windows;
use super::workspaces::make_once;
use crate::ir::interp::{Value, passive, run};
use crate::ir::{
    Adaptor, Arm, Atom, Binary, Block, Branch, Compare, Func, Head, Init, Kind, Len, Loop, LoopId, Op, Param,
    Place, Role, Selector, Slice, SpanId, Stmt, Term, Unary, Update, Var, VarId, What, verify,
};

const LEN: usize = 4;

/// A small generator of pseudo-random numbers (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("small")
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() % 2001).expect("small")) / 1000.0 - 1.0
    }
}

/// What can be named at a point of the program.
#[derive(Clone, Default)]
struct Scope {
    reals: Vec<VarId>,
    /// Reals that may be assigned.
    slots: Vec<VarId>,
    ints: Vec<VarId>,
    counters: Vec<VarId>,
    arrays: Vec<VarId>,
    loops: Vec<LoopId>,
}

struct Writer {
    random: Random,
    func: Func,
    /// Statements left to write.
    budget: usize,
}

impl Writer {
    fn var(&mut self, kind: Kind, named: bool) -> VarId {
        let name = if named { "v" } else { "t" };
        self.func.fresh(Var { name: name.to_owned(), kind, named, span: SpanId(0), element: false })
    }

    fn define(&mut self, out: &mut Vec<Stmt>, kind: Kind, op: Op) -> VarId {
        let var = self.var(kind, false);
        out.push(Stmt::Let { var, op });
        var
    }

    fn real(&mut self, scope: &Scope) -> Atom {
        if self.random.chance(20) {
            Atom::real(self.random.unit())
        } else {
            Atom::Var(self.random.pick(&scope.reals))
        }
    }

    /// An index within bounds.
    fn index(&mut self, scope: &Scope, out: &mut Vec<Stmt>) -> Atom {
        if scope.ints.is_empty() || self.random.chance(20) {
            return Atom::Int(self.random.below(LEN).to_string());
        }
        let int = Atom::Var(self.random.pick(&scope.ints));
        let shift = Atom::Int(self.random.below(3).to_string());
        let sum = self.define(out, Kind::Int, Op::Add(int, shift));
        Atom::Var(self.define(out, Kind::Int, Op::Rem(Atom::Var(sum), Atom::Int(LEN.to_string()))))
    }

    fn place(&mut self, scope: &Scope, out: &mut Vec<Stmt>, written: bool) -> Place {
        // The first array is the parameter, which is not written.
        let arrays = if written { &scope.arrays[1..] } else { &scope.arrays[..] };
        let base = self.random.pick(arrays);
        Place { base, path: vec![self.index(scope, out)] }
    }

    fn op(&mut self, scope: &Scope, out: &mut Vec<Stmt>) -> Op {
        let (a, b) = (self.real(scope), self.real(scope));
        match self.random.below(12) {
            0 => Op::Add(a, b),
            1 => Op::Sub(a, b),
            2 | 3 => Op::Mul(a, b),
            4 => Op::Unary(Unary::Tanh, a),
            5 => Op::Unary(Unary::Sin, a),
            6 => Op::Binary(self.random.pick(&[Binary::Max, Binary::Min]), a, b),
            7 => {
                let square = self.define(out, Kind::Real, Op::Mul(b.clone(), b));
                let above = self.define(out, Kind::Real, Op::Add(Atom::real(1.0), Atom::Var(square)));
                Op::Div(a, Atom::Var(above))
            }
            8 => Op::Unary(Unary::Abs, a),
            9 => Op::Copy(a),
            _ => Op::Load(self.place(scope, out, false)),
        }
    }

    fn condition(&mut self, scope: &Scope, out: &mut Vec<Stmt>) -> Atom {
        let op = if scope.ints.is_empty() || self.random.chance(60) {
            Op::Compare(Compare::Lt, self.real(scope), self.real(scope))
        } else {
            let int = Atom::Var(self.random.pick(&scope.ints));
            Op::Compare(Compare::Gt, int, Atom::Int(self.random.below(3).to_string()))
        };
        Atom::Var(self.define(out, Kind::Bool, op))
    }

    fn block(&mut self, mut scope: Scope, len: usize, term: Term, may_leave: bool) -> Block {
        let mut stmts = Vec::new();
        for _ in 0..len {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            self.stmt(&mut scope, &mut stmts);
        }
        if may_leave && !scope.loops.is_empty() && self.random.chance(30) {
            let id = self.random.pick(&scope.loops);
            let term = match self.random.below(4) {
                0 => Term::Break(id, Vec::new()),
                1 => Term::Return(vec![self.real(&scope)]),
                _ => Term::Continue(id, Vec::new()),
            };
            return Block { stmts, term };
        }
        Block { stmts, term }
    }

    fn stmt(&mut self, scope: &mut Scope, out: &mut Vec<Stmt>) {
        match self.random.below(20) {
            0..=4 => {
                let op = self.op(scope, out);
                let named = self.random.chance(50);
                let var = self.var(Kind::Real, named);
                out.push(Stmt::Let { var, op });
                scope.reals.push(var);
                scope.slots.push(var);
            }
            5..=7 if !scope.slots.is_empty() => {
                let op = self.op(scope, out);
                let var = self.random.pick(&scope.slots);
                out.push(Stmt::Assign { var, op });
            }
            8..=10 if scope.arrays.len() > 1 => {
                let place = self.place(scope, out, true);
                let value = self.real(scope);
                let bounded = self.define(out, Kind::Real, Op::Unary(Unary::Tanh, value));
                let update = self.random.pick(&[Update::Set, Update::Add]);
                out.push(Stmt::Store { place, value: Atom::Var(bounded), update });
            }
            11 => self.array(scope, out),
            12 if scope.arrays.len() > 1 => self.bulk(scope, out),
            13 if !scope.counters.is_empty() => {
                let var = self.random.pick(&scope.counters);
                let by = Atom::Int(self.random.below(3).to_string());
                out.push(Stmt::Assign { var, op: Op::Add(Atom::Var(var), by) });
            }
            14 => {
                let var = self.define(out, Kind::Int, Op::Copy(Atom::Int("1".to_owned())));
                scope.ints.push(var);
                scope.counters.push(var);
            }
            15 | 16 if scope.loops.len() < 3 => self.looped(scope, out),
            _ => {
                let cond = self.condition(scope, out);
                let arms = (0..2).map(|_| {
                    let len = self.random.below(4);
                    let body = self.block(scope.clone(), len, Term::Yield(Vec::new()), true);
                    Arm { pattern: None, body }
                });
                let branch = Branch { arms: arms.collect(), on: Selector::Bool(cond) };
                out.push(Stmt::Branch { branch, results: Vec::new() });
            }
        }
    }

    fn array(&mut self, scope: &mut Scope, out: &mut Vec<Stmt>) {
        let init = match self.random.below(3) {
            0 => Init::CopyOf(Slice::whole(self.random.pick(&scope.arrays))),
            1 => {
                let value = Box::new(crate::ir::Elem::Atom(self.real(scope)));
                Init::Repeat { value, len: Len::Value(Atom::Int(LEN.to_string())), vec: true }
            }
            _ => {
                let elems = (0..LEN).map(|_| crate::ir::Elem::Atom(self.real(scope))).collect();
                Init::List { elems, vec: false }
            }
        };
        let var = self.var(Kind::array(Kind::Real), true);
        out.push(Stmt::Alloc { var, init });
        scope.arrays.push(var);
    }

    fn bulk(&mut self, scope: &Scope, out: &mut Vec<Stmt>) {
        let dst = self.random.pick(&scope.arrays[1..]);
        let others: Vec<VarId> = scope.arrays.iter().copied().filter(|array| *array != dst).collect();
        let src = self.random.pick(&others);
        out.push(match self.random.below(3) {
            0 if src != scope.arrays[0] => Stmt::Swap { a: dst, b: src },
            1 => Stmt::Fill { dst: Slice::whole(dst), value: self.real(scope) },
            _ => {
                let from = self.random.below(2).to_string();
                let range = Some((Atom::Int(from), Atom::Int("3".to_owned())));
                let part = |base| Slice { base, path: Vec::new(), range: range.clone() };
                Stmt::CopySlice { dst: part(dst), src: part(src) }
            }
        });
    }

    fn looped(&mut self, scope: &mut Scope, out: &mut Vec<Stmt>) {
        let id = self.func.fresh_loop();
        let mut inside = scope.clone();
        inside.loops.push(id);
        let len = 1 + self.random.below(5);
        if self.random.chance(75) {
            let var = self.var(Kind::Int, true);
            inside.ints.push(var);
            let hi = Atom::Int((1 + self.random.below(LEN)).to_string());
            let adaptors = if self.random.chance(30) { vec![Adaptor::Rev] } else { Vec::new() };
            let head = Head::Range { var, lo: Atom::Int("0".to_owned()), hi, inclusive: false, adaptors };
            let body = self.block(inside, len, Term::Continue(id, Vec::new()), false);
            out.push(Stmt::Loop(Loop::new(id, head, Vec::new(), body)));
            return;
        }
        let count = self.define(out, Kind::Int, Op::Copy(Atom::Int("0".to_owned())));
        inside.ints.push(count);
        let mut head = Vec::new();
        let next = Op::Add(Atom::Var(count), Atom::Int("1".to_owned()));
        let on = self.define(
            &mut head,
            Kind::Bool,
            Op::Compare(Compare::Lt, Atom::Var(count), Atom::Int("3".to_owned())),
        );
        let plain = |term| Arm { pattern: None, body: Block { stmts: Vec::new(), term } };
        let arms = vec![plain(Term::Yield(Vec::new())), plain(Term::Break(id, Vec::new()))];
        let branch = Branch { on: Selector::Bool(Atom::Var(on)), arms };
        head.push(Stmt::Branch { branch, results: Vec::new() });
        head.push(Stmt::Assign { var: count, op: next });
        let mut body = self.block(inside, len, Term::Continue(id, Vec::new()), false);
        head.append(&mut body.stmts);
        body.stmts = head;
        out.push(Stmt::Loop(Loop::new(id, Head::Forever, Vec::new(), body)));
    }
}

/// A random function of one array and one scalar.
fn program(seed: u64) -> Func {
    let body = Block::default();
    let func = Func {
        name: "f".to_owned(),
        vars: Vec::new(),
        params: Vec::new(),
        results: Vec::new(),
        body,
        n_loops: 0,
    };
    let mut writer = Writer { random: Random(seed * 2 + 0x9E37_79B9), func, budget: 40 };
    for _ in 0..9 {
        writer.random.next();
    }
    let x = writer.var(Kind::array(Kind::Real), true);
    let y = writer.var(Kind::Real, true);
    for (index, var) in [x, y].into_iter().enumerate() {
        let role = Role::primal(What::Param(index));
        writer.func.params.push(Param { var, role, differentiated: true, mutable: false });
    }
    writer.func.results.push(Role::primal(What::Result(0)));
    let mut out = Vec::new();
    let sum = writer.define(&mut out, Kind::Real, Op::Copy(Atom::real(0.5)));
    let mut scope = Scope { reals: vec![y, sum], slots: vec![sum], arrays: vec![x], ..Scope::default() };
    writer.array(&mut scope, &mut out);
    while writer.budget > 0 {
        writer.budget -= 1;
        writer.stmt(&mut scope, &mut out);
    }
    for array in scope.arrays.clone() {
        let place = Place { base: array, path: vec![Atom::Int("2".to_owned())] };
        let load = writer.define(&mut out, Kind::Real, Op::Load(place));
        scope.reals.push(load);
    }
    let mut total = Atom::real(0.0);
    for real in scope.reals {
        let bounded = writer.define(&mut out, Kind::Real, Op::Unary(Unary::Tanh, Atom::Var(real)));
        total = Atom::Var(writer.define(&mut out, Kind::Real, Op::Add(total, Atom::Var(bounded))));
    }
    writer.func.body = Block { stmts: out, term: Term::Return(vec![total]) };
    writer.func
}

fn flat(values: &[Value]) -> Vec<f64> {
    let mut out = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => out.extend(flat(items)),
            Value::Real(real) => out.push(*real),
            other => panic!("{other:?}"),
        }
    }
    out
}

/// The simplified function, verified before and after.
fn simple(func: &Func) -> Func {
    verify(func).expect("a well-formed function");
    let simple = simplify(func.clone());
    verify(&simple).expect("a well-formed simplified function");
    simple
}

/// The same with its stencils apart.
fn settled(func: &Func) -> Func {
    let mut settled = simple(func);
    if distribute(&mut settled) {
        settled = simplify_operations(settled);
    }
    settled
}

/// What is emitted: after all passes.
fn finished(func: &Func) -> Func {
    let mut finished = settled(func);
    make_once(&mut finished);
    windows::open(&mut finished);
    verify(&finished).expect("a well-formed function with windows");
    finished
}

/// A tangent function whose directions are ordinary numbers, so that it can be reversed.
fn in_one_direction(mut func: Func) -> Func {
    for var in &mut func.vars {
        var.kind = match &var.kind {
            Kind::Tangent => Kind::Real,
            Kind::Array(inner) if **inner == Kind::Tangent => Kind::array(Kind::Real),
            other => other.clone(),
        };
    }
    func
}

struct Point {
    x: Value,
    y: Value,
    x_dot: Value,
    y_dot: Value,
}

impl Point {
    fn zeros() -> Value {
        Value::reals(&[0.0; LEN])
    }

    /// The value and the derivative along the direction.
    fn along(&self, f: &Func) -> (f64, f64) {
        let derived = finished(&tangent::transform(f, Keep { primal: true }));
        let args = vec![self.x.clone(), self.x_dot.clone(), self.y.clone(), self.y_dot.clone()];
        let values = flat(&run(&derived, args, &passive).0);
        (values[0], values[1])
    }

    /// The gradient: with respect to `x`, then to `y`.
    fn gradient(&self, f: &Func, goal: Goal, storage: Storage) -> Vec<f64> {
        let derived = finished(&reverse::transform(f, goal, storage));
        let mut args = vec![self.x.clone(), self.y.clone()];
        args.extend(goal.takes_seeds().then_some(Value::Real(1.0)));
        args.push(Self::zeros());
        let (results, params) = run(&derived, args, &passive);
        let mut gradient = flat(&params[params.len() - 1..]);
        gradient.push(results[results.len() - 1].real());
        gradient
    }

    fn forward_over_reverse(&self, f: &Func) -> Vec<f64> {
        let gradient = simple(&reverse::transform(f, Goal::Gradient, Storage::Cheapest));
        let derived = finished(&tangent::transform(&gradient, Keep { primal: false }));
        let args =
            vec![self.x.clone(), self.x_dot.clone(), self.y.clone(), self.y_dot.clone(), Self::zeros()];
        let (results, params) = run(&derived, args, &passive);
        let mut product = flat(&params[params.len() - 1..]);
        product.push(results[results.len() - 1].real());
        product
    }

    /// The product, and what its parts give if it is taken apart in several ways.
    fn linearized(&self, f: &Func) -> (Vec<f64>, Vec<Vec<f64>>) {
        let gradient = simple(&reverse::transform(f, Goal::Gradient, Storage::Cheapest));
        let mut product = settled(&tangent::transform(&gradient, Keep { primal: false }));
        if jam(&mut product) {
            product = simple(&product);
        }
        let args =
            vec![self.x.clone(), self.x_dot.clone(), self.y.clone(), self.y_dot.clone(), Self::zeros()];
        let given = |(results, params): (Vec<Value>, Vec<Value>)| {
            let mut given = flat(&params[4..5]);
            given.push(results[0].real());
            given
        };
        let parts = linearize::all(&product).expect("nothing of the user's is in the way");
        let replays = parts.map(|Linear { record, replay }| {
            verify(&record).expect("a well-formed record");
            verify(&replay).expect("a well-formed replay");
            let lists = vec![Value::Array(Vec::new()); record.params.len() - 2];
            let (_, left) = run(&record, [vec![self.x.clone(), self.y.clone()], lists].concat(), &passive);
            let tapes = left[2..].iter().map(Value::as_tape);
            given(run(&replay, args.iter().cloned().chain(tapes).collect(), &passive))
        });
        (given(run(&product, args.clone(), &passive)), replays.to_vec())
    }

    fn reverse_over_forward(&self, f: &Func) -> Vec<f64> {
        let mut slope = in_one_direction(tangent::transform(f, Keep { primal: true }));
        slope.results.remove(0);
        only_last(&mut slope.body);
        let derived = finished(&reverse::transform(&slope, Goal::Gradient, Storage::Cheapest));
        let args =
            vec![self.x.clone(), self.x_dot.clone(), self.y.clone(), self.y_dot.clone(), Self::zeros()];
        let (results, params) = run(&derived, args, &passive);
        let mut product = flat(&params[params.len() - 1..]);
        product.push(results[results.len() - 1].real());
        product
    }
}

/// Returns the derivative only.
fn only_last(block: &mut Block) {
    match &mut block.term {
        Term::Return(values) => {
            values.remove(0);
        }
        Term::Branch(branch) => branch.arms.iter_mut().for_each(|arm| only_last(&mut arm.body)),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
    }
}

fn agree(a: &[f64], b: &[f64], what: &str, seed: u64) {
    assert_eq!(a.len(), b.len());
    let size = a.iter().chain(b).fold(1.0_f64, |m, v| m.max(v.abs()));
    for (a, b) in a.iter().zip(b) {
        // Both sides are sums of the same products in another order: rounding alone separates them.
        assert!(
            (a - b).abs() <= 1e-9 * size || (a.is_nan() && b.is_nan()),
            "program {seed}, {what}: {a} and {b}"
        );
    }
}

fn check(seed: u64) {
    let written = normalize(&program(seed));
    let f = hoist(split(written.clone()));
    for form in [&written, &f] {
        verify(form).unwrap_or_else(|problem| panic!("program {seed}: {problem}"));
    }
    let mut random = Random(seed + 77);
    let mut reals = |n: usize| (0..n).map(|_| random.unit()).collect::<Vec<f64>>();
    let (x, x_dot, ys) = (reals(LEN), reals(LEN), reals(2));
    let point = Point {
        x: Value::reals(&x),
        y: Value::Real(ys[0]),
        x_dot: Value::reals(&x_dot),
        y_dot: Value::Real(ys[1]),
    };
    let [value, apart] = [&written, &f]
        .map(|form| run(form, vec![point.x.clone(), point.y.clone()], &passive).0[0].real().to_bits());
    assert_eq!(value, apart, "program {seed}: loops apart from their ends give the same bits");
    let (again, slope) = point.along(&f);
    assert_eq!(value, again.to_bits(), "program {seed}: the value has its own bits");
    let gradient = point.gradient(&f, Goal::Gradient, Storage::Cheapest);
    let direction: Vec<f64> = x_dot.iter().copied().chain([ys[1]]).collect();
    let along: f64 = gradient.iter().zip(&direction).map(|(g, v)| g * v).sum();
    agree(&[along], &[slope], "gradient along the direction", seed);
    let of_written = point.gradient(&written, Goal::Gradient, Storage::Cheapest);
    agree(&gradient, &of_written, "gradient of what was written", seed);
    for (goal, storage) in [
        (Goal::ValueAndGradient, Storage::Cheapest),
        (Goal::Gradient, Storage::RecordAll),
        (Goal::ValueThenPull, Storage::Cheapest),
    ] {
        agree(&gradient, &point.gradient(&f, goal, storage), "gradient by another goal", seed);
    }
    agree(&point.forward_over_reverse(&f), &point.reverse_over_forward(&f), "Hessian-vector product", seed);
    let (product, replays) = point.linearized(&f);
    for replay in replays {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
        assert_eq!(
            bits(&product),
            bits(&replay),
            "program {seed}: a replayed product has the product's bits"
        );
    }
}

#[test]
fn every_composition_of_modes_agrees_on_random_programs() {
    let count = std::env::var("HVP_PROGRAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let first = std::env::var("HVP_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let _: BTreeSet<u64> = (first..first + count).inspect(|seed| check(*seed)).collect();
}
