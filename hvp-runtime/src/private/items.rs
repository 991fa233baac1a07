//! Collections that are asked for the same item again.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// A collection that does nothing else when it is asked for an item, and gives the same one each time.
#[diagnostic::on_unimplemented(
    message = "a reference into this has a name, and is asked for again where that is used, but a `{Self}` may give another one",
    label = "is none of the standard library's collections",
    note = "change the item where it is asked for, without a name for the reference"
)]
pub trait KeepsItems {}

impl<T> KeepsItems for [T] {}

impl<T, const N: usize> KeepsItems for [T; N] {}

impl<T> KeepsItems for Vec<T> {}

impl<T> KeepsItems for VecDeque<T> {}

impl<T> KeepsItems for Option<T> {}

impl<K, V> KeepsItems for BTreeMap<K, V> {}

impl<K, V, S> KeepsItems for HashMap<K, V, S> {}

impl<T: KeepsItems + ?Sized> KeepsItems for &mut T {}

/// Holds for collections of the standard library only.
#[inline]
pub fn keeps_items(_: &impl KeepsItems) {}
