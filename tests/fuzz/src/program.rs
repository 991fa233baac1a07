//! Random programs in the accepted language. All numbers stay moderate, all indices in bounds, and every loop ends.

use crate::random::Random;
use std::fmt::Write as _;

mod expression;
mod statement;
mod vector;
mod wide;

/// The length of the differentiated parameter `x`, of the passive parameter `w` and of every local array.
pub(crate) const LENGTH: usize = 4;

/// How much of the language a program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Scalars, arrays by index, branches, counted and conditional loops, calls.
    Core,
    /// Iterators, closures, `match`, labels and growing vectors as well.
    Wide,
}

/// The items of one program: some helpers, the objective `f(x: &[f64], w: &[f64], n: usize) -> f64`, and `g` with a vector as its
/// result, which takes the same, or an array as `x`.
#[must_use]
pub fn program(seed: u64, language: Language) -> String {
    let mut random = Random::new(seed);
    let mut text = String::new();
    let helpers = random.below(4);
    let mut callers = Vec::new();
    for number in 0..helpers {
        let mut writer = Writer::new(&mut random, language, number);
        let mut helper = writer.helper(number);
        // What a helper calls with constants alone must not run twice.
        if callers.iter().any(|caller| calls(&helper, *caller)) {
            helper = helper.replacen("#[differentiable]", "#[differentiable(recursive)]", 1);
        }
        if (0..number).any(|other| calls(&helper, other)) {
            callers.push(number);
        }
        // Half of the helpers are called, the others are inlined where that is possible.
        if helper.len().is_multiple_of(2) {
            text += "#[inline(never)]\n";
        }
        text += &helper;
        text.push('\n');
    }
    text += &Writer::new(&mut random, language, helpers).objective();
    text.push('\n');
    text + &Writer::new(&mut random, language, helpers).vector()
}

/// Whether the function `text` calls helper `number`.
fn calls(text: &str, number: usize) -> bool {
    text.contains(&format!("h{number}("))
}

/// What a helper takes, by its number modulo three; see `Writer::helper`.
const SCALARS: usize = 0;
const SLICE: usize = 1;

/// What a function returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Returns {
    Nothing,
    Real,
    /// `[f64; LENGTH]`
    Array,
    /// `Vec<f64>` of any length.
    Vector,
}

/// Where a statement stands.
#[derive(Clone, Copy)]
struct Place {
    /// How many levels of statements may still be nested.
    depth: usize,
    /// Whether `break` and `continue` have a loop to mean.
    in_loop: bool,
}

/// Writes one function.
struct Writer<'a> {
    random: &'a mut Random,
    language: Language,
    /// How many helpers there are to call.
    helpers: usize,
    indent: usize,
    text: String,
    /// Names in scope; shadowed ones stand once.
    reals: Vec<String>,
    mutable_reals: Vec<String>,
    arrays: Vec<String>,
    mutable_arrays: Vec<String>,
    integers: Vec<String>,
    mutable_integers: Vec<String>,
    flags: Vec<String>,
    /// Arrays of indices that change.
    tables: Vec<String>,
    fresh: usize,
    returns: Returns,
}

/// What is in scope, to come back to at the end of a block.
struct Scope([usize; 8]);

impl Writer<'_> {
    fn new(random: &mut Random, language: Language, helpers: usize) -> Writer<'_> {
        Writer {
            random,
            language,
            helpers,
            indent: 0,
            text: String::new(),
            reals: Vec::new(),
            mutable_reals: Vec::new(),
            arrays: Vec::new(),
            mutable_arrays: Vec::new(),
            integers: Vec::new(),
            mutable_integers: Vec::new(),
            flags: Vec::new(),
            tables: Vec::new(),
            fresh: 0,
            returns: Returns::Real,
        }
    }

    fn objective(&mut self) -> String {
        self.arrays.extend(["x".to_owned(), "w".to_owned()]);
        self.line("#[differentiable(wrt(x))]");
        self.line("pub fn f(x: &[f64], w: &[f64], n: usize) -> f64 {");
        self.line("    let k = n % 4;");
        self.integers.push("k".to_owned());
        self.body(6);
        std::mem::take(&mut self.text)
    }

    /// `h0(a, b)`, `h1(s, a)` or `h2(s, t, a)`, where `s` is read and `t` is changed.
    fn helper(&mut self, number: usize) -> String {
        self.line("#[differentiable]");
        self.reals.push("a".to_owned());
        match number % 3 {
            SCALARS => {
                self.reals.push("b".to_owned());
                self.line(&format!("pub fn h{number}(a: f64, b: f64) -> f64 {{"));
            }
            SLICE => {
                self.arrays.push("s".to_owned());
                self.line(&format!("pub fn h{number}(s: &[f64], a: f64) -> f64 {{"));
            }
            _ => {
                self.arrays.extend(["s".to_owned(), "t".to_owned()]);
                self.mutable_arrays.push("t".to_owned());
                self.returns = Returns::Nothing;
                self.line(&format!("pub fn h{number}(s: &[f64], t: &mut [f64], a: f64) {{"));
            }
        }
        if self.returns == Returns::Nothing {
            self.line("    t[1] = t[0] * a + t[1];");
        }
        self.body(3);
        std::mem::take(&mut self.text)
    }

    /// A mutable real to begin with, statements, and a result that depends on all that is in scope.
    fn body(&mut self, statements: usize) {
        self.indent += 1;
        self.bind("r", true, 2);
        for _ in 0..=statements {
            self.statement(Place { depth: 3, in_loop: false });
        }
        if self.returns == Returns::Real {
            let mut result = self.reals.join(" + ");
            for array in self.mutable_arrays.clone() {
                let at = self.index();
                let _ = write!(result, " + {array}[{at}] * {array}[0]");
            }
            self.line(&format!("({result}).sin() * {}", self.reals[0].clone()));
        }
        self.indent -= 1;
        self.line("}");
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 4 * self.indent);
    }

    fn enter(&self) -> Scope {
        Scope([
            self.reals.len(),
            self.mutable_reals.len(),
            self.arrays.len(),
            self.mutable_arrays.len(),
            self.integers.len(),
            self.mutable_integers.len(),
            self.flags.len(),
            self.tables.len(),
        ])
    }

    fn leave(&mut self, scope: &Scope) {
        let lists = [
            &mut self.reals,
            &mut self.mutable_reals,
            &mut self.arrays,
            &mut self.mutable_arrays,
            &mut self.integers,
            &mut self.mutable_integers,
            &mut self.flags,
            &mut self.tables,
        ];
        lists.into_iter().zip(scope.0).for_each(|(list, length)| list.truncate(length));
    }

    fn name(&mut self, stem: &str) -> String {
        self.fresh += 1;
        format!("{stem}{}", self.fresh)
    }

    fn bind(&mut self, stem: &str, mutable: bool, depth: usize) {
        let value = self.real(depth, true);
        let name = self.name(stem);
        let keyword = if mutable { "let mut" } else { "let" };
        self.line(&format!("{keyword} {name} = {value};"));
        if mutable {
            self.mutable_reals.push(name.clone());
        }
        self.reals.push(name);
    }

    fn block(&mut self, head: &str, place: Place, statements: usize) {
        self.line(&format!("{head} {{"));
        self.inside(place, statements);
        self.line("}");
    }

    fn inside(&mut self, place: Place, statements: usize) {
        let scope = self.enter();
        self.indent += 1;
        for _ in 0..statements {
            self.statement(place);
        }
        self.indent -= 1;
        self.leave(&scope);
    }
}
