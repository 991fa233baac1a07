//! Functions as the values of arms.
//!
//! `let act = match kind { Kind::Relu => |z: f64| z.max(0.0), Kind::Tanh => f64::tanh };`  becomes
//! `which = match kind { Kind::Relu => 0, Kind::Tanh => 1 };`, and a call of `act` asks for `which`.

use std::collections::BTreeSet;
use std::rc::Rc;

use proc_macro2::Span;
use syn::{Expr, ExprPath, Stmt as Syntax, Type};

use super::call::tail_of;
use super::dest::Dest;
use super::join::Lowered;
use super::lower::Lower;
use super::names;
use super::source::{Scalar, Shape};
use super::table;
use super::types;
use super::value::{Function, Target, Value};
use crate::ir::{self, Atom, Compare, Kind, Name, Op, Pattern, Selector, VarId};

/// One of several functions, none of which is chosen itself, by its number.
pub(super) struct Choice {
    pub(super) which: VarId,
    pub(super) of: Vec<Function>,
}

/// Which of the functions `of` is `function`; of one that is chosen itself, the number in `of` is its own and where its functions begin.
pub(super) fn number_of(function: &Function, of: &[Function]) -> Option<Op> {
    let all = alternatives(function);
    let begin = of.windows(all.len()).position(|part| part.iter().zip(all).all(|(a, b)| is_same(a, b)))?;
    let begin = Atom::Int(format!("{begin}usize"));
    Some(match function {
        Function::Choice(choice) => Op::Add(choice.which.into(), begin),
        Function::Closure(_) | Function::Path(_) => Op::Copy(begin),
    })
}

fn alternatives(function: &Function) -> &[Function] {
    match function {
        Function::Choice(choice) => &choice.of,
        Function::Closure(_) | Function::Path(_) => std::slice::from_ref(function),
    }
}

fn is_same(a: &Function, b: &Function) -> bool {
    match (a, b) {
        (Function::Closure(a), Function::Closure(b)) => Rc::ptr_eq(a, b),
        (Function::Path(a), Function::Path(b)) => Rc::ptr_eq(a, b),
        (Function::Closure(_) | Function::Path(_) | Function::Choice(_), _) => false,
    }
}

/// The function that is named by an expression of which only rustc knows the type.
fn path_of(value: &Value) -> Option<ExprPath> {
    match value {
        Value::Code(code) if code.args.is_empty() && code.kind == Kind::Opaque => {
            syn::parse2(code.tokens.clone()).ok()
        }
        _ => None,
    }
}

/// How many arguments a function of the type `ty` takes, where a number is among them: `fn(f64) -> f64`, `Box<dyn Fn(f64) -> f64>`.
pub(super) fn arguments_of(ty: &Type, scalar: &Scalar) -> Option<usize> {
    let counted = |inputs: Vec<&Type>| {
        let real = |ty: &&Type| matches!(types::read(ty, scalar).shape, Shape::Real);
        inputs.iter().any(real).then_some(inputs.len())
    };
    match ty {
        Type::FnPtr(function) => counted(function.inputs.iter().map(|input| &input.ty).collect()),
        Type::Reference(reference) => arguments_of(&reference.elem, scalar),
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => match &bound.path.segments.last()?.arguments {
                syn::PathArguments::Parenthesized(arguments) => {
                    counted(arguments.inputs.iter().map(|input| &input.ty).collect())
                }
                _ => None,
            },
            _ => None,
        }),
        other => arguments_of(types::argument_of(other, "Box")?, scalar),
    }
}

/// `init`, where what it gives is a function of `n` arguments: a name of a function becomes a closure that calls it.
pub(super) fn with_closures(init: &mut Expr, n: usize) {
    if let Expr::Call(call) = init
        && matches!(names::bare(&call.func), Expr::Path(path) if tail_of(path) == ("Box".to_owned(), "new".to_owned()))
        && let Some(function) = call.args.first()
    {
        *init = function.clone();
    }
    if let Expr::Path(path) = init {
        let span = syn::spanned::Spanned::span(path);
        let args: Vec<syn::Ident> =
            (0..n).map(|index| syn::Ident::new(&format!("__hvp_argument_{index}"), span)).collect();
        *init = syn::parse_quote_spanned!(span=> |#(#args),*| #path(#(#args),*));
    } else {
        results_of(init).into_iter().for_each(|result| with_closures(result, n));
    }
}

/// The expressions of which one is what `expr` gives.
fn results_of(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::Reference(reference) => vec![&mut reference.expr],
        Expr::Paren(inner) => vec![&mut inner.expr],
        Expr::If(node) => {
            let otherwise = node.else_branch.as_mut().map(|(_, otherwise)| &mut **otherwise);
            result_of(&mut node.then_branch).into_iter().chain(otherwise).collect()
        }
        Expr::Match(node) => node.arms.iter_mut().map(|arm| &mut *arm.body).collect(),
        Expr::Block(node) => result_of(&mut node.block).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn result_of(block: &mut syn::Block) -> Option<&mut Expr> {
    match block.stmts.last_mut() {
        Some(Syntax::Expr(last, None)) => Some(last),
        Some(_) | None => None,
    }
}

impl Lower<'_> {
    /// Names of functions are functions where another arm gives a closure, or where all are methods of numbers.
    pub(super) fn arms_as_functions(&mut self, patterns: &[Option<Pattern>], arms: &mut [Lowered]) {
        let live = |value: &Value| !matches!(value, Value::Never | Value::Poison);
        let is_method = |value: &Value| {
            path_of(value).is_some_and(|path| {
                let (owner, name) = tail_of(&path);
                self.is_float_path(&owner) && table::is_real_method(&name)
            })
        };
        let some = arms.iter().any(|arm| matches!(arm.value, Value::Func(_)));
        let all = arms.iter().any(|arm| live(&arm.value))
            && arms.iter().all(|arm| !live(&arm.value) || is_method(&arm.value));
        if !some && !all {
            return;
        }
        for (index, arm) in arms.iter_mut().enumerate() {
            if let Some(path) = path_of(&arm.value)
                && let Some(function) = self.function(&Expr::Path(path))
            {
                arm.value = Value::Func(function);
            }
            let binds = patterns.get(index).and_then(Option::as_ref).map(|pattern| pattern.binds.clone());
            let mut made: BTreeSet<VarId> = binds.into_iter().flatten().collect();
            for stmt in &arm.open.stmts {
                ir::each_name(stmt, |name| {
                    if let Name::Def(var) = name {
                        made.insert(var);
                    }
                });
            }
            if let Value::Func(function) = &arm.value
                && let Some(name) = holds(function, &made)
            {
                let message = format!(
                    "this closure is called outside of the arm that makes it, and holds `{name}` of that arm; bind `{name}` before, or call the function in each arm"
                );
                arm.value = self.error(&name, message);
            }
        }
    }

    pub(super) fn function_dest(&mut self, live: &[&Value], span: Span) -> Option<Dest> {
        let mut of = Vec::new();
        for value in live {
            let Value::Func(function) = value else { return None };
            of.extend(alternatives(function).iter().cloned());
        }
        Some(Dest::Func { which: self.fresh("which", Kind::Int, false, span), of })
    }

    /// Calls the function that was chosen.
    pub(super) fn apply_chosen(
        &mut self,
        choice: &Choice,
        from: usize,
        args: Vec<Value>,
        span: Span,
    ) -> Value {
        match choice.of.get(from..) {
            Some([last]) => self.apply(last, args, span),
            Some([first, ..]) => {
                let number = Atom::Int(format!("{from}usize"));
                let is_it = Op::Compare(Compare::Eq, choice.which.into(), number);
                let is_it = self.temp(Kind::Bool, is_it, span);
                let one = self.arm(|cx| cx.apply(first, args.clone(), span), span);
                let other = self.arm(|cx| cx.apply_chosen(choice, from + 1, args, span), span);
                let node = syn::Ident::new("chosen", span);
                self.branch(Selector::Bool(is_it), vec![None, None], vec![one, other], &node)
            }
            Some([]) | None => Value::Never,
        }
    }
}

/// A name in `function` that stands for one of the variables `made`.
fn holds(function: &Function, made: &BTreeSet<VarId>) -> Option<syn::Ident> {
    match function {
        Function::Closure(closure) => {
            let own: Vec<syn::Ident> = closure.params.iter().flat_map(names::bound).collect();
            let mut mentioned = names::mentioned(&closure.body).into_iter();
            mentioned.find(|name| {
                !own.contains(name)
                    && closure.scopes.get(&name.to_string()).is_some_and(|value| is_of(value, made))
            })
        }
        Function::Path(_) => None,
        Function::Choice(choice) => choice.of.iter().find_map(|function| holds(function, made)),
    }
}

/// Whether `value` is in one of the variables `made`.
fn is_of(value: &Value, made: &BTreeSet<VarId>) -> bool {
    let atom = |atom: &Atom| atom.var().is_some_and(|var| made.contains(&var));
    let slice = |slice: &ir::Slice| {
        made.contains(&slice.base)
            || slice.path.iter().any(atom)
            || slice.range.as_ref().is_some_and(|(lo, hi)| atom(lo) || atom(hi))
    };
    match value {
        Value::Num(num) => atom(&num.atom),
        Value::Array(view) => slice(&view.slice),
        Value::Tuple(parts) => parts.iter().any(|part| is_of(part, made)),
        Value::Struct(_, fields) => is_of(fields, made),
        Value::Table(table) => table.columns.iter().any(|column| is_of(column, made)),
        Value::Code(code) => code.args.iter().any(atom),
        Value::Ref(Target::Slot(var), _) => made.contains(var),
        Value::Ref(Target::Elem(place), _) => made.contains(&place.base) || place.path.iter().any(atom),
        Value::Option(maybe) => atom(&maybe.present) || is_of(&maybe.value, made),
        Value::Func(Function::Choice(choice)) if made.contains(&choice.which) => true,
        Value::Func(function) => holds(function, made).is_some(),
        Value::Range(bounds) => [&bounds.lo, &bounds.hi].into_iter().flatten().any(|end| is_of(end, made)),
        // What an iterator in a variable holds is not looked at.
        Value::Iter(_) => true,
        Value::Error(error) => error.as_ref().is_some_and(atom),
        Value::Late(_) | Value::Unit | Value::Never | Value::Poison => false,
    }
}
