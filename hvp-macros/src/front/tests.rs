//! Text in, printed IR out; mistakes in, messages out.

mod memory;

use std::panic::catch_unwind;

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::diag::Diag;
use crate::{attr, front, ir, transform};

fn lowered(options: &str, text: &str) -> Result<String, Vec<String>> {
    let item: syn::ItemFn = syn::parse_str(text).expect("the test's own text");
    let mut diag = Diag::new();
    let options = attr::parse(options.parse().expect("the test's own text"), &mut diag);
    match front::lower(&item, &options, &mut diag) {
        Some(lowered) => {
            let normal = transform::normalize(&lowered.func);
            assert_eq!(ir::verify(&normal), Ok(()), "{}", lowered.func);
            let fragments = lowered.source.fragments().iter().enumerate();
            let lines: Vec<String> =
                fragments.map(|(index, code)| format!("  #{index} = {code}\n")).collect();
            Ok(format!("{}{}", lowered.func, lines.concat()))
        }
        None => Err(diag.messages()),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Compares the body and the fragments, from the line after `gives`.
fn check(text: &str, expected: &str) {
    match lowered("", text) {
        Ok(printed) => {
            let printed = lines(&printed);
            let start = printed.iter().position(|line| line.starts_with("gives")).map_or(0, |at| at + 1);
            let body = &printed[start..];
            assert_eq!(body, lines(expected), "\n{}", body.join("\n"));
        }
        Err(messages) => panic!("refused: {messages:#?}"),
    }
}

fn refused(text: &str, part: &str) {
    refused_with("", text, part);
}

fn refused_with(options: &str, text: &str, part: &str) {
    match lowered(options, text) {
        Ok(printed) => panic!("accepted:\n{printed}"),
        Err(messages) => {
            assert!(messages.iter().any(|message| message.contains(part)), "{messages:#?}");
            for message in &messages {
                assert!(!message.ends_with('.'), "a message ends in a full stop: {message}");
                assert!(
                    message.contains(';') || message.contains("there is"),
                    "a message without a remedy: {message}"
                );
            }
        }
    }
}

#[test]
fn arithmetic_keeps_order_and_association() {
    check(
        "fn f(x: f64, y: f64) -> f64 { x * y - 2.0 / x }",
        "%2 t: Real = %0 * %1  \n %3 t: Real = 2.0 / %0 \n %4 t: Real = %2 - %3 \n return %4",
    );
}

#[test]
fn literals_keep_their_digits() {
    check(
        "fn f(x: f32) -> f32 { let c = 1_000.50e-1_f32; x * c + 3f32 - -0.1 }",
        "%1 c: Real = 1_000.50e-1
         %2 t: Real = %0 * %1
         %3 t: Real = %2 + 3.0
         %4 t: Real = %3 - -0.1
         return %4",
    );
}

#[test]
fn shadowing_makes_another_variable_and_assignment_does_not() {
    check(
        "fn f(x: f64) -> f64 { let y = x * x; let mut y = y.sin(); y += x; y *= 2.0; y }",
        "%1 y: Real = %0 * %0
         %2 y: Real = Sin(%1)
         %2 := %2 + %0
         %2 := %2 * 2.0
         return %2",
    );
}

#[test]
fn an_arm_without_exit_yields_its_value() {
    check(
        "fn f(x: f64) -> f64 { let y = if x > 0.0 { x.ln() } else { 1.0 }; y * y }",
        "%1 t: Bool = Gt(%0, 0.0)
         %3 y: Real = if %1
         arm
         %2 t: Real = Ln(%0)
         yield %2
         arm
         yield 1.0
         %4 t: Real = %3 * %3
         return %4",
    );
}

#[test]
fn an_arm_with_an_exit_assigns_its_value() {
    check(
        "fn f(x: f64) -> f64 { let y = if x > 0.0 { x } else { return 1.0; }; y }",
        "%1 t: Bool = Gt(%0, 0.0)
         if %1
         arm
         %2 := %0
         yield
         arm
         return 1.0
         return %2",
    );
}

#[test]
fn a_short_circuit_guards_what_may_fail() {
    check(
        "fn f(x: &[f64], i: usize) -> f64 { if i > 0 && x[i - 1] > 0.0 { 1.0 } else { x[0] } }",
        "%2 t: Bool = Gt(%1, 0)
         %6 t: Bool = if %2
         arm
         %3 t: Int = %1 - 1
         %4 t: Real = load %0[%3]
         %5 t: Bool = Gt(%4, 0.0)
         yield %5
         arm
         yield false
         %8 t: Real = if %6
         arm
         yield 1.0
         arm
         %7 t: Real = load %0[0]
         yield %7
         return %8",
    );
}

#[test]
fn while_is_a_loop_that_begins_with_a_branch() {
    check(
        "fn f(x: f64) -> f64 { let mut y = x; while y > 1.0 { y /= 2.0; } y }",
        "%1 y: Real = %0
         @0 loop
         %2 t: Bool = Gt(%1, 1.0)
         if %2
         arm
         yield
         arm
         break @0
         %1 := %1 / 2.0
         continue @0
         return %1",
    );
}

#[test]
fn labels_leave_outer_loops() {
    check(
        "fn f(x: f64, n: usize) -> f64 { let mut y = x; 'a: for i in (0..n).rev().step_by(2) { loop { if y > 9.0 { break 'a; } continue 'a; } } y }",
        "%2 y: Real = %0
         @0 for %3 i: Int in 0..%1 rev step 2
         @1 loop
         %4 t: Bool = Gt(%2, 9.0)
         if %4
         arm
         break @0
         arm
         yield
         continue @0
         continue @0
         return %2",
    );
}

#[test]
fn a_chain_of_iterators_is_a_counted_loop() {
    check(
        "fn f(x: &[f64], y: &[f64]) -> f64 { x.iter().zip(y).skip(1).map(|(a, b)| a * b).sum() }",
        "%2 t: Real = -0.0
         %3 t: Int = len(%0)
         %4 t: Int = len(%1)
         %5 t: Bool = Lt(%3, %4)
         %6 t: Int = select(%5, %3, %4)
         @0 for %7 i: Int in 1..%6
         %8 a: Real = load %0[%7]
         %9 b: Real = load %1[%7]
         %10 t: Real = %8 * %9
         %2 := %2 + %10
         continue @0
         return %2",
    );
}

#[test]
fn windows_and_sub_slices_are_index_arithmetic() {
    check(
        "fn f(x: &[f64]) -> f64 { let r = &x[2..]; let s = &r[1..3]; s[0] * r[1] }",
        "%1 t: Int = len(%0)
         %2 t: Int = 2 + 1
         %3 t: Int = 2 + 3
         %4 t: Real = load %0[%2]
         %5 t: Int = 2 + 1
         %6 t: Real = load %0[%5]
         %7 t: Real = %4 * %6
         return %7",
    );
}

#[test]
fn a_view_keeps_the_index_that_it_was_made_with() {
    check(
        "fn f(m: &[[f64; 2]]) -> f64 { let mut k = 0; let row = &m[k]; k += 1; row[0] * k as f64 }",
        "%1 k: Int = 0usize
         %2 t: Int = %1
         %1 := %1 + 1
         %3 t: Real = load %0[%2][0]
         %4 t: Real = #0~(%1)
         %5 t: Real = %3 * %4
         return %5
         #0 = __hvp_hole_0 as f64",
    );
}

#[test]
fn closures_are_inlined_and_write_what_they_capture() {
    check(
        "fn f(x: f64) -> f64 { let mut s = 0.0; let mut add = |v: f64| s += v * x; add(x); add(2.0); s }",
        "%1 s: Real = 0.0
         %2 t: Real = %0 * %0
         %1 := %1 + %2
         %3 v: Real = 2.0
         %4 t: Real = %3 * %0
         %1 := %1 + %4
         return %1",
    );
}

#[test]
fn a_move_closure_keeps_the_number_that_it_captured() {
    check(
        "fn f(x: f64) -> f64 { let mut s = x; let g = move |v: f64| v * s; s = 3.0; g(x) + s }",
        "%1 s: Real = %0
         %2 s: Real = %1
         %1 := 3.0
         %3 t: Real = %0 * %2
         %4 t: Real = %3 + %1
         return %4",
    );
}

#[test]
fn passive_expressions_pass_through_with_holes() {
    check(
        "fn f(x: &[f64], d: &Data, i: usize) -> f64 { d.scale * x[d.index[i + 1]] }",
        "%3 t: Opaque = #0(%1, %2)
         %4 t: Real = load %0[%3]
         %5 t: Opaque = #1(%1)
         %6 t: Real = real(%5)
         %7 t: Real = %6 * %4
         return %7
         #0 = __hvp_hole_0 . index [__hvp_hole_1 + 1]
         #1 = __hvp_hole_0 . scale",
    );
}

#[test]
fn passive_state_that_changes_is_evaluated_once_and_in_order() {
    check(
        "fn f(x: f64, seed: u64) -> f64 { let mut rng = Rng::new(seed); let a = rng.next(); a * x + rng.next() }",
        "%2 rng: Opaque = #0!(%1)
         %3 a: Opaque = #1!(%2)
         %4 t: Real = real(%3)
         %5 t: Real = %4 * %0
         %6 t: Opaque = #2!(%2)
         %7 t: Real = real(%6)
         %8 t: Real = %5 + %7
         return %8
         #0 = Rng :: new (__hvp_hole_0)
         #1 = __hvp_hole_0 . next ()
         #2 = __hvp_hole_0 . next ()",
    );
}

#[test]
fn passive_data_is_matched_by_the_users_own_patterns() {
    check(
        "fn f(x: f64, k: Kind) -> f64 { match k { Kind::A => x, Kind::B { w, .. } if w > 0.0 => w * x, _ => 0.0 } }",
        "%6 t: Real = match #4(%1)
         arm #0 ()
         yield %0
         arm #1 (%2 w: Opaque)
         guard
         %3 t: Bool = #2(%2)
         yield %3
         %4 t: Real = real(%2)
         %5 t: Real = %4 * %0
         yield %5
         arm #3 ()
         yield 0.0
         return %6
         #0 = Kind :: A
         #1 = Kind :: B { w , .. }
         #2 = __hvp_hole_0 > 0.0
         #3 = _
         #4 = __hvp_hole_0",
    );
}

#[test]
fn calls_pass_slices_and_take_what_comes_back_by_its_use() {
    check(
        "fn f(x: &[f64], out: &mut [f64]) -> f64 { let q = rotate(&x[1..3]); fill(x, out); let (a, b) = pair(x[0]); q[0] * a + b }",
        "(%2 q: Array(Real)) = call #0 Primal (&%0[1..3]; ) seeds ()
         () = call #1 Primal (&%0; &mut %1; ) seeds ()
         %3 t: Real = load %0[0]
         (%4 a: Real, %5 b: Real) = call #2 Primal (%3; ) seeds ()
         %6 t: Real = load %2[0]
         %7 t: Real = %6 * %4
         %8 t: Real = %7 + %5
         return %8
         #0 = rotate
         #1 = fill
         #2 = pair",
    );
}

#[test]
fn errors_pass_out_and_questions_follow_calls() {
    check(
        "fn f(x: &[f64]) -> Result<f64, E> { if x.is_empty() { return Err(E::Empty); } let r = ratio(x)?; Ok(r * r) }",
        "%1 t: Int = len(%0)
         %2 t: Bool = Eq(%1, 0)
         if %2
         arm
         escape #0()
         arm
         yield
         (%3 r: Real) = call #1 Primal (&%0; ) seeds () or leave
         %4 t: Real = %3 * %3
         return %4
         #0 = Err (E :: Empty)
         #1 = ratio",
    );
}

#[test]
fn captures_of_format_strings_become_arguments() {
    check(
        "fn f(x: f64) -> f64 { println!(\"{x:>8.3} {}\", x); x }",
        "effect #0~(%0, %0)
         return %0
         #0 = println ! (\"{x:>8.3} {}\" , __hvp_hole_1 , x = __hvp_hole_0)",
    );
}

#[test]
fn generic_scalars_have_their_constants_as_code() {
    check(
        "fn f<T: num_traits::Float>(x: T) -> T { x * T::from(0.5).unwrap() + T::one() }",
        "%1 t: Real = #0()
         %2 t: Real = %0 * %1
         %3 t: Real = #1()
         %4 t: Real = %2 + %3
         return %4
         #0 = T :: from (0.5) . unwrap ()
         #1 = T :: one ()",
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    refused(
        "fn f(x: f64) -> f64 { x.gamma() }",
        "`gamma` of a real number is not known to be differentiable",
    );
    refused("fn f(x: f64) -> f64 { unsafe { x } }", "`unsafe` code");
    refused("async fn f(x: f64) -> f64 { x }", "`async` function");
    refused("fn f(x: f64) -> f64 { x as f32 as f64 }", "another float type among them is not understood");
    refused("fn f(x: f64) -> f64 { Point { a: x }.norm() }", "what `Point` does is not seen from here");
    refused(
        "fn f(x: f64) -> f64 { let p = Point { a: x }; g(&p) }",
        "a struct of differentiated numbers cannot be passed",
    );
    refused("fn f(x: f64) -> f64 { #[cfg(test)] let y = 1.0; x }", "a condition is not understood here");
    refused(
        "fn f(x: &[f64]) -> f64 { let mut it = x.iter().filter(|v| **v > 0.0); *it.next().unwrap() }",
        "advanced step by step",
    );
    refused(
        "fn f(x: &[f64], y: &[f64]) -> f64 { let mut s = &x[1..]; s = &y[1..]; s[0] }",
        "a slice variable holds parts of one array, here of `x`",
    );
    refused("fn f(x: f64) -> f64 { let c = Cell::new(x); c.get() }", "in a `Cell`");
    refused("fn f(x: &[f64]) -> f64 { let mut v = x.to_vec(); v.foo(); v[0] }", "`foo` of an array");
    refused(
        "fn f(x: &[f64]) -> f64 { let mut n = 0; let s = x.iter().map(|v| { n += 1; v }).zip(x).map(|(a, b)| a * b).sum(); s * n as f64 }",
        "how often `zip` calls the closure on its left",
    );
    refused(
        "fn f(x: &[f64]) -> f64 { let mut n = 0; let mut rows = vec![x.to_vec(); 2]; let row = std::mem::take(&mut ({ n += 1; &mut rows })[0]); row[0].powi(n) }",
        "a row is exchanged where it is `rows[i]`",
    );
    refused(
        "fn f(x: &[f64]) -> f64 { let mut n = 0; let mut rows = vec![x.to_vec(); 2]; ({ n += 1; &mut rows })[0].push(x[1]); rows[0][0].powi(n) }",
        "a row grows or shrinks where it is `rows[i]`",
    );
    refused("fn f(x: f64) -> f64 { break; x }", "there is no such loop");
}

#[test]
fn the_attribute_is_checked_word_by_word() {
    refused_with("wrt(y)", "fn f(x: f64) -> f64 { x }", "`y` is no parameter of `f`");
    refused_with("wrt(n)", "fn f(x: f64, n: usize) -> f64 { x }", "`n` is not of a real type");
    refused_with(
        "wrt(w)",
        "fn fit(&self, w: &[T]) -> T { w[0] }",
        "`w` is made of `T`, which the macro does not know",
    );
    refused_with("with(x)", "fn f(x: f64) -> f64 { x }", "`with` is no option");
    refused_with("only(gradient)", "fn f(x: f64) -> f64 { x }", "`gradient` is not generated");
    refused_with("wrt(x), wrt(x)", "fn f(x: f64) -> f64 { x }", "`wrt` stands here twice");
}

#[test]
fn all_errors_come_at_once() {
    let found = lowered(
        "",
        "fn f(x: f64) -> f64 { let a = x.first_unknown(); let b = second_unknown(|| x); a + b + x.third_unknown() }",
    );
    assert_eq!(found.map_err(|messages| messages.len()), Err(3));
}

/// Bodies that the mutilations below start from.
const BODIES: [&str; 4] = [
    "fn f(x: &[f64], d: &Data) -> f64 { let mut s = 0.0; for (i, &v) in x.iter().enumerate() { if v > 0.5 && i > 1 { s += v * d.w[i]; } else { continue; } } s }",
    "fn f(x: &[f64]) -> Result<f64, E> { let [a, b, ..] = x else { return Err(E::Short) }; let y: Vec<f64> = x.iter().map(|v| v * a).collect(); Ok(y.iter().fold(*b, |m, v| m.max(*v))) }",
    "fn f(x: [f64; 3], k: Kind) -> f64 { let mut v = vec![0.0; 3]; match k { Kind::A => v[0] = x[1], Kind::B(n) if n > 2 => v.push(x[n]), _ => v.swap(0, 1) } let (s, c) = v[0].sin_cos(); s * c }",
    "fn f(x: f64) -> f64 { let mut y = x; let g = |t: f64| t * y; let z = loop { if g(x) > 1.0 { break y; } }; while y < z { y *= 1.5; } { let y = y + 1.0; y } }",
];

fn mutilated(tokens: TokenStream, mut at: usize) -> (TokenStream, usize) {
    let mut out = TokenStream::new();
    for tree in tokens {
        if at == 0 {
            at = usize::MAX;
            continue;
        }
        at = at.saturating_sub(usize::from(at != usize::MAX));
        out.extend([match tree {
            TokenTree::Group(group) => {
                let (inner, rest) = mutilated(group.stream(), at);
                at = rest;
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            other => other,
        }]);
    }
    (out, at)
}

#[test]
fn a_body_with_a_token_missing_never_makes_it_panic() {
    for text in BODIES {
        let tokens: TokenStream = text.parse().expect("the test's own text");
        for at in 0..160 {
            let (mutilated, _) = mutilated(tokens.clone(), at);
            let Ok(item) = syn::parse2::<syn::ItemFn>(mutilated) else {
                continue;
            };
            let caught = catch_unwind(|| {
                let mut diag = Diag::new();
                front::lower(&item, &attr::Options::default(), &mut diag).is_some()
            });
            assert!(caught.is_ok(), "panicked on {}", quote::quote!(#item));
        }
    }
}

#[test]
fn passive_calls_keep_their_order() {
    check(
        "fn f(x: f64, rng: &mut Rng) -> f64 { rng.next() - x * rng.next() }",
        "%2 t: Opaque = #0!(%1)
         %3 t: Opaque = #1!(%1)
         %4 t: Real = real(%3)
         %5 t: Real = %0 * %4
         %6 t: Real = real(%2)
         %7 t: Real = %6 - %5
         return %7
         #0 = __hvp_hole_0 . next ()
         #1 = __hvp_hole_0 . next ()",
    );
}
