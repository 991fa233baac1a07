//! Compound assignments: `x += e`, `x[i] *= e`.

use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{BinOp, ExprBinary};

use super::arith;
use super::lower::Lower;
use super::names;
use super::source::Shape;
use super::value::{Code, Target, Value};
use crate::ir::{Kind, Op, Place, Stmt, Update, VarId};

impl Lower<'_> {
    /// `left op= right`
    pub(super) fn compound(&mut self, node: &ExprBinary) -> Value {
        if let Some(place) = self.overloaded_place(node) {
            let value = self.expr(&node.right, None);
            return self.update(place, value, node);
        }
        let value = self.expr(&node.right, None);
        let value = self.before_place(value, &node.left);
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        let place = self.place_to_write(&node.left);
        self.update(place, value, node)
    }

    /// The place of `left op= right` where it is evaluated first: of a type parameter, whose operators are functions.
    fn overloaded_place(&mut self, node: &ExprBinary) -> Option<Value> {
        self.scalar_param()?;
        let effects = names::may_assign(&node.left) || names::may_assign(&node.right);
        let real = matches!(self.hint_of_place(&node.left)?.shape, Shape::Real);
        match (effects && real).then(|| self.place_to_write(&node.left))? {
            Value::Ref(Target::Elem(place), kind) => {
                let place = self.freeze_place(place, node.left.span());
                Some(Value::Ref(Target::Elem(place), kind))
            }
            other => Some(other),
        }
    }

    fn update(&mut self, place: Value, value: Value, node: &ExprBinary) -> Value {
        if matches!(value, Value::Never | Value::Poison) {
            return value;
        }
        match place {
            Value::Ref(Target::Slot(var), kind) => self.compound_slot(var, &kind, value, node),
            Value::Ref(Target::Elem(place), kind) => self.compound_element(place, &kind, value, node),
            place @ (Value::Code(_) | Value::Num(_)) => {
                self.assign_code(&place, &value, &node.left, Some(&node.op))
            }
            place @ Value::Struct(..) => {
                let operands = vec![(place, &*node.left), (value, &*node.right)];
                self.record_operator(&node.op, operands, node)
            }
            other @ (Value::Never | Value::Poison) => other,
            other => {
                self.error(&node.left, format!("{} has no such operator; update its elements", other.what()))
            }
        }
    }

    fn compound_slot(&mut self, var: VarId, kind: &Kind, value: Value, node: &ExprBinary) -> Value {
        let value = self.like_other_float(var, value);
        if *kind == Kind::Opaque && value.is_real() {
            return self.ask_type(var, node);
        }
        if *kind == Kind::Opaque || arith::arithmetic(&node.op, var.into(), var.into()).is_none() {
            return self.compound_opaque(var, kind, &value, node);
        }
        let right = self.element_atom(value, kind, &node.right);
        if let Some(op) = arith::arithmetic(&node.op, var.into(), right) {
            self.push(Stmt::Assign { var, op });
        }
        Value::Unit
    }

    /// `k <<= 1`, or any operator on a variable of unknown kind.
    fn compound_opaque(&mut self, var: VarId, kind: &Kind, value: &Value, node: &ExprBinary) -> Value {
        let span = node.span();
        let text = node.op.to_token_stream().to_string();
        let Ok(plain) = syn::parse_str::<BinOp>(text.trim_end_matches('=')) else {
            return Value::Poison;
        };
        let Some(right) = self.code_of(value, span) else {
            return self.error(&node.right, format!("{} cannot stand here; use a number", value.what()));
        };
        let mut code = Code::hole(var.into(), kind.clone(), span);
        let right = code.absorb(&right);
        let code = code.wrap(kind.clone(), |left| quote!(#left #plain #right));
        let (op, _) = self.evaluate(code);
        self.push(Stmt::Assign { var, op });
        Value::Unit
    }

    fn compound_element(&mut self, place: Place, kind: &Kind, value: Value, node: &ExprBinary) -> Value {
        let span = node.span();
        if *kind != Kind::Real {
            let old = self.temp(kind.clone(), Op::Load(place.clone()), span);
            let old = Value::num(old, kind.clone());
            let text = node.op.to_token_stream().to_string();
            let Ok(plain) = syn::parse_str::<BinOp>(text.trim_end_matches('=')) else {
                return Value::Poison;
            };
            let new = self.binary(&plain, (old, &node.left), (value, &node.right), node);
            let value = self.passive(new, node);
            self.push(Stmt::Store { place, value, update: Update::Set });
            return Value::Unit;
        }
        let right = self.real(value, &node.right);
        match node.op {
            BinOp::AddAssign(_) => self.push(Stmt::Store { place, value: right, update: Update::Add }),
            BinOp::SubAssign(_) => {
                let value = self.temp(Kind::Real, Op::Neg(right), span);
                self.push(Stmt::Store { place, value, update: Update::Add });
            }
            _ => {
                let old = self.temp(Kind::Real, Op::Load(place.clone()), span);
                match arith::arithmetic(&node.op, old, right) {
                    Some(op) => {
                        let value = self.temp(Kind::Real, op, span);
                        self.push(Stmt::Store { place, value, update: Update::Set });
                    }
                    None => {
                        return self.error(
                            &node.op,
                            "real numbers have no such operator; use `+=`, `-=`, `*=`, `/=` or `%=`",
                        );
                    }
                }
            }
        }
        Value::Unit
    }
}
