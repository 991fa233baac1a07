//! A Hessian-vector product in two functions: what does not depend on the direction, done once, and the rest.
//!
//! ```text
//!                                  record                          replay
//! let e = x[i].exp();              let e = x[i].exp();             let e = reals.next();
//! let e_dot = x_dot[i] * e;   →    reals.push(e);                  let e_dot = x_dot[i] * e;
//! out[i] += e_dot;                                                 out[i] += e_dot;
//! ```
//!
//! A direction steers nothing: both functions take the same way, and the replay finds each value of the record in the order in
//! which it was left there.
//! So any choice of what is recorded is right, and [`cut`] chooses by cost alone: a value is worth recording if reading it is
//! cheaper than computing it, and all that only it needs, once more.
//! What the product computes of the direction stays as it is, operation for operation: a replayed product has the product's bits.

mod cost;
mod cut;
mod flow;
mod graph;
mod parts;
mod split;
mod strip;
#[cfg(test)]
mod tests;

use crate::ir::Func;

/// The two parts of a product.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    /// Everything that does not depend on the direction; leaves the record in its last parameters.
    pub(crate) record: Func,
    /// The product, given the record as its last parameters.
    pub(crate) replay: Func,
}

/// Takes `product`, the tangent of a gradient, apart; nothing where that saves little.
pub(crate) fn transform(product: &Func) -> Option<Linear> {
    let plan = cut::plan(&parts::graph(product)?)?;
    plan.pays().then(|| split::split(product, &plan.recorded))
}

/// The cheapest parts whether or not they save anything, and those with all in the record that can be there.
#[cfg(test)]
pub(crate) fn all(product: &Func) -> Option<[Linear; 2]> {
    let graph = parts::graph(product)?;
    let plans = [cut::plan(&graph)?.recorded, graph.recordable()];
    Some(plans.map(|recorded| split::split(product, &recorded)))
}
