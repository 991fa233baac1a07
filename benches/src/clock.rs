//! Times of routines that take turns.

use std::time::{Duration, Instant};

/// How long a set of routines is timed.
#[derive(Clone, Copy, Debug)]
pub struct Budget(pub Duration);

const FEWEST: usize = 5;
const MOST: usize = 41;

/// The median seconds of one call of each routine. The routines take turns, so that a change of the machine's speed
/// meets all of them; short ones are repeated until a turn lasts a millisecond.
pub fn medians<const K: usize>(budget: Budget, routines: [&mut dyn FnMut(); K]) -> [f64; K] {
    let mut routines = routines.map(|routine| {
        let repeats = repeats(routine);
        (routine, repeats, Vec::new())
    });
    let start = Instant::now();
    let mut turns = 0;
    while turns < FEWEST || (turns < MOST && start.elapsed() < budget.0) {
        for (routine, repeats, times) in &mut routines {
            times.push(seconds(routine, *repeats));
        }
        turns += 1;
    }
    routines.map(|(_, _, mut times)| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// The median seconds of one call of a routine by itself.
pub fn median(budget: Budget, routine: &mut dyn FnMut()) -> f64 {
    let [time] = medians(budget, [routine]);
    time
}

fn repeats(routine: &mut dyn FnMut()) -> u32 {
    routine();
    let once = seconds(routine, 1);
    let wanted = (1e-3 / once.max(1e-9)).ceil().min(1e6);
    std::iter::successors(Some(1_u32), |n| n.checked_mul(2)).find(|n| f64::from(*n) >= wanted).unwrap_or(1)
}

fn seconds(routine: &mut dyn FnMut(), repeats: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..repeats {
        routine();
    }
    start.elapsed().as_secs_f64() / f64::from(repeats)
}
