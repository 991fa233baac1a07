//! The cheapest cut of a network (Dinic, *Algorithm for solution of a problem of maximum flow*, 1970).

use std::collections::VecDeque;

/// A capacity that no cut contains.
pub(super) const NEVER: u64 = u64::MAX / 4;

/// A network in which each edge lies beside its opposite: edge `e ^ 1` is edge `e` backwards.
#[derive(Debug, Default)]
pub(super) struct Network {
    heads: Vec<usize>,
    left: Vec<u64>,
    from: Vec<Vec<usize>>,
}

impl Network {
    pub(super) fn vertex(&mut self) -> usize {
        self.from.push(Vec::new());
        self.from.len() - 1
    }

    pub(super) fn edge(&mut self, from: usize, to: usize, capacity: u64) {
        for (at, head, capacity) in [(from, to, capacity), (to, from, 0)] {
            self.from[at].push(self.heads.len());
            self.heads.push(head);
            self.left.push(capacity);
        }
    }

    /// What the cheapest cut between `source` and `sink` costs, and which vertices are on the source's side of it; nothing
    /// if every cut goes through an edge that no cut contains.
    pub(super) fn cut(mut self, source: usize, sink: usize) -> Option<(u64, Vec<bool>)> {
        let mut total = 0;
        loop {
            let levels = self.levels(source);
            if levels[sink].is_none() {
                return Some((total, levels.iter().map(Option::is_some).collect()));
            }
            let mut next = vec![0; self.from.len()];
            loop {
                let found = self.augment(source, sink, NEVER, &levels, &mut next);
                total += found;
                if total >= NEVER {
                    return None;
                }
                if found == 0 {
                    break;
                }
            }
        }
    }

    /// How far each vertex is from `source`, if it can be reached.
    fn levels(&self, source: usize) -> Vec<Option<usize>> {
        let mut levels = vec![None; self.from.len()];
        levels[source] = Some(0);
        let mut open = VecDeque::from([(source, 0)]);
        while let Some((at, level)) = open.pop_front() {
            for edge in &self.from[at] {
                let head = self.heads[*edge];
                if self.left[*edge] > 0 && levels[head].is_none() {
                    levels[head] = Some(level + 1);
                    open.push_back((head, level + 1));
                }
            }
        }
        levels
    }

    /// Sends as much as one path takes, at most `most`, and returns it; `next` are the edges that are not used up.
    fn augment(
        &mut self,
        at: usize,
        sink: usize,
        most: u64,
        levels: &[Option<usize>],
        next: &mut [usize],
    ) -> u64 {
        if at == sink {
            return most;
        }
        while let Some(edge) = self.from[at].get(next[at]).copied() {
            let head = self.heads[edge];
            if self.left[edge] > 0 && levels[head] == levels[at].map(|level| level + 1) {
                let sent = self.augment(head, sink, most.min(self.left[edge]), levels, next);
                if sent > 0 {
                    self.left[edge] -= sent;
                    self.left[edge ^ 1] += sent;
                    return sent;
                }
            }
            next[at] += 1;
        }
        0
    }
}
