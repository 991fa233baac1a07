//! Lengths of slices, checked where the public functions are entered.

/// Panics, naming the argument, unless its length is what the dimension asks for.
#[track_caller]
pub(crate) fn expect_len(name: &str, found: usize, expected: usize) {
    assert!(found == expected, "`{name}` has length {found}, expected {expected}");
}

/// Panics, naming the argument, unless `v` and `out` hold the same whole number of columns of length `n`;
/// returns that number.
#[track_caller]
pub(crate) fn expect_columns(n: usize, v: usize, out: (&str, usize)) -> usize {
    let columns = v.checked_div(n).unwrap_or(0);
    assert!(columns * n == v, "`v` has length {v}, expected a multiple of {n}");
    expect_len(out.0, out.1, v);
    columns
}
