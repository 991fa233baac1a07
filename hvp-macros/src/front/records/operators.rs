//! Operators and indices of structs: functions of their `impl`s.

use quote::ToTokens;
use syn::{BinOp, Expr};

use crate::front::arith::operator_name;
use crate::front::lower::Lower;
use crate::front::names;
use crate::front::value::{Num, Value, View};

impl Lower<'_> {
    /// `v + w`, `v *= 2.0`
    pub(in crate::front) fn record_operator(
        &mut self,
        op: &BinOp,
        operands: Vec<(Value, &Expr)>,
        node: &impl ToTokens,
    ) -> Value {
        match operator_name(op) {
            Some(name) => self.operator_of(name, operands, node),
            None => self.error(
                op,
                "structs that are compared by their order are not understood; compare numbers in them",
            ),
        }
    }

    /// The operator whose function is called `name`: `-v`, too.
    pub(in crate::front) fn operator_of(
        &mut self,
        name: &str,
        operands: Vec<(Value, &Expr)>,
        node: &impl ToTokens,
    ) -> Value {
        let mut operands = operands.into_iter();
        let (Some((left, left_node)), right) = (operands.next(), operands.next()) else {
            return Value::Poison;
        };
        let owner = self.type_name(&left);
        let mut own = self.records.of_trait(owner.as_deref(), name, &trait_of(name));
        let by_reference = matches!(names::bare(left_node), Expr::Reference(_));
        // Of what stands behind `&` the operator is another one, which may not be seen.
        if by_reference || own.iter().any(|method| !method.by_reference.0) {
            own.retain(|method| method.by_reference.0 == by_reference);
        }
        if own.is_empty() {
            let ty = match (&left, right.as_ref().map(|(right, _)| right)) {
                (Value::Struct(fields, _), _) | (_, Some(Value::Struct(fields, _))) => fields.ty.clone(),
                _ => String::new(),
            };
            return self.unknown_method(&ty, node);
        }
        let chosen = self.chosen(
            own,
            right.as_ref().map(|(value, _)| value),
            right.as_ref().map(|(_, node)| *node),
            node,
        );
        let Some(method) = chosen else {
            return Value::Poison;
        };
        self.call_method(&method, Some((left, left_node)), right.into_iter().collect(), node)
    }

    /// `m[(i, j)]` of a struct that has `Index`, or `IndexMut`, as a place.
    pub(in crate::front) fn record_index(&mut self, base: Value, index: &Expr, writing: bool) -> Value {
        let at = self.expr(index, None);
        if matches!(at, Value::Never | Value::Poison) {
            return at;
        }
        let owner = self.type_name(&base);
        let name = if writing { "index_mut" } else { "index" };
        let mut own = self.records.of_trait(owner.as_deref(), name, &trait_of(name));
        if own.len() > 1 {
            let of_several = matches!(at, Value::Tuple(_));
            own.retain(|method| method.other.as_ref().is_some_and(|ty| ty.starts_with('(') == of_several));
        }
        let [method] = own.as_slice() else {
            let what = base.what();
            return self
                .error(index, format!("{what} cannot be indexed; index a slice, an array or a `Vec`"));
        };
        let called = index.clone();
        match self.call_method(method, Some((base, &called)), vec![(at, index)], index) {
            Value::Num(num) => Value::Num(Num { refs: num.refs.saturating_sub(1), ..num }),
            Value::Array(view) => Value::Array(View { refs: view.refs.saturating_sub(1), ..view }),
            other => other,
        }
    }
}

/// The trait that the function of an operator belongs to: `add_assign` to `AddAssign`.
fn trait_of(function: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    match function {
        "eq" | "ne" => "PartialEq".to_owned(),
        function => function
            .split('_')
            .map(|word| match word.strip_prefix("bit") {
                Some(rest) => format!("Bit{}", capital(rest)),
                None => capital(word),
            })
            .collect(),
    }
}
