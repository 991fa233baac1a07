//! One identifier for each variable of the output.
//!
//! A variable keeps its name. Where two of one name are needed at the same place, the later one gets a suffix; where the
//! earlier one is not needed any more, the later one shadows it, as the user's own did.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};

use super::webs::Webs;
use crate::front::Source;
use crate::ir::{
    Adaptor, ArgValue, Atom, Block, Branch, Func, Head, Loop, Name, Op, Place, Selector, Stmt, Term, Touch,
    VarId, VarMap, Visit, each_name, visit_op, visit_opaque, visit_stmt, visit_term,
};

/// The identifiers of all variables that share no other's, by their web. Where one of the arrays in `models` is used, its model
/// may be.
pub(super) fn assign(
    func: &Func,
    source: &Source,
    webs: &Webs,
    inlined: &VarMap<Op>,
    models: &BTreeMap<VarId, VarId>,
) -> VarMap<Ident> {
    let mut walk = Walk {
        webs,
        inlined,
        models,
        now: 0,
        scopes: vec![0],
        ends: vec![0],
        defs: Vec::new(),
        params: func.params.len(),
        uses: VarMap::default(),
    };
    for param in &func.params {
        walk.def(&param.var);
    }
    walk.block(&func.body, &[]);
    // A reverse sweep that runs later gets the arguments once more, under the same names.
    if func.body.stmts.iter().any(|stmt| matches!(stmt, Stmt::Turn)) {
        func.params.iter().for_each(|param| walk.used(param.var));
    }
    walk.ends[0] = walk.now + 1;
    let texts = func.vars.iter().map(|var| var.name.as_str()).filter(|name| *name != "t").collect();
    let mut names = Names {
        func,
        source,
        walk: &walk,
        texts,
        by_text: BTreeMap::new(),
        names: VarMap::default(),
        temps: 0,
    };
    for def in &walk.defs {
        names.name(def);
    }
    names.names
}

/// A definition: of what, when, and when its scope ends.
struct Def {
    var: VarId,
    at: usize,
    scope: usize,
    /// Bound by a pattern of the user's, under the user's own identifier.
    verbatim: bool,
    /// A parameter, beside which no other has the name.
    param: bool,
    /// The element that a temporary holds.
    element: Option<Place>,
}

/// Goes through the function in the order of the output.
struct Walk<'a> {
    webs: &'a Webs,
    inlined: &'a VarMap<Op>,
    models: &'a BTreeMap<VarId, VarId>,
    now: usize,
    scopes: Vec<usize>,
    ends: Vec<usize>,
    defs: Vec<Def>,
    params: usize,
    uses: VarMap<Vec<usize>>,
}

impl Walk<'_> {
    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        let scope = self.ends.len();
        self.ends.push(0);
        self.scopes.push(scope);
        walk(self);
        self.scopes.pop();
        self.now += 1;
        self.ends[scope] = self.now;
    }

    fn used(&mut self, var: VarId) {
        self.uses.slot(self.webs.of(var)).push(self.now);
    }

    /// `targets` are assigned at the block's end.
    fn block(&mut self, block: &Block, targets: &[VarId]) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.now += 1;
        match &block.term {
            Term::Branch(branch) => self.branch(branch, targets),
            other => visit_term(self, other),
        }
        targets.iter().for_each(|target| self.used(*target));
    }

    fn branch(&mut self, branch: &Branch, targets: &[VarId]) {
        match &branch.on {
            Selector::Bool(cond) => self.atom(cond),
            Selector::Match(scrutinee) => visit_opaque(self, scrutinee),
        }
        for arm in &branch.arms {
            self.scoped(|walk| {
                if let Some(pattern) = &arm.pattern {
                    pattern.binds.iter().for_each(|bind| walk.define(*bind, true));
                    if let Some(guard) = &pattern.guard {
                        walk.scoped(|walk| walk.block(guard, &[]));
                    }
                }
                walk.block(&arm.body, targets);
            });
        }
    }

    fn looped(&mut self, l: &Loop) {
        for carried in &l.carried {
            self.atom(&carried.init);
            self.now += 1;
            self.def(&carried.param);
            self.now += 1;
        }
        if let Head::Range { lo, hi, adaptors, .. } = &l.head {
            self.atom(lo);
            self.atom(hi);
            for adaptor in adaptors {
                if let Adaptor::StepBy(step) = adaptor {
                    self.atom(step);
                }
            }
        }
        let params: Vec<VarId> = l.carried.iter().map(|carried| carried.param).collect();
        let outer = self.scopes.last().copied().unwrap_or_default();
        self.scoped(|walk| {
            if let Head::Range { var, lo, .. } = &l.head {
                walk.now += 1;
                walk.def(var);
                walk.windows(l, outer);
                walk.atom(lo);
            }
            walk.block(&l.body, &params);
        });
    }

    /// Windows are opened before the loop, by closures of the loop's variable.
    fn windows(&mut self, l: &Loop, scope: usize) {
        for window in &l.path.windows {
            self.now += 1;
            let atoms = window.plus.iter().chain(&window.minus).chain(&window.of.path);
            atoms.for_each(|atom| self.atom(atom));
            self.array(&window.of.base, Touch::Read);
            self.now += 1;
            let def =
                Def { var: window.var, at: self.now, scope, verbatim: false, param: false, element: None };
            self.defs.push(def);
        }
    }

    fn define(&mut self, var: VarId, verbatim: bool) {
        let scope = self.scopes.last().copied().unwrap_or_default();
        let param = self.defs.len() < self.params;
        self.defs.push(Def { var, at: self.now, scope, verbatim, param, element: None });
    }
}

impl Visit for Walk<'_> {
    fn atom(&mut self, atom: &Atom) {
        let Atom::Var(var) = atom else { return };
        let inlined = self.inlined;
        match inlined.get(*var) {
            Some(op) => visit_op(self, op),
            None => self.used(*var),
        }
    }

    fn array(&mut self, array: &VarId, _: Touch) {
        self.used(*array);
        if let Some(model) = self.models.get(array) {
            self.used(*model);
        }
    }

    fn def(&mut self, var: &VarId) {
        self.define(*var, false);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.now += 1;
        match stmt {
            Stmt::Let { var, .. } if self.inlined.contains(*var) => {}
            Stmt::Let { op: Op::Load(place), .. } => {
                visit_stmt(self, stmt);
                if let Some(def) = self.defs.last_mut() {
                    def.element = Some(place.clone());
                }
            }
            Stmt::Branch { branch, results } => {
                self.branch(branch, &[]);
                self.now += 1;
                results.iter().for_each(|result| self.def(result));
            }
            Stmt::Loop(l) => self.looped(l),
            Stmt::Call(call) => {
                visit_stmt(self, stmt);
                // What is passed by `&mut` is declared before the other arguments are evaluated.
                if call.args.iter().any(|arg| matches!(arg.value, ArgValue::ScalarMut { .. })) {
                    self.now += 1;
                    each_name(stmt, |name| match name {
                        Name::Use(atom) => self.atom(atom),
                        Name::Array(array, touch) => self.array(&array, touch),
                        Name::Def(_) => {}
                    });
                }
            }
            other => visit_stmt(self, other),
        }
    }
}

#[expect(clippy::struct_field_names, reason = "the names are what the others lead to")]
struct Names<'a> {
    func: &'a Func,
    source: &'a Source,
    walk: &'a Walk<'a>,
    /// Names that variables already have in the IR, so that no suffix makes one of them.
    texts: BTreeSet<&'a str>,
    by_text: BTreeMap<String, Vec<VarId>>,
    names: VarMap<Ident>,
    temps: usize,
}

impl Names<'_> {
    fn name(&mut self, def: &Def) {
        let web = self.walk.webs.of(def.var);
        if self.names.contains(web) {
            return;
        }
        let var = self.func.var(def.var);
        let user = self.source.span(var.span);
        if def.verbatim {
            self.names.insert(web, ident(&var.name, user));
            return;
        }
        let name = without_raw(&var.name);
        let element = def.element.as_ref().filter(|_| !var.named).and_then(|place| self.element(place));
        let text = match element {
            Some(name) => self.distinct(&name, def),
            None if name == "_" || name == "t" && !var.named => self.temp(),
            None => self.distinct(name, def),
        };
        self.by_text.entry(text.clone()).or_default().push(web);
        self.names.insert(web, ident(&text, Span::mixed_site().located_at(user)));
    }

    /// `x_i` for `x[i]`.
    fn element(&self, place: &Place) -> Option<String> {
        let [Atom::Var(index)] = place.path.as_slice() else {
            return None;
        };
        let (base, index) = (self.func.var(place.base), self.func.var(*index));
        (index.named && index.name != "_").then(|| format!("{}_{}", base.name, index.name).replace("r#", ""))
    }

    /// The name itself, if no other variable of that name is used in the scope from here on, or bound by the same pattern; else
    /// with a suffix.
    fn distinct(&self, name: &str, def: &Def) -> String {
        let end = self.walk.ends[def.scope];
        let is_beside = |web: VarId| {
            let first = self.walk.defs.partition_point(|other| other.at < def.at);
            let at_once = self.walk.defs[first..].iter().take_while(|other| other.at == def.at);
            at_once.into_iter().any(|other| self.walk.webs.of(other.var) == web)
        };
        let is_needed = |web: &VarId| {
            let is_used = |uses: &Vec<usize>| uses.iter().any(|at| *at > def.at && *at < end);
            self.walk.uses.get(*web).is_some_and(is_used) || is_beside(*web)
        };
        let is_in_the_way = |web: &VarId| def.param || is_needed(web);
        if !self.by_text.get(name).is_some_and(|webs| webs.iter().any(is_in_the_way)) {
            return name.to_owned();
        }
        self.free(name, 1)
    }

    fn temp(&mut self) -> String {
        let text = self.free("t", self.temps + 1);
        self.temps += 1;
        text
    }

    fn free(&self, stem: &str, from: usize) -> String {
        let separator = if stem == "t" { "" } else { "_" };
        let is_free = |text: &String| !self.texts.contains(text.as_str()) && !self.by_text.contains_key(text);
        (from..=usize::MAX)
            .map(|number| format!("{stem}{separator}{number}"))
            .find(is_free)
            .unwrap_or_else(|| unreachable!("there are more numbers than variables"))
    }
}

/// `type` for `r#type`.
fn without_raw(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// An identifier, raw where it is a keyword.
pub(super) fn ident(text: &str, span: Span) -> Ident {
    // No keyword has a digit, and none but `_` and `macro_rules` an underscore.
    if text.contains(|c: char| c.is_ascii_digit()) && !text.starts_with("r#") {
        return Ident::new(text, span);
    }
    match syn::parse_str::<Ident>(text) {
        Ok(mut ident) => {
            ident.set_span(span);
            ident
        }
        Err(_) => Ident::new_raw(without_raw(text), span),
    }
}
