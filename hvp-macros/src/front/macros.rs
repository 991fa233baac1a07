//! Macros: assertions and prints run as they are, `vec!` makes memory, `panic!` leaves.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Macro};

use super::lower::Lower;
use super::source::Unknown;
use super::types::Ty;
use super::value::{Code, Value};
use super::{format, names, spelling, table};
use crate::ir::{Kind, Op, Stmt, Term};

impl Lower<'_> {
    pub(super) fn macro_call(&mut self, mac: &Macro, hint: Option<&Ty>) -> Value {
        let name = names::macro_name(mac);
        if table::is_panic_macro(&name) {
            return match self.passing_errors(|cx| cx.substitute_macro(mac)) {
                Some(code) => {
                    let panic = self.opaque(Code { inert: true, pure: false, ..code });
                    self.leave(Term::Panic(panic))
                }
                None => Value::Poison,
            };
        }
        if table::is_effect_macro(&name) {
            if let Some(code) = self.passing_errors(|cx| cx.substitute_macro(mac)) {
                let effect = self.opaque(Code { inert: true, ..code });
                self.push(Stmt::Effect(effect));
            }
            return Value::Unit;
        }
        match name.as_str() {
            "vec" => self.vec(mac, hint),
            "matches" => self.matches_macro(mac),
            _ => self.unknown_macro(mac),
        }
    }

    /// Whether `arg` is a variable of the body that is declared `mut`.
    fn may_be_assigned(&self, arg: &Expr) -> bool {
        match names::ident_of(arg).and_then(|name| self.scopes.get(&name.to_string())) {
            Some(Value::Num(num)) => num.atom.var().is_some_and(|var| self.assigned.contains(&var)),
            Some(Value::Array(view)) => self.may_change(view.slice.base),
            Some(_) | None => false,
        }
    }

    fn vec(&mut self, mac: &Macro, hint: Option<&Ty>) -> Value {
        if let Some((value, len)) = format::repeat(mac) {
            return self.repeat(&value, &len, true, mac, hint);
        }
        match format::arguments(mac) {
            Some(elems) if elems.is_empty() => self.new_vec(None, mac.path.span(), hint),
            Some(elems) => self.array(&elems, true, mac, hint),
            None => self.error(
                mac,
                "the elements of this `vec!` are not understood; write `vec![a, b]` or `vec![value; n]`",
            ),
        }
    }

    fn matches_macro(&mut self, mac: &Macro) -> Value {
        let Some((value, pattern)) = format::matches(mac) else {
            return self.error(mac, "the arguments of this `matches!` are not understood; use `match`");
        };
        let mut matched: syn::Block =
            syn::parse_quote_spanned!(mac.span()=> { match #value { #pattern => true, _ => false } });
        spelling::spell_out(&mut matched);
        self.statements(&matched.stmts, None)
    }

    /// A macro that is not known may do anything: it may only see passive values.
    fn unknown_macro(&mut self, mac: &Macro) -> Value {
        let name = names::macro_name(mac);
        let Some(args) = format::arguments(mac) else {
            return self.error(
                &mac.path,
                format!("the arguments of `{name}!` are not understood; bind its result before the function"),
            );
        };
        if let Some(changed) = args.iter().find(|arg| self.may_be_assigned(arg)) {
            let message = format!(
                "`{name}!` may change this, which is not seen here; pass a copy, or write what it expands to"
            );
            return self.error(changed, message);
        }
        let Some(code) = self.substitute_macro(mac) else {
            return Value::Poison;
        };
        let opaque = self.opaque(Code { kind: Kind::Opaque, pure: false, ..code });
        let why = format!("what `{name}!` expands to is not seen here");
        let instead = "write that, or a function marked `#[differentiable]`";
        self.source.unknown.insert(opaque.code, Unknown { at: mac.path.to_token_stream(), why, instead });
        Value::num(self.temp(Kind::Opaque, Op::Opaque(opaque), mac.span()), Kind::Opaque)
    }
}
