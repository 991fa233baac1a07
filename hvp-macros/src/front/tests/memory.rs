//! Memory: elements, `Vec`s that are made, copied and moved.

use super::check;

#[test]
fn elements_are_updated_in_place() {
    check(
        "fn f(x: &mut [f64], i: usize) { x[i] += 2.0; x[i] -= x[0]; x[i] *= 3.0; }",
        "%0[%1] += 2.0
         %2 t: Real = load %0[0]
         %3 t: Real = -%2
         %0[%1] += %3
         %4 t: Real = load %0[%1]
         %5 t: Real = %4 * 3.0
         %0[%1] = %5
         return",
    );
}

#[test]
fn a_vec_that_is_collected_has_its_length_at_once() {
    check(
        "fn f(x: &[f64]) -> Vec<f64> { x.iter().map(|v| v * v).collect() }",
        "%2 t: Int = len(%0)
         %1 t: Array(Real) = alloc vec[0.0; %2]
         @0 for %3 i: Int in 0..%2
         %4 v: Real = load %0[%3]
         %5 t: Real = %4 * %4
         %1[%3] = %5
         continue @0
         return %1",
    );
}

#[test]
fn a_swap_of_two_numbers_reads_both_first() {
    check(
        "fn f(x: f64) -> f64 { let (mut a, mut b) = (x, 2.0); (a, b) = (b, a); std::mem::swap(&mut a, &mut b); a - b }",
        "%1 a: Real = %0
         %2 b: Real = 2.0
         %3 t: Real = %2
         %4 t: Real = %1
         %1 := %3
         %2 := %4
         %5 t: Real = %1
         %1 := %2
         %2 := %5
         %6 t: Real = %1 - %2
         return %6",
    );
}

#[test]
fn an_array_of_unknown_type_is_copied_not_moved() {
    check(
        "fn f(x: &[f64]) -> f64 { let q = step(x); let mut y = q; y[0] = 1.0; y = q; y[0] + q[0] }",
        "(%1 q: Array(Real)) = call #0 Primal (&%0; ) seeds ()
         %2 y: Array(Real) = alloc copy %1
         %2[0] = 1.0
         %3 t: Array(Real) = alloc copy %1
         swap %2, %3
         %4 t: Real = load %2[0]
         %5 t: Real = load %1[0]
         %6 t: Real = %4 + %5
         return %6
         #0 = step",
    );
}

#[test]
fn a_vec_is_taken_out_of_a_variable_that_is_assigned_anew() {
    check(
        "fn f(x: &[f64]) -> f64 { let mut a = vec![x[0]]; let b = a; a = vec![2.0]; b[0] * a[0] }",
        "
        %1 t: Real = load %0[0]
        %2 a: Array(Real) = alloc vec[%1]
        %3 b: Array(Real) = alloc empty
        swap %3, %2
        %4 t: Array(Real) = alloc vec[2.0]
        swap %2, %4
        %5 t: Real = load %3[0]
        %6 t: Real = load %2[0]
        %7 t: Real = %5 * %6
        return %7
        ",
    );
    check(
        "fn f(x: &[f64]) -> f64 { let mut a = vec![x[0]]; a[0] += 1.0; let b = a; b[0] }",
        "
        %1 t: Real = load %0[0]
        %2 a: Array(Real) = alloc vec[%1]
        %2[0] += 1.0
        %3 t: Real = load %2[0]
        return %3
        ",
    );
    // What stands in a macro counts too.
    check(
        "fn f(x: &[f64]) -> f64 { let mut a = x.to_vec(); let b = a; vec![{ a = vec![2.0]; a[0] }][0] * b[0] }",
        "
        %1 t: Int = len(%0)
        %2 a: Array(Real) = alloc copy %0[0..%1]
        %3 b: Array(Real) = alloc empty
        swap %3, %2
        %4 t: Array(Real) = alloc vec[2.0]
        swap %2, %4
        %5 t: Real = load %2[0]
        %6 t: Array(Real) = alloc vec[%5]
        %7 t: Real = load %6[0]
        %8 t: Real = load %3[0]
        %9 t: Real = %7 * %8
        return %9
        ",
    );
}

#[test]
fn an_element_is_copied_where_it_is_there() {
    check(
        "fn f(x: &[f64]) -> f64 { let mut v = vec![x[0]]; let a = v.first().copied(); v[0] = 2.0; a.unwrap() }",
        r#"
        %1 t: Real = load %0[0]
        %2 v: Array(Real) = alloc vec[%1]
        %3 t: Int = len(%2)
        %4 t: Bool = Gt(%3, 0)
        %6 t: Real = if %4
        arm
        %5 t: Real = load %2[0]
        yield %5
        arm
        yield undef
        %2[0] = 2.0
        if %4
        arm
        yield
        arm
        panic #0()
        return %6
        #0 = :: core :: panic ! ("called `Option::unwrap()` on a `None` value")
        "#,
    );
    check(
        "fn f(x: &[f64]) -> f64 { x.first().copied().unwrap() }",
        r#"
        %1 t: Int = len(%0)
        %2 t: Bool = Gt(%1, 0)
        if %2
        arm
        yield
        arm
        panic #0()
        %3 t: Real = load %0[0]
        return %3
        #0 = :: core :: panic ! ("called `Option::unwrap()` on a `None` value")
        "#,
    );
}
