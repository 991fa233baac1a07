//! What the environment variables `HVP_DUMP` and `HVP_TIME` ask to see of an expansion.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use proc_macro2::TokenStream;
use syn::spanned::Spanned as _;

/// Prints what a pass made of `function` if `HVP_DUMP` asks for it.
///
/// `HVP_DUMP=f` asks for all stages of `f`, `HVP_DUMP=f:hvp` for those named `hvp` or `hvp/…`, and `*` stands for any function.
pub(crate) fn dump(function: &syn::ItemFn, stage: &str, text: impl FnOnce() -> String) {
    let Ok(wanted) = std::env::var("HVP_DUMP") else {
        return;
    };
    if is_asked_for(&wanted, &function.sig.ident.to_string(), stage) {
        eprintln!("// {} after {stage}\n{}", function.sig.ident, text());
    }
}

/// Prints the code that stands beside `function` in the end.
pub(crate) fn dump_code(function: &syn::ItemFn, tokens: &TokenStream) {
    dump(function, "final", || {
        let text = tokens.to_string();
        formatted(&text).unwrap_or(text)
    });
}

fn is_asked_for(wanted: &str, function: &str, stage: &str) -> bool {
    let (name, part) = wanted.split_once(':').map_or((wanted, None), |(name, part)| (name, Some(part)));
    let is_part =
        |part: &str| stage == part || stage.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
    (name == "*" || name == function) && part.is_none_or(is_part)
}

/// `code` as the toolchain's `rustfmt` writes it, where there is one that can read it.
fn formatted(code: &str) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    rustfmt.stdin.take()?.write_all(code.as_bytes()).ok()?;
    let output = rustfmt.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}

/// Prints how long the expansion took, and for how many lines, if `HVP_TIME` is set.
pub(crate) fn time(function: &syn::ItemFn, start: Instant) {
    if std::env::var_os("HVP_TIME").is_none() || !proc_macro::is_available() {
        return;
    }
    let line = |span: proc_macro2::Span| span.unwrap().line();
    let lines = line(function.block.brace_token.span.close()) + 1 - line(function.sig.span());
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    eprintln!("hvp: `{}`, {lines} lines: {elapsed:.3} ms", function.sig.ident);
}

#[cfg(test)]
mod tests {
    use super::is_asked_for;

    #[test]
    fn a_stage_is_asked_for_by_its_name_or_by_what_it_belongs_to() {
        assert!(is_asked_for("f", "f", "hvp/simplified") && is_asked_for("*", "f", "front"));
        assert!(is_asked_for("f:hvp", "f", "hvp/simplified") && is_asked_for("*:final", "f", "final"));
        assert!(!is_asked_for("g", "f", "final") && !is_asked_for("f:final", "f", "front"));
        assert!(!is_asked_for("f:grad", "f", "grad_and_hvp/simplified"));
    }
}
