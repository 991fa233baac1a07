//! What is recorded twice is taken out once:  `push(a, a) … pop → (x, y)`  →  `push(a) … pop → x`, with `x` for `y`.

use super::facts::Facts;
use super::walk::{Substitution, each_block, hand_on_names};
use crate::ir::{Atom, Func, Operand, Stmt, VarMap};

/// Dead code elimination then drops the items that nobody takes out.
pub(super) fn share(func: &mut Func, _: &mut Facts) -> bool {
    let mut pushes: VarMap<Vec<&Vec<Operand>>> = VarMap::default();
    let mut pops = Vec::new();
    each_block(&func.body, &mut |block| {
        for stmt in &block.stmts {
            if let Stmt::Push { tape, values } = stmt {
                pushes.slot(*tape).push(values);
            } else if let Stmt::Pop { tape, vars } = stmt {
                pops.push((*tape, vars));
            }
        }
    });
    let mut same = VarMap::default();
    for (tape, vars) in pops {
        let Some(records) = pushes.get(tape) else {
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
    let renamed = hand_on_names(func, &same);
    Substitution::of(same).apply(func) || renamed
}

fn are_same(a: &Operand, b: &Operand) -> bool {
    match (a, b) {
        (Operand::Atom(a), Operand::Atom(b)) => a == b && *a != Atom::Undef,
        (Operand::Atom(_) | Operand::Array(_), _) => false,
    }
}
