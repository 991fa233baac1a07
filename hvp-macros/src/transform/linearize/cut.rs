//! Which values are recorded.
//!
//! Each part of the product that does not depend on the direction is read from the record, computed again, or not needed at
//! all. To compute it again takes its operands, and to come where it is takes the conditions and loops around it.
//! The cheapest choice is a cheapest cut: a part has two vertices, *there* (read or computed again) and *computed*, which are on
//! the source's side if that is so. An edge from *there* to *computed* costs the reading, one from *computed* to the sink the
//! computation, and edges that cannot be cut lead from *computed* to *there* of each operand.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{NEVER, Network};
use super::graph::{Graph, Key};
use crate::ir::VarId;

/// What is recorded, and what the product then costs.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) recorded: BTreeSet<VarId>,
    whole: u64,
    replay: u64,
}

impl Plan {
    /// Whether a replay saves enough to be worth a record's memory, and two more functions.
    pub(super) fn pays(&self) -> bool {
        self.replay < self.whole / 8 * 7
    }
}

/// The cheapest plan; nothing if what the replay needs can be neither recorded nor computed again.
pub(super) fn plan(graph: &Graph) -> Option<Plan> {
    let parts = graph.needed();
    let mut network = Network::default();
    let (source, sink) = (network.vertex(), network.vertex());
    let vertices: BTreeMap<Key, [usize; 2]> =
        parts.keys().map(|key| (*key, [network.vertex(), network.vertex()])).collect();
    // What is no part of the product (a parameter) is always there.
    let there = |key: &Key| vertices.get(key).map(|[there, _]| *there);
    for root in graph.roots.iter().filter_map(there) {
        network.edge(source, root, NEVER);
    }
    for (part, [here, computed]) in parts.values().zip(vertices.values()) {
        network.edge(*here, *computed, part.read.unwrap_or(NEVER));
        network.edge(*computed, sink, part.compute.unwrap_or(NEVER));
        for (from, needed) in [(computed, &part.needs), (here, &part.way)] {
            needed.iter().filter_map(there).for_each(|to| network.edge(*from, to, NEVER));
        }
    }
    let (cost, sides) = network.cut(source, sink)?;
    let recorded = vertices.iter().filter(|(_, [there, computed])| sides[*there] && !sides[*computed]);
    let recorded = recorded.filter_map(|(key, _)| match key {
        Key::Value(var) => Some(*var),
        Key::Shape(_) | Key::Item(..) | Key::Loop(_) => None,
    });
    let everything: u64 = parts.values().filter_map(|part| part.compute).sum();
    Some(Plan { recorded: recorded.collect(), whole: graph.rest + everything, replay: graph.rest + cost })
}
