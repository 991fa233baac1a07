//! What stands around a place of a file: its braces, the `impl` that it stands in, and the items of its scope.

use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, ItemFn};

use crate::neighbours::{declarations, is_word, until};
use crate::source_file::SourceFile;

/// The braces around the place where the function at `at` is declared, of its module or of a block; nothing where a macro may
/// change what stands in them.
pub(crate) fn scope_around(text: &str, at: usize) -> Option<Vec<usize>> {
    let mut around = braces_around(text, at);
    if around.last().is_some_and(|brace| opens(text, *brace) == Opens::Type) {
        around.pop();
    }
    around.iter().all(|brace| opens(text, *brace) != Opens::Macro).then_some(around)
}

/// Whether the function stands in an `impl` or a trait.
pub(crate) fn is_in_impl(file: &SourceFile) -> bool {
    impl_brace(file).is_some()
}

/// Whether it stands in the `impl` of a trait, beside which nothing else can stand.
pub(crate) fn is_of_a_trait(file: &SourceFile) -> bool {
    impl_around(file).is_some_and(|block| block.trait_.is_some())
}

/// The `impl` around the function, without its body.
pub(crate) fn impl_around(file: &SourceFile) -> Option<syn::ItemImpl> {
    impl_at(file, impl_brace(file)?)
}

fn impl_brace(file: &SourceFile) -> Option<usize> {
    let around = braces_around(&file.bare, file.at);
    around.last().copied().filter(|brace| opens(&file.bare, *brace) == Opens::Type)
}

/// The `impl` whose body begins at `brace`, without that.
fn impl_at(file: &SourceFile, brace: usize) -> Option<syn::ItemImpl> {
    item(&format!("{}{{}}", head(&file.bare[..brace])))
}

/// The parameters of the `impl` around the function; nothing where that cannot be read.
pub(crate) fn impl_generics(file: &SourceFile) -> Option<syn::Generics> {
    let Some(brace) = impl_brace(file) else {
        return Some(syn::Generics::default());
    };
    Some(impl_at(file, brace)?.generics)
}

/// The opening braces, brackets and parentheses that are not closed before `at`.
fn braces_around(text: &str, at: usize) -> Vec<usize> {
    let mut open = Vec::new();
    for (place, letter) in text[..at].char_indices() {
        match letter {
            '(' | '[' | '{' => open.push(place),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    open
}

/// What a brace, bracket or parenthesis begins.
#[derive(PartialEq)]
enum Opens {
    /// The arguments of a macro.
    Macro,
    /// An `impl` or a trait.
    Type,
    /// What has a scope of its own, or what has none.
    Other,
}

fn opens(text: &str, brace: usize) -> Opens {
    let before = text[..brace].trim_end();
    let name = before.trim_end_matches(is_word).trim_end();
    let head: Vec<&str> = head(before).split_whitespace().collect();
    let is_type = |word: &&str| ["impl", "trait"].contains(word) || word.starts_with("impl<");
    if before.ends_with('!') || name.ends_with('!') {
        Opens::Macro
    } else if head.iter().any(is_type) && !head.contains(&"fn") {
        Opens::Type
    } else {
        Opens::Other
    }
}

/// What stands behind the last item, statement or brace of `text`; the semicolon of `[f64; 3]` ends nothing.
pub(crate) fn head(text: &str) -> &str {
    let mut depth = 0_usize;
    let ends = |letter: char| {
        match letter {
            ')' | ']' => depth += 1,
            '(' | '[' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && [';', '{', '}'].contains(&letter)
    };
    &text[text.rfind(ends).map_or(0, |end| end + 1)..]
}

/// The function `name` in these braces, if there is one alone.
pub(crate) fn in_scope(file: &SourceFile, scope: &[usize], name: &str) -> Option<ItemFn> {
    let mut all =
        declarations(&file.bare, "fn", name).filter(|(at, _)| braces_around(&file.bare, *at) == scope);
    let (at, _) = all.next()?;
    if all.next().is_some() {
        return None;
    }
    let start = at - head(&file.bare[..at]).len();
    let brace = at + until(&file.bare[at..], &['{', ';'])?.len();
    let body = until(file.bare[brace..].strip_prefix('{')?, &['}'])?;
    item(&file.text[start..brace + body.len() + "{}".len()])
}

/// The item that `text` is, but for what is said of the module before its first item.
pub(crate) fn item<T: Parse>(text: &str) -> Option<T> {
    let item = |input: ParseStream<'_>| Attribute::parse_inner(input).and_then(|_| input.parse());
    item.parse_str(text).ok()
}
