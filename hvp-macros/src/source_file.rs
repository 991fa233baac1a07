//! The file that an item stands in.

use std::rc::Rc;

use proc_macro2::Span;

use crate::uncommented::uncommented;

/// The text of a file, and where in it an item has its name.
pub(crate) struct SourceFile {
    pub(crate) text: String,
    /// The text without comments and strings, everything where it stands in `text`.
    pub(crate) bare: Rc<str>,
    /// The position of the name.
    pub(crate) at: usize,
}

impl SourceFile {
    /// The file that the name with this `span` stands in, where the compiler tells it.
    pub(crate) fn of(span: Span) -> Option<SourceFile> {
        let span = proc_macro::is_available().then(|| span.unwrap())?;
        let text = std::fs::read_to_string(span.local_file()?).ok()?;
        SourceFile::at_line(text, span.line(), span.column())
    }

    /// `line` and `column` count from 1, the column in characters.
    pub(crate) fn at_line(text: String, line: usize, column: usize) -> Option<SourceFile> {
        let (start, line) = text
            .split_inclusive('\n')
            .scan(0, |end, line| {
                let start = *end;
                *end += line.len();
                Some((start, line))
            })
            .nth(line.checked_sub(1)?)?;
        let (column, _) = line.char_indices().nth(column.checked_sub(1)?)?;
        Some(SourceFile { bare: uncommented(&text).into(), at: start + column, text })
    }
}
