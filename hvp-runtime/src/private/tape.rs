//! Tapes, whose memory serves one call after another.

use std::any::Any;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// What the primal sweep records for the reverse sweep: a `Vec` whose memory is kept for the thread's next tape of such records.
///
/// An allocator gives memory of this size back to the operating system when it is freed, and the next call would pay for it
/// again: a page fault for every page, which takes longer than what is recorded in it.
#[derive(Debug)]
pub struct Tape<R: Copy + 'static> {
    records: Vec<R>,
}

/// The bytes that a thread keeps at most. Where more are freed, it keeps nothing.
const MOST: usize = 32 << 20;

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare { stacks: Vec::new(), bytes: 0 }) };
}

/// The memory of tapes that are not in use.
struct Spare {
    /// For each type of records a `Vec<Vec<R>>`.
    stacks: Vec<Box<dyn Any>>,
    bytes: usize,
}

impl Spare {
    fn stack<R: 'static>(&mut self) -> &mut Vec<Vec<R>> {
        let of_type = |stack: &Box<dyn Any>| stack.is::<Vec<Vec<R>>>();
        let at = self.stacks.iter().position(of_type).unwrap_or_else(|| {
            self.stacks.push(Box::new(Vec::<Vec<R>>::new()));
            self.stacks.len() - 1
        });
        self.stacks[at].downcast_mut().expect("the stack was found by its type")
    }

    fn take<R: 'static>(&mut self) -> Vec<R> {
        let records = self.stack().pop().unwrap_or_default();
        self.bytes -= size::<R>(&records);
        records
    }

    fn keep<R: 'static>(&mut self, records: Vec<R>) {
        self.bytes += size(&records);
        if self.bytes > MOST {
            *self = Spare { stacks: Vec::new(), bytes: 0 };
        } else {
            self.stack().push(records);
        }
    }
}

fn size<R>(records: &Vec<R>) -> usize {
    records.capacity() * size_of::<R>()
}

impl<R: Copy + 'static> Tape<R> {
    /// An empty tape.
    #[inline]
    #[must_use]
    pub fn new() -> Tape<R> {
        // A thread that ends has nothing to spare.
        let spare = SPARE.try_with(|spare| spare.borrow_mut().take());
        Tape { records: spare.unwrap_or_default() }
    }
}

impl<R: Copy + 'static> Default for Tape<R> {
    fn default() -> Tape<R> {
        Tape::new()
    }
}

impl<R: Copy + 'static> Drop for Tape<R> {
    fn drop(&mut self) {
        let mut records = std::mem::take(&mut self.records);
        if records.capacity() > 0 {
            records.clear();
            // A thread that ends keeps nothing.
            let _ = SPARE.try_with(|spare| spare.borrow_mut().keep(records));
        }
    }
}

impl<R: Copy + 'static> Deref for Tape<R> {
    type Target = Vec<R>;

    #[inline]
    fn deref(&self) -> &Vec<R> {
        &self.records
    }
}

impl<R: Copy + 'static> DerefMut for Tape<R> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<R> {
        &mut self.records
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Tape};

    fn address<R: Copy>(tape: &Tape<R>) -> *const R {
        tape.as_ptr()
    }

    #[test]
    fn the_next_tape_of_such_records_has_the_memory_and_not_the_records() {
        let mut first = Tape::new();
        first.extend([(1.0, 2_usize), (3.0, 4)]);
        let (at, room) = (address(&first), first.capacity());
        drop(first);
        let other = Tape::<(usize, f64)>::new();
        assert_eq!(other.capacity(), 0);
        let second = Tape::<(f64, usize)>::new();
        assert!(second.is_empty());
        assert_eq!((address(&second), second.capacity()), (at, room));
        assert_eq!(Tape::<(f64, usize)>::new().capacity(), 0, "the memory is in use");
    }

    #[test]
    fn a_recursion_has_a_tape_for_each_level() {
        fn sum(depth: u64) -> u64 {
            let mut tape = Tape::new();
            tape.push(depth);
            let below = if depth > 0 { sum(depth - 1) } else { 0 };
            below + tape.pop().unwrap_or_default()
        }
        assert_eq!((sum(5), sum(9), sum(3)), (15, 45, 6));
    }

    #[test]
    fn a_thread_keeps_no_more_than_its_share() {
        let mut large = Tape::new();
        large.reserve(MOST + 1);
        large.push(1_u8);
        drop(large);
        assert_eq!(Tape::<u8>::new().capacity(), 0);
        let mut small = Tape::new();
        small.push(1_u8);
        drop(small);
        assert_ne!(Tape::<u8>::new().capacity(), 0);
    }

    #[test]
    fn a_panic_leaves_an_empty_tape() {
        let caught = std::panic::catch_unwind(|| {
            let mut tape = Tape::new();
            tape.push(7_i16);
            assert!(tape.is_empty(), "this fails");
        });
        assert!(caught.is_err());
        assert!(Tape::<i16>::new().is_empty());
    }
}
