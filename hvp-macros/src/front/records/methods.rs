//! How the functions of an `impl` are read.

use std::rc::Rc;

use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Pat, ReceiverKind, Type};

use super::{Generics, Method, Receiver, name_of};
use crate::front::items::body_of;
use crate::front::scope::Scopes;
use crate::front::value::Closure;

/// Writes the type of an `impl` in the place of `Self`; with its arguments, where these are constants.
pub(crate) struct Named<'t> {
    own: &'t Type,
    has_constants: bool,
}

impl Named<'_> {
    pub(crate) fn of(item: &syn::ItemImpl) -> Named<'_> {
        Named { own: &item.self_ty, has_constants: item.generics.const_params().next().is_some() }
    }
}

impl VisitMut for Named<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if let Some(first) = path.segments.first_mut()
            && first.ident == "Self"
            && let Type::Path(own) = self.own
            && let Some(last) = own.path.segments.last()
        {
            first.ident = syn::Ident::new(&last.ident.to_string(), first.ident.span());
            if let (true, syn::PathArguments::AngleBracketed(arguments)) =
                (self.has_constants, &last.arguments)
            {
                let colons = Some(syn::parse_quote!(::));
                let arguments =
                    syn::AngleBracketedGenericArguments { colon2_token: colons, ..arguments.clone() };
                first.arguments = syn::PathArguments::AngleBracketed(arguments);
            }
        }
        visit_mut::visit_path_mut(self, path);
    }
}

pub(super) fn method(of: &Type, func: &syn::ImplItemFn, generics: Generics) -> Method {
    let receiver = match func.sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => match &receiver.kind {
            ReceiverKind::Reference(_, _, Some(_)) => Receiver::Exclusive,
            ReceiverKind::Reference(_, _, None) => Receiver::Shared,
            ReceiverKind::Typed(_, ty) => match &**ty {
                Type::Reference(reference) if reference.mutability.is_some() => Receiver::Exclusive,
                Type::Reference(_) => Receiver::Shared,
                _ => Receiver::Value { mutable: receiver.mutability.is_some() },
            },
            _ => Receiver::Value { mutable: receiver.mutability.is_some() },
        },
        Some(FnArg::Typed(_)) | None => Receiver::None,
    };
    let typed = func.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    let inputs: Vec<Pat> = typed.clone().map(|typed| Pat::Type(typed.clone())).collect();
    let first = typed.clone().next();
    Method {
        owner: name_of(of),
        name: func.sig.ident.to_string(),
        receiver,
        other: first.map(|typed| name_of(&typed.ty)),
        by_reference: (
            matches!(of, Type::Reference(_)),
            first.is_some_and(|typed| matches!(&*typed.ty, Type::Reference(_))),
        ),
        closure: Rc::new(Closure {
            name: Some(func.sig.ident.clone()),
            params: inputs,
            body: body_of(func.block.clone()),
            output: func.sig.output.clone(),
            scopes: Scopes::new(),
            generics,
            traits: Vec::new(),
        }),
        of: of.clone(),
        is_derived: false,
        of_trait: None,
    }
}
