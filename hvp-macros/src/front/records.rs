//! Structs whose declaration and `impl`s are seen: what is made of them is taken apart, and their functions are inlined.
//!
//! With `impl Mul<f64> for Vec2 { fn mul(self, k: f64) -> Vec2 { Vec2 { x: self.x * k, y: self.y * k } } }` in the body,
//! `v * k`  becomes  `v_x * k, v_y * k`.

mod conversions;
mod data;
mod hints;
mod methods;
mod operators;
mod params;
mod paths;
mod references;
mod starts;
mod traits;

pub(crate) use self::methods::Named;
use self::methods::method;
pub(super) use self::params::{Generics, named_in};
use self::paths::{is_of_own_type, name_of, name_of_trait, own_name, words};
pub(super) use self::paths::{name_of_path, spelled};

use std::collections::BTreeMap;
use std::rc::Rc;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprMethodCall, ExprPath, ImplItem, ItemImpl, ItemStruct, Pat, Type};

use super::call::tail_of;
use super::lower::Lower;
use super::names;
use super::scope::Scopes;
use super::spelling;
use super::types;
use super::value::{Closure, Fields, Num, Value};
use crate::helpers::names_of_params;
use crate::ir::{Atom, Kind};
use crate::module::is_ours;

/// What is known of structs.
#[derive(Default)]
pub(super) struct Records {
    structs: BTreeMap<String, Record>,
    methods: Vec<Method>,
    /// What traits declare with a body or a value, by their names.
    defaults: BTreeMap<String, Vec<ImplItem>>,
    constants: BTreeMap<(String, String), Constant>,
}

/// An associated constant.
#[derive(Clone)]
struct Constant {
    value: Expr,
    /// The type of the `impl`.
    of: Type,
    /// The constants that the `impl` is generic over.
    params: Vec<String>,
}

#[derive(Clone)]
struct Record {
    /// By the names of the fields, or their numbers.
    fields: Vec<(String, Type)>,
    /// `struct Point(f64, f64)`
    is_tuple: bool,
    derives_default: bool,
    /// The names of its parameters of types and constants.
    params: Vec<String>,
}

/// How a function takes `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiver {
    None,
    Value { mutable: bool },
    Shared,
    Exclusive,
}

#[derive(Clone)]
struct Method {
    owner: String,
    name: String,
    receiver: Receiver,
    /// The type of the first argument behind the receiver, without references.
    other: Option<String>,
    /// Whether the receiver and that argument are references.
    by_reference: (bool, bool),
    closure: Rc<Closure>,
    /// The type of the `impl`.
    of: Type,
    /// Whether it carries the attribute where it can have derivatives.
    is_derived: bool,
    /// The path of the trait that it belongs to, without that of the standard library.
    of_trait: Option<String>,
}

impl Records {
    pub(super) fn declare(&mut self, item: &ItemStruct) {
        let fields = item.fields.iter().enumerate().map(|(index, field)| {
            let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
            (name, field.ty.clone())
        });
        let derives_default = item.attrs.iter().any(|attr| {
            attr.path().is_ident("derive")
                && super::code::mentions(&attr.meta.to_token_stream(), &["Default"])
        });
        let is_tuple = matches!(item.fields, syn::Fields::Unnamed(_));
        let params = names_of_params(&item.generics).map(ToString::to_string).collect();
        let record = Record { fields: fields.collect(), is_tuple, derives_default, params };
        self.structs.insert(item.ident.to_string(), record);
    }

    /// `floats` are the bounds of floats beside the usual ones, if the function that is derived is generic over a float.
    pub(super) fn implement(&mut self, item: &ItemImpl, floats: Option<&[syn::Ident]>) {
        let owner = name_of(&item.self_ty);
        let mut named = Named::of(item);
        for part in item.items.iter().chain(&self.left_to_the_trait(item)) {
            if let ImplItem::Fn(func) = part {
                let mut func = func.clone();
                spelling::spell_out(&mut func.block);
                named.visit_impl_item_fn_mut(&mut func);
                let around = Some(&item.generics);
                let Some(generics) = named_in(&func.sig, &func.block, around, floats) else { continue };
                let is_derived = item.trait_.is_none() && func.attrs.iter().any(is_ours);
                let of_trait = item.trait_.as_ref().map(|(path, _)| name_of_trait(path));
                self.methods.push(Method { is_derived, of_trait, ..method(&item.self_ty, &func, generics) });
            } else if let ImplItem::Const(constant) = part {
                let mut value = constant.expr.clone();
                named.visit_expr_mut(&mut value);
                let of = (*item.self_ty).clone();
                let params = item.generics.const_params().map(|param| param.ident.to_string()).collect();
                let name = (owner.clone(), constant.ident.to_string());
                self.constants.insert(name, Constant { value, of, params });
            }
        }
    }

    /// Whether `path` names one of these structs.
    pub(super) fn has(&self, path: &syn::Path) -> bool {
        own_name(path).is_some_and(|name| self.structs.contains_key(&name))
    }

    /// Whether a method of the struct at `path` that carries the attribute calls itself, so that it is not inlined.
    pub(super) fn calls_itself(&self, path: &syn::Path) -> bool {
        struct Calls<'n>(&'n str, bool);
        impl<'ast> Visit<'ast> for Calls<'_> {
            fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
                self.1 |= call.method == self.0;
                visit::visit_expr_method_call(self, call);
            }
        }
        let owner = own_name(path);
        self.methods.iter().filter(|method| method.is_derived && Some(&method.owner) == owner.as_ref()).any(
            |method| {
                let mut calls = Calls(&method.name, false);
                calls.visit_expr(&method.closure.body);
                calls.1
            },
        )
    }

    /// The declared type of a field.
    pub(super) fn type_of(&self, owner: &str, field: &str) -> Option<&Type> {
        let fields = &self.structs.get(owner)?.fields;
        fields.iter().find(|(own, _)| *own == field).map(|(_, ty)| ty)
    }

    /// The function `name` of the struct `owner`, if there is one alone.
    fn only(&self, owner: &str, name: &str) -> Option<&Method> {
        let mut all = self.find(Some(owner), name);
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether one of these structs is among the types of a function, which can then only be inlined.
    pub(super) fn in_signature(&self, sig: &syn::Signature) -> bool {
        words(&sig.to_token_stream()).iter().any(|word| self.structs.contains_key(word))
    }

    pub(super) fn has_constant(&self, path: &ExprPath) -> bool {
        self.constant(path).is_some()
    }

    fn constant(&self, path: &ExprPath) -> Option<&Constant> {
        self.constants.get(&tail_of(path)).filter(|_| is_of_own_type(&path.path))
    }

    /// The struct without fields that `path` names.
    pub(super) fn unit(&self, path: &ExprPath) -> Option<Value> {
        let name = own_name(&path.path)?;
        let record = self.structs.get(&name)?;
        (record.fields.is_empty() && !record.is_tuple).then(|| made(&name, BTreeMap::new()))
    }

    /// Whether `path` is a function of one of these structs, or makes one.
    pub(super) fn knows(&self, path: &ExprPath) -> bool {
        if !is_of_own_type(&path.path) {
            return false;
        }
        let (owner, name) = tail_of(path);
        let makes = |record: &Record| record.is_tuple;
        self.structs.get(&name).is_some_and(makes)
            || self.structs.get(&owner).is_some_and(|record| {
                name == "default" && record.derives_default || self.find(Some(&owner), &name).next().is_some()
            })
    }

    /// Whether all methods of this name have no derivatives of their own: they carry no attribute, belong to a trait, change what they
    /// are called on, or give a struct.
    pub(super) fn are_only_inlined(&self, name: &str) -> bool {
        let is_called = |method: &Method| {
            let gives_struct = words(&method.closure.output.to_token_stream())
                .iter()
                .any(|word| self.structs.contains_key(word));
            let is_lent = matches!(method.receiver, Receiver::Shared | Receiver::Value { mutable: false });
            method.is_derived && is_lent && !gives_struct
        };
        let mut all = self.find(None, name).filter(|method| method.receiver != Receiver::None).peekable();
        all.peek().is_some() && !all.any(is_called)
    }

    fn find(&self, owner: Option<&str>, name: &str) -> impl Iterator<Item = &Method> {
        self.methods
            .iter()
            .filter(move |method| method.name == name && owner.is_none_or(|owner| method.owner == owner))
    }
}

impl Lower<'_> {
    pub(super) fn record_constant(&mut self, path: &ExprPath) -> Option<Value> {
        let constant = self.records.constant(path)?;
        let Some(value) = params::value_at(constant, path) else {
            return Some(self.error(
                path,
                "what the constants stand for that this `impl` is generic over is not known here; write them: `Type::<…>::NAME`",
            ));
        };
        let outer = std::mem::replace(&mut self.scopes, Scopes::new());
        let value = self.expr(&value, None);
        self.scopes = outer;
        Some(value)
    }

    /// Gives the fields of a literal the types of the declaration; whether there is one.
    pub(super) fn type_fields(
        &mut self,
        node: &syn::ExprStruct,
        fields: &mut BTreeMap<String, Value>,
    ) -> bool {
        let name = own_name(&node.path);
        let Some(record) = name.and_then(|name| self.records.structs.get(&name).cloned()) else {
            return false;
        };
        for (name, ty) in &record.fields {
            if let Some(value) = fields.remove(name) {
                let value = self.of_type(value, ty, node);
                fields.insert(name.clone(), value);
            }
        }
        true
    }

    /// `value` where `ty` is declared: passive data becomes numbers and structs of these.
    pub(super) fn of_type(&mut self, value: Value, ty: &Type, node: &impl ToTokens) -> Value {
        if let Value::Array(view) = &value
            && view.fresh
            && self.undecided.contains(&view.slice.base)
            && let Some(table) = self.empty_of(ty, node.to_token_stream().span())
        {
            return table;
        }
        if matches!(value, Value::Code(_) | Value::Num(Num { kind: Kind::Opaque, .. }))
            && let Some(record) = self.records.structs.get(&name_of(ty)).cloned()
        {
            return self.taken_apart(&value, &name_of(ty), &record, node);
        }
        let read = types::read(ty, &self.source.signature.scalar);
        let value = self.typed_integer(value, ty);
        let value = self.coerce(value, &read, node);
        let value = self.refuse_other_float(value, ty, node);
        if let Value::Num(Num { atom: Atom::Var(var), kind: Kind::Opaque, .. }) = &value
            && read.shape.is_array()
        {
            self.known_shapes.insert(*var, (read.refs, read.shape));
        }
        value
    }

    /// `Point(x, y)`, `Point::new(x, y)`, `Point::default()`
    pub(super) fn record_call(&mut self, path: &ExprPath, args: Vec<Value>, exprs: &[&Expr]) -> Value {
        let (owner, name) = tail_of(path);
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        if let Some(record) = self.records.structs.get(&name).filter(|record| record.is_tuple).cloned() {
            let mut parts = BTreeMap::new();
            for ((field, ty), (arg, expr)) in
                record.fields.iter().zip(args.into_iter().zip(exprs.iter().copied()))
            {
                let value = self.of_type(arg, ty, expr);
                parts.insert(field.clone(), self.freeze_value(value, expr.span()));
            }
            return made(&name, parts);
        }
        let own: Vec<Method> = self.records.find(Some(&owner), &name).cloned().collect();
        if own.is_empty()
            && let Some(record) = self.records.structs.get(&owner).cloned()
        {
            return self.default_of(&owner, &record, path);
        }
        let has_receiver = own.first().is_some_and(|method| method.receiver != Receiver::None);
        let at = usize::from(has_receiver);
        let Some(method) = self.chosen(own, args.get(at), exprs.get(at).copied(), path) else {
            return Value::Poison;
        };
        let method = params::as_written(method, path);
        let mut exprs = exprs.iter().copied();
        let mut args = args.into_iter();
        let receiver = if has_receiver { args.next().zip(exprs.next()) } else { None };
        let args = args.zip(exprs).collect();
        self.call_method(&method, receiver, args, path)
    }

    /// `v.norm()`
    pub(super) fn record_method(&mut self, receiver: Value, call: &ExprMethodCall) -> Value {
        let Value::Struct(fields, _) = &receiver else {
            return Value::Poison;
        };
        let (ty, name) = (fields.ty.clone(), call.method.to_string());
        let own: Vec<Method> = self.records.find(Some(&ty), &name).cloned().collect();
        if own.is_empty() {
            if name == "clone" && call.args.is_empty() {
                let Value::Struct(names, fields) = receiver else { return Value::Poison };
                return self.cloned(self.records.behind_reference(&names, *fields), call.span());
            }
            return self.unknown_method(&ty, &call.method);
        }
        let receiver = if call.args.iter().any(names::may_assign)
            && own.iter().all(|m| m.receiver != Receiver::Exclusive)
        {
            self.freeze_value(receiver, call.receiver.span())
        } else {
            receiver
        };
        let exprs: Vec<&Expr> = call.args.iter().collect();
        let hints = self.records.hints_of_method(&ty, &name, &self.source.signature.scalar);
        let args = self.exprs(&exprs, &hints);
        if args.iter().any(|arg| matches!(arg, Value::Never | Value::Poison)) {
            return if self.reachable() { Value::Poison } else { Value::Never };
        }
        self.record_method_with(receiver, args, call)
    }

    /// The method of a struct whose arguments are known.
    pub(super) fn record_method_with(
        &mut self,
        receiver: Value,
        args: Vec<Value>,
        call: &ExprMethodCall,
    ) -> Value {
        let owner = self.type_name(&receiver);
        let own: Vec<Method> =
            self.records.find(owner.as_deref(), &call.method.to_string()).cloned().collect();
        let Some(method) = self.chosen(own, args.first(), call.args.first(), &call.method) else {
            return Value::Poison;
        };
        let args = args.into_iter().zip(&call.args).collect();
        self.call_method(&method, Some((receiver, &call.receiver)), args, call)
    }

    fn unknown_method(&mut self, ty: &str, node: &impl ToTokens) -> Value {
        let message = if self.records.structs.contains_key(ty) {
            format!(
                "`{ty}` has no such function that the macro can see; declare it in an `impl` beside the struct"
            )
        } else {
            format!(
                "what `{ty}` does is not seen from here; declare the struct and its `impl`s beside this function, or work on its fields"
            )
        };
        self.error(node, message)
    }

    /// The name of the type of a value, where it is known.
    fn type_name(&self, value: &Value) -> Option<String> {
        match value {
            Value::Struct(fields, _) => Some(fields.ty.clone()),
            other if other.is_real() => Some(types::scalar_type(&self.source.signature.scalar).to_string()),
            _ => None,
        }
    }

    /// The one of several functions of a name (`Mul<f64>` and `Mul<Vec2>`) that takes `arg`.
    fn chosen(
        &mut self,
        mut own: Vec<Method>,
        arg: Option<&Value>,
        expr: Option<&Expr>,
        node: &impl ToTokens,
    ) -> Option<Method> {
        if let Some(name) = arg.and_then(|arg| self.type_name(arg)) {
            let several = own.len() > 1;
            let is_known = |ty: &str| self.records.structs.contains_key(ty);
            let is_number = |ty: &str| types::is_integer(ty) || ["f64", "f32"].contains(&ty);
            own.retain(|method| {
                method.other.as_deref().is_none_or(|other| {
                    other == name || !(several || is_known(other) || is_known(&name) && is_number(other))
                })
            });
        }
        let by_reference = matches!(expr.map(names::bare), Some(Expr::Reference(_)));
        if own.len() > 1 && own.iter().any(|method| method.by_reference.1 == by_reference) {
            own.retain(|method| method.by_reference.1 == by_reference);
        }
        if own.len() != 1 {
            self.error(node, "which function of this name is meant is not known to the macro; call it by a name of its own");
            return None;
        }
        own.pop()
    }

    fn call_method(
        &mut self,
        method: &Method,
        receiver: Option<(Value, &Expr)>,
        args: Vec<(Value, &Expr)>,
        node: &impl ToTokens,
    ) -> Value {
        let span = node.to_token_stream().span();
        let mark = self.func.vars.len();
        let receiver = receiver.map(|(value, expr)| match method.receiver {
            Receiver::Exclusive => value,
            Receiver::Value { mutable: true } => {
                let name = syn::Ident::new("own", expr.span());
                let value = self.read(value, expr.span());
                let own = self.settle(&name, value, true, mark);
                if self.renewed.contains(&syn::Ident::new("self", expr.span())) {
                    self.mark_renewed(&own);
                }
                own
            }
            Receiver::Shared => {
                let value = self.read(value, expr.span());
                self.shared(value, expr.span())
            }
            Receiver::Value { mutable: false } | Receiver::None => {
                let value = self.read(value, expr.span());
                self.freeze_value(value, expr.span())
            }
        });
        let Some(closure) = self.with_generics_of_method(method, receiver.as_ref(), &args, span) else {
            return Value::Poison;
        };
        let mut typed = Vec::new();
        for ((value, expr), pat) in args.into_iter().zip(&closure.params) {
            typed.push(match pat {
                Pat::Type(param) => self.of_type(value, &param.ty, expr),
                _ => value,
            });
        }
        self.inline_with(&closure, receiver, typed, span)
    }
}

fn made(ty: &str, parts: BTreeMap<String, Value>) -> Value {
    let (names, values): (Vec<String>, Vec<Value>) = parts.into_iter().unzip();
    let fields = Fields { ty: ty.to_owned(), names };
    Value::Struct(Rc::new(fields), Box::new(Value::Tuple(values)))
}
