//! Reads the printed form, so that the tests of a pass are text in, text out. Calls and matches have no text.

use std::collections::BTreeMap;

use super::{
    Adaptor, Arm, Atom, Binary, Block, Branch, Carried, Compare, Elem, Fragment, Func, Head, Init, Kind, Len,
    Loop, LoopId, Op, Opaque, Operand, Param, Place, Predicate, Rewrite, Role, Selector, Slice, SpanId, Stmt,
    Term, Touch, Unary, Update, Var, VarId, What,
};

/// The function that `text` prints.
pub(crate) fn parse(text: &str) -> Func {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = indent(lines[1]);
    let depth = |line: &str| 1 + indent(line).saturating_sub(margin) / 2;
    let lines = lines.iter().map(|line| (depth(line), line.trim())).collect();
    let mut parser = Parser { lines, next: 0, vars: Vec::new(), n_loops: 0 };
    let mut func = parser.header();
    func.body = parser.block(1);
    func.n_loops = parser.n_loops;
    func.vars = parser.vars.into_iter().map(|var| var.unwrap_or_else(unused)).collect();
    func
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn unused() -> Var {
    Var { name: "unused".to_owned(), kind: Kind::Opaque, named: false, span: SpanId(0) }
}

fn kind(text: &str) -> Kind {
    match text.strip_prefix("Array(") {
        Some(inner) => Kind::array(kind(inner.strip_suffix(')').expect("a closing parenthesis"))),
        None => [Kind::Real, Kind::Tangent, Kind::Int, Kind::Bool, Kind::Opaque, Kind::Tape]
            .into_iter()
            .find(|kind| format!("{kind:?}") == text)
            .unwrap_or_else(|| panic!("no kind `{text}`")),
    }
}

fn id(text: &str) -> VarId {
    VarId(
        text.strip_prefix('%').and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no variable `{text}`")),
    )
}

fn atom(text: &str) -> Atom {
    match text {
        "ZERO" => Atom::ZeroTangent,
        "undef" => Atom::Undef,
        "true" | "false" => Atom::Bool(text == "true"),
        _ if text.starts_with('%') => Atom::Var(id(text)),
        _ if text.contains(['.', 'e']) => Atom::Real(text.to_owned()),
        _ => Atom::Int(text.to_owned()),
    }
}

fn items<T>(text: &str, item: impl Fn(&str) -> T) -> Vec<T> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(item).collect()
}

/// The base and the indices, each in its brackets.
fn indexed(text: &str) -> (VarId, Vec<&str>) {
    let (base, rest) = text.split_at(text.find('[').unwrap_or(text.len()));
    (id(base), rest.split('[').skip(1).map(|part| part.trim_end_matches(']')).collect())
}

fn place(text: &str) -> Place {
    let (base, path) = indexed(text);
    Place { base, path: path.into_iter().map(atom).collect() }
}

fn slice(text: &str) -> Slice {
    let (base, mut path) = indexed(text);
    let range = path.last().and_then(|last| last.split_once("..")).map(|(a, b)| (atom(a), atom(b)));
    path.truncate(path.len() - usize::from(range.is_some()));
    Slice { base, path: path.into_iter().map(atom).collect(), range }
}

fn operand(text: &str) -> Operand {
    text.strip_prefix('&').map_or_else(|| Operand::Atom(atom(text)), |text| Operand::Array(slice(text)))
}

fn opaque(text: &str) -> Opaque {
    let (head, args) = text.trim_start_matches('#').split_once('(').expect("arguments");
    Opaque {
        code: Fragment(head.trim_end_matches(['!', '~']).parse().expect("a number")),
        args: items(args.trim_end_matches(')'), atom),
        repeatable: !head.contains('!'),
        inert: head.contains('~'),
    }
}

fn init(text: &str) -> Init {
    if let Some(rest) = text.strip_prefix("copy ") {
        return Init::CopyOf(slice(rest));
    }
    if let Some(rest) = text.strip_prefix("zeros like ") {
        return Init::ZerosLike(slice(rest));
    }
    let vec = text.starts_with("vec");
    let inner = text.trim_start_matches("vec").trim_start_matches('[').trim_end_matches(']');
    match inner.split_once("; ") {
        Some((value, len)) => {
            let value = Box::new(Elem::Atom(atom(value)));
            Init::Repeat { value, len: Len::Value(atom(len)), vec }
        }
        None if text == "empty" => Init::Empty(Vec::new()),
        None => Init::List { elems: items(inner, |text| Elem::Atom(atom(text))), vec },
    }
}

fn infix(text: &str) -> Option<Op> {
    let [a, symbol, b] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let (a, b) = (atom(a), atom(b));
    Some(match symbol {
        "+" => Op::Add(a, b),
        "-" => Op::Sub(a, b),
        "*" => Op::Mul(a, b),
        "/" => Op::Div(a, b),
        "%" => Op::Rem(a, b),
        "&" => Op::And(a, b),
        "|" => Op::Or(a, b),
        "*or0" => Op::ScaleOrZero(a, b),
        "*unless0" => Op::ScaleUnlessZero(a, b),
        _ => return None,
    })
}

fn applied(name: &str, args: &str) -> Op {
    if name == "len" || name == "sum" {
        return if name == "len" { Op::Len(slice(args)) } else { Op::Sum(slice(args)) };
    }
    match items(args, atom).as_slice() {
        [a] if name == "real" => Op::ToReal(a.clone()),
        [a] if name.starts_with("Is") => Op::Test(named(&PREDICATES, name), a.clone()),
        [a] => Op::Unary(named(&UNARY, name), a.clone()),
        [a, b] if name.len() == 2 => Op::Compare(named(&COMPARE, name), a.clone(), b.clone()),
        [a, b] => Op::Binary(named(&BINARY, name), a.clone(), b.clone()),
        [a, b, c] if name == "select" => Op::Select(a.clone(), b.clone(), c.clone()),
        [a, b, c] if name == "clamp" => Op::Clamp(a.clone(), b.clone(), c.clone()),
        [a, b, c] => Op::MulAdd(a.clone(), b.clone(), c.clone()),
        _ => panic!("no operation `{name}({args})`"),
    }
}

const UNARY: [Unary; 9] = {
    use Unary::*;
    [Sqrt, Recip, Exp, Ln, Sin, Cos, Tanh, Floor, Abs]
};
const BINARY: [Binary; 4] = [Binary::Powi, Binary::Max, Binary::Min, Binary::Atan2];
const PREDICATES: [Predicate; 2] = [Predicate::IsNan, Predicate::IsFinite];
const COMPARE: [Compare; 6] = [Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge, Compare::Eq, Compare::Ne];

fn named<T: Copy + std::fmt::Debug>(all: &[T], name: &str) -> T {
    *all.iter().find(|item| format!("{item:?}") == name).unwrap_or_else(|| panic!("no `{name}` in the tests"))
}

fn op(text: &str) -> Op {
    if let Some(op) = infix(text) {
        return op;
    }
    if let Some(rest) = text.strip_prefix("load ") {
        return Op::Load(place(rest));
    }
    if text.starts_with('#') {
        return Op::Opaque(opaque(text));
    }
    if let Some(rest) = text.strip_prefix("-%").or(text.strip_prefix("!%")) {
        let operand = atom(&format!("%{rest}"));
        return if text.starts_with('-') { Op::Neg(operand) } else { Op::Not(operand) };
    }
    match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((name, args)) => applied(name, args),
        None => Op::Copy(atom(text)),
    }
}

struct Parser<'t> {
    lines: Vec<(usize, &'t str)>,
    next: usize,
    vars: Vec<Option<Var>>,
    n_loops: u32,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> (usize, &'t str) {
        self.lines.get(self.next).copied().unwrap_or((0, ""))
    }

    fn line(&mut self) -> &'t str {
        self.next += 1;
        self.lines[self.next - 1].1
    }

    /// `%0 x: Real`
    fn def(&mut self, text: &str) -> VarId {
        let (var, rest) = text.split_once(' ').expect("a name");
        let (name, kind_text) = rest.split_once(": ").expect("a kind");
        let var = id(var);
        let index = var.0 as usize;
        self.vars.resize_with(self.vars.len().max(index + 1), || None);
        let named = !name.starts_with('t');
        self.vars[index] = Some(Var { name: name.to_owned(), kind: kind(kind_text), named, span: SpanId(0) });
        var
    }

    fn defs(&mut self, text: &str) -> Vec<VarId> {
        text.split(", ").filter(|part| !part.is_empty()).map(|part| self.def(part)).collect()
    }

    fn role(text: &str) -> Role {
        let words: Vec<&str> = text.split(' ').collect();
        let index = words[1].parse().expect("a number");
        let what = match words[0] {
            "param" => What::Param(index),
            "record" => What::Record(index),
            _ => What::Result(index),
        };
        Role { what, bar: words.contains(&"bar"), dot: words.contains(&"dot") }
    }

    fn header(&mut self) -> Func {
        let name = self.line().trim_start_matches("fn ").to_owned();
        let mut params = Vec::new();
        while let Some((def, rest)) = self.peek().1.split_once(" [") {
            let (role, notes) = rest.split_once(']').expect("a role");
            let (var, role) = (self.def(def), Self::role(role));
            let differentiated = notes.contains("differentiated");
            params.push(Param { var, role, differentiated, mutable: notes.contains("mut") });
            self.next += 1;
        }
        let results = items(self.line().trim_start_matches("gives"), Self::role);
        let body = Block { stmts: Vec::new(), term: Term::Yield(Vec::new()) };
        Func { name, vars: Vec::new(), params, results, body, n_loops: 0 }
    }

    fn block(&mut self, depth: usize) -> Block {
        let mut stmts = Vec::new();
        loop {
            if let Some(term) = self.term(depth) {
                return Block { stmts, term };
            }
            stmts.push(self.stmt(depth));
        }
    }

    fn term(&mut self, depth: usize) -> Option<Term> {
        let (at, text) = self.peek();
        assert_eq!(at, depth, "a block without an end before `{text}`");
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let target = |rest: &str| {
            let (target, values) = rest.split_once(' ').unwrap_or((rest, ""));
            (LoopId(target.trim_start_matches('@').parse().expect("a loop")), items(values, atom))
        };
        let term = match word {
            "yield" => Term::Yield(items(rest, atom)),
            "return" => Term::Return(items(rest, atom)),
            "escape" => Term::Escape(opaque(rest)),
            "panic" => Term::Panic(opaque(rest)),
            "continue" | "break" => {
                let (id, values) = target(rest);
                if word == "continue" { Term::Continue(id, values) } else { Term::Break(id, values) }
            }
            "go" => {
                self.next += 1;
                return Some(Term::Branch(self.arms(rest.trim_start_matches("on if "), depth)));
            }
            _ => return None,
        };
        self.next += 1;
        Some(term)
    }

    fn arms(&mut self, cond: &str, depth: usize) -> Branch {
        let mut arms = Vec::new();
        while self.peek() == (depth, "arm") {
            self.next += 1;
            arms.push(Arm { pattern: None, body: self.block(depth + 1) });
        }
        Branch { on: Selector::Bool(atom(cond)), arms }
    }

    fn stmt(&mut self, depth: usize) -> Stmt {
        let text = self.line();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "effect" => Stmt::Effect(opaque(rest)),
            "swap" => {
                let [a, b] = items(rest, id).try_into().expect("two arrays");
                Stmt::Swap { a, b }
            }
            "turn" => Stmt::Turn,
            "tape" => Stmt::NewTape { tape: self.def(rest) },
            "push" => {
                let (tape, values) = rest.split_once(" <- ").expect("values");
                Stmt::Push { tape: id(tape), values: items(values, operand) }
            }
            "pop" => {
                let (tape, vars) = rest.split_once(" -> ").expect("variables");
                Stmt::Pop { tape: id(tape), vars: self.defs(vars) }
            }
            "if" => Stmt::Branch { branch: self.arms(rest, depth), results: Vec::new() },
            _ if word.starts_with('@') => self.looped(word, rest, depth),
            _ => self.equation(text, depth),
        }
    }

    /// A definition or a store.
    fn equation(&mut self, text: &str, depth: usize) -> Stmt {
        if let Some((array, value)) = text.split_once(".push(") {
            return Stmt::VecPush { array: id(array), value: operand(value.trim_end_matches(')')) };
        }
        if let Some((dst, src)) = text.split_once(" += each ") {
            return Stmt::AddSlice { dst: slice(dst), src: slice(src) };
        }
        if let Some((to, value)) = text.split_once(" += ") {
            return Stmt::Store { place: place(to), value: atom(value), update: Update::Add };
        }
        if let Some((var, value)) = text.split_once(" := ") {
            return Stmt::Assign { var: id(var), op: op(value) };
        }
        let (left, right) = text.split_once(" = ").unwrap_or_else(|| panic!("no statement `{text}`"));
        if left.contains(": ") { self.definition(left, right, depth) } else { written(left, right) }
    }

    fn definition(&mut self, left: &str, right: &str, depth: usize) -> Stmt {
        if let Some(cond) = right.strip_prefix("if ") {
            let results = self.defs(left);
            return Stmt::Branch { branch: self.arms(cond, depth), results };
        }
        let var = self.def(left);
        if let Some(text) = right.strip_prefix("alloc ") {
            return Stmt::Alloc { var, init: init(text) };
        }
        match right.strip_suffix(".pop()") {
            Some(array) => Stmt::VecPop { array: id(array), var },
            None => Stmt::Let { var, op: op(right) },
        }
    }

    fn looped(&mut self, label: &str, text: &str, depth: usize) -> Stmt {
        let id = LoopId(label.trim_start_matches('@').parse().expect("a loop"));
        self.n_loops = self.n_loops.max(id.0 + 1);
        let head = if text == "loop" { Head::Forever } else { self.range(text) };
        let mut carried = Vec::new();
        while let Some(text) = self.peek().1.strip_prefix("carried ") {
            self.next += 1;
            let (param, rest) = text.split_once(" from ").expect("a start");
            let (init, result) = rest.split_once(" gives ").expect("a result");
            carried.push(Carried { param: self.def(param), init: atom(init), result: self.def(result) });
        }
        Stmt::Loop(Loop::new(id, head, carried, self.block(depth + 1)))
    }

    fn range(&mut self, text: &str) -> Head {
        let (def, rest) = text.trim_start_matches("for ").split_once(" in ").expect("a range");
        let words: Vec<&str> = rest.split(' ').collect();
        let (lo, hi) = words[0].split_once("..").expect("bounds");
        let mut adaptors = Vec::new();
        for (index, word) in words.iter().enumerate() {
            if *word == "rev" {
                adaptors.push(Adaptor::Rev);
            } else if *word == "step" {
                adaptors.push(Adaptor::StepBy(atom(words[index + 1])));
            }
        }
        let inclusive = hi.starts_with('=');
        Head::Range {
            var: self.def(def),
            lo: atom(lo),
            hi: atom(hi.trim_start_matches('=')),
            inclusive,
            adaptors,
        }
    }
}

/// What is written to an array.
fn written(left: &str, right: &str) -> Stmt {
    match right.split_once(' ') {
        Some(("copy", src)) => Stmt::CopySlice { dst: slice(left), src: slice(src) },
        Some(("fill", value)) => Stmt::Fill { dst: slice(left), value: atom(value) },
        _ => Stmt::Store { place: place(left), value: atom(right), update: Update::Set },
    }
}

/// The same function with its variables numbered in the order of their definitions, to be compared as text.
pub(crate) fn renumbered(func: &Func) -> Func {
    let mut out = Func { vars: Vec::new(), ..func.clone() };
    let mut order = Order { func, vars: Vec::new(), numbers: BTreeMap::new() };
    for param in &mut out.params {
        order.def(&mut param.var);
    }
    super::rewrite_block(&mut order, &mut out.body);
    out.vars = order.vars;
    out
}

struct Order<'f> {
    func: &'f Func,
    vars: Vec<Var>,
    numbers: BTreeMap<VarId, VarId>,
}

impl Rewrite for Order<'_> {
    fn atom(&mut self, atom: &mut Atom) {
        if let Atom::Var(var) = atom {
            self.array(var, Touch::Read);
        }
    }

    fn array(&mut self, array: &mut VarId, _: Touch) {
        *array = self.numbers.get(array).copied().unwrap_or(*array);
    }

    fn def(&mut self, var: &mut VarId) {
        let number = VarId(u32::try_from(self.vars.len()).expect("few variables"));
        self.vars.push(self.func.var(*var).clone());
        self.numbers.insert(*var, number);
        *var = number;
    }
}
