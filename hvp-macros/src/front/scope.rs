//! Names and what they are bound to. An inner binding hides an outer one.

use std::collections::BTreeMap;

use super::value::Value;

#[derive(Clone, Default)]
pub(super) struct Scopes {
    frames: Vec<BTreeMap<String, Value>>,
}

impl Scopes {
    pub(super) fn new() -> Scopes {
        Scopes { frames: vec![BTreeMap::new()] }
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(BTreeMap::new());
    }

    pub(super) fn leave(&mut self) {
        self.frames.pop();
    }

    pub(super) fn bind(&mut self, name: &str, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name.to_owned(), value);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.frames.iter().rev().find_map(|frame| frame.get(name))
    }

    /// Whether the innermost block declares `name`.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.frames.last().is_some_and(|frame| frame.contains_key(name))
    }

    /// Gives the innermost binding of `name` another value.
    pub(super) fn rebind(&mut self, name: &str, value: Value) {
        if let Some(bound) = self.frames.iter_mut().rev().find_map(|frame| frame.get_mut(name)) {
            *bound = value;
        }
    }
}
