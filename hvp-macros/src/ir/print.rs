//! The printed form of the IR, for snapshots, dumps and the eyes of whoever works on a pass.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Adaptor, Arg, ArgValue, Atom, Block, Branch, Call, Callee, Elem, Func, Head, Init, Len, Op, Opaque,
    Operand, Outcome, Place, Role, Selector, Slice, Stmt, Term, Update, VarId, What,
};

impl Display for VarId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl Display for Atom {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Var(var) => write!(f, "{var}"),
            Atom::Real(text) | Atom::Int(text) => f.write_str(text),
            Atom::ZeroTangent => f.write_str("ZERO"),
            Atom::Bool(value) => write!(f, "{value}"),
            Atom::Undef => f.write_str("undef"),
        }
    }
}

fn list(items: &[impl Display]) -> String {
    list_of(items, ", ")
}

fn list_of(items: &[impl Display], between: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

fn path(atoms: &[Atom]) -> String {
    atoms.iter().fold(String::new(), |mut text, atom| {
        let _ = write!(text, "[{atom}]");
        text
    })
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base, path(&self.path))
    }
}

impl Display for Slice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base, path(&self.path))?;
        match &self.range {
            Some((start, end)) => write!(f, "[{start}..{end}]"),
            None => Ok(()),
        }
    }
}

impl Display for Opaque {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let again = if self.repeatable { "" } else { "!" };
        let inert = if self.inert { "~" } else { "" };
        write!(f, "#{}{again}{inert}({})", self.code.0, list(&self.args))
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Atom(atom) => write!(f, "{atom}"),
            Operand::Array(slice) => write!(f, "&{slice}"),
        }
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Op::Copy(a) => write!(f, "{a}"),
            Op::Neg(a) => write!(f, "-{a}"),
            Op::Add(a, b) => write!(f, "{a} + {b}"),
            Op::Sub(a, b) => write!(f, "{a} - {b}"),
            Op::Mul(a, b) => write!(f, "{a} * {b}"),
            Op::Div(a, b) => write!(f, "{a} / {b}"),
            Op::Rem(a, b) => write!(f, "{a} % {b}"),
            Op::Unary(function, a) => write!(f, "{function:?}({a})"),
            Op::Binary(function, a, b) => write!(f, "{function:?}({a}, {b})"),
            Op::MulAdd(a, b, c) => write!(f, "mul_add({a}, {b}, {c})"),
            Op::Clamp(a, b, c) => write!(f, "clamp({a}, {b}, {c})"),
            Op::ScaleOrZero(a, b) => write!(f, "{a} *or0 {b}"),
            Op::ScaleUnlessZero(a, b) => write!(f, "{a} *unless0 {b}"),
            Op::Select(c, a, b) => write!(f, "select({c}, {a}, {b})"),
            Op::Compare(how, a, b) => write!(f, "{how:?}({a}, {b})"),
            Op::Test(what, a) => write!(f, "{what:?}({a})"),
            Op::Not(a) => write!(f, "!{a}"),
            Op::And(a, b) => write!(f, "{a} & {b}"),
            Op::Or(a, b) => write!(f, "{a} | {b}"),
            Op::Opaque(opaque) => write!(f, "{opaque}"),
            Op::ToReal(a) => write!(f, "real({a})"),
            Op::Len(slice) => write!(f, "len({slice})"),
            Op::Load(place) => write!(f, "load {place}"),
            Op::Field(tuple, index) => write!(f, "{tuple}.{index}"),
            Op::Sum(slice) => write!(f, "sum({slice})"),
        }
    }
}

impl Display for Init {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Init::Repeat { value, len, vec } => {
                let len = match len {
                    Len::Const(code) => format!("#{}", code.0),
                    Len::Value(atom) => atom.to_string(),
                };
                write!(f, "{}[{value}; {len}]", if *vec { "vec" } else { "" })
            }
            Init::List { elems, vec } => write!(f, "{}[{}]", if *vec { "vec" } else { "" }, list(elems)),
            Init::CopyOf(slice) => write!(f, "copy {slice}"),
            Init::ZerosLike(slice) => write!(f, "zeros like {slice}"),
            Init::Empty(_) => f.write_str("empty"),
        }
    }
}

impl Display for Elem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Elem::Atom(atom) => write!(f, "{atom}"),
            Elem::Array(init) => write!(f, "{init}"),
        }
    }
}

impl Display for Role {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Param(index) => write!(f, "param {index}")?,
            What::Result(index) => write!(f, "result {index}")?,
            What::Record(index) => write!(f, "record {index}")?,
        }
        f.write_str(if self.bar { " bar" } else { "" })?;
        f.write_str(if self.dot { " dot" } else { "" })
    }
}

impl Display for Callee {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Callee::Path { code, .. } => write!(f, "#{}", code.0),
            Callee::Method { receiver, name } => write!(f, "{receiver}.#{}", name.0),
        }
    }
}

struct Printer<'a> {
    func: &'a Func,
    out: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", self.depth * 2);
    }

    fn def(&self, var: VarId) -> String {
        let info = self.func.var(var);
        format!("{var} {}: {:?}", info.name, info.kind)
    }

    fn block(&mut self, block: &Block) {
        self.depth += 1;
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.term(&block.term);
        self.depth -= 1;
    }

    fn branch(&mut self, branch: &Branch, results: &str) {
        match &branch.on {
            Selector::Bool(cond) => self.line(&format!("{results}if {cond}")),
            Selector::Match(scrutinee) => self.line(&format!("{results}match {scrutinee}")),
        }
        for arm in &branch.arms {
            match &arm.pattern {
                Some(pattern) => {
                    let binds: Vec<_> = pattern.binds.iter().map(|v| self.def(*v)).collect();
                    self.line(&format!("arm #{} ({})", pattern.code.0, binds.join(", ")));
                    if let Some(guard) = &pattern.guard {
                        self.line("guard");
                        self.block(guard);
                    }
                }
                None => self.line("arm"),
            }
            self.block(&arm.body);
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Yield(values) => self.line(&format!("yield {}", list(values))),
            Term::Continue(id, values) => self.line(&format!("continue @{} {}", id.0, list(values))),
            Term::Break(id, values) => self.line(&format!("break @{} {}", id.0, list(values))),
            Term::Return(values) => self.line(&format!("return {}", list(values))),
            Term::Branch(branch) => self.branch(branch, "go on "),
            Term::Escape(opaque) => self.line(&format!("escape {opaque}")),
            Term::Panic(opaque) => self.line(&format!("panic {opaque}")),
        }
    }

    fn arg(&self, arg: &Arg) -> String {
        let value = match &arg.value {
            ArgValue::Scalar(atom) => atom.to_string(),
            ArgValue::Array(slice) => format!("&{slice}"),
            ArgValue::ArrayMut(slice) => format!("&mut {slice}"),
            ArgValue::ArrayByValue(var) => var.to_string(),
            ArgValue::ScalarMut { before, after } => format!("&mut {before} -> {}", self.def(*after)),
            ArgValue::ArrayGone => "&mut _".to_owned(),
            ArgValue::ScalarGone => "&mut _ scalar".to_owned(),
        };
        let mut text = arg.tuple.map_or_else(String::new, |place| format!("{place}: "));
        text += if arg.lent { "lent " } else { "" };
        text += &value;
        for (label, operand) in [("dot", &arg.dot), ("bar", &arg.bar), ("bar_dot", &arg.bar_dot)] {
            if let Some(operand) = operand {
                let _ = write!(text, " {label}={operand}");
            }
        }
        text + if arg.active { " active; " } else { "; " }
    }

    fn call(&mut self, call: &Call) {
        let (present, end) = match call.outcome {
            Outcome::Plain => (String::new(), String::new()),
            Outcome::Question(None) => (String::new(), " or leave".to_owned()),
            Outcome::Question(Some(code)) => (String::new(), format!(" or leave by #{}", code.0)),
            Outcome::Caught { present, error } => {
                (format!("{} else {} ? ", self.def(present), self.def(error)), String::new())
            }
            Outcome::Pulled => (String::new(), " where it was present".to_owned()),
        };
        let results: Vec<_> = call.results.iter().map(|v| self.def(*v)).collect();
        let results = results.join(", ");
        let tangent = if call.tangent { " tangent" } else { "" };
        let pullback = call.pullback.map_or(String::new(), |var| format!(" {var}"));
        let args: String = call.args.iter().map(|arg| self.arg(arg)).collect();
        let head = format!("{present}({results}) = call {} {:?}{tangent}{pullback}", call.callee, call.entry);
        self.line(&format!("{head} ({args}) seeds ({}){end}", list(&call.seeds)));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { var, op } => self.line(&format!("{} = {op}", self.def(*var))),
            Stmt::Assign { var, op } => self.line(&format!("{var} := {op}")),
            Stmt::Effect(opaque) => self.line(&format!("effect {opaque}")),
            Stmt::Alloc { var, init } => self.line(&format!("{} = alloc {init}", self.def(*var))),
            Stmt::Store { place, value, update } => {
                let sign = match update {
                    Update::Set => "=",
                    Update::Add => "+=",
                };
                self.line(&format!("{place} {sign} {value}"));
            }
            Stmt::CopySlice { dst, src } => self.line(&format!("{dst} = copy {src}")),
            Stmt::AddSlice { dst, src } => self.line(&format!("{dst} += each {src}")),
            Stmt::Fill { dst, value } => self.line(&format!("{dst} = fill {value}")),
            Stmt::Swap { a, b } => self.line(&format!("swap {a}, {b}")),
            Stmt::VecPush { array, value } => self.line(&format!("{array}.push({value})")),
            Stmt::VecPop { array, var } => self.line(&format!("{} = {array}.pop()", self.def(*var))),
            Stmt::Branch { branch, results } => {
                let defs: Vec<_> = results.iter().map(|v| self.def(*v)).collect();
                let text = if defs.is_empty() { String::new() } else { format!("{} = ", defs.join(", ")) };
                self.branch(branch, &text);
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => self.call(call),
            Stmt::Turn => self.line("turn"),
            Stmt::NewTape { tape } => self.line(&format!("tape {}", self.def(*tape))),
            Stmt::Push { tape, values } => self.line(&format!("push {tape} <- {}", list(values))),
            Stmt::Pop { tape, vars } => {
                let defs: Vec<_> = vars.iter().map(|v| self.def(*v)).collect();
                self.line(&format!("pop {tape} -> {}", defs.join(", ")));
            }
        }
    }

    fn looped(&mut self, l: &super::Loop) {
        let head = match &l.head {
            Head::Range { var, lo, hi, inclusive, adaptors } => {
                let dots = if *inclusive { "..=" } else { ".." };
                let mut text = format!("for {} in {lo}{dots}{hi}", self.def(*var));
                for adaptor in adaptors {
                    let _ = match adaptor {
                        Adaptor::Rev => write!(text, " rev"),
                        Adaptor::StepBy(step) => write!(text, " step {step}"),
                    };
                }
                text
            }
            Head::Forever => "loop".to_owned(),
        };
        let strips = if l.path.strips { " in strips" } else { "" };
        self.line(&format!("@{} {head}{strips}", l.id.0));
        for window in &l.path.windows {
            let exclusive = if window.mutable { "mut " } else { "" };
            let plus = if window.plus.is_empty() { "0".to_owned() } else { list_of(&window.plus, " + ") };
            let start = window.minus.iter().fold(plus, |text, atom| format!("{text} - {atom}"));
            self.line(&format!("  window {} is {exclusive}{} at {start}", self.def(window.var), window.of));
        }
        for carried in &l.carried {
            let (param, result) = (self.def(carried.param), self.def(carried.result));
            self.line(&format!("  carried {param} from {} gives {result}", carried.init));
        }
        self.block(&l.body);
    }
}

impl Display for Func {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut printer = Printer { func: self, out: String::new(), depth: 0 };
        printer.line(&format!("fn {}", self.name));
        for param in &self.params {
            let notes = [(param.differentiated, " differentiated"), (param.mutable, " mut")];
            let notes: String = notes.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
            printer.line(&format!("  {} [{}]{notes}", printer.def(param.var), param.role));
        }
        printer.line(&format!("  gives {}", list(&self.results)));
        printer.block(&self.body);
        f.write_str(&printer.out)
    }
}
