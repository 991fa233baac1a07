//! Runs a function in value form, for tests: passes are compared by what their results compute.

use std::collections::BTreeMap;

use super::{
    Adaptor, Atom, Binary, Block, Branch, Compare, Elem, Func, Head, Init, Len, Loop, Op, Opaque, Operand,
    Place, Predicate, Selector, Slice, Stmt, Term, Unary, Update, VarId,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A real number, or a tangent in one direction.
    Real(f64),
    Int(i64),
    Bool(bool),
    Array(Vec<Value>),
    Tape(Vec<Vec<Value>>),
    Undef,
}

impl Value {
    pub(crate) fn reals(values: &[f64]) -> Value {
        Value::Array(values.iter().copied().map(Value::Real).collect())
    }

    pub(crate) fn real(&self) -> f64 {
        match self {
            Value::Real(value) => *value,
            other => panic!("{other:?} is no real number"),
        }
    }

    /// The tape whose first record is the first element of a list.
    pub(crate) fn as_tape(&self) -> Value {
        match self {
            Value::Array(items) => Value::Tape(items.iter().rev().map(|item| vec![item.clone()]).collect()),
            other => panic!("{other:?} is no list"),
        }
    }

    fn int(&self) -> i64 {
        match self {
            Value::Int(value) => *value,
            other => panic!("{other:?} is no integer"),
        }
    }

    fn bool(&self) -> bool {
        match self {
            Value::Bool(value) => *value,
            other => panic!("{other:?} is no Boolean"),
        }
    }

    fn zero(&self) -> Value {
        match self {
            Value::Array(items) => Value::Array(items.iter().map(Value::zero).collect()),
            _ => Value::Real(0.0),
        }
    }

    fn sum(&self) -> f64 {
        match self {
            Value::Array(items) => items.iter().map(Value::sum).sum(),
            other => other.real(),
        }
    }

    fn add(&mut self, other: &Value) {
        match (self, other) {
            (Value::Array(mine), Value::Array(others)) => {
                assert_eq!(mine.len(), others.len(), "shapes differ");
                mine.iter_mut().zip(others).for_each(|(a, b)| a.add(b));
            }
            (mine, other) => *mine = Value::Real(mine.real() + other.real()),
        }
    }
}

/// What the user's own expressions compute.
pub(crate) type Passive<'p> = &'p dyn Fn(&Opaque, &[Value]) -> Value;

/// For functions without fragments of the user's.
pub(crate) fn passive(opaque: &Opaque, _: &[Value]) -> Value {
    panic!("fragment {} is not run", opaque.code.0)
}

/// Runs `func` on `args`, one for each parameter; gives the results, and what became of the parameters.
pub(crate) fn run(func: &Func, args: Vec<Value>, passive: Passive<'_>) -> (Vec<Value>, Vec<Value>) {
    let mut machine = Machine { func, memory: BTreeMap::new(), windows: BTreeMap::new(), passive };
    assert_eq!(args.len(), func.params.len(), "arguments of {}", func.name);
    for (param, arg) in func.params.iter().zip(args) {
        machine.memory.insert(param.var, arg);
    }
    let Exit::Return(results) = machine.block(&func.body) else { panic!("{} did not return", func.name) };
    let params = func.params.iter().map(|param| machine.memory[&param.var].clone()).collect();
    (results, params)
}

enum Exit {
    Yield(Vec<Value>),
    Continue(Vec<Value>),
    Break(Vec<Value>),
    Return(Vec<Value>),
}

struct Machine<'f> {
    func: &'f Func,
    memory: BTreeMap<VarId, Value>,
    /// The windows of the loops at work: the array, the indices before that which goes up, and what is added to it.
    windows: BTreeMap<VarId, (VarId, Vec<usize>, i64)>,
    passive: Passive<'f>,
}

impl Machine<'_> {
    fn atom(&self, atom: &Atom) -> Value {
        match atom {
            Atom::Var(var) => {
                self.memory.get(var).cloned().unwrap_or_else(|| panic!("{var} has no value\n{}", self.func))
            }
            Atom::Real(text) => Value::Real(text.replace('_', "").parse().expect("a number")),
            Atom::ZeroTangent => Value::Real(0.0),
            Atom::Int(_) => Value::Int(atom.integer().expect("an integer")),
            Atom::Bool(value) => Value::Bool(*value),
            Atom::Undef => Value::Undef,
        }
    }

    fn atoms(&self, atoms: &[Atom]) -> Vec<Value> {
        atoms.iter().map(|atom| self.atom(atom)).collect()
    }

    fn real(&self, atom: &Atom) -> f64 {
        self.atom(atom).real()
    }

    fn index(&self, atom: &Atom) -> usize {
        usize::try_from(self.atom(atom).int()).expect("an index")
    }

    fn at<'m>(&'m mut self, base: VarId, path: &[Atom]) -> &'m mut Value {
        let mut path: Vec<usize> = path.iter().map(|atom| self.index(atom)).collect();
        let mut base = base;
        if let Some((of, outer, start)) = self.windows.get(&base) {
            let shown = i64::try_from(path[0]).expect("small");
            path[0] = usize::try_from(start + shown).expect("an index");
            path.splice(0..0, outer.iter().copied());
            base = *of;
        }
        let mut value = self.memory.get_mut(&base).expect("an array");
        for index in path {
            value = match value {
                Value::Array(items) => &mut items[index],
                other => panic!("{other:?} is no array"),
            };
        }
        value
    }

    fn slice(&mut self, slice: &Slice) -> Value {
        let range = slice.range.as_ref().map(|(start, end)| (self.index(start), self.index(end)));
        match (self.at(slice.base, &slice.path).clone(), range) {
            (Value::Array(items), Some((start, end))) => Value::Array(items[start..end].to_vec()),
            (whole, _) => whole,
        }
    }

    /// Applies `edit` to the elements of `slice`.
    fn edit(&mut self, slice: &Slice, edit: impl FnOnce(&mut [Value])) {
        let range = slice.range.as_ref().map(|(start, end)| (self.index(start), self.index(end)));
        let Value::Array(items) = self.at(slice.base, &slice.path) else { panic!("no array") };
        let (start, end) = range.unwrap_or((0, items.len()));
        edit(&mut items[start..end]);
    }

    fn operand(&mut self, operand: &Operand) -> Value {
        match operand {
            Operand::Atom(atom) => self.atom(atom),
            Operand::Array(slice) => self.slice(slice),
        }
    }

    fn elem(&mut self, elem: &Elem) -> Value {
        match elem {
            Elem::Atom(atom) => self.atom(atom),
            Elem::Array(init) => self.init(init),
        }
    }

    fn init(&mut self, init: &Init) -> Value {
        match init {
            Init::Repeat { value, len, .. } => {
                let value = self.elem(value);
                let len = match len {
                    Len::Value(atom) => self.index(atom),
                    Len::Const(code) => {
                        let opaque = Opaque { code: *code, args: Vec::new(), repeatable: true, inert: true };
                        usize::try_from((self.passive)(&opaque, &[]).int()).expect("a length")
                    }
                };
                Value::Array(vec![value; len])
            }
            Init::List { elems, .. } => Value::Array(elems.iter().map(|elem| self.elem(elem)).collect()),
            Init::CopyOf(slice) => self.slice(slice),
            Init::ZerosLike(slice) => self.slice(slice).zero(),
            Init::Empty(_) => Value::Array(Vec::new()),
        }
    }

    fn block(&mut self, block: &Block) -> Exit {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        match &block.term {
            Term::Yield(values) => Exit::Yield(self.atoms(values)),
            Term::Continue(_, values) => Exit::Continue(self.atoms(values)),
            Term::Break(_, values) => Exit::Break(self.atoms(values)),
            Term::Return(values) => Exit::Return(self.atoms(values)),
            Term::Branch(branch) => {
                let arm = self.choose(branch);
                self.block(&branch.arms[arm].body)
            }
            Term::Escape(_) | Term::Panic(_) => panic!("{} leaves", self.func.name),
        }
    }

    fn choose(&mut self, branch: &Branch) -> usize {
        match &branch.on {
            Selector::Bool(cond) => usize::from(!self.atom(cond).bool()),
            Selector::Match(_) => panic!("patterns are rustc's"),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } => {
                let value = self.op(op);
                self.memory.insert(*var, value);
            }
            Stmt::Effect(_) | Stmt::Turn => {}
            Stmt::Alloc { var, init } => {
                let value = self.init(init);
                self.memory.insert(*var, value);
            }
            Stmt::Store { place: Place { base, path }, value, update } => {
                let value = self.atom(value);
                let at = self.at(*base, path);
                match update {
                    Update::Set => *at = value,
                    Update::Add => at.add(&value),
                }
            }
            Stmt::CopySlice { dst, src } => {
                let src = self.slice(src);
                self.edit(dst, |items| match src {
                    Value::Array(values) => items.clone_from_slice(&values),
                    other => panic!("{other:?} is no array"),
                });
            }
            Stmt::AddSlice { dst, src } => {
                let src = self.slice(src);
                self.edit(dst, |items| match src {
                    Value::Array(values) => items.iter_mut().zip(&values).for_each(|(a, b)| a.add(b)),
                    other => panic!("{other:?} is no array"),
                });
            }
            Stmt::Fill { dst, value } => {
                let value = self.atom(value);
                self.edit(dst, |items| fill(items, &value));
            }
            Stmt::Swap { a, b } => {
                let (first, second) = (self.memory[a].clone(), self.memory[b].clone());
                self.memory.insert(*a, second);
                self.memory.insert(*b, first);
            }
            Stmt::VecPush { array, value } => {
                let value = self.operand(value);
                let Some(Value::Array(items)) = self.memory.get_mut(array) else { panic!("no Vec") };
                items.push(value);
            }
            Stmt::VecPop { array, var } => {
                let Some(Value::Array(items)) = self.memory.get_mut(array) else { panic!("no Vec") };
                let value = items.pop().expect("an element");
                self.memory.insert(*var, value);
            }
            Stmt::Branch { branch, results } => {
                let arm = self.choose(branch);
                let Exit::Yield(values) = self.block(&branch.arms[arm].body) else { panic!("an arm yields") };
                self.memory.extend(results.iter().copied().zip(values));
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::NewTape { tape } => {
                self.memory.insert(*tape, Value::Tape(Vec::new()));
            }
            Stmt::Push { tape, values } => {
                let record = values.iter().map(|value| self.operand(value)).collect();
                let Some(Value::Tape(records)) = self.memory.get_mut(tape) else { panic!("no tape {tape}") };
                records.push(record);
            }
            Stmt::Pop { tape, vars } => {
                let Some(Value::Tape(records)) = self.memory.get_mut(tape) else { panic!("no tape {tape}") };
                let record = records.pop().unwrap_or_else(|| panic!("{tape} is empty"));
                self.memory.extend(vars.iter().copied().zip(record));
            }
            Stmt::Assign { .. } => panic!("only value form is run"),
            Stmt::Call(_) => panic!("calls are not run"),
        }
    }

    fn looped(&mut self, l: &Loop) {
        let mut carried: Vec<Value> = l.carried.iter().map(|c| self.atom(&c.init)).collect();
        self.open_windows(l);
        let mut indices = self.indices(&l.head).into_iter();
        loop {
            if let Head::Range { var, .. } = &l.head {
                let Some(index) = indices.next() else { break };
                self.memory.insert(*var, Value::Int(index));
            }
            self.memory.extend(l.carried.iter().map(|c| c.param).zip(carried.iter().cloned()));
            match self.block(&l.body) {
                Exit::Continue(values) if l.path.strips => {
                    carried.iter_mut().zip(&values).for_each(|(sum, value)| sum.add(value));
                }
                Exit::Continue(values) => carried = values,
                Exit::Break(values) => {
                    carried = values;
                    break;
                }
                Exit::Yield(_) | Exit::Return(_) => panic!("a loop body continues or breaks"),
            }
        }
        self.memory.extend(l.carried.iter().map(|c| c.result).zip(carried));
    }

    fn open_windows(&mut self, l: &Loop) {
        for window in &l.path.windows {
            let sum = |atoms: &[Atom]| atoms.iter().map(|atom| self.atom(atom).int()).sum::<i64>();
            let start = sum(&window.plus) - sum(&window.minus);
            let outer = window.of.path.iter().map(|atom| self.index(atom)).collect();
            self.windows.insert(window.var, (window.of.base, outer, start));
        }
    }

    fn indices(&self, head: &Head) -> Vec<i64> {
        let Head::Range { lo, hi, inclusive, adaptors, .. } = head else {
            return Vec::new();
        };
        let (lo, hi) = (self.atom(lo).int(), self.atom(hi).int());
        let mut all: Vec<i64> = if *inclusive { (lo..=hi).collect() } else { (lo..hi).collect() };
        for adaptor in adaptors {
            match adaptor {
                Adaptor::Rev => all.reverse(),
                Adaptor::StepBy(step) => all = all.into_iter().step_by(self.index(step)).collect(),
            }
        }
        all
    }

    fn op(&mut self, op: &Op) -> Value {
        let real = |value: f64| Value::Real(value);
        let mut undefined = false;
        super::each_name_of(op, |name| {
            if let super::Name::Use(atom) = name {
                undefined |= self.atom(atom) == Value::Undef;
            }
        });
        if undefined {
            return Value::Undef;
        }
        match op {
            Op::Copy(a) | Op::ToReal(a) => self.atom(a),
            Op::Neg(a) => match self.atom(a) {
                Value::Int(value) => Value::Int(-value),
                other => real(-other.real()),
            },
            Op::Add(a, b) => self.arithmetic(a, b, |a, b| a + b, |a, b| a + b),
            Op::Sub(a, b) => self.arithmetic(a, b, |a, b| a - b, |a, b| a - b),
            Op::Mul(a, b) => self.arithmetic(a, b, |a, b| a * b, |a, b| a * b),
            Op::Div(a, b) => self.arithmetic(a, b, |a, b| a / b, |a, b| a / b),
            Op::Rem(a, b) => self.arithmetic(a, b, |a, b| a % b, |a, b| a % b),
            Op::Unary(function, a) => real(unary(*function, self.real(a))),
            Op::Binary(Binary::Powi, a, n) => {
                real(self.real(a).powi(i32::try_from(self.atom(n).int()).expect("an i32")))
            }
            Op::Binary(function, a, b) => real(binary(*function, self.real(a), self.real(b))),
            Op::MulAdd(a, b, c) => real(self.real(a).mul_add(self.real(b), self.real(c))),
            Op::Clamp(x, lo, hi) => real(self.real(x).clamp(self.real(lo), self.real(hi))),
            Op::ScaleOrZero(a, b) => {
                let a = self.real(a);
                real(if a == 0.0 { 0.0 } else { a * self.real(b) })
            }
            Op::ScaleUnlessZero(a, g) => {
                let g = self.real(g);
                real(if g == 0.0 { 0.0 } else { self.real(a) * g })
            }
            Op::Select(cond, a, b) => self.atom(if self.atom(cond).bool() { a } else { b }),
            Op::Compare(how, a, b) => Value::Bool(match (self.atom(a), self.atom(b)) {
                (Value::Int(a), Value::Int(b)) => compare(*how, &a, &b),
                (Value::Bool(a), Value::Bool(b)) => compare(*how, &a, &b),
                (a, b) => compare(*how, &a.real(), &b.real()),
            }),
            Op::Test(what, a) => Value::Bool(test(*what, self.real(a))),
            Op::Not(a) => Value::Bool(!self.atom(a).bool()),
            Op::And(a, b) => Value::Bool(self.atom(a).bool() & self.atom(b).bool()),
            Op::Or(a, b) => Value::Bool(self.atom(a).bool() | self.atom(b).bool()),
            Op::Opaque(opaque) => {
                let args: Vec<Value> = opaque.args.iter().map(|arg| self.operand(arg)).collect();
                (self.passive)(opaque, &args)
            }
            Op::Len(slice) => match self.slice(slice) {
                Value::Array(items) => Value::Int(i64::try_from(items.len()).expect("a length")),
                other => panic!("{other:?} is no array"),
            },
            Op::Load(place) => self.at(place.base, &place.path).clone(),
            Op::Field(tuple, index) => match &self.memory[tuple] {
                Value::Array(items) => items[*index].clone(),
                other => panic!("{other:?} is no tuple"),
            },
            Op::Sum(slice) => real(self.slice(slice).sum()),
        }
    }

    fn arithmetic(&self, a: &Atom, b: &Atom, ints: fn(i64, i64) -> i64, reals: fn(f64, f64) -> f64) -> Value {
        match (self.atom(a), self.atom(b)) {
            (Value::Int(a), Value::Int(b)) => Value::Int(ints(a, b)),
            (a, b) => Value::Real(reals(a.real(), b.real())),
        }
    }
}

fn fill(items: &mut [Value], value: &Value) {
    for item in items {
        match item {
            Value::Array(inner) => fill(inner, value),
            other => *other = value.clone(),
        }
    }
}

fn compare<T: PartialOrd>(how: Compare, a: &T, b: &T) -> bool {
    match how {
        Compare::Lt => a < b,
        Compare::Le => a <= b,
        Compare::Gt => a > b,
        Compare::Ge => a >= b,
        Compare::Eq => a == b,
        Compare::Ne => a != b,
    }
}

fn test(what: Predicate, a: f64) -> bool {
    match what {
        Predicate::IsNan => a.is_nan(),
        Predicate::IsInfinite => a.is_infinite(),
        Predicate::IsFinite => a.is_finite(),
        Predicate::IsNormal => a.is_normal(),
        Predicate::IsSignNegative => a.is_sign_negative(),
        Predicate::IsSignPositive => a.is_sign_positive(),
    }
}

fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Powf => a.powf(b),
        Binary::Powi => unreachable!("its second operand is an integer"),
        Binary::Log => a.log(b),
        Binary::Atan2 => a.atan2(b),
        Binary::Hypot => a.hypot(b),
        Binary::Copysign => a.copysign(b),
        Binary::Max => a.max(b),
        Binary::Min => a.min(b),
        Binary::RemEuclid => a.rem_euclid(b),
        Binary::DivEuclid => a.div_euclid(b),
    }
}

fn unary(function: Unary, a: f64) -> f64 {
    match function {
        Unary::Sqrt => a.sqrt(),
        Unary::Cbrt => a.cbrt(),
        Unary::Recip => a.recip(),
        Unary::Exp => a.exp(),
        Unary::Exp2 => a.exp2(),
        Unary::ExpM1 => a.exp_m1(),
        Unary::Ln => a.ln(),
        Unary::Ln1p => a.ln_1p(),
        Unary::Log2 => a.log2(),
        Unary::Log10 => a.log10(),
        Unary::Sin => a.sin(),
        Unary::Cos => a.cos(),
        Unary::Tan => a.tan(),
        Unary::Asin => a.asin(),
        Unary::Acos => a.acos(),
        Unary::Atan => a.atan(),
        Unary::Sinh => a.sinh(),
        Unary::Cosh => a.cosh(),
        Unary::Tanh => a.tanh(),
        Unary::Asinh => a.asinh(),
        Unary::Acosh => a.acosh(),
        Unary::Atanh => a.atanh(),
        Unary::Abs => a.abs(),
        Unary::Signum => a.signum(),
        Unary::Floor => a.floor(),
        Unary::Ceil => a.ceil(),
        Unary::Round => a.round(),
        Unary::RoundTiesEven => a.round_ties_even(),
        Unary::Trunc => a.trunc(),
        Unary::Fract => a.fract(),
        Unary::ToDegrees => a.to_degrees(),
        Unary::ToRadians => a.to_radians(),
    }
}
