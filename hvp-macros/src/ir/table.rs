//! Sets, maps and graphs of variables as flat tables, since variables are numbered from zero.
//!
//! Nearly every question of a pass goes through one of these, and a user's build runs the macro without optimisation.

use super::VarId;

/// Makes `table` long enough for the index `at`; the new entries are zero. Both calls run optimised in any build.
macro_rules! grow {
    ($table:expr, $at:expr) => {
        if $at >= $table.len() {
            let mut longer = vec![0; (2 * $at).max(8)];
            longer[..$table.len()].copy_from_slice(&$table);
            $table = longer;
        }
    };
}

/// A set of variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct VarSet {
    words: Vec<u64>,
}

/// The word in which the variable stands, and its bit there.
fn bit(var: VarId) -> (usize, u64) {
    ((var.0 >> 6) as usize, 1 << (var.0 & 63))
}

impl VarSet {
    pub(crate) fn contains(&self, var: VarId) -> bool {
        let (at, bit) = bit(var);
        at < self.words.len() && self.words[at] & bit != 0
    }

    /// Whether it was not there before.
    pub(crate) fn insert(&mut self, var: VarId) -> bool {
        let (at, bit) = bit(var);
        grow!(self.words, at);
        let is_new = self.words[at] & bit == 0;
        self.words[at] |= bit;
        is_new
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, var: VarId) -> bool {
        let was_there = self.contains(var);
        if was_there {
            let (at, bit) = bit(var);
            self.words[at] &= !bit;
        }
        was_there
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether there is a variable in both.
    pub(crate) fn meets(&self, other: &VarSet) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Adds all of `other`.
    pub(crate) fn unite(&mut self, other: &VarSet) {
        if let Some(last) = other.words.len().checked_sub(1) {
            grow!(self.words, last);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// What is in both.
    pub(crate) fn common(&self, other: &VarSet) -> VarSet {
        VarSet { words: self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect() }
    }
}

impl Extend<VarId> for VarSet {
    fn extend<I: IntoIterator<Item = VarId>>(&mut self, vars: I) {
        for var in vars {
            self.insert(var);
        }
    }
}

impl FromIterator<VarId> for VarSet {
    fn from_iter<I: IntoIterator<Item = VarId>>(vars: I) -> VarSet {
        let mut set = VarSet::default();
        set.extend(vars);
        set
    }
}

/// A map from variables.
#[derive(Clone, Debug)]
pub(crate) struct VarMap<T> {
    /// For each variable one more than the place of its value, or zero.
    places: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for VarMap<T> {
    fn default() -> VarMap<T> {
        VarMap { places: Vec::new(), values: Vec::new() }
    }
}

impl<T> VarMap<T> {
    fn place(&self, var: VarId) -> Option<usize> {
        let at = var.0 as usize;
        if at < self.places.len() && self.places[at] != 0 { Some(self.places[at] as usize - 1) } else { None }
    }

    pub(crate) fn get(&self, var: VarId) -> Option<&T> {
        match self.place(var) {
            Some(place) => Some(&self.values[place]),
            None => None,
        }
    }

    pub(crate) fn contains(&self, var: VarId) -> bool {
        self.place(var).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn insert(&mut self, var: VarId, value: T) {
        match self.place(var) {
            Some(place) => self.values[place] = value,
            None => {
                self.push(var, value);
            }
        }
    }

    fn push(&mut self, var: VarId, value: T) -> usize {
        let at = var.0 as usize;
        grow!(self.places, at);
        self.values.push(value);
        self.places[at] = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.len() - 1
    }

    /// The pairs in the order of the variables' numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (VarId, &T)> {
        let places = (0u32..).zip(&self.places).filter(|(_, place)| **place != 0);
        places.map(|(at, place)| (VarId(at), &self.values[*place as usize - 1]))
    }
}

impl<T: Default> VarMap<T> {
    /// The variable's value, which is made if there is none.
    pub(crate) fn slot(&mut self, var: VarId) -> &mut T {
        let place = match self.place(var) {
            Some(place) => place,
            None => self.push(var, T::default()),
        };
        &mut self.values[place]
    }
}

/// Directed edges between variables.
#[derive(Debug, Default)]
pub(crate) struct VarGraph {
    /// For each variable one more than the place of its last edge, or zero.
    last: Vec<u32>,
    /// Where the edge leads, and one more than the place of the edge before it.
    edges: Vec<(VarId, u32)>,
}

impl VarGraph {
    pub(crate) fn link(&mut self, from: VarId, to: VarId) {
        let at = from.0 as usize;
        grow!(self.last, at);
        self.edges.push((to, self.last[at]));
        self.last[at] = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
    }

    /// The variables that `counts` holds for and that can be reached over such from `roots`, these included.
    pub(crate) fn reached(&self, roots: &[VarId], counts: impl Fn(VarId) -> bool) -> VarSet {
        let mut reached = VarSet::default();
        let mut open = roots.to_vec();
        while let Some(var) = open.pop() {
            if counts(var) && reached.insert(var) {
                let mut edge = self.last.get(var.0 as usize).copied().unwrap_or(0);
                while edge != 0 {
                    let (to, next) = self.edges[edge as usize - 1];
                    open.push(to);
                    edge = next;
                }
            }
        }
        reached
    }
}
