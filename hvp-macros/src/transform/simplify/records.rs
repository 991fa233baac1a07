//! What is recorded twice is taken out once:  `push(a, a) … pop → (x, y)`  →  `push(a) … pop → x`, with `x` for `y`.

use std::collections::BTreeMap;

use super::walk::{Substitution, each_block, hand_on_names};
use crate::ir::{Atom, Func, Operand, Stmt, VarId};

/// Dead code elimination then drops the items that nobody takes out.
pub(super) fn share(func: &mut Func) {
    let mut pushes: BTreeMap<VarId, Vec<&Vec<Operand>>> = BTreeMap::new();
    let mut pops = Vec::new();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Push { tape, values } => pushes.entry(*tape).or_default().push(values),
                Stmt::Pop { tape, vars } => pops.push((*tape, vars)),
                _ => {}
            }
        }
    });
    let mut same = BTreeMap::new();
    for (tape, vars) in pops {
        let Some(records) = pushes.get(&tape) else {
            continue;
        };
        for (index, var) in vars.iter().enumerate() {
            let alike =
                |earlier: &usize| records.iter().all(|values| are_same(&values[*earlier], &values[index]));
            if let Some(earlier) = (0..index).find(alike) {
                same.insert(*var, Atom::Var(vars[earlier]));
            }
        }
    }
    hand_on_names(func, &same);
    Substitution(same).apply(func);
}

fn are_same(a: &Operand, b: &Operand) -> bool {
    match (a, b) {
        (Operand::Atom(a), Operand::Atom(b)) => a == b && *a != Atom::Undef,
        (Operand::Atom(_) | Operand::Array(_), _) => false,
    }
}
