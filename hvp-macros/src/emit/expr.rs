//! Expressions with their precedence, so that parentheses stand where they are needed and nowhere else.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// How tightly the outermost operator of an expression binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Prec {
    /// `if`, casts and whatever needs parentheses as an operand of anything.
    Loose,
    Or,
    And,
    Compare,
    Sum,
    Product,
    Unary,
    /// Paths, literals, calls, fields, indices.
    Tight,
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) tokens: TokenStream,
    pub(super) prec: Prec,
    /// Whether rustc knows the type where it meets the expression; it does not for `2.0 * 3.0`, on which it then
    /// finds no method.
    pub(super) certain: bool,
    /// A number as it stands, without suffix or sign.
    pub(super) literal: bool,
}

impl Expr {
    pub(super) fn new(tokens: TokenStream, prec: Prec) -> Expr {
        Expr { tokens, prec, certain: true, literal: false }
    }

    pub(super) fn tight(tokens: TokenStream) -> Expr {
        Expr::new(tokens, Prec::Tight)
    }

    /// A real constant of a primitive type. `text` may have a sign and may lack a point.
    pub(super) fn real(text: &str) -> Expr {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let point = if digits.contains(['.', 'e', 'E']) { "" } else { ".0" };
        let zero = if digits.ends_with('.') { "0" } else { "" };
        let digits = format!("{digits}{point}{zero}");
        let literal: Literal = match digits.parse() {
            Ok(literal) => literal,
            Err(_) => unreachable!("a real constant is a number, not `{text}`"),
        };
        if negative {
            Expr { certain: false, ..Expr::new(quote!(-#literal), Prec::Unary) }
        } else {
            Expr { certain: false, literal: true, ..Expr::tight(quote!(#literal)) }
        }
    }

    /// The expression as an operand of something that binds as tightly as `prec`.
    pub(super) fn at_least(&self, prec: Prec) -> TokenStream {
        let tokens = &self.tokens;
        if self.prec >= prec { quote!(#tokens) } else { quote!((#tokens)) }
    }

    /// The expression as the receiver of a method, or before an index.
    pub(super) fn receiver(&self) -> TokenStream {
        self.at_least(Prec::Tight)
    }

    /// `a` where this is `-a`.
    pub(super) fn without_minus(&self) -> Option<Expr> {
        let mut tokens = self.tokens.clone().into_iter();
        match tokens.next() {
            Some(TokenTree::Punct(minus)) if self.prec == Prec::Unary && minus.as_char() == '-' => {
                Some(of_fragment(tokens.collect()))
            }
            _ => None,
        }
    }

    /// A literal with the suffix of its type, so that a method can be called on it.
    pub(super) fn suffixed(&self, suffix: &str) -> TokenStream {
        let text = format!("{}_{suffix}", self.tokens);
        match text.parse::<Literal>() {
            Ok(literal) => quote!(#literal),
            Err(_) => unreachable!("a literal takes a suffix"),
        }
    }

    /// `self operator other`, both grouped to the left.
    pub(super) fn infix(&self, operator: &TokenStream, other: &Expr, prec: Prec) -> Expr {
        let left = self.at_least(prec);
        let right = if other.prec > prec { other.at_least(prec) } else { other.at_least(Prec::Tight) };
        let certain = self.certain || other.certain;
        Expr { certain, ..Expr::new(quote!(#left #operator #right), prec) }
    }

    pub(super) fn prefix(&self, operator: &TokenStream) -> Expr {
        let operand =
            if self.prec == Prec::Unary { self.at_least(Prec::Tight) } else { self.at_least(Prec::Unary) };
        Expr { certain: self.certain, ..Expr::new(quote!(#operator #operand), Prec::Unary) }
    }
}

impl ToTokens for Expr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

/// The precedence of a piece of the user's text.
pub(super) fn of_fragment(tokens: TokenStream) -> Expr {
    let parsed = syn::parse2::<syn::Expr>(tokens.clone());
    // Where the user's own parentheses stand alone in the output, rustc would call them unnecessary, at the user's place.
    if let Ok(syn::Expr::Paren(paren)) = &parsed
        && paren.attrs.is_empty()
    {
        return of_fragment(paren.expr.to_token_stream());
    }
    let prec = match &parsed {
        Ok(
            syn::Expr::Path(_)
            | syn::Expr::Lit(_)
            | syn::Expr::Call(_)
            | syn::Expr::MethodCall(_)
            | syn::Expr::Field(_)
            | syn::Expr::Index(_)
            | syn::Expr::Paren(_)
            | syn::Expr::Tuple(_)
            | syn::Expr::Array(_)
            | syn::Expr::Macro(_),
        ) => Prec::Tight,
        Ok(syn::Expr::Unary(_)) => Prec::Unary,
        Ok(_) | Err(_) => Prec::Loose,
    };
    let literal = matches!(parsed, Ok(syn::Expr::Lit(_)));
    Expr { certain: !literal, ..Expr::new(tokens, prec) }
}
