//! Structs whose declaration and `impl`s are seen: what is made of them is taken apart, and their functions are inlined.
//!
//! With `impl Mul<f64> for Vec2 { fn mul(self, k: f64) -> Vec2 { Vec2 { x: self.x * k, y: self.y * k } } }` in the body,
//! `v * k`  becomes  `v_x * k, v_y * k`.

mod methods;
mod operators;
mod params;
mod references;
mod starts;
mod traits;

pub(crate) use self::methods::Named;
use self::methods::method;
pub(super) use self::params::{Generics, named_in};

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprMethodCall, ExprPath, ImplItem, ItemImpl, ItemStruct, Pat, Type};

use super::call::tail_of;
use super::constants;
use super::lower::Lower;
use super::names;
use super::scope::Scopes;
use super::source::{Scalar, Shape};
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
    constants: BTreeMap<(String, String), Expr>,
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

/// The path of a trait without the arguments, and without the modules of the standard library.
fn name_of_trait(path: &syn::Path) -> String {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match names.as_slice() {
        [root, .., last] if ["std", "core"].contains(&root.as_str()) => last.clone(),
        names => names.join("::"),
    }
}

/// The name of something of this module, without arguments. What another module declares under the same name is another thing.
fn own_name(path: &syn::Path) -> Option<String> {
    let mut names =
        path.segments.iter().map(|segment| segment.ident.to_string()).filter(|name| name != "self");
    names.next().filter(|_| names.next().is_none())
}

/// The same, or the whole path of something of another module.
pub(super) fn name_of_path(path: &syn::Path) -> String {
    own_name(path).unwrap_or_else(|| path.to_token_stream().to_string())
}

/// Whether a path of a function or a constant is one of this module's.
fn is_of_own_type(path: &syn::Path) -> bool {
    path.segments.iter().filter(|segment| segment.ident != "self").count() <= 2
}

/// The name of a type behind its references.
fn name_of(ty: &Type) -> String {
    match ty {
        Type::Reference(reference) => name_of(&reference.elem),
        Type::Paren(inner) => name_of(&inner.elem),
        Type::Group(inner) => name_of(&inner.elem),
        Type::Path(path) => name_of_path(&path.path),
        other => other.to_token_stream().to_string(),
    }
}

/// The identifiers in `tokens`.
fn words(tokens: &TokenStream) -> Vec<String> {
    let of = |tree: TokenTree| match tree {
        TokenTree::Ident(ident) => vec![ident.to_string()],
        TokenTree::Group(group) => words(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    };
    tokens.clone().into_iter().flat_map(of).collect()
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
                constants::name(&mut func.block);
                named.visit_impl_item_fn_mut(&mut func);
                let around = Some(&item.generics);
                let Some(generics) = named_in(&func.sig, &func.block, around, floats) else { continue };
                let is_derived = item.trait_.is_none() && func.attrs.iter().any(is_ours);
                let of_trait = item.trait_.as_ref().map(|(path, _)| name_of_trait(path));
                self.methods.push(Method { is_derived, of_trait, ..method(&item.self_ty, &func, generics) });
            } else if let ImplItem::Const(constant) = part {
                let mut value = constant.expr.clone();
                named.visit_expr_mut(&mut value);
                self.constants.insert((owner.clone(), constant.ident.to_string()), value);
            }
        }
    }

    /// Whether `path` names one of these structs.
    pub(super) fn has(&self, path: &syn::Path) -> bool {
        own_name(path).is_some_and(|name| self.structs.contains_key(&name))
    }

    /// The types of the fields of a literal, as far as the declaration tells.
    pub(super) fn hints_of_fields(&self, node: &syn::ExprStruct, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        let record = own_name(&node.path).and_then(|name| self.structs.get(&name));
        let hint = |field: &syn::FieldValue| {
            let name = field.member.to_token_stream().to_string();
            let (_, ty) = record?.fields.iter().find(|(own, _)| *own == name)?;
            hint_of(ty, &record?.params, scalar)
        };
        node.fields.iter().map(hint).collect()
    }

    /// The same of the arguments of `Point(x, y)`, and of a function of a struct, `Point::new(x, y)`.
    pub(super) fn hints_of_call(&self, path: &ExprPath, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        let (owner, name) = tail_of(path);
        if let Some(record) = self.structs.get(&name).filter(|record| record.is_tuple) {
            return record.fields.iter().map(|(_, ty)| hint_of(ty, &record.params, scalar)).collect();
        }
        let receiver = |method: &Method| (method.receiver != Receiver::None).then_some(None);
        let method = self.only(&owner, &name);
        let hints = method.map(|method| receiver(method).into_iter().chain(method.closure.hints(scalar)));
        hints.into_iter().flatten().collect()
    }

    /// The same of a method of the struct `owner`.
    fn hints_of_method(&self, owner: &str, name: &str, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        self.only(owner, name).map_or_else(Vec::new, |method| method.closure.hints(scalar))
    }

    /// The functions of one of these names that belong to this trait.
    fn of_trait(&self, owner: Option<&str>, name: &str, of: &str) -> Vec<Method> {
        self.find(owner, name).filter(|method| method.of_trait.as_deref() == Some(of)).cloned().collect()
    }

    /// Whether a trait that is seen has functions of which it is not sure that `owner` means them by their names.
    fn leaves_open(&self, owner: &str, of: &str) -> bool {
        let is_of = |method: &&Method| method.of_trait.as_deref() == Some(of);
        let names: Vec<&str> = self.methods.iter().filter(is_of).map(|method| method.name.as_str()).collect();
        let mut own = self.methods.iter().filter(|method| method.owner == owner);
        let means_it = own.clone().any(|method| is_of(&method))
            && own.all(|method| is_of(&method) || !names.contains(&method.name.as_str()));
        self.defaults.contains_key(of) && !means_it
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

    pub(super) fn constant(&self, path: &ExprPath) -> Option<&Expr> {
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
        let value = self.records.constant(path)?.clone();
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

    /// Passive data, field by field, if one struct alone has the method that is called; rustc looks whether it is that.
    pub(super) fn as_record(&mut self, value: &Value, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        let mut owners: BTreeSet<&str> =
            self.records.find(None, &name).map(|method| method.owner.as_str()).collect();
        if let Some(told) =
            self.type_of_place(&call.receiver).map(|ty| name_of(&ty)).filter(|told| told != "Self")
        {
            owners.retain(|owner| *owner == told);
        }
        let (Some(owner), None) = (owners.pop_first(), owners.pop_first()) else { return value.clone() };
        let owner = owner.to_owned();
        let Some(record) = self.records.structs.get(&owner).cloned() else { return value.clone() };
        let span = call.receiver.span();
        let value = match value.clone() {
            Value::Code(code) if !code.pure => Value::Num(self.materialize(code, span)),
            other => other,
        };
        let Some(code) = self.code_of(&value, span) else { return Value::Poison };
        let ty = syn::Ident::new(&owner, span);
        let code = code.wrap(
            Kind::Opaque,
            |tokens| quote_spanned!(span=> (::core::convert::identity::<&#ty>(&#tokens))),
        );
        self.taken_apart(&Value::Code(code), &owner, &record, &call.receiver)
    }

    /// A struct among passive data, field by field.
    fn taken_apart(&mut self, value: &Value, ty: &str, record: &Record, node: &impl ToTokens) -> Value {
        let span = node.to_token_stream().span();
        let Some(code) = self.code_of(value, span) else {
            return Value::Poison;
        };
        let mut parts = BTreeMap::new();
        for (name, ty) in &record.fields {
            let member: syn::Member = match name.parse::<usize>() {
                Ok(index) => syn::Member::Unnamed(index.into()),
                Err(_) => syn::Member::Named(syn::Ident::new(name, span)),
            };
            let part = code.clone().wrap(Kind::Opaque, |tokens| quote!(#tokens.#member));
            let part = self.of_type(Value::Code(part), ty, node);
            parts.insert(name.clone(), part);
        }
        made(ty, parts)
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

    /// `Point::from`, where `p.into()` is to be a `Point`.
    pub(super) fn conversion_of_into(
        &self,
        call: &ExprMethodCall,
        hint: Option<&types::Ty>,
    ) -> Option<ExprPath> {
        let Shape::Opaque(ty) = &hint?.shape else { return None };
        (call.method == "into").then(|| self.function_of(ty, ("from", "From"), call))?
    }

    /// `f64::from(value)` of a struct that has such a conversion.
    pub(super) fn real_of_record(
        &mut self,
        value: &Value,
        expr: &Expr,
        node: &impl ToTokens,
    ) -> Option<Value> {
        let own = types::scalar_type(&self.source.signature.scalar).to_string();
        let from = self.type_name(value).filter(|_| matches!(value, Value::Struct(..)))?;
        let of_this = |method: &Method| method.other.as_ref() == Some(&from);
        let method = self.records.of_trait(Some(&own), "from", "From").into_iter().find(of_this)?;
        Some(self.call_method(&method, None, vec![(value.clone(), expr)], node))
    }

    /// `Point::sum`, where `iter.sum()` is to be a `Point`.
    pub(super) fn sum_of_records(&self, call: &ExprMethodCall, hint: Option<&types::Ty>) -> Option<ExprPath> {
        let hinted = match hint.map(|hint| &hint.shape) {
            Some(Shape::Opaque(ty)) => Some(&**ty),
            _ => None,
        };
        let ty = super::consume::turbofish(call).or(hinted)?;
        match call.method.to_string().as_str() {
            "sum" => self.function_of(ty, ("sum", "Sum"), call),
            "product" => self.function_of(ty, ("product", "Product"), call),
            _ => None,
        }
    }

    /// The function `name` of this trait of the struct `ty` that stands for `call`.
    fn function_of(&self, ty: &Type, (name, of): (&str, &str), call: &ExprMethodCall) -> Option<ExprPath> {
        let owner = name_of(ty);
        let is_known = !self.records.of_trait(Some(&owner), name, of).is_empty()
            && self.records.find(Some(&owner), name).all(|method| method.of_trait.as_deref() == Some(of));
        let span = call.method.span();
        let (owner, name) = (syn::Ident::new(&owner, span), syn::Ident::new(name, span));
        (call.args.is_empty() && is_known).then(|| syn::parse_quote!(#owner::#name))
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

    /// A struct that is passed where any of these traits is taken has the functions of these, and others of no such names.
    pub(super) fn check_traits(&mut self, value: &Value, traits: &[String], span: proc_macro2::Span) -> bool {
        let Value::Struct(fields, _) = value else { return true };
        let Some(of) = traits.iter().find(|of| self.records.leaves_open(&fields.ty, of)) else { return true };
        let message = format!(
            "how `{}` implements `{of}` is not seen from here, or it has other functions of these names; write the `impl` beside the struct, and call the others by other names",
            fields.ty
        );
        self.diag.error_at(span, message);
        false
    }

    /// Whether a trait beside the function gives real numbers a method of this name, which they have not themselves.
    pub(super) fn is_of_a_trait(&self, name: &str) -> bool {
        let scalar = types::scalar_type(&self.source.signature.scalar).to_string();
        !super::table::is_inherent(name) && self.records.find(Some(&scalar), name).next().is_some()
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

/// A type of numbers that names none of `params`.
fn hint_of(ty: &Type, params: &[String], scalar: &Scalar) -> Option<types::Ty> {
    let names = words(&ty.to_token_stream());
    let is_told = params.iter().all(|param| !names.contains(param));
    Some(types::read(ty, scalar)).filter(|ty| is_told && super::known::is_number(&ty.shape))
}

impl Closure {
    /// The types of its parameters, as far as they are annotated.
    pub(super) fn hints(&self, scalar: &Scalar) -> Vec<Option<types::Ty>> {
        let hint = |pat: &Pat| match pat {
            Pat::Type(typed) => hint_of(&typed.ty, self.generics.constants(), scalar),
            _ => None,
        };
        self.params.iter().map(hint).collect()
    }
}

fn made(ty: &str, parts: BTreeMap<String, Value>) -> Value {
    let (names, values): (Vec<String>, Vec<Value>) = parts.into_iter().unzip();
    let fields = Fields { ty: ty.to_owned(), names };
    Value::Struct(Rc::new(fields), Box::new(Value::Tuple(values)))
}
