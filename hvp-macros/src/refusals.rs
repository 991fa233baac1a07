//! What is refused: each kind once, with the place and the words.
//!
//! The place of an error stands between « and ».

use crate::diag::Diag;
use crate::{attr, configure, driver};

/// All errors of a function.
fn errors(options: &str, text: &str) -> Vec<syn::Error> {
    let mut diag = Diag::new();
    let options = attr::parse(options.parse().expect("the test's own text"), &mut diag);
    let function: syn::ItemFn = syn::parse_str(text).expect("the test's own text");
    for case in configure::cases(&function, &mut diag) {
        driver::derive(&case.function, &options, &mut diag);
    }
    diag.into_error().into_iter().flatten().collect()
}

/// `text` with the place of `error` marked.
fn marked(text: &str, error: &syn::Error) -> String {
    let (start, end) = (error.span().start().column, error.span().end().column);
    let mark = |(column, letter): (usize, char)| {
        let (open, close) = (column == start, column + 1 == end);
        [open.then_some('«'), Some(letter), close.then_some('»')].into_iter().flatten().collect::<Vec<char>>()
    };
    text.chars().enumerate().flat_map(mark).collect()
}

#[test]
fn each_refusal_stands_at_the_token_that_must_change_and_says_what_to_write_instead() {
    for (place, message) in REFUSALS {
        let text = place.replace(['«', '»'], "");
        let found: Vec<(String, String)> =
            errors("", &text).iter().map(|error| (marked(&text, error), error.to_string())).collect();
        assert!(
            found.iter().any(|(at, said)| at == place && said == message),
            "{place}\n  {message}\nis not among {found:#?}"
        );
        for (_, said) in &found {
            assert!(said.contains(';') && !said.ends_with('.'), "{said}");
        }
    }
}

#[test]
fn memory_that_is_held_constant_takes_no_differentiated_number() {
    let text = "fn f(x: &[f64], work: &mut [f64]) -> f64 { work[0] = x[0].sin(); work[0] * x[1] }";
    let said: Vec<String> = errors("wrt(x)", text).iter().map(ToString::to_string).collect();
    let expected = "`work` is held constant, and what is stored in it depends on `x`; list it in `wrt(…)` as well, or store in memory made in the function";
    assert_eq!(said, [expected]);
    assert!(errors("wrt(x, work)", text).is_empty());
    assert!(
        errors("wrt(x)", "fn f(x: &[f64], work: &mut [f64]) -> f64 { work[0] = 2.0; work[0] * x[1] }")
            .is_empty()
    );
}

#[test]
fn what_the_project_says_to_itself_is_no_option() {
    for option in ["unoptimised", "items"] {
        let said: Vec<String> =
            errors(option, "fn f(x: f64) -> f64 { x }").iter().map(ToString::to_string).collect();
        assert!(matches!(&said[..], [one] if one.contains("is no option of `differentiable`")), "{said:?}");
    }
}

/// Functions with one mistake, and what is said of it.
#[rustfmt::skip]
const REFUSALS: &[(&str, &str)] = &[
    ("fn f(x: &[f64]) -> f64 { let p = x[..2].«try_into»().unwrap(); p[0] }", "the length of this array is not known to the macro; annotate it, `let a: [f64; 3] = part.try_into().unwrap()`, or write `<[f64; 3]>::try_from(part)`"),
    ("fn f(x: &mut [f64]) { let p: &mut [f64; 2] = «(&mut x[..2])».try_into().unwrap(); p[0] = 1.0; }", "a part of a slice is not changed through an array here; change its elements by index"),
    ("fn «f»(x: f64, k: &mut Rng) -> Vec<f64> { let mut v = vec![0.0; 3]; v[0] = x * k.next(); if x > 0.0 { return v; } v[1] = x; v }", "an array that is returned early, beside calls of passive functions, is not understood; return it at the end"),
    ("fn «f»(x: f64, k: &mut Rng) -> Vec<f64> { let mut v = vec![0.0; 3]; v[0] = x * k.next(); if x > 2.0 { return v; } if x > 0.0 { return v; } v[1] = x; v }", "an array that is returned early, beside calls of passive functions, is not understood; return it at the end"),
    ("fn f(x: &[f64]) -> f64 { let y = «x + x»; 1.0 }", "this is not known to be differentiable, and `x` is differentiated; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: &[f64]) -> f64 { for _ in 0..2 { let y = «x + x»; } 1.0 }", "this is not known to be differentiable, and `x` is differentiated; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: &[f64]) -> f64 { if x[0] > 0.0 { let y = «x + x»; } 1.0 }", "this is not known to be differentiable, and `x` is differentiated; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: &[f64]) -> f64 { if x[0] > 0.0 { let y = «x + x»; return 2.0; } 1.0 }", "this is not known to be differentiable, and `x` is differentiated; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: f64) -> f64 { let a = «[]»; x }", "the type of an empty array is not known; annotate it: `let a: Vec<f64> = …`"),
    ("fn f(x: &[f64]) -> f64 { for v in x.«map»(|v| v) { } 1.0 }", "`map` is understood on arrays; write `.iter().map(…)`"),
    ("fn f(x: &[f64; 2]) -> f64 { let y = x.«map»(|v| Some(v)); y[0].unwrap() }", "`map` is understood where the closure gives numbers or rows of them; write `.iter().map(…).collect::<Vec<_>>()`"),
    ("fn f(x: &[f64]) -> f64 { x.«foo»() }", "`foo` of an array is not understood; write the loop, or a function marked `#[differentiable]`"),
    ("fn f(x: &[f64]) -> f64 { let mut y = vec![x.to_vec()]; for r in y.iter_mut() { r.«push»(1.0); } y[0][0] }", "a row grows or shrinks where it is `rows[i]` of a `Vec` of `Vec`s; write it so, or make it of the right size"),
    ("fn f(x: &[f64]) -> f64 { let mut y = vec![vec![x[0]]]; y.«dedup»(); y[0][0] }", "rows cannot be compared; write `dedup_by`"),
    ("fn f(x: f64) -> f64 { let g = |a: f64| a; «g» = x; x }", "a function cannot be assigned to; bind a new name with `let`"),
    ("fn f(x: f64) -> f64 { let (mut a, mut b) = (x, x); «(a, b) = x»; a * b }", "only a tuple can be taken apart by assignment; bind its parts with `let`"),
    ("fn f(x: f64) -> f64 { let (mut a, mut b) = (x, x); (a, «..») = (x, x); a * b }", "a range cannot be assigned to; bind a new name with `let`"),
    ("fn f(x: f64) -> f64 { let a; «a» = |t: f64| t; x }", "only a number can get its first value after `let`; give it one in the `let`"),
    ("fn f(x: f64) -> f64 { let a; let y = x * x; if y > 1.0 { «a» = [x]; } else { a = [-x]; } a[0] }", "only a number can get its first value after `let`; give it one in the `let`"),
    ("fn f(x: f64) -> f64 { let a; let y = x * x; if y > 1.0 { a = [x]; } else { «a» = [-x]; } a[0] }", "only a number can get its first value after `let`; give it one in the `let`"),
    ("fn f(x: f64) -> f64 { let a; let y = x * x; if y > 1.0 { a = [x]; } else { a = [-x]; } a[«0»] }", "a variable without a value cannot be indexed; index a slice, an array or a `Vec`"),
    ("fn f(x: f64, d: &mut Data) -> f64 { «d.field» = x; x }", "the type of this place is not known, so a real number cannot be stored in it; use an array or a variable"),
    ("fn f(x: &[f64]) -> f64 { let mut y = x.to_vec(); «y» += x; y[0] }", "an array has no such operator; update its elements"),
    ("fn f(x: f64) -> f64 { let p = «Point»(x, x); x }", "`Point` makes a struct or variant of differentiated numbers, which is not understood; keep them in variables, a tuple or an array"),
    ("fn f(x: f64) -> f64 { let p = «Cell::new»(x); x }", "a differentiated number in a `Cell` is not understood; keep it in a variable or an array"),
    ("fn f(x: f64) -> f64 { let g = |a: f64| a; «use_it»(g); x }", "a function cannot be passed to this function; call it on numbers, slices and arrays"),
    ("fn f(x: f64, n: usize) -> f64 { helper((x, 2.0)) + «helper((x, n))» }", "a differentiated number is passed in one tuple with an integer or a Boolean, which the called function holds constant; pass the number as an argument of its own"),
    ("fn f(x: f64) -> f64 { «helper((x, 2.0))».0 }", "how many numbers this call gives is not known here; take its result apart by a pattern, `let (a, b) = …`"),
    ("fn f(x: f64) -> f64 { let z = «helper((x, 2.0))»; z.0 }", "how many numbers this call gives is not known here; take its result apart by a pattern, `let (a, b) = …`"),
    ("fn f(x: f64) -> f64 { helper(«((x, 2.0), x)») }", "a tuple cannot be passed to a differentiable function; pass numbers, tuples of numbers, slices and arrays"),
    ("fn f(x: f64) -> f64 { let g = |a: f64| a; helper(x, «g») }", "a function cannot be passed to a differentiable function; pass numbers, tuples of numbers, slices and arrays"),
    ("fn f(x: &[f64]) -> f64 { let v: Vec<f64> = «match helper(x) { Ok(v) => v, Err(_) => vec![] }»; v[0] }", "the arms give a real number that cannot be joined; use it inside each arm"),
    ("fn f(x: f64) -> f64 { let g = |a: f64| a; let r = g.«map_err»(|e| e)?; x }", "a function has no such method; use one that it has"),
    ("fn f(x: &[f64]) -> f64 { x.iter().map(«2»).sum() }", "this function is not known to the macro; write a closure here"),
    ("fn f(x: f64, d: &Data) -> f64 { let g = |t: f64| t; d.call(«&g»); x }", "a function cannot be passed to a method that is not known; pass numbers, slices and arrays"),
    ("fn f(x: f64, d: &Data) -> f64 { let mut n = 0.0; d.call(|| «n» += x); n }", "this changes a variable inside an expression that is not understood; do it in a statement of its own"),
    ("fn f(x: f64, d: &Data) -> f64 { assert!(d.ok(«return x»)); x }", "this leaves an expression that is not understood; put it in a statement of its own"),
    (r#"fn f(x: f64) -> f64 { «println»!("{}" x); x }"#, "the arguments of this macro are not understood; call it on values bound before"),
    ("fn f(x: &[f64]) -> f64 { let s: HashSet<f64> = x.iter().map(|v| v * 2.0).«collect»(); 1.0 }", "numbers are collected into a `Vec` only; write `collect::<Vec<_>>()`"),
    ("fn f(x: &[f64]) -> f64 { let m: f32 = «if x.len() > 1 { 0.1 } else { 0.2 }»; m as f64 * x[0] }", "numbers of the type `f32` are data in this function, and this is not understood as such; write the type at its literals, `0.1f32`, or pass it as data"),
    ("fn f(x: &[f64], y: f64) -> f64 { match x { «[1.0, a]» => *a, _ => y } }", "a number in a slice pattern is not understood; compare the element in a guard"),
    ("fn f(x: &[f64; 2], y: f64) -> f64 { match x { «[1.0, a]» => *a, _ => y } }", "a number in a slice pattern is not understood; compare the element in a guard"),
    ("fn f(x: &[[f64; 2]; 2], y: f64) -> f64 { match x { «[[1.0, _], [a, _]]» => *a, _ => y } }", "a number in a slice pattern is not understood; compare the element in a guard"),
    ("fn f(x: &[f64]) -> f64 { let mut s = 0.0; for v in «x.iter().filter(|v| **v > 0.0).scan(0.0, |a, b| { *a += b; Some(*a) }).rev()» { s += v; } s }", "this iterator cannot be reversed here; collect it into a `Vec` first"),
    ("fn f(x: &[f64]) -> f64 { x.iter().filter(|v| **v > 0.0).zip(x.iter().filter(|v| **v > 1.0)).map(|(a, b)| a * b).«sum»() }", "these two iterators cannot be zipped; collect one into a `Vec` first"),
    ("fn f(x: f64) -> f64 { let y = «const { 3.0 }»; x * y }", "a `const` block is not understood here; name the constant outside the function"),
    ("fn f(x: f64) -> f64 { let p = «&raw const x»; x }", "a raw pointer cannot be differentiated; use a reference"),
    ("fn f(x: f64) -> f64 { x * «_» }", "`_` is understood on the left of `=` only; name the value"),
    ("fn f(x: f64) -> f64 { let y = «async { x }»; x }", "`async` code cannot be differentiated; compute its result before"),
    ("fn f(x: f64) -> f64 { let y = P { a: x, ..«x» }; y.a }", "`..` is not understood with a real number; name each field"),
    ("fn loss(&self, x: &[T]) -> «T» { self.k * x[0] }", "`T` is not declared by this function, so the macro does not know it to be real, and nothing here can be differentiated; write `f64`, or a function beside the `impl` with a type parameter of its own: `fn loss<T: Float>(…)`"),
    ("fn f(x: f64) -> f64 { (x as «f32») as f64 }", "differentiated numbers are all of the type `f64` here, and another float type among them is not understood; compute in `f64` throughout"),
    ("fn f(x: f64) -> f64 { let s: f64 = «(..3)».map(|i| x).sum(); s }", "a range without a start cannot be iterated; start it at 0"),
    ("fn f(x: &[f64], k: usize) -> f64 { let it = «match k { 0 => x.iter(), _ => x[1..].iter() }»; it.sum() }", "the arms give an iterator that cannot be joined; use it inside each arm"),
    ("fn f(x: f64, d: &Data) -> f64 { match d.«items[d.at(x)»] { 1 => x, _ => 2.0 * x } }", "a `match` cannot look at a differentiated number, and it depends on `x`; use `if`"),
    ("fn f(x: f64, n: usize, d: &Data) -> f64 { match n { 0 if d.«items[d.at(x)»] => x, _ => 2.0 * x } }", "this is not known to be differentiable, and it depends on `x`; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: &[f64]) -> f64 { let y = stop_gradient(«x»); y[0] }", "`stop_gradient` takes a number; stop each element where it is used"),
    ("fn f(x: &[f64]) -> f64 { let mut a = x[0]; «std::mem::swap(&mut a, 3)»; a }", "only two variables, elements or arrays can be swapped; exchange them by a third variable"),
    ("fn f(x: &[f64]) -> f64 { let (mut a, mut b) = (x[0], x[1]); let mut r = &mut a; *r += 1.0; «r = &mut b»; *r *= 2.0; a * b }", "this lets a reference refer to another place, which is not understood; bind a new name with `let`, or keep an index"),
    ("fn f(x: &[f64]) -> f64 { let (mut a, mut b) = (x[0], x[1]); let (mut r, mut s) = (&mut a, &mut b); «(r, s) = (s, r)»; *r *= 2.0; a * b }", "this lets a reference refer to another place, which is not understood; bind a new name with `let`, or keep an index"),
    ("fn f(x: &[f64]) -> f64 { let (mut a, mut b) = (x[0], x[1]); let (mut r, mut s) = (&mut a, &mut b); «std::mem::swap(&mut r, &mut s)»; *r *= 2.0; a * b }", "these are references, and their exchange is not understood; bind new names with `let`"),
    ("fn f(x: &[f64]) -> f64 { let (mut a, mut b) = (x[0], x[1]); let mut t = (&mut a, &mut b); «std::mem::swap(&mut t.0, &mut t.1)»; *t.0 *= 2.0; a * b }", "these are references, and their exchange is not understood; bind new names with `let`"),
    ("fn f(x: &[f64]) -> f64 { let mut o = Some(x[1]); match o { Some(«ref mut v») => *v = v.sin(), None => {} } o.unwrap() }", "`ref mut` is not understood here; match on `&mut` of the place, and leave out `ref mut`"),
    ("fn f(x: &[f64]) -> f64 { let mut t = (x[0], x[1]); let («ref mut a», b) = t; *a += b; t.0 * t.1 }", "`ref mut` is not understood here; match on `&mut` of the place, and leave out `ref mut`"),
    ("fn f(x: &[f64]) -> f64 { let mut a = x.to_vec(); let b = «std::mem::replace(&mut a[0..1], 2)»; a[0] }", "this is an integer, where an array is needed; give one, or bind a new name with `let`"),
    ("fn f(x: f64) -> f64 { let a = «std::array::from_fn(|i| x)»; a[0] }", "the length of this array is not known to the macro; annotate it: `let a: [f64; 3] = …`"),
    ("fn f(x: f64) -> f64 { let a: [S; 3] = «std::array::from_fn(|i| x)»; x }", "the elements of this array are not known to be numbers; annotate it: `let a: [f64; 3] = …`"),
    ("fn f(x: f64) -> f64 { (x, x).«foo»() }", "this method of a tuple is not understood; work on its components"),
    ("fn f(x: &[f64]) -> f64 { let mut it = x.iter().filter(|v| **v > 0.0); it.«next»(); 1.0 }", "an iterator in a variable that is advanced step by step is not understood; use indices, or `split_first`"),
    ("fn f(x: &[f64], k: &Cell<f64>) -> f64 { let mut it = x.iter().map(|v| v * draw(k)).skip(1); let a = it.«next»().unwrap(); a }", "an iterator in a variable that is advanced step by step is not understood; use indices, or `split_first`"),
    ("fn f(x: &[f64]) -> f64 { x.iter().«position_max»() }", "`position_max` of an iterator is not understood; write the loop"),
    ("fn f(x: f64) -> f64 { let b = x > 0.0; b.«foo»(); x }", "this method of a Boolean is not understood; use `if`"),
    ("fn f(x: &[f64]) -> f64 { let o = x.first(); o.«foo»(); 1.0 }", "`foo` of an `Option` is not understood here; use `match`"),
    ("fn f(x: f64) -> f64 { match helper(x) { Ok(v) => v, Err(e) if «e».is_small() => x, Err(_) => 0.0 } }", "the error of a call is not understood here; let it pass out with `?` or `Err(…)`, or print it"),
    ("fn f(x: f64) -> Result<f64, E> { let y = x.«ok_or»(E)?; Ok(y) }", "`ok_or` is not understood on a real number; use `match`"),
    ("fn f(x: &[Vec<f64>]) -> f64 { let mut y = x.to_vec(); y.«sort_by»(|a, b| a[0].total_cmp(&b[0])); y[0][0] }", "rows cannot be sorted; sort their numbers, or indices"),
    ("fn f(x: f64, d: &Data) -> f64 { match d.k { k if { «return x»; } => 1.0, _ => x } }", "`return` is not understood here; let the value be the last expression"),
    ("fn f(x: f64, d: &Data) -> f64 { match d.k { k if «{ return x; }» => 1.0, _ => x } }", "this is `()`, where a single value is needed; give a number"),
    ("fn f(x: f64, d: &Data) -> f64 { let mut s = x; match d.k { k if «{ s *= 2.0; k > 1 }» => s, _ => x } }", "a guard that changes a variable is not understood here; change it before the `match`, or write `if`"),
    ("fn f(x: &[f64], n: usize) -> f64 { let mut a = [x[0], 1.0]; match n { 2 if «{ a[0] *= x[1]; a[0] > 9.0 }» => a[1], _ => a[0] } }", "a guard that changes a variable is not understood here; change it before the `match`, or write `if`"),
    ("fn f(x: f64) -> f64 { let mut k = 0; while k < 3 { step!(«k»); } x * k as f64 }", "`step!` may change this, which is not seen here; pass a copy, or write what it expands to"),
    ("fn f(x: f64) -> f64 { «square»!(x) }", "what `square!` expands to is not seen here, and `x` is differentiated; write that, or a function marked `#[differentiable]`"),
    ("fn f(x: &[f64], weights: impl Fn(&[f64]) -> f64) -> f64 { let mut y = vec![1.0; 2]; let a = weights(&y); y[0] = x[0]; a * «weights»(&y) }", "`weights` is passed in, so its derivative is not known, and `y` depends on `x`; call a function marked `#[differentiable]` by its name"),
    (r#"extern "C" fn f(x: f64, «...») -> f64 { x }"#, "a variadic function cannot be differentiated; take a slice"),
    ("fn f(«mut self», x: f64) -> f64 { x }", "`mut self` cannot be differentiated; take `&self`, whose fields are held constant"),
    ("fn f(x: f64) -> f64 { let o = «[Some(x), None]»; o[0].unwrap() }", "an array of `Option`s is not understood; keep the numbers that are there in a `Vec`"),
    ("fn f(x: f64) -> f64 { let act = if x > 0.0 { a } else { b }; «act»(x) }", "which function `act` is, is not known, and `x` is differentiated; annotate a name that is bound to a function marked `#[differentiable]`, `let f: fn(f64) -> f64 = …`, or call the function by its name"),
    ("fn f(x: f64) -> f64 { let act: Box<dyn Fn(f64) -> f64> = if x > 0.0 { let a = x * x; Box::new(move |z| «a» * z) } else { Box::new(|z| z) }; act(x) }", "this closure is called outside of the arm that makes it, and holds `a` of that arm; bind `a` before, or call the function in each arm"),
    ("fn f(x: &[f64]) -> f64 { let mut v = x.to_vec(); v.«sort»(); v[0] }", "only integers are sorted without an order; write `sort_by` with `total_cmp`"),
    ("fn f(x: f64) -> f64 { let m: Vec<Option<f64>> = vec![«None»; 3]; x }", "an array of `Option`s is not understood; keep the numbers that are there in a `Vec`"),
    ("fn f(x: f64) -> f64 { «#[foo]» let y = x; y }", "this attribute is not understood inside a differentiated body; remove it"),
    ("fn f(x: f64) -> f64 { let «[a, b]»; x }", "a pattern needs a value; bind its names one by one"),
    ("fn f(x: f64) -> f64 { «union U { a: f64 }» x }", "this item is not understood inside a differentiated body; put it outside the function"),
    ("fn f(x: f64, i: usize) -> f64 { let t = [«(1.0, 2)», (3.0, x)]; x }", "this is an integer, where a real number is needed; convert it with `as` or `from`"),
    ("fn f(x: f64) -> f64 { struct A { k: f64 } struct B { k: f64 } let (a, b) = (A { k: x }, B { k: x }); let t = «[&a, &b]»; t[0].k }", "structs of several types in one array are not understood; make an enum of them, or keep an array for each type"),
    ("fn f(x: f64) -> f64 { struct A { k: f64 } struct B { k: f64 } let mut t = vec![A { k: x }]; t.push(«B { k: x }»); t[0].k }", "structs of several types in one array are not understood; make an enum of them, or keep an array for each type"),
    ("fn f(x: f64) -> f64 { struct A; impl A { fn k(&self) -> usize { 1 } } let t: Vec<_> = (0..2).map(|_| A).«collect»(); t.iter().map(|a| a.k() as f64 * x).sum() }", "an array of structs without fields is not understood; make an enum of them, or a struct with a field that tells them apart"),
    ("fn f(x: f64) -> f64 { let mut m = std::collections::HashMap::new(); m.«insert»(1, x); m[&1] }", "differentiated numbers cannot be put into a collection of data; keep them in a `Vec`, and their places in the collection"),
    ("fn f(x: f64) -> f64 { let mut t = vec![vec![(1.0, x)]]; t.«sort_by»(|a, b| a[0].0.total_cmp(&b[0].0)); t[0][0].1 }", "an array of rows, or of tuples and structs with more than numbers and arrays in them, cannot be sorted here; sort indices"),
    ("fn f(x: f64, i: usize) -> f64 { let mut t = vec![(1.0, x)]; t.«sort»(); t[0].1 }", "`sort` of an array of tuples is not understood; keep a `Vec` for each component"),
    ("fn f(x: f64) -> f64 { table(x as usize)[«x»] }", "this is not known to be differentiable, and `x` is differentiated; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: f64) -> f64 { #[cfg(a)] let x = 1.0; #[cfg(b)] let x = 1.0; #[cfg(c)] let x = 1.0; «#[cfg(d)]» let x = 1.0; x }", "more than 3 conditions in one body are not understood; choose by `if cfg!(…)`, or put them on functions"),
    ("fn f(x: f64) -> f64 { let b = («let Some(z) = h()»); x }", "`let` stands here in an expression that is not understood; use it as the condition of an `if`"),
    ("fn f(x: f64) -> f64 { x.«max»() }", "`max` of a real number is not known to be differentiable; use a function marked `#[differentiable]`, or arithmetic"),
    ("fn f(x: f64) -> f64 { «!x» }", "`!` of a real number is not understood; compare it with a number"),
    ("fn f(x: f64) -> f64 { «x & x» }", "real numbers have no such operator; use `+`, `-`, `*`, `/`, `%` or a comparison"),
    ("fn f(x: f64) -> f64 { let mut y = x; «y <<= x»; y }", "this is not known to be differentiable, and `y` depends on `x`; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: f64) -> f64 { let r = &mut x; «*r» = 2.0; x }", "this is not known to be a mutable local variable or `&mut` parameter; assign to one"),
    ("fn f(x: f64) -> f64 { 'a: loop { «break 'b x»; } }", "there is no such loop around this; leave a loop of the same function or closure"),
    ("fn f(x: f64) -> f64 { loop { «continue 'c»; } }", "there is no such loop around this; leave a loop of the same function or closure"),
    ("fn f(x: f64) -> f64 { 'c: { «continue 'c»; } }", "a labelled block cannot be continued; leave it with `break`"),
    ("fn f(x: f64) -> f64 { «'c: { continue 'c; }» }", "this is `()`, where a single value is needed; give a number"),
    ("fn f(x: f64) -> f64 { x[«0»] }", "a real number cannot be indexed; index a slice, an array or a `Vec`"),
    ("fn f(x: f64) -> f64 { x.«0» }", "a real number has no fields; use it as it is"),
    ("fn f(x: (f64, f64)) -> f64 { x.«2» }", "the tuple has no such component; count them from 0"),
    ("fn f(x: f64) -> f64 { «x»() }", "`x` is a real number, not a function; call a function by its name"),
    ("fn f(x: f64) -> f64 { let g = «async» |t: f64| t; x }", "an `async` closure cannot be differentiated; write a plain one"),
    ("fn f(x: f64) -> f64 { let g = |t: f64| t; «g(x, x)» }", "this takes 1 argument; give as many"),
    ("fn f(x: f64) -> f64 { for v in «x» { } x }", "a real number cannot be iterated; iterate over a range, a slice, an array or a `Vec`"),
    ("fn f(x: f64) -> f64 { let y: [f64; 2] = x; y[«0»] }", "a real number cannot be indexed; index a slice, an array or a `Vec`"),
    ("fn f(x: f64) -> f64 { let v = [x, x]; «v» }", "this is an array, where a single value is needed; give a number"),
    ("fn f(x: &[f64]) -> Vec<f64> { «x[0]» }", "this is not known to be differentiable, and it depends on `x`; mark the called function `#[differentiable]`, or compute this before the call and pass it as data"),
    ("fn f(x: f64) -> (f64, f64) { «x» }", "this is a real number, but the function returns another type; return what its signature says"),
    ("fn f(x: f64) -> f64 { let «(a, b)» = (x, x, x); a }", "the tuple has 3 components; name as many, or use `..`"),
    ("fn f(x: f64) -> Option<f64> { let y = «(x, x)»?; Some(x) }", "`?` is not understood on a tuple; use it on a call, or `match`"),
    ("fn f(x: f64) -> f64 { match «kind»!(x) { Kind::A => 1.0, _ => x } }", "what `kind!` expands to is not seen here, and `x` is differentiated; write that, or a function marked `#[differentiable]`"),
    ("fn f(x: f64) -> f64 { let b = «matches!(x)»; x }", "the arguments of this `matches!` are not understood; use `match`"),
    ("fn f(x: f64) -> f64 { let b = «vec![x => 2]»; x }", "the elements of this `vec!` are not understood; write `vec![a, b]` or `vec![value; n]`"),
    ("fn f(x: f64) -> f64 { let y = «yield x»; x }", "this syntax is not understood; write it in stable Rust without macros"),
    ("fn f(x: f64) -> f64 { let y = «unsafe { x }»; y }", "`unsafe` code cannot be differentiated; compute its result before and pass it as data"),
    ("fn f(x: f64) -> f64 { match helper(x) { Ok(v) => v, Err(«3») => x, Err(_) => 0.0 } }", "the error of a call is not understood; write `Err(_)`, or let it pass out with `?`"),
    ("fn f(x: f64) -> f64 { if let Err(«BAD») = helper(x) { x } else { 0.0 } }", "the error of a call is not understood; write `Err(_)`, or let it pass out with `?`"),
    ("fn f(x: f64) -> f64 { let Err(«(3, _)») = helper(x) else { return x; }; 0.0 }", "the error of a call is not understood; write `Err(_)`, or let it pass out with `?`"),
    ("fn f(x: f64) -> f64 { if matches!(helper(x), Err(«3 | 4»)) { x } else { 0.0 } }", "the error of a call is not understood; write `Err(_)`, or let it pass out with `?`"),
    ("fn f(x: f64) -> f64 { helper(x).unwrap_or_else(|e| if «e == 3» { x } else { 0.0 }) }", "this operator is not understood on the error of a call; work on its elements"),
    ("fn f(x: f64) -> f64 { helper(x).unwrap_or_else(|e| «size_of_val»(&e) as f64 * x) }", "the error of a call cannot be passed to this function; call it on numbers, slices and arrays"),
    ("fn f(x: f64) -> f64 { let s = «S::A» { r: x }; 1.0 }", "a variant of differentiated numbers is not understood; keep them in a struct, a tuple or an array"),
    ("fn f(x: &[f64]) -> f64 { match x { «[LIMIT, a]» => *a, _ => 0.0 } }", "a number in a slice pattern is not understood; compare the element in a guard"),
    ("fn f(x: f64) -> f64 { const K: f64 = 2.0; let a = { const «K»: f64 = 3.0; K * x }; a * K }", "`K` is something else outside of this block, which is not understood; give one another name"),
    ("fn f(x: f64) -> f64 { let a = { use p::{q as «K», L}; K * L * x }; a * K }", "`K` is something else outside of this block, which is not understood; give one another name"),
    ("fn f(x: f64) -> f64 { fn h(t: f64) -> f64 { t } let a = { fn «h»(t: f64) -> f64 { 3.0 * t } h(x) }; a * h(x) }", "`h` is something else outside of this block, which is not understood; give one another name"),
    ("fn f(x: f64) -> f64 { let g = |t: f64| { const «K»: f64 = 2.0; K * t }; let h = |t: f64| { const K: f64 = 3.0; K * t }; g(x) * h(x) }", "`K` is something else outside of this block, which is not understood; give one another name"),
    (r#"fn f(x: f64) -> f64 { let a = { const «K»: f64 = 2.0; K * x }; println!("{K}"); a }"#, "`K` is something else outside of this block, which is not understood; give one another name"),
    ("fn f(x: f64) -> f64 { let a = { «use p::*;» x }; a * K }", "`use` of all names is not understood in an inner block; name them, or put it first in the function"),
    ("fn f(x: f64) -> f64 { let v = «m::vec»![x, 1.0]; v[0] }", "what `m::vec!` expands to is not seen here, and `x` is differentiated; write that, or a function marked `#[differentiable]`"),
    ("fn f(x: f64) -> f64 { if «m::matches»!(x > 0.0, true) { x } else { 0.0 } }", "what `m::matches!` expands to is not seen here, and `x` is differentiated; write that, or a function marked `#[differentiable]`"),
    ("fn f(x: f64, «#[cfg(a)]» y: f64) -> f64 { x }", "`#[cfg]` on a parameter is not understood; put it on a function of its own for each case"),
    ("fn f(x: f64) -> f64 { let g = |a: f64, «#[cfg(a)]» b: f64| a; g(x) }", "`#[cfg]` is not understood here; put it on a statement, or choose by `if cfg!(…)`"),
    ("fn f(x: f64) -> f64 { «#[cfg_attr(a, inline)]» fn g(a: f64) -> f64 { a } g(x) }", "a condition is not understood here; choose by `if cfg!(…)`, or put `#[cfg]` on a statement"),
    ("fn f(x: f64) -> f64 { let v = vec![#«[cfg(a)]» 3.0, x]; v[0] }", "a condition is not understood here; choose by `if cfg!(…)`, or put `#[cfg]` on a statement"),
    ("fn f(x: f64) -> f64 { struct S<const N: usize> { a: f64 } impl<const N: usize> S<N> { fn g(&self) -> f64 { self.a * N as f64 } } let s: S<3> = S { a: x }; «s.g()» }", "what `N` of `g` stands for here is not known to the macro; pass an array of that length, or write it: `Type::<…>::g`"),
];
