//! What stands in a `Result` or an `Option` where its value is missing.
//!
//! `Err(e)`  becomes  `t = Some(Err::<Infallible, _>(e))`. An error only passes out of the function, into another error or into
//! a print: it may depend on what is differentiated, and nothing else depends on it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall};

use super::lower::Lower;
use super::names;
use super::value::{Code, Maybe, Value};
use crate::ir::{Atom, Kind, Op, Selector, Stmt, VarId};

pub(super) const PASSES_OUT: &str =
    "the error of a call is not understood here; let it pass out with `?` or `Err(…)`, or print it";

/// What `?` passes out where a value is missing.
#[derive(Clone)]
pub(super) enum Absence {
    /// `None`
    None,
    /// What is in this variable: an `Option` of a `Result` or `Option` that has no value.
    Held(Atom),
    /// The value is there: `Ok(v)`.
    Never,
}

impl Absence {
    /// What stands for two values, of which one is missing. Whoever gives `None` is an `Option`.
    pub(super) fn joined(&self, other: &Absence) -> Absence {
        match (self, other) {
            (Absence::None, _) | (_, Absence::None) => Absence::None,
            (Absence::Held(held), _) | (_, Absence::Held(held)) => Absence::Held(held.clone()),
            (Absence::Never, Absence::Never) => Absence::Never,
        }
    }

    /// How `unwrap` ends where a value is missing, or `expect` with this message: in the standard library's words, the error in them.
    pub(super) fn panic(&self, message: Option<Code>, span: Span) -> Code {
        match (self, message) {
            (Absence::Held(held), None) => Code::hole(held.clone(), Kind::Opaque, span)
                .wrap(Kind::Opaque, |held| quote_spanned!(span=> match #held.unwrap().unwrap() {})),
            (Absence::Held(held), Some(mut message)) => {
                let held = message.absorb(&Code::hole(held.clone(), Kind::Opaque, span));
                message.wrap(
                    Kind::Opaque,
                    |message| quote_spanned!(span=> match #held.unwrap().expect(#message) {}),
                )
            }
            (Absence::None | Absence::Never, None) => Code::constant(
                quote!(::core::panic!("called `Option::unwrap()` on a `None` value")),
                Kind::Opaque,
            ),
            (Absence::None | Absence::Never, Some(message)) => {
                message.wrap(Kind::Opaque, |message| quote!(::core::panic!("{}", #message)))
            }
        }
    }
}

/// Whether all of the items that were looked at are there, and what stands in the place of the first that is not.
#[derive(Clone)]
pub(super) struct AllThere {
    present: VarId,
    error: VarId,
    absence: Absence,
}

impl AllThere {
    pub(super) fn of(self, value: Value) -> Value {
        let AllThere { present, absence, .. } = self;
        Value::Option(Box::new(Maybe { present: present.into(), value, shared: false, absence }))
    }
}

impl Lower<'_> {
    /// No item is missing yet.
    pub(super) fn all_there(&mut self, span: Span) -> AllThere {
        let present = self.fresh("all", Kind::Bool, false, span);
        let error = self.fresh("error", Kind::Opaque, false, span);
        self.assigned.extend([present, error]);
        self.push(Stmt::Let { var: present, op: Op::Copy(Atom::Bool(true)) });
        AllThere { present, error, absence: Absence::Never }
    }

    /// An item is missing, and none is looked at after it.
    pub(super) fn one_missing(&mut self, all: &mut AllThere, absence: Absence) {
        self.push(Stmt::Assign { var: all.present, op: Op::Copy(Atom::Bool(false)) });
        let absence = match absence {
            Absence::Held(held) => {
                self.push(Stmt::Assign { var: all.error, op: Op::Copy(held) });
                Absence::Held(all.error.into())
            }
            other @ (Absence::None | Absence::Never) => other,
        };
        all.absence = all.absence.joined(&absence);
    }

    /// Lowers what may name errors, since it passes out.
    pub(super) fn passing_errors<R>(&mut self, lower: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.errors_pass, true);
        let result = lower(self);
        self.errors_pass = outer;
        result
    }

    /// A variable for the value of `code`, which only passes out.
    fn held(&mut self, code: Code, span: Span) -> Absence {
        let code = code
            .wrap(Kind::Opaque, |residual| quote_spanned!(span=> ::core::option::Option::Some(#residual)));
        Absence::Held(self.materialize(Code { inert: true, pure: false, ..code }, span).atom)
    }

    fn held_error(&mut self, error: Code, span: Span) -> Absence {
        let ty = self.failure.as_ref().map_or_else(|| quote!(_), |ty| quote!(#ty));
        let residual = error.wrap(Kind::Opaque, |error| {
            quote_spanned!(span=> ::core::result::Result::Err::<::core::convert::Infallible, #ty>(#error))
        });
        self.held(residual, span)
    }

    /// `Err(error)`
    pub(super) fn err(&mut self, error: &Expr) -> Value {
        match self.passing_errors(|cx| cx.substitute(error)) {
            Some(code) => Maybe::missing(self.held_error(code, error.span())),
            None => Value::Poison,
        }
    }

    /// `None` or a passive `Err(e)`, where others hold real numbers; any other value as it is.
    pub(super) fn as_option(&mut self, value: Value, span: Span) -> Value {
        match value.none_as_option() {
            Value::Code(code) => match error_in(&code) {
                Some(error) => Maybe::missing(self.held_error(Code { tokens: error, ..code }, span)),
                None => Value::Code(code),
            },
            other => other,
        }
    }

    /// What the function returns where a value is missing.
    pub(super) fn residual(&self, absence: &Absence, span: Span) -> Code {
        match absence {
            Absence::None => Code::constant(quote!(::core::option::Option::None), Kind::Opaque),
            Absence::Held(held) => {
                let krate = self.facade();
                let code = Code::hole(held.clone(), Kind::Opaque, span);
                code.wrap(
                    Kind::Opaque,
                    |held| quote_spanned!(span=> #krate::__private::never(#held.unwrap()?)),
                )
            }
            Absence::Never => Code::constant(quote!(::core::unreachable!()), Kind::Opaque),
        }
    }

    /// What `?` passes out of an inlined function, whose error may be of another type.
    pub(super) fn passed(&mut self, absence: Absence, span: Span) -> Absence {
        let (Absence::Held(held), Some(ty)) = (&absence, self.failure.clone()) else {
            return absence;
        };
        let krate = self.facade();
        let code = Code::hole(held.clone(), Kind::Opaque, span);
        let code = code.wrap(Kind::Opaque, |held| {
            quote_spanned!(span=> (|| -> ::core::result::Result<::core::convert::Infallible, #ty> { #krate::__private::never(#held.unwrap()?) })())
        });
        self.held(code, span)
    }

    /// The error itself, as a value of the user's type.
    pub(super) fn error_of(&mut self, absence: &Absence, span: Span) -> Value {
        let Absence::Held(held) = absence else {
            return Value::Error(None);
        };
        let code = Code::hole(held.clone(), Kind::Opaque, span);
        let code = code.wrap(Kind::Opaque, |held| quote_spanned!(span=> #held.unwrap().unwrap_err()));
        Value::Error(Some(self.materialize(Code { inert: true, pure: false, ..code }, span).atom))
    }

    /// `result.map_err(f)`, `option.ok_or(e)` and `option.ok_or_else(|| e)`
    pub(super) fn with_error(&mut self, maybe: Maybe, call: &ExprMethodCall) -> Value {
        let span = call.span();
        let Some(arg) = call.args.first() else { return Value::Poison };
        let arg = match names::bare(arg) {
            Expr::Closure(closure) if call.method == "ok_or_else" => &closure.body,
            _ if call.method == "ok_or_else" => &syn::parse_quote_spanned!(span=> (#arg)()),
            arg => arg,
        };
        let (present, absence) = (maybe.present.clone(), maybe.absence.clone());
        let there = self.arm(|cx| Maybe::there(cx.content(maybe, span)), span);
        let missing = |cx: &mut Self| {
            let Some(mut code) = cx.passing_errors(|cx| cx.substitute(arg)) else { return Value::Poison };
            match absence {
                Absence::Held(held) if call.method == "map_err" => {
                    let held = code.absorb(&Code::hole(held, Kind::Opaque, span));
                    let code =
                        code.wrap(Kind::Opaque, |map| quote_spanned!(span=> #held.unwrap().map_err(#map)));
                    Maybe::missing(cx.held(code, span))
                }
                Absence::None | Absence::Held(_) | Absence::Never => {
                    Maybe::missing(cx.held_error(code, span))
                }
            }
        };
        let missing = self.arm(missing, span);
        self.branch(Selector::Bool(present), vec![None, None], vec![there, missing], call)
    }
}

/// What stands in `Err(…)`, if `code` is that.
fn error_in(code: &Code) -> Option<TokenStream> {
    let first = code.tokens.clone().into_iter().next()?;
    if first.to_string() != "Err" {
        return None;
    }
    match syn::parse2(code.tokens.clone()).ok()? {
        Expr::Call(call) if call.args.len() == 1 => {
            let error = call.args.first()?;
            Some(quote!(#error))
        }
        _ => None,
    }
}
