//! The parts of memory that a loop goes through.

use std::ops::Range;

/// The elements that `for j in range` sees at `memory[index(j)]`, where `index` goes up by one: as many as there are iterations.
///
/// # Panics
/// If they are not there.
#[expect(
    clippy::inline_always,
    reason = "the optimiser must see that there are as many elements as iterations"
)]
#[inline(always)]
pub fn window<T>(memory: &[T], range: Range<usize>, index: impl FnOnce(usize) -> usize) -> &[T] {
    let len = range.end.saturating_sub(range.start);
    if len == 0 { &[] } else { &memory[index(range.start)..][..len] }
}

/// The same, to be written.
///
/// # Panics
/// If they are not there.
#[expect(
    clippy::inline_always,
    reason = "the optimiser must see that there are as many elements as iterations"
)]
#[inline(always)]
pub fn window_mut<T>(memory: &mut [T], range: Range<usize>, index: impl FnOnce(usize) -> usize) -> &mut [T] {
    let len = range.end.saturating_sub(range.start);
    if len == 0 { &mut [] } else { &mut memory[index(range.start)..][..len] }
}
