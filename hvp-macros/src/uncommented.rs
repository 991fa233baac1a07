//! Program text without what a search for words in it must not find.

/// `text` with spaces for its comments and for its literals of characters: `f("}", x)` becomes `f(   , x)`. What is left stands
/// where it stood. What ends nowhere ends with the text.
pub(crate) fn uncommented(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank = match first {
            '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => Some(block_comment(rest)),
            '"' => Some(quoted(rest, '"')),
            '\'' => character(rest),
            _ => raw_string(rest),
        };
        let len = blank.unwrap_or_else(|| word(rest).max(first.len_utf8()));
        if blank.is_some() {
            bare.extend(std::iter::repeat_n(' ', len));
        } else {
            bare.push_str(&rest[..len]);
        }
        rest = &rest[len..];
    }
    bare
}

/// The length of the word that `text` begins with.
fn word(text: &str) -> usize {
    text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())
}

/// The length of `/* … */`, with others in it.
fn block_comment(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest.starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(letter) => at += letter.len_utf8(),
                None => return at,
            }
        }
    }
}

/// The length of a literal between two `quote`s, of which `text` begins with the first.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !escaped {
            return at + quote.len_utf8();
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

/// The length of the character that `text` begins with; `None` where it is a lifetime or a label.
fn character(text: &str) -> Option<usize> {
    let mut letters = text.chars().skip(1);
    match (letters.next()?, letters.next()) {
        ('\\', _) => Some(quoted(text, '\'')),
        (letter, Some('\'')) => Some(2 + letter.len_utf8()),
        _ => None,
    }
}

/// The length of `r"…"`, `br#"…"#` and the like, if `text` begins with one.
fn raw_string(text: &str) -> Option<usize> {
    let opening = ["r", "br", "cr"].into_iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = opening.len() - opening.trim_start_matches('#').len();
    let content = opening[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let left = content.find(&closing).map_or("", |at| &content[at + closing.len()..]);
    Some(text.len() - left.len())
}

#[cfg(test)]
mod tests {
    use super::uncommented;

    #[test]
    fn comments_and_what_literals_hold_are_gone() {
        let same = [
            ("fn f() { 1 } // struct camera's\nfn g()", "fn f() { 1 } \nfn g()"),
            ("/// The struct's\nstruct A;", " \nstruct A;"),
            ("a /* struct /* inner */ still */ b", "a b"),
            ("a /* é /* without end */", "a "),
            (r#"("struct A { x: [f64; 2] }", "\"\\", x)"#, "( , , x)"),
            (r##"(r"\", br#"a "quoted" 'word"#, cr"", x)"##, "( , , , x)"),
            (r#"(b"st", c"ruct", b'"', x)"#, "(b , c , b , x)"),
            (r"['{', '\'', '\u{7d}', '/', 'é', '\\']", "[ , , , , , ]"),
            ("fn f<'a, 'b: 'a>(x: &'a str) -> &'b str { 'l: loop {} }", ""),
            ("let r#fn = r#struct; par // x", "let r#fn = r#struct; par "),
            (r#"var"x" xr"y\"" "#, "var xr "),
            ("\"no end", " "),
        ];
        for (text, expected) in same {
            let bare = uncommented(text);
            assert_eq!(bare.len(), text.len());
            let spaces_as_one =
                bare.split(' ').filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" ");
            assert_eq!(spaces_as_one, if expected.is_empty() { text } else { expected.trim_matches(' ') });
        }
    }
}
