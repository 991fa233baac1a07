//! The switches of the mutants: `HVP_MUTANT=k` turns on number `k`, `HVP_REACHED=file` lists which ones are asked, test by test.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::OnceLock;

use crate::ir::{Atom, Kind, Op};
use crate::rules::{Context, Factor};

thread_local! {
    static REACHED: RefCell<BTreeSet<u32>> = RefCell::default();
}

pub(crate) fn on(number: u32) -> bool {
    static ACTIVE: OnceLock<u32> = OnceLock::new();
    static LIST: OnceLock<Option<String>> = OnceLock::new();
    if REACHED.with_borrow_mut(|reached| reached.insert(number))
        && let Some(list) = LIST.get_or_init(|| std::env::var("HVP_REACHED").ok())
    {
        let line = format!("{}\t{number}\n", std::thread::current().name().unwrap_or_default());
        let file = std::fs::OpenOptions::new().create(true).append(true).open(list);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the list can be written");
    }
    number == *ACTIVE.get_or_init(|| std::env::var("HVP_MUTANT").map_or(0, |text| text.parse().expect("a number")))
}

/// A partial derivative, larger by a thousandth.
pub(crate) fn scaled(number: u32, cx: &mut dyn Context, factor: Factor) -> Factor {
    if factor == Factor::Zero || !on(number) {
        return factor;
    }
    let mut larger = |value| cx.emit(Kind::Real, Op::Mul(Atom::real(1.001), value));
    match factor {
        Factor::Zero => Factor::Zero,
        Factor::One => Factor::Value(Atom::real(1.001)),
        Factor::MinusOne => Factor::Value(Atom::real(-1.001)),
        Factor::Value(value) => Factor::Value(larger(value)),
        Factor::Singular(value) => Factor::Singular(larger(value)),
        Factor::Choice(value) => Factor::Choice(larger(value)),
    }
}

pub(crate) fn singular(number: u32, value: Atom) -> Factor {
    if on(number) { Factor::Value(value) } else { Factor::Singular(value) }
}

pub(crate) fn choice(number: u32, value: Atom) -> Factor {
    if on(number) { Factor::Value(value) } else { Factor::Choice(value) }
}

/// Appends what the attribute was given to the file that `HVP_CORPUS` names.
pub(crate) fn note(attribute: &str, item: &str) {
    if let Ok(corpus) = std::env::var("HVP_CORPUS") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(corpus);
        let text = format!("{attribute}\u{1f}{item}\u{1e}");
        file.and_then(|mut file| file.write_all(text.as_bytes())).expect("the corpus can be written");
    }
}

/// Expands the items of the corpus that `HVP_ITEMS` names (all without it); prints for each a hash of the result, whether it is an
/// error, and which mutants it asked.
#[test]
fn replay() {
    let Ok(corpus) = std::env::var("HVP_REPLAY") else { return };
    let corpus = std::fs::read_to_string(corpus).expect("the corpus is there");
    let wanted = std::env::var("HVP_ITEMS").ok();
    let wanted: Option<BTreeSet<usize>> =
        wanted.map(|text| text.split(',').map(|number| number.parse().expect("a number")).collect());
    std::panic::set_hook(Box::new(|_| {}));
    for (number, entry) in corpus.split_terminator('\u{1e}').enumerate() {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&number)) {
            continue;
        }
        REACHED.with_borrow_mut(BTreeSet::clear);
        let (attribute, item) = entry.split_once('\u{1f}').expect("as it was written");
        let text = match (attribute.parse(), item.parse()) {
            (Ok(attribute), Ok(item)) => crate::complete(attribute, item).to_string(),
            _ => String::new(),
        };
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&text, &mut hasher);
        let (hash, refused) = (std::hash::Hasher::finish(&hasher), text.contains("compile_error"));
        let reached: Vec<String> = REACHED.take().iter().map(u32::to_string).collect();
        println!("@{number} {hash:x} {refused} {}", reached.join(","));
    }
}
