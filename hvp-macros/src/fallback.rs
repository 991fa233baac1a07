//! What stands beside the user's function when something went wrong.

use std::any::Any;

use proc_macro2::{Span, TokenStream};

/// A panic of ours as an error that asks for a report.
pub(crate) fn bug(panic: &(dyn Any + Send)) -> TokenStream {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "no message",
    };
    let message = format!("this is a bug in hvp, please report it with this function: {text}");
    syn::Error::new(Span::call_site(), message).to_compile_error()
}
