//! Reads the printed form, so that the tests of a pass are text in, text out. Of what is printed, the windows and
//! strips of loops, parameters that are tuples, and the rows of `Vec::new()` are not read; a callee's path has no type in it.

use std::collections::BTreeMap;

use super::{
    Adaptor, Arg, ArgValue, Arm, Atom, Binary, Block, Branch, Call, Callee, Carried, Compare, Elem, Entry,
    Fragment, Func, Head, Init, Kind, Len, Loop, LoopId, Op, Opaque, Operand, Outcome, Param, Pattern, Place,
    Predicate, Rewrite, Role, Selector, Slice, SpanId, Stmt, Term, Touch, Unary, Update, Var, VarId, What,
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
    Var { name: "unused".to_owned(), kind: Kind::Opaque, named: false, span: SpanId(0), element: false }
}

fn kind(text: &str) -> Kind {
    match text.strip_prefix("Array(") {
        Some(inner) => Kind::array(kind(inner.strip_suffix(')').expect("a closing parenthesis"))),
        None => [Kind::Real, Kind::Tangent, Kind::Int, Kind::Bool, Kind::Opaque, Kind::Tape, Kind::Pullback]
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
        _ if text.parse::<f64>().is_ok() && text.parse::<i128>().is_err() => Atom::Real(text.to_owned()),
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

fn fragment(text: &str) -> Fragment {
    Fragment(
        text.strip_prefix('#').and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no code `{text}`")),
    )
}

fn opaque(text: &str) -> Opaque {
    let (head, args) = text.split_once('(').expect("arguments");
    Opaque {
        code: fragment(head.trim_end_matches(['!', '~'])),
        args: items(args.trim_end_matches(')'), operand),
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
    if text == "empty" {
        return Init::Empty(Vec::new());
    }
    let vec = text.starts_with("vec");
    let inner = text.trim_start_matches("vec").strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let inner = inner.unwrap_or_else(|| panic!("no array `{text}`"));
    match inner.rsplit_once("; ").filter(|(_, len)| !len.ends_with(']')) {
        Some((value, len)) => {
            let len = if len.starts_with('#') { Len::Const(fragment(len)) } else { Len::Value(atom(len)) };
            Init::Repeat { value: Box::new(elem(value)), len, vec }
        }
        None => Init::List { elems: elems(inner), vec },
    }
}

fn elem(text: &str) -> Elem {
    if text.ends_with(']') { Elem::Array(init(text)) } else { Elem::Atom(atom(text)) }
}

/// What stands between the commas that are in no brackets.
fn elems(text: &str) -> Vec<Elem> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                found.push(elem(text[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend((!text.trim().is_empty()).then(|| elem(text[start..].trim())));
    found
}

fn infix(text: &str) -> Option<Op> {
    let [a, symbol, b] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
    if b.ends_with(')') {
        return None;
    }
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
        [a] => Op::Unary(named(&Unary::ALL, name), a.clone()),
        [a, b] if name.len() == 2 => Op::Compare(named(&COMPARE, name), a.clone(), b.clone()),
        [a, b] => Op::Binary(named(&BINARY, name), a.clone(), b.clone()),
        [a, b, c] if name == "select" => Op::Select(a.clone(), b.clone(), c.clone()),
        [a, b, c] if name == "clamp" => Op::Clamp(a.clone(), b.clone(), c.clone()),
        [a, b, c] => Op::MulAdd(a.clone(), b.clone(), c.clone()),
        _ => panic!("no operation `{name}({args})`"),
    }
}

const BINARY: [Binary; 10] = {
    use Binary::*;
    [Powf, Powi, Log, Atan2, Hypot, Copysign, Max, Min, RemEuclid, DivEuclid]
};
const PREDICATES: [Predicate; 6] = {
    use Predicate::*;
    [IsNan, IsInfinite, IsFinite, IsNormal, IsSignNegative, IsSignPositive]
};
const COMPARE: [Compare; 6] = [Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge, Compare::Eq, Compare::Ne];

fn named<T: Copy + std::fmt::Debug>(all: &[T], name: &str) -> T {
    *all.iter().find(|item| format!("{item:?}") == name).unwrap_or_else(|| panic!("no operation `{name}`"))
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
    if let Some((name, args)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        return applied(name, args);
    }
    match text.split_once('.') {
        Some((tuple, index)) if tuple.starts_with('%') => {
            Op::Field(id(tuple), index.parse().expect("a number"))
        }
        _ => Op::Copy(atom(text)),
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
        self.vars[index] = Some(Var {
            name: name.to_owned(),
            kind: kind(kind_text),
            named,
            span: SpanId(0),
            element: false,
        });
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
        let body = Block::default();
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
                return Some(Term::Branch(self.branch(rest.trim_start_matches("on "), depth)));
            }
            _ => return None,
        };
        self.next += 1;
        Some(term)
    }

    /// `if %0` or `match #0(%1)`, and the arms.
    fn branch(&mut self, text: &str, depth: usize) -> Branch {
        let on = match text.strip_prefix("match ") {
            Some(scrutinee) => Selector::Match(opaque(scrutinee)),
            None => Selector::Bool(atom(text.trim_start_matches("if "))),
        };
        let mut arms = Vec::new();
        while let (at, text) = self.peek()
            && at == depth
            && let Some(pattern) = text.strip_prefix("arm")
        {
            self.next += 1;
            let pattern = pattern.strip_prefix(' ').map(|pattern| self.pattern(pattern, depth));
            arms.push(Arm { pattern, body: self.block(depth + 1) });
        }
        Branch { on, arms }
    }

    /// `#0 (%1 a: Opaque)`, and the guard.
    fn pattern(&mut self, text: &str, depth: usize) -> Pattern {
        let (code, binds) = text.split_once(" (").expect("what the pattern binds");
        let binds = self.defs(binds.trim_end_matches(')'));
        let guarded = self.peek() == (depth, "guard");
        self.next += usize::from(guarded);
        let guard = guarded.then(|| self.block(depth + 1));
        Pattern { code: fragment(code), binds, guard }
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
            "if" | "match" => Stmt::Branch { branch: self.branch(text, depth), results: Vec::new() },
            _ if text.contains(" = call ") => Stmt::Call(self.call(text)),
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
        if right.starts_with("if ") || right.starts_with("match ") {
            let results = self.defs(left);
            return Stmt::Branch { branch: self.branch(right, depth), results };
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

    /// `%0 found: Bool ? (%1 t: Real) = call #0 Primal tangent (%2 dot=%3 active; ) seeds ()`
    fn call(&mut self, text: &str) -> Call {
        let (left, right) = text.split_once(" = call ").expect("a call");
        let (head, rest) = right.split_once(" (").expect("arguments");
        let (args, rest) = rest.split_once(") seeds (").expect("seeds");
        let (seeds, end) = rest.split_once(')').expect("the end of the seeds");
        let (present, results) =
            left.split_once(" ? ").map_or((None, left), |(present, results)| (Some(present), results));
        let outcome = match (present, end.strip_prefix(" or leave by ")) {
            (Some(caught), _) => {
                let (present, error) = caught.split_once(" else ").expect("a caught call names its error");
                Outcome::Caught { present: self.def(present), error: self.def(error) }
            }
            (None, Some(code)) => Outcome::Question(Some(fragment(code))),
            (None, None) if end == " or leave" => Outcome::Question(None),
            (None, None) if end == " where it was present" => Outcome::Pulled,
            (None, None) => Outcome::Plain,
        };
        let results = self.defs(results.trim_start_matches('(').trim_end_matches(')'));
        let mut words = head.split(' ');
        let callee = words.next().expect("a callee");
        let callee = match callee.rsplit_once('.') {
            Some((receiver, name)) => Callee::Method { receiver: opaque(receiver), name: fragment(name) },
            None => Callee::Path { code: fragment(callee), associated: false },
        };
        let entry = words.next().expect("an entry");
        let entry = [Entry::Primal, Entry::Forward, Entry::Pull]
            .into_iter()
            .find(|known| format!("{known:?}") == entry)
            .unwrap_or_else(|| panic!("no entry `{entry}`"));
        let (tangent, pullback) = match (words.next(), words.next()) {
            (Some("tangent"), pullback) => (true, pullback),
            (pullback, _) => (false, pullback),
        };
        let args = args.split(';').map(str::trim).filter(|arg| !arg.is_empty()).map(|arg| self.arg(arg));
        let args = args.collect();
        let (pullback, seeds) = (pullback.map(id), items(seeds, operand));
        Call {
            callee,
            entry,
            tangent,
            args,
            pullback,
            seeds,
            results,
            outcome,
            span: SpanId(0),
            again: false,
            lends: false,
        }
    }

    fn arg(&mut self, text: &str) -> Arg {
        let (text, active) = text.strip_suffix(" active").map_or((text, false), |text| (text, true));
        let tuple = text.split_once(": ").and_then(|(place, rest)| Some((place.parse().ok()?, rest)));
        let (tuple, text) = tuple.map_or((None, text), |(place, rest)| (Some(place), rest));
        let (text, lent) = text.strip_prefix("lent ").map_or((text, false), |text| (text, true));
        let mut parts = text.split(' ').collect::<Vec<_>>();
        let mut labelled = |label: &str| {
            let at = parts.iter().position(|part| part.starts_with(label))?;
            Some(operand(&parts.remove(at)[label.len()..]))
        };
        let (bar_dot, bar, dot) = (labelled("bar_dot="), labelled("bar="), labelled("dot="));
        let value = self.arg_value(&parts.join(" "));
        Arg { value, tuple, lent, active, dot, bar, bar_dot }
    }

    fn arg_value(&mut self, text: &str) -> ArgValue {
        match (text, text.strip_prefix("&mut "), text.strip_prefix('&')) {
            ("&mut _", ..) => ArgValue::ArrayGone,
            ("&mut _ scalar", ..) => ArgValue::ScalarGone,
            (_, Some(text), _) => match text.split_once(" -> ") {
                Some((before, after)) => ArgValue::ScalarMut { before: atom(before), after: self.def(after) },
                None => ArgValue::ArrayMut(slice(text)),
            },
            (_, None, Some(text)) => ArgValue::Array(slice(text)),
            (_, None, None) => match atom(text) {
                Atom::Var(var) if self.is_array(var) => ArgValue::ArrayByValue(var),
                atom => ArgValue::Scalar(atom),
            },
        }
    }

    fn is_array(&self, var: VarId) -> bool {
        self.vars[var.0 as usize].as_ref().is_some_and(|var| var.kind.is_array())
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
