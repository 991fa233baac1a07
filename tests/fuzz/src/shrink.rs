//! Makes a failing program smaller by leaving out lines and blocks, as long as it fails in the same way.

use crate::batch::{Outcome, Workshop};
use std::io;
use std::mem::discriminant;

/// Candidates of one round: enough to make progress at each compilation.
const ROUND: usize = 120;

pub(crate) fn shrink(workshop: &Workshop, mut program: String) -> io::Result<String> {
    let Some(failure) = workshop.run(std::slice::from_ref(&program))?.pop() else {
        return Ok(program);
    };
    eprintln!("{failure:?}");
    let fails = |outcome: &Outcome| match (outcome, &failure) {
        (Outcome::Right { .. }, _) => false,
        (Outcome::Refused(message), Outcome::Refused(first)) => code(message) == code(first),
        _ => discriminant(outcome) == discriminant(&failure),
    };
    loop {
        let mut candidates = smaller(&program);
        candidates.sort_by_key(String::len);
        let mut next = None;
        for round in candidates.chunks(ROUND) {
            let outcomes = workshop.run(round)?;
            next =
                round.iter().zip(outcomes).find(|(_, outcome)| fails(outcome)).map(|(text, _)| text.clone());
            if next.is_some() {
                break;
            }
        }
        match next {
            Some(text) => program = text,
            None => return Ok(program),
        }
    }
}

/// The message without its place.
fn code(message: &str) -> &str {
    message.split_once(" error").map_or(message, |(_, rest)| rest)
}

/// Every program with one line, or one block with or without its contents, left out.
fn smaller(program: &str) -> Vec<String> {
    let lines: Vec<&str> = program.lines().collect();
    let without = |dropped: &dyn Fn(usize) -> bool| -> String {
        let kept = lines.iter().enumerate().filter(|(n, _)| !dropped(*n));
        kept.flat_map(|(_, line)| [line, "\n"]).collect()
    };
    let mut all = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let opens = line.trim_end().ends_with('{');
        let indent = line.len() - line.trim_start().len();
        if !opens {
            all.push(without(&|n| n == start));
            continue;
        }
        let closes = |line: &&str| {
            line.trim_start().starts_with('}') && line.len() - line.trim_start().len() == indent
        };
        if let Some(end) = lines.iter().skip(start + 1).position(closes).map(|n| n + start + 1) {
            let attribute = |n: usize| n + 1 == start && lines[n].starts_with("#[");
            all.push(without(&|n| (start..=end).contains(&n) || attribute(n)));
            all.push(without(&|n| n == start || n == end));
        }
    }
    all
}
