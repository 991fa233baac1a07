//! How the functions of an `impl` are read.

use std::rc::Rc;

use proc_macro2::Span;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Pat, ReceiverKind, Type};

use super::{Generics, Method, Receiver, name_of};
use crate::front::items::body_of;
use crate::front::scope::Scopes;
use crate::front::value::Closure;
use crate::helpers::replaced;

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

impl Named<'_> {
    /// The type in an expression.
    fn segment(&self, span: Span) -> Option<syn::PathSegment> {
        let Type::Path(own) = self.own else { return None };
        let last = own.path.segments.last()?;
        let mut segment = syn::PathSegment::from(syn::Ident::new(&last.ident.to_string(), span));
        if let (true, syn::PathArguments::AngleBracketed(arguments)) = (self.has_constants, &last.arguments) {
            let colons = Some(syn::parse_quote!(::));
            let arguments = syn::AngleBracketedGenericArguments { colon2_token: colons, ..arguments.clone() };
            segment.arguments = syn::PathArguments::AngleBracketed(arguments);
        }
        Some(segment)
    }
}

impl VisitMut for Named<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if let Some(first) = path.segments.first_mut()
            && first.ident == "Self"
            && let Some(own) = self.segment(first.ident.span())
        {
            *first = own;
        }
        visit_mut::visit_path_mut(self, path);
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        let own = self.segment(Span::call_site()).map(|own| ("Self".to_owned(), own.to_token_stream()));
        mac.tokens = replaced(mac.tokens.clone(), &own.into_iter().collect());
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
