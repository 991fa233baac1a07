//! Derivatives of a function whose partial derivatives are given.
//!
//! `y = f(x, z)` with the partial derivatives `p, q` has the tangent `y_dot = x_dot * p + z_dot * q` and the adjoints
//! `x_bar = y_bar * p; z_bar = y_bar * q;`. A zero on the left stays zero whatever the partial derivative is.

use super::reverse::Goal;
use crate::ir::{Atom, Block, Func, Kind, Op, Param, Role, Rule, SpanId, Stmt, Term, Var, VarId, What};

const VALUE: Role = Role { what: What::Result(0), bar: false, dot: false };

/// The function's value and its tangent.
pub(crate) fn tangent(rule: &Rule) -> Func {
    let mut out = rule.partials.clone();
    let mut dots = Vec::new();
    out.params.clear();
    for param in &rule.partials.params {
        out.params.push(param.clone());
        if param.differentiated {
            let dot = beside(&mut out, param.var, "_dot", Kind::Tangent);
            dots.push(Atom::Var(dot));
            out.params.push(derived(dot, Role { dot: true, ..param.role }));
        }
    }
    out.results = vec![VALUE, Role { dot: true, ..VALUE }];
    written(rule, out, true, |code, partials| {
        let mut sum = None;
        for (dot, partial) in dots.iter().zip(partials) {
            let part = code.temp(Kind::Tangent, Op::ScaleOrZero(dot.clone(), partial.clone()));
            sum = Some(sum.map_or(part.clone(), |sum| code.temp(Kind::Tangent, Op::Add(sum, part))));
        }
        vec![sum.unwrap_or(Atom::ZeroTangent)]
    })
}

/// What `goal` asks for, and the adjoints of the differentiated parameters.
pub(crate) fn reverse(rule: &Rule, goal: Goal) -> Func {
    let mut out = rule.partials.clone();
    let seed = if goal.takes_seeds() {
        let seed = fresh(&mut out, "value_bar", Kind::Real, true);
        out.params.push(derived(seed, Role { bar: true, ..VALUE }));
        Atom::Var(seed)
    } else {
        Atom::real(1.0)
    };
    let bars = rule.partials.params.iter().filter(|param| param.differentiated);
    out.results = goal.gives_value().then_some(VALUE).into_iter().collect();
    out.results.extend(bars.map(|param| Role { bar: true, ..param.role }));
    written(rule, out, goal.gives_value(), |code, partials| {
        let scaled = |partial: &Atom| Op::ScaleOrZero(seed.clone(), partial.clone());
        partials.iter().map(|partial| code.temp(Kind::Real, scaled(partial))).collect()
    })
}

/// Statements on their way into a function.
struct Code<'f> {
    func: &'f mut Func,
    stmts: Vec<Stmt>,
}

impl Code<'_> {
    fn new(func: &mut Func) -> Code<'_> {
        Code { func, stmts: Vec::new() }
    }

    /// `let t = op;`
    fn temp(&mut self, kind: Kind, op: Op) -> Atom {
        let var = fresh(self.func, "t", kind, false);
        self.stmts.push(Stmt::Let { var, op });
        Atom::Var(var)
    }
}

/// `out` with what `leaf` makes of the partial derivatives in place of these, and with the function's value before it where
/// that is asked for.
fn written(
    rule: &Rule,
    mut out: Func,
    value: bool,
    leaf: impl Fn(&mut Code<'_>, &[Atom]) -> Vec<Atom>,
) -> Func {
    let mut body =
        std::mem::replace(&mut out.body, Block { stmts: Vec::new(), term: Term::Return(Vec::new()) });
    let mut early = Code::new(&mut out);
    // Where the function fails, its partial derivatives are not asked.
    let known = rule.may_fail.then(|| early.temp(Kind::Real, Op::Opaque(rule.value.clone())));
    let stmts = early.stmts;
    body.stmts.splice(0..0, stmts);
    each_return(&mut body, &mut |block, partials| {
        let mut code = Code::new(&mut out);
        let mut results = leaf(&mut code, &partials);
        if value {
            let value =
                known.clone().unwrap_or_else(|| code.temp(Kind::Real, Op::Opaque(rule.value.clone())));
            results.insert(0, value);
        }
        block.stmts.extend(code.stmts);
        block.term = Term::Return(results);
    });
    out.body = body;
    out
}

fn each_return(block: &mut Block, leaf: &mut impl FnMut(&mut Block, Vec<Atom>)) {
    match &mut block.term {
        Term::Return(partials) => {
            let partials = std::mem::take(partials);
            leaf(block, partials);
        }
        Term::Branch(branch) => branch.arms.iter_mut().for_each(|arm| each_return(&mut arm.body, leaf)),
        Term::Yield(_) | Term::Continue(..) | Term::Break(..) | Term::Escape(_) | Term::Panic(_) => {}
    }
}

fn derived(var: VarId, role: Role) -> Param {
    Param { var, role, differentiated: false, mutable: false }
}

fn beside(func: &mut Func, var: VarId, suffix: &str, kind: Kind) -> VarId {
    let name = format!("{}{suffix}", func.var(var).name);
    fresh(func, &name, kind, true)
}

fn fresh(func: &mut Func, name: &str, kind: Kind, named: bool) -> VarId {
    let span = span(func);
    func.fresh(Var { name: name.to_owned(), kind, named, span, element: false })
}

/// Errors stand at the first parameter.
fn span(func: &Func) -> SpanId {
    func.params.first().map_or(SpanId(0), |param| func.var(param.var).span)
}
