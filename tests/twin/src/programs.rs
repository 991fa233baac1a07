//! Random programs as modules of the crate at hand.

use hvp_fuzz::{Language, module, program};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;

/// `core 1..10`
struct Batch {
    name: Ident,
    language: Language,
    first: u64,
    end: u64,
}

impl Parse for Batch {
    fn parse(input: ParseStream<'_>) -> syn::Result<Batch> {
        let name: Ident = input.parse()?;
        let language = match name.to_string().as_str() {
            "core" => Language::Core,
            "wide" => Language::Wide,
            _ => return Err(syn::Error::new(name.span(), "expected `core` or `wide`")),
        };
        let first = input.parse::<syn::LitInt>()?.base10_parse()?;
        input.parse::<syn::Token![..]>()?;
        let end = input.parse::<syn::LitInt>()?.base10_parse()?;
        Ok(Batch { name, language, first, end })
    }
}

pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let parser = Punctuated::<Batch, syn::Token![,]>::parse_terminated;
    let batches = syn::parse::Parser::parse2(parser, input)?;
    let mut items = TokenStream::new();
    for Batch { name, language, first, end } in batches {
        for seed in first..end {
            let content: TokenStream = module(&program(seed, language)).parse()?;
            let name = format_ident!("{name}_{seed}");
            items.extend(quote! {
                mod #name {
                    #content

                    #[test]
                    fn agrees_with_a_second_definition() {
                        let _: usize = check();
                    }
                }
            });
        }
    }
    Ok(items)
}
