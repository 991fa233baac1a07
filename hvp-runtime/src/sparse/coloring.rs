//! Colours for the variables of a pattern.

use super::Pattern;

/// A colour for each variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coloring {
    colors: Vec<usize>,
    count: usize,
}

impl Coloring {
    /// No two neighbours have the same colour.
    pub(super) fn distance_one(pattern: &Pattern) -> Self {
        best(pattern, |partial, v, forbid| {
            pattern.neighbours(v).filter_map(|w| partial[w]).for_each(forbid);
        })
    }

    /// No two neighbours have the same colour, and no path of four variables has only two.
    pub(super) fn star(pattern: &Pattern) -> Self {
        best(pattern, |partial, v, forbid| forbidden_by_paths(pattern, partial, v, forbid))
    }

    pub(super) fn dim(&self) -> usize {
        self.colors.len()
    }

    /// The number of colours.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn color(&self, i: usize) -> usize {
        self.colors[i]
    }

    /// Whether no other variable in row `i` has the colour of `j`, so that the product of that colour shows the entry. In a
    /// star colouring this holds for (i, j) or for (j, i).
    pub(super) fn is_alone(&self, pattern: &Pattern, i: usize, j: usize) -> bool {
        pattern.row(i).iter().all(|&other| other == j || self.colors[other] != self.colors[j])
    }
}

/// Gives each variable in turn the first colour that is not forbidden, in two orders; the one with fewer colours.
fn best(pattern: &Pattern, forbidden: impl Fn(&[Option<usize>], usize, &mut dyn FnMut(usize))) -> Coloring {
    let natural: Vec<usize> = (0..pattern.dim()).collect();
    let mut largest_first = natural.clone();
    largest_first.sort_by_key(|&v| std::cmp::Reverse(pattern.row(v).len()));
    let [first, second] = [natural, largest_first].map(|order| greedy(&order, &forbidden));
    if second.count < first.count { second } else { first }
}

fn greedy(order: &[usize], forbidden: impl Fn(&[Option<usize>], usize, &mut dyn FnMut(usize))) -> Coloring {
    let mut partial = vec![None; order.len()];
    // For each colour the last variable that it was forbidden to.
    let mut forbidden_to: Vec<Option<usize>> = Vec::new();
    for &v in order {
        forbidden(&partial, v, &mut |color| forbidden_to[color] = Some(v));
        let free = forbidden_to.iter().position(|&to| to != Some(v));
        partial[v] = Some(free.unwrap_or(forbidden_to.len()));
        if free.is_none() {
            forbidden_to.push(None);
        }
    }
    Coloring { colors: partial.into_iter().flatten().collect(), count: forbidden_to.len() }
}

/// What `v` must not be, given the colours so far: as the end of a path v, w, x, y in which w and y are of one colour, the
/// colour of x; in the middle of a path x, w, v, y in which w and y are of one colour, that of x.
fn forbidden_by_paths(pattern: &Pattern, partial: &[Option<usize>], v: usize, forbid: &mut dyn FnMut(usize)) {
    for w in pattern.neighbours(v) {
        let Some(color) = partial[w] else { continue };
        forbid(color);
        let has_twin = |of: usize, but: usize| {
            pattern.neighbours(of).any(|other| other != but && partial[other] == Some(color))
        };
        let middle = has_twin(v, w);
        for x in pattern.neighbours(w) {
            if let Some(end) = partial[x]
                && (middle || has_twin(x, w))
            {
                forbid(end);
            }
        }
    }
}
