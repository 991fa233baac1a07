//! Derivatives of a function whose tangent and adjoint are functions of the user's.
//!
//! `y = f(&a, z)` with the adjoint `vjp` has the reverse sweep `let (a_part, z_part) = vjp(&a, z, y_bar); a_bar += a_part;`.
//! Its tangent is that of a call: so is a second derivative, for which `vjp` must be differentiable itself.

use super::reverse::Goal;
use crate::ir::{
    Arg, ArgValue, Atom, Block, Call, Callee, Entry, Func, Given, Kind, Op, Opaque, Operand, Outcome, Param,
    Role, Slice, SpanId, Stmt, Term, Var, VarId, What,
};

const VALUE: Role = Role { what: What::Result(0), bar: false, dot: false };

/// The function's value and its tangent, by its own entry for callers.
pub(crate) fn tangent(given: &Given) -> Func {
    let mut out = given.shell.clone();
    let mut args = arguments(given, &out);
    out.params.clear();
    for (param, arg) in given.shell.params.iter().zip(&mut args) {
        out.params.push(param.clone());
        if param.differentiated {
            let kind = given.shell.kind(param.var).tangent();
            let name = format!("{}_dot", given.shell.var(param.var).name);
            let dot = fresh(&mut out, name, kind.clone());
            arg.dot = Some(operand(dot, &kind));
            out.params.push(derived(dot, Role { dot: true, ..param.role }));
        }
    }
    let value = fresh(&mut out, "value".to_owned(), given.result.clone());
    let dot = fresh(&mut out, "value_dot".to_owned(), given.result.tangent());
    out.results = vec![VALUE, Role { dot: true, ..VALUE }];
    out.body = match &given.no_jvp {
        Some(missing) => panic(missing),
        None => {
            let call = Call { tangent: true, ..call(given, &given.itself, args, vec![value, dot]) };
            Block { stmts: vec![Stmt::Call(call)], term: Term::Return(vec![value.into(), dot.into()]) }
        }
    };
    out
}

/// What `goal` asks for, and the adjoints of the differentiated parameters.
pub(crate) fn reverse(given: &Given, goal: Goal) -> Func {
    let mut out = given.shell.clone();
    let mut code = Code { stmts: Vec::new(), results: Vec::new() };
    if goal.gives_value() {
        let value = fresh(&mut out, "value".to_owned(), given.result.clone());
        let args = arguments(given, &out);
        code.stmts.push(Stmt::Call(call(given, &given.itself, args, vec![value])));
        code.give(VALUE, value.into());
    }
    let weight = code.weight(given, goal, &mut out);
    code.pull(given, weight, &mut out);
    let (roles, values) = code.results.into_iter().unzip();
    out.results = roles;
    out.body = match &given.no_vjp {
        Some(missing) => panic(missing),
        None => Block { stmts: code.stmts, term: Term::Return(values) },
    };
    out
}

fn panic(missing: &Opaque) -> Block {
    Block { stmts: Vec::new(), term: Term::Panic(missing.clone()) }
}

struct Code {
    stmts: Vec<Stmt>,
    results: Vec<(Role, Atom)>,
}

impl Code {
    fn give(&mut self, role: Role, value: Atom) {
        self.results.push((role, value));
    }

    /// The adjoint of the result as an argument of `vjp`: a parameter, or 1.
    fn weight(&mut self, given: &Given, goal: Goal, out: &mut Func) -> Arg {
        let weight = fresh(out, "weight".to_owned(), given.result.clone());
        if goal.takes_seeds() {
            out.params.push(derived(weight, Role { bar: true, ..VALUE }));
        } else {
            self.stmts.push(Stmt::Let { var: weight, op: Op::Copy(Atom::real(1.0)) });
        }
        let value = if given.result.is_array() {
            ArgValue::Array(Slice::whole(weight))
        } else {
            ArgValue::Scalar(weight.into())
        };
        argument(value, goal.takes_seeds())
    }

    /// The call of `vjp`, and what it gives added to the adjoints.
    fn pull(&mut self, given: &Given, weight: Arg, out: &mut Func) {
        let mut args = arguments(given, out);
        args.push(weight);
        let (mut parts, mut additions) = (Vec::new(), Vec::new());
        for param in given.shell.params.iter().filter(|param| param.differentiated) {
            let (name, kind) = (&given.shell.var(param.var).name, given.shell.kind(param.var));
            let part = fresh(out, format!("{name}_part"), kind.clone());
            let role = Role { bar: true, ..param.role };
            parts.push(part);
            if kind.is_array() {
                let bar = fresh(out, format!("{name}_bar"), kind.clone());
                out.params.push(Param { mutable: true, ..derived(bar, role) });
                additions.push(Stmt::AddSlice { dst: Slice::whole(bar), src: Slice::whole(part) });
            } else {
                self.give(role, part.into());
            }
        }
        if let Some(vjp) = &given.vjp {
            self.stmts.push(Stmt::Call(call(given, vjp, args, parts)));
            self.stmts.extend(additions);
        }
    }
}

/// The function's own parameters as arguments.
fn arguments(given: &Given, func: &Func) -> Vec<Arg> {
    let arg = |param: &Param| {
        let array = func.kind(param.var).is_array();
        let value = match (array, given.by_value.contains(&param.var)) {
            (true, true) => ArgValue::ArrayByValue(param.var),
            (true, false) => ArgValue::Array(Slice::whole(param.var)),
            (false, _) => ArgValue::Scalar(param.var.into()),
        };
        let lent = *func.kind(param.var) == Kind::Real && !given.by_value.contains(&param.var);
        Arg { lent, ..argument(value, param.differentiated) }
    };
    given.shell.params.iter().map(arg).collect()
}

fn argument(value: ArgValue, active: bool) -> Arg {
    Arg { value, tuple: None, lent: false, active, dot: None, bar: None, bar_dot: None }
}

fn call(given: &Given, callee: &Callee, args: Vec<Arg>, results: Vec<VarId>) -> Call {
    Call {
        callee: callee.clone(),
        entry: Entry::Primal,
        tangent: false,
        args,
        pullback: None,
        seeds: Vec::new(),
        results,
        outcome: if given.question { Outcome::Question(None) } else { Outcome::Plain },
        span: SpanId(0),
        again: false,
        lends: false,
    }
}

fn operand(var: VarId, kind: &Kind) -> Operand {
    if kind.is_array() { Operand::Array(Slice::whole(var)) } else { Operand::Atom(var.into()) }
}

fn derived(var: VarId, role: Role) -> Param {
    Param { var, role, differentiated: false, mutable: false }
}

fn fresh(func: &mut Func, name: String, kind: Kind) -> VarId {
    func.fresh(Var::named(name, kind, SpanId(0)))
}
