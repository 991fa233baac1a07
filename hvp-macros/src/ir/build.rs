//! Building blocks: fresh variables and statements in order.

use super::{Atom, Func, Kind, Op, SpanId, Stmt, Var, VarId};

/// Appends statements to a list and makes the variables that they define.
#[derive(Debug)]
pub(crate) struct Builder<'f> {
    pub(crate) func: &'f mut Func,
    pub(crate) stmts: Vec<Stmt>,
}

impl<'f> Builder<'f> {
    pub(crate) fn new(func: &'f mut Func) -> Builder<'f> {
        Builder { func, stmts: Vec::new() }
    }

    pub(crate) fn push(&mut self, stmt: Stmt) {
        self.stmts.push(stmt);
    }

    /// `let t = op;`, an unnamed temporary.
    pub(crate) fn temp(&mut self, kind: Kind, op: Op, span: SpanId) -> Atom {
        let var = self.func.fresh(Var { name: "t".to_owned(), kind, named: false, span });
        self.push(Stmt::Let { var, op });
        Atom::Var(var)
    }

    /// `let name = op;`
    pub(crate) fn named(&mut self, name: &str, kind: Kind, op: Op, span: SpanId) -> Atom {
        let var = self.func.fresh(Var { name: name.to_owned(), kind, named: true, span });
        self.push(Stmt::Let { var, op });
        Atom::Var(var)
    }
}
