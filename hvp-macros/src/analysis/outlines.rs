//! Recorded arrays of which the reverse sweep uses the shape alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Atom, Block, Func, Init, Kind, Name, Op, Stmt, Term, VarId, each_name_in};

/// The items of tapes that are outlines: the tape, and the place in its records.
#[derive(Debug, Default)]
pub(crate) struct Outlines(BTreeSet<(VarId, usize)>);

impl Outlines {
    /// Whether item `index` of the records on `tape` is an outline.
    pub(crate) fn has(&self, tape: VarId, index: usize) -> bool {
        self.0.contains(&(tape, index))
    }

    pub(crate) fn find(func: &Func) -> Outlines {
        let mut walk = Walk::default();
        walk.block(&func.body);
        let mut mentions: BTreeMap<VarId, usize> = BTreeMap::new();
        each_name_in(&func.body, |name| match name {
            Name::Array(var, _) | Name::Use(&Atom::Var(var)) => *mentions.entry(var).or_default() += 1,
            Name::Use(_) | Name::Def(_) => {}
        });
        let is_outline = |var: &VarId| {
            *func.kind(*var).scalar() == Kind::Real && mentions.get(var) == walk.shapes.get(var)
        };
        let given: BTreeSet<VarId> = func.params.iter().map(|param| param.var).collect();
        let items = walk.popped.into_iter().filter(|((tape, _), vars)| {
            !given.contains(tape) && vars.iter().all(|var| func.kind(*var).is_array() && is_outline(var))
        });
        Outlines(items.map(|(item, _)| item).collect())
    }
}

/// What is taken out of tapes, and how often an array serves as a shape.
#[derive(Default)]
struct Walk {
    popped: BTreeMap<(VarId, usize), Vec<VarId>>,
    shapes: BTreeMap<VarId, usize>,
}

impl Walk {
    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Pop { tape, vars } => {
                    for (index, var) in vars.iter().enumerate() {
                        self.popped.entry((*tape, index)).or_default().push(*var);
                    }
                }
                Stmt::Alloc { init: Init::ZerosLike(slice), .. } | Stmt::Let { op: Op::Len(slice), .. } => {
                    *self.shapes.entry(slice.base).or_default() += 1;
                }
                other => other.blocks().into_iter().for_each(|inner| self.block(inner)),
            }
        }
        if let Term::Branch(branch) = &block.term {
            branch.blocks().into_iter().for_each(|inner| self.block(inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outlines;
    use crate::ir::{VarId, parse};

    /// `%2` and `%3` are recorded; what the reverse loop does with them is `uses`.
    fn outlines(uses: &str) -> [bool; 2] {
        let func = parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               gives
               tape %1 tape: Tape
               @0 for %9 i: Int in 0..2
                 %2 a: Array(Real) = alloc copy %0
                 %3 b: Array(Real) = alloc copy %0
                 push %1 <- &%2, &%3
                 continue @0
               @1 for %4 i: Int in 0..2 rev
                 pop %1 -> %5 a: Array(Real), %6 b: Array(Real)
                 {uses}
                 continue @1
               return"
        ));
        [0, 1].map(|index| Outlines::find(&func).has(VarId(1), index))
    }

    #[test]
    fn an_array_that_only_gives_its_shape_is_an_outline() {
        assert_eq!(outlines("%7 c: Array(Real) = alloc zeros like %5"), [true, true]);
        assert_eq!(outlines("%7 t: Real = load %6[%4]"), [true, false]);
        assert_eq!(outlines("%7 n: Int = len(%6)"), [true, true]);
        assert_eq!(outlines("%7 c: Array(Real) = alloc copy %5"), [false, true]);
    }

    /// What is recorded gives its length in one arm; the last arm does what is in `uses`.
    fn in_arms(uses: &str) -> bool {
        let func = parse(&format!(
            "fn f
               %0 x: Array(Real) [param 0] differentiated
               %1 c: Bool [param 1]
               gives result 0
               tape %2 tape: Tape
               push %2 <- &%0
               if %1
               arm
                 pop %2 -> %3 a: Array(Real)
                 %4 n: Int = len(%3)
                 effect #0(%4)
                 yield
               arm
                 yield
               go on if %1
               arm
                 return 0.0
               arm
                 pop %2 -> %5 a: Array(Real)
                 {uses}
                 return 1.0"
        ));
        Outlines::find(&func).has(VarId(2), 0)
    }

    #[test]
    fn what_one_arm_reads_is_no_outline_in_another() {
        assert!(in_arms("%6 n: Int = len(%5)"));
        assert!(!in_arms("%6 t: Real = load %5[0]"));
    }
}
