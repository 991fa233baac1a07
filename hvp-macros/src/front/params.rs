//! Parameters: their variables, and what their names are bound to.

use quote::quote;
use syn::{FnArg, GenericParam, Pat};

use super::lower::Lower;
use super::source::{Passing, Shape, SigParam};
use super::value::{Code, Num, Target, Value, View};
use crate::ir::{Kind, Op, Param, Role, VarId, What};

impl Lower<'_> {
    pub(super) fn parameters(&mut self, sig: &syn::Signature) {
        let typed = sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&*typed.pat),
            FnArg::Receiver(_) => None,
        });
        self.parameters_as(sig, &typed.collect::<Vec<_>>());
    }

    /// The user's parameter that the variable is.
    pub(super) fn param_of(&self, var: VarId) -> Option<&SigParam> {
        let param = self.func.params.iter().find(|param| param.var == var)?;
        match param.role.what {
            What::Param(index) => self.source.signature.params.get(index),
            What::Result(_) | What::Record(_) => None,
        }
    }

    /// Binds `pats` to the parameters, and gives these.
    pub(super) fn parameters_as(&mut self, sig: &syn::Signature, pats: &[&Pat]) -> Vec<Value> {
        for param in &sig.generics.params {
            if let GenericParam::Const(param) = param {
                let ident = &param.ident;
                let kind = super::types::read(&param.ty, &self.source.signature.scalar).shape.kind();
                self.bind(ident, Value::Code(Code::constant(quote!(#ident), kind)));
            }
        }
        let params = self.source.signature.params.clone();
        let vars: Vec<VarId> =
            params.iter().enumerate().map(|(index, param)| self.declare(index, param)).collect();
        let mut values = Vec::new();
        for ((param, pat), var) in params.iter().zip(pats).zip(vars) {
            let mark = self.func.vars.len();
            let value = self.parameter(param, var);
            values.push(value.clone());
            match pat {
                Pat::Ident(pat) if pat.mutability.is_none() && pat.subpat.is_none() => {
                    self.bind(&pat.ident, value);
                }
                pat => self.bind_pat(pat, value, mark),
            }
        }
        values
    }

    pub(super) fn declare(&mut self, index: usize, param: &SigParam) -> VarId {
        let kind = match (param.shape.kind(), param.passing) {
            // References to integers and Booleans are read through once, below.
            (Kind::Int | Kind::Bool, Passing::Ref | Passing::RefMut) => Kind::Opaque,
            (kind, _) => kind,
        };
        let var = self.fresh(&param.name.to_string(), kind.clone(), true, param.name.span());
        let mutable = param.passing == Passing::RefMut && (kind.is_array() || kind == Kind::Real);
        let role = Role::primal(What::Param(index));
        self.func.params.push(Param { var, role, differentiated: param.differentiated, mutable });
        var
    }

    fn parameter(&mut self, param: &SigParam, var: VarId) -> Value {
        let refs = u8::from(param.passing != Passing::Value);
        if refs > 0 {
            self.by_ref.insert(var);
        }
        match &param.shape {
            Shape::Real if param.passing == Passing::RefMut => {
                self.assigned.insert(var);
                Value::Ref(Target::Slot(var), Kind::Real)
            }
            Shape::Real => Value::Num(Num { atom: var.into(), kind: Kind::Real, refs }),
            Shape::Int | Shape::Bool => self.small(param, var),
            Shape::Slice(_) | Shape::Array(..) | Shape::Vec(_) if param.shape.kind().is_array() => {
                let mut view = View::whole(var, param.shape.clone(), refs);
                view.mutable = param.passing == Passing::RefMut;
                Value::Array(view)
            }
            Shape::Tuple(parts) if matches!(param.shape.kind(), Kind::Tuple(_)) => {
                let parts = parts.iter().enumerate().map(|(index, part)| {
                    let atom = self.temp(part.kind(), Op::Field(var, index), param.name.span());
                    Value::num(atom, part.kind())
                });
                Value::Tuple(parts.collect())
            }
            shape => {
                self.known_shapes.insert(var, (refs, shape.clone()));
                if param.passing == Passing::RefMut {
                    self.source.changing.insert(var);
                }
                Value::num(var.into(), Kind::Opaque)
            }
        }
    }

    fn small(&mut self, param: &SigParam, var: VarId) -> Value {
        let kind = param.shape.kind();
        match param.passing {
            Passing::Value => Value::num(var.into(), kind),
            Passing::Ref => {
                let span = param.name.span();
                let code =
                    Code::hole(var.into(), Kind::Opaque, span).wrap(kind.clone(), |hole| quote!(*#hole));
                let (op, _) = self.evaluate(code);
                let own = self.named(&param.name.to_string(), kind.clone(), op, span);
                Value::Num(Num { atom: own.into(), kind, refs: 1 })
            }
            Passing::RefMut => {
                self.source.changing.insert(var);
                Value::num(var.into(), Kind::Opaque)
            }
        }
    }
}
