//! Loops that run several iterations at a time see each element once, and add up alike for one direction and for many.

use hvp_runtime::__private::{each_2, strips_2};
use hvp_runtime::Lanes;

const LANES: usize = 8;

fn numbers(n: usize, scale: f64) -> Vec<f64> {
    (0..n).map(|i| ((i + 1) as f64 * scale).sin()).collect()
}

/// The same number along each of the directions, times the number of the direction.
fn along_all(x: f64) -> Lanes<f64, LANES> {
    Lanes(std::array::from_fn(|k| x * (k + 1) as f64))
}

#[test]
fn a_direction_among_others_is_added_up_in_the_order_of_one_by_itself() {
    for n in 0..300 {
        let (x, v) = (numbers(n, 1.3), numbers(n, 0.7));
        let all: Vec<_> = v.iter().map(|v| along_all(*v)).collect();
        let block: Lanes<f64, LANES> = strips_2((&x[..], &all[..]), |x, v| v * x);
        for (k, among) in block.0.iter().enumerate() {
            let own: Vec<f64> = v.iter().map(|v| along_all(*v).0[k]).collect();
            let alone: f64 = strips_2((&x[..], &own[..]), |x, v| v * x);
            assert_eq!(alone.to_bits(), among.to_bits(), "direction {k} of {n} elements");
        }
    }
}

#[test]
fn a_sum_in_strips_has_the_terms_of_the_sum_in_order() {
    for n in 0..300_u16 {
        // Whole numbers, whose sums are exact in any order.
        let (x, mut seen) = ((0..n).map(f64::from).collect::<Vec<_>>(), vec![0.0; usize::from(n)]);
        let sums: (f64, f64) = strips_2((&x[..], &mut seen[..]), |x, seen| {
            *seen += x + 1.0;
            (x, 2.0 * x)
        });
        let sum: f64 = x.iter().sum();
        assert_eq!(sums, (sum, 2.0 * sum), "{n} elements");
        assert!(x.iter().zip(&seen).all(|(x, seen)| *seen == x + 1.0), "{n} elements: {seen:?}");
    }
}

#[test]
fn what_adds_up_nothing_sees_each_element_once() {
    for n in 0..40 {
        let x: Vec<_> = numbers(n, 0.9).into_iter().map(along_all).collect();
        let (mut numbers, mut lanes) = (vec![0.0; n], vec![Lanes([0.0; LANES]); n]);
        each_2(&x[..], &mut numbers[..], |x, to| *to += x.0[0]);
        each_2(&x[..], &mut lanes[..], |x, to| *to += x);
        assert_eq!(lanes, x, "{n} elements");
        assert!(numbers.iter().zip(&x).all(|(to, x)| *to == x.0[0]), "{n} elements");
        let mut plain = vec![0.0; n];
        each_2(&numbers[..], &mut plain[..], |x, to| *to += x);
        assert_eq!(plain, numbers, "{n} elements");
    }
}
