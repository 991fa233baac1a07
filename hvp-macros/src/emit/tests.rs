//! Printed IR in, Rust out.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use super::control::Target;
use super::env::Env;
use super::layout::tuple;
use crate::front::{Scalar, Shape, Signature, Source, Wrapper};
use crate::ir::{Atom, Kind, VarSet, parse, verify};

/// Checks the body that is emitted for the function in `text`, after the parameters of which every array is a reference.
#[track_caller]
fn check(text: &str, expected: &str) {
    check_in(Scalar::F64, text, expected);
}

#[track_caller]
fn check_in(scalar: Scalar, text: &str, expected: &str) {
    let func = parse(text);
    verify(&func).expect("a well-formed test");
    let source = Source::new(signature(scalar.clone()));
    let env = Env::new(None, scalar, &TokenStream::new());
    let arrays: VarSet =
        func.params.iter().map(|param| param.var).filter(|var| func.kind(*var).is_array()).collect();
    let returned = |emit: &Emit<'_>, values: &[Atom]| {
        let values: Vec<TokenStream> =
            values.iter().map(|value| emit.atom_of(value, &Kind::Real)).map(|value| quote!(#value)).collect();
        if values.is_empty() { TokenStream::new() } else { tuple(&values) }
    };
    let emit = Emit::new(&func, &source, &env, arrays, &returned);
    let found = emit.block(&func.body, Target::Function).to_string();
    let expected = expected.parse::<TokenStream>().expect("Rust").to_string();
    let dense = |text: &str| text.replace(' ', "");
    assert_eq!(dense(&found), dense(&expected), "found\n{found}\nexpected\n{expected}");
}

fn signature(scalar: Scalar) -> Signature {
    Signature {
        visibility: syn::Visibility::Inherited,
        implied: 0,
        item: syn::parse_quote!(fn f()),
        receiver: None,
        params: Vec::new(),
        scalar,
        wrapper: Wrapper::None,
        result: Shape::Real,
    }
}

#[test]
fn temporaries_are_written_where_they_are_used() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives result 0
           %1 i: Int = 3
           %2 t: Int = %1 + 1
           %3 t: Real = load %0[%2]
           %4 t: Real = load %0[%1]
           %5 t: Real = load %0[%1]
           %6 t: Real = %4 * %5
           %7 a: Real = %3 - %6
           return %7",
        "let i = 3; let a = x[i + 1] - x[i] * x[i]; a",
    );
}

#[test]
fn parentheses_keep_the_order_of_evaluation() {
    check(
        "fn f
           %0 x: Real [param 0]
           %1 y: Real [param 1]
           gives result 0
           %2 t: Real = %0 - %1
           %3 t: Real = %0 - %2
           %4 t: Real = -%3
           %5 t: Real = %4 * -1.5
           %6 t: Real = Sin(%5)
           %7 t: Real = %6 / %1
           %8 t: Real = %0 / %7
           return %8",
        "x / ((-(x - (x - y)) * -1.5).sin() / y)",
    );
}

#[test]
fn a_method_is_called_only_on_what_has_a_certain_type() {
    check(
        "fn f
           gives result 0
           %0 t: Real = Sqrt(2.0)
           %1 t: Real = 2.0 * 3.0
           %2 t: Real = Exp(%1)
           %3 t: Real = Ln(-2.0)
           %4 t: Real = %0 + %2
           %5 a: Real = 1e3
           %6 t: Real = Cos(%5)
           %7 t: Real = %4 + %3
           %8 t: Real = %7 + %6
           return %8",
        "let a = 1e3_f64;
         2.0_f64.sqrt() + ::core::primitive::f64::exp(2.0 * 3.0) + ::core::primitive::f64::ln(-2.0) + a.cos()",
    );
}

#[test]
fn a_load_does_not_move_past_a_store() {
    check(
        "fn f
           %0 x: Array(Real) [param 0] mut
           gives result 0
           %1 t: Real = load %0[0]
           %2 t: Real = load %0[1]
           %0[0] = %2
           %3 t: Real = %1 * 2.0
           return %3",
        "let t1 = x[0]; x[0] = x[1]; t1 * 2.0",
    );
}

#[test]
fn a_tangent_is_not_added_from_the_memory_it_is_added_to() {
    check(
        "fn f
           %0 x_dot: Array(Tangent) [param 0 dot] mut
           gives
           %1 t: Tangent = load %0[1]
           %0[0] += %1
           return",
        "let t1 = x_dot[1]; x_dot[0] += t1;",
    );
}

#[test]
fn what_a_loop_carries_is_one_variable() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives result 0
           %1 sum: Real = 0.0
           %2 t: Int = len(%0)
           @0 for %3 i: Int in 0..%2
             carried %4 sum: Real from %1 gives %5 sum: Real
             %6 t: Real = load %0[%3]
             %7 sum: Real = %4 + %6
             continue @0 %7
           return %5",
        "let mut sum = 0.0_f64; for i in 0..x.len() { sum += x[i]; } sum",
    );
}

#[test]
fn a_value_that_is_needed_later_is_not_carried_away() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives result 0
           %1 s: Real = load %0[0]
           @0 for %2 i: Int in 0..3
             carried %3 s: Real from %1 gives %4 s: Real
             %5 s: Real = %3 * %1
             continue @0 %5
           %6 t: Real = %4 + %1
           return %6",
        "let s = x[0]; let mut s_1 = s; for _ in 0..3 { s_1 *= s; } s_1 + s",
    );
}

#[test]
fn values_that_depend_on_each_other_are_assigned_at_once() {
    check(
        "fn f
           gives result 0
           @0 for %0 i: Int in 0..9
             carried %1 a: Real from 0.0 gives %2 a: Real
             carried %3 b: Real from 1.0 gives %4 b: Real
             %5 b: Real = %1 + %3
             continue @0 %3, %5
           return %4",
        "let mut a = 0.0_f64; let mut b = 1.0_f64; for _ in 0..9 { (a, b) = (b, a + b); } b",
    );
}

#[test]
fn one_value_may_be_assigned_after_the_other_has_used_it() {
    check(
        "fn f
           gives result 0
           @0 for %0 i: Int in 0..9
             carried %1 a: Real from 0.0 gives %2 a: Real
             carried %3 b: Real from 1.0 gives %4 b: Real
             %5 b: Real = %3 + %1
             %6 a: Real = %1 * 0.5
             continue @0 %6, %5
           return %4",
        "let mut a = 0.0_f64; let mut b = 1.0_f64; for _ in 0..9 { b += a; a *= 0.5; } b",
    );
}

#[test]
fn a_branch_at_the_top_of_a_loop_is_its_condition() {
    check(
        "fn f
           %0 x: Real [param 0]
           gives result 0
           @0 loop
             carried %1 y: Real from %0 gives %2 y: Real
             %3 t: Bool = Gt(%1, 1.0)
             go on if %3
             arm
               %4 y: Real = %1 / 2.0
               continue @0 %4
             arm
               break @0 %1
           return %2",
        "let mut y = x; while y > 1.0 { y /= 2.0; } y",
    );
}

#[test]
fn an_arm_that_leaves_stands_before_the_rest() {
    check(
        "fn f
           %0 x: Real [param 0]
           gives result 0
           %1 t: Bool = Lt(%0, 0.0)
           go on if %1
           arm
             %2 t: Real = -%0
             return %2
           arm
             %3 y: Real = Sqrt(%0)
             %4 t: Real = %3 * %3
             return %4",
        "if x < 0.0 { return -x; } let y = x.sqrt(); y * y",
    );
}

#[test]
fn arms_give_values() {
    check(
        "fn f
           %0 x: Real [param 0]
           gives result 0
           %1 t: Bool = Lt(%0, 0.0)
           %2 y: Real, %3 z: Real = if %1
           arm
             %4 t: Real = -%0
             yield %4, 1.0
           arm
             yield %0, undef
           %5 t: Real = %2 + %3
           return %5",
        "let (y, z) = if x < 0.0 { (-x, 1.0_f64) } else { (x, 0.0_f64) }; y + z",
    );
}

#[test]
fn an_older_variable_of_the_name_is_shadowed_when_it_is_done() {
    check(
        "fn f
           %0 x: Real [param 0]
           gives result 0
           %1 a: Real = Sin(%0)
           %2 a: Real = Cos(%1)
           %3 a: Real = Exp(%2)
           %4 t: Real = %2 * %3
           return %4",
        "let a = x.sin(); let a = a.cos(); let a_1 = a.exp(); a * a_1",
    );
}

#[test]
fn a_temporary_that_holds_an_element_is_named_after_it() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives
           @0 for %1 i: Int in 0..2
             %2 t: Real = load %0[%1]
             %3 t: Real = %2 * %2
             %0[%1] = %3
             continue @0
           return",
        "for i in 0..2 { let x_i = x[i]; x[i] = x_i * x_i; }",
    );
}

#[test]
fn of_an_array_that_only_gives_its_shape_an_outline_is_recorded() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives
           tape %1 tape: Tape
           @0 for %2 i: Int in 0..2
             %3 y: Array(Real) = alloc copy %0
             push %1 <- &%3
             continue @0
           @1 for %4 i: Int in 0..2 rev
             pop %1 -> %5 y: Array(Real)
             %6 y_bar: Array(Real) = alloc zeros like %5
             %0[%4] += 1.0
             continue @1
           return",
        "let mut tape = ::std::vec::Vec::new();
         for _ in ::hvp::__private::with_room(0..2, &mut tape) {
             let mut y = x.to_owned();
             tape.push(::hvp::__private::outline(&y));
         }
         for i in (0..2).rev() {
             let mut y = tape.pop().expect(\"each iteration has left a record\");
             let mut y_bar = ::hvp::__private::zeros_like::<::core::primitive::f64, _>(&y);
             x[i] += 1.0;
         }",
    );
}

#[test]
fn a_loop_that_may_end_early_makes_room_as_it_goes() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives
           tape %1 tape: Tape
           @0 for %2 i: Int in 0..9
             %3 t: Real = load %0[%2]
             push %1 <- %3
             %4 c: Bool = Lt(%3, 0.0)
             go on if %4
             arm
               break @0
             arm
               continue @0
           return",
        "let mut tape = ::hvp::__private::Tape::new();
         for i in 0..9 { let x_i = x[i]; tape.push(x_i); let c = x_i < 0.0; if c { break; } }",
    );
}

#[test]
fn records_go_over_a_tape() {
    check(
        "fn f
           %0 x: Array(Real) [param 0]
           gives result 0
           tape %1 tape: Tape
           @0 for %2 i: Int in 0..2
             %3 t: Real = load %0[%2]
             %4 e: Real = Exp(%3)
             push %1 <- %4, %3
             continue @0
           @1 for %5 i: Int in 0..2 rev
             pop %1 -> %6 e: Real, %7 t: Real
             %0[%5] += %6
             continue @1
           return 0.0",
        "let mut tape = ::hvp::__private::Tape::new();
         for i in ::hvp::__private::with_room(0..2, &mut tape) { let x_i = x[i]; let e = x_i.exp(); tape.push((e, x_i)); }
         for i in (0..2).rev() {
             let (e, _) = tape.pop().expect(\"each iteration has left a record\");
             x[i] += e;
         }
         0.0",
    );
}

#[test]
fn numbers_of_a_type_parameter_compute_through_the_trait() {
    let scalar = Scalar::Param(quote::format_ident!("S"));
    check_in(
        scalar,
        "fn f
           %0 x: Real [param 0]
           gives result 0
           %1 t: Real = Exp(%0)
           %2 t: Real = %1 * 2.0
           %3 t: Real = Powi(%2, 3)
           return %3",
        "<S as ::hvp::Real>::real_powi(
             <S as ::hvp::Real>::real_exp(x) * <S as ::hvp::Real>::real_from(2.0), 3)",
    );
}
