//! The passes that make each derived function, and their order.

use std::collections::BTreeSet;

use crate::analysis::record;
use crate::attr::{Companion, Options};
use crate::derivative::{Core, Derivative};
use crate::emit::{Calls, Derived, Sweeps};
use crate::front::{Passing, Signature};
use crate::ir::{self, Func, LoopId, Wraps};
use crate::trace::dump;
use crate::transform::linearize::{self, Linear};
use crate::transform::rerun::{self, again};
use crate::transform::reverse::{self, Goal, Storage};
use crate::transform::tangent::{self, Keep};
use crate::transform::{
    Origin, activate, apart, distribute, fill, hoist, hold, jam, lengths, make_once, normalize, numbers,
    overwrite, panels, returned, rows, silent, simplify, split, windows,
};

/// One function of the user's on its way to its derivatives.
pub(crate) struct Pipeline<'a> {
    pub(crate) function: &'a syn::ItemFn,
    pub(crate) options: &'a Options,
    pub(crate) signature: &'a Signature,
    pub(crate) origin: &'a Origin,
    /// The functions for users that are asked for.
    pub(crate) public: Vec<Derivative>,
    /// Whether the forward sweep of a call keeps what the reverse sweep needs.
    pub(crate) keeps: bool,
}

/// What the front end wrote, in value form.
pub(crate) fn value_form(function: &syn::ItemFn, options: &Options, wraps: &Wraps, func: Func) -> Func {
    let func = returned(func);
    let func = hold(normalize(&if options.unoptimised { func } else { numbers(func) }), wraps);
    checked(
        function,
        "normalize",
        activate(if options.unoptimised { func } else { hoist(split(lengths::find(fill(func)))) }),
    )
}

impl Pipeline<'_> {
    pub(crate) fn run(self) -> Derived {
        let gradient = self.gradient();
        let (hvp, linear) = self.product(gradient.as_ref());
        let jvp = self.finished(Core::Of(Derivative::Jvp), self.origin.tangent());
        let simple_pull = self.simple_pull();
        let jacobian = self.rows();
        let pull = simple_pull.clone().map(|func| self.last(Core::Pull, self.settled(Core::Pull, func)).0);
        let calls = self.calls(&jvp, simple_pull.zip(pull.clone()));
        let grad_and_hvp = gradient.as_ref().filter(|_| self.asks(Derivative::GradAndHvp));
        Derived {
            primal: self.origin.written().clone(),
            grad_and_hvp: grad_and_hvp.map(|func| {
                self.finished(
                    Core::Of(Derivative::GradAndHvp),
                    tangent::transform(func, Keep { primal: true }),
                )
            }),
            grad: gradient.filter(|_| self.asks(Derivative::Grad)).map(|func| {
                self.last(Core::Of(Derivative::Grad), self.settled(Core::Of(Derivative::Grad), func)).0
            }),
            value_and_grad: self.asks(Derivative::ValueAndGrad).then(|| self.value_and_gradient()),
            hvp,
            linear,
            vjp: if self.options.vjp.is_none() && self.asks(Derivative::Vjp) { self.vjp(pull) } else { None },
            jvp: (self.asks(Derivative::Jvp) || self.asks(Derivative::Jacobian)).then_some(jvp),
            jacobian,
            calls,
            public: self.public,
        }
    }

    fn asks(&self, what: Derivative) -> bool {
        self.public.contains(&what)
    }

    /// The gradient, simplified: a short gradient has a short tangent.
    fn gradient(&self) -> Option<Func> {
        let needed = [Derivative::Grad, Derivative::Hvp, Derivative::Hessian, Derivative::GradAndHvp]
            .iter()
            .any(|what| self.asks(*what));
        needed.then(|| self.reversed(Goal::Gradient))
    }

    fn value_and_gradient(&self) -> Func {
        let func = self.reversed(Goal::ValueAndGradient);
        self.last(Core::Of(Derivative::ValueAndGrad), self.settled(Core::Of(Derivative::ValueAndGrad), func))
            .0
    }

    /// The Hessian-vector product, and the same in two parts for objectives.
    fn product(&self, gradient: Option<&Func>) -> (Option<Func>, Option<Linear>) {
        let Some(gradient) =
            gradient.filter(|_| self.asks(Derivative::Hvp) || self.asks(Derivative::Hessian))
        else {
            return (None, None);
        };
        let product = tangent::transform(gradient, Keep { primal: false });
        let product = self.settled(Core::Of(Derivative::Hvp), self.simplified(self.checked("hvp", product)));
        let parts = if self.can_linearize() { linearize::transform(&product) } else { None };
        let (product, add_up) = self.last(Core::Of(Derivative::Hvp), product);
        let linear = parts.and_then(|Linear { record, replay }| {
            Some(Linear {
                record: self.like_whole(Core::Record, record, &add_up)?,
                replay: self.like_whole(Core::Replay, replay, &add_up)?,
            })
        });
        (Some(product), linear)
    }

    /// Whether there is an `objective` for solvers, which may ask for many products at one point.
    fn can_linearize(&self) -> bool {
        let has_home = self.options.companion != Companion::None
            || self.signature.receiver.is_some()
            || self.options.associated;
        let asked = [Derivative::Grad, Derivative::ValueAndGrad, Derivative::Hvp, Derivative::GradAndHvp]
            .iter()
            .all(|what| self.asks(*what));
        let is_objective = has_home && asked && self.signature.objective_param().is_some();
        self.is_body() && is_objective && !self.options.unoptimised
    }

    /// The adjoints for given weights of the results, simplified, where a user or a caller asks for them.
    fn simple_pull(&self) -> Option<Func> {
        let needed = self.asks(Derivative::Vjp) || self.is_called() && !self.splits();
        needed.then(|| {
            let mut pull = self.reversed(Goal::Pull);
            if !self.options.unoptimised && rows::read_once(&mut pull) {
                pull = self.checked("pull/weights", self.simplified(pull));
            }
            pull
        })
    }

    /// The adjoints for weights as users ask for them. Where the function writes into memory of the user's, it runs once for
    /// that and then, on copies and in silence, for the adjoints. What must not happen twice, or may call such, happens in one
    /// sweep, which leaves the memory as the function does.
    fn vjp(&self, pull: Option<Func>) -> Option<Func> {
        let primal = self.origin.written();
        let writes = self.signature.params.iter().any(|param| param.passing == Passing::RefMut);
        if !writes || !self.is_body() {
            pull
        } else if record::is_repeatable(primal) && !self.options.recursive {
            pull.map(silent).map(again)
        } else {
            Some(self.last(Core::Of(Derivative::Vjp), self.settled(Core::Of(Derivative::Vjp), self.both())).0)
        }
    }

    /// The Jacobian by rows, where its rows keep apart.
    fn rows(&self) -> Option<Func> {
        if !self.asks(Derivative::Jacobian) || !self.is_body() || self.options.unoptimised {
            return None;
        }
        let pull = self.origin.reverse(Goal::Pull, Storage::Cheapest);
        let pull = simplify::simplify_in_place(self.checked("rows", pull));
        rows::transform(self.origin.written(), &pull)
            .map(|func| self.finished(Core::Of(Derivative::Jacobian), func))
    }

    /// What callers need; `pull` is simplified and finished.
    fn calls(&self, jvp: &Func, pull: Option<(Func, Func)>) -> Option<Calls> {
        if !self.is_called() {
            return None;
        }
        let reverse = if self.splits() {
            self.kept()
        } else {
            let (simple, pull) = pull?;
            let pull_tangent = tangent::transform(&simple, Keep { primal: true });
            let pull_tangent = self.finished(Core::PullTangent, pull_tangent);
            Sweeps::Again { pull: again(silent(pull)), pull_tangent: again(silent(pull_tangent)) }
        };
        Some(Calls { tangent: jvp.clone(), reverse })
    }

    /// A forward sweep that keeps what the reverse sweep needs.
    fn kept(&self) -> Sweeps {
        let both = self.both();
        let both_tangent = self.finished(Core::BothTangent, tangent::transform(&both, Keep { primal: true }));
        let once = !record::is_repeatable(self.origin.written());
        Sweeps::Kept { both: self.last(Core::Both, self.settled(Core::Both, both)).0, both_tangent, once }
    }

    /// Both sweeps, of which the second needs nothing of the memory that the first was given by `&mut`.
    fn both(&self) -> Func {
        self.reversed(Goal::ValueThenPull)
    }

    fn is_body(&self) -> bool {
        match self.origin {
            Origin::Body(_) => true,
            Origin::Partials(_) | Origin::Given(_) => false,
        }
    }

    fn is_called(&self) -> bool {
        self.options.companion != Companion::None
    }

    fn splits(&self) -> bool {
        self.keeps && reverse::can_split(self.origin.written())
    }

    fn reversed(&self, goal: Goal) -> Func {
        let storage = if self.options.unoptimised { Storage::RecordAll } else { Storage::Cheapest };
        self.simplified(self.checked("reverse", self.origin.reverse(goal, storage)))
    }

    /// All passes that are left for a function just derived.
    fn finished(&self, core: Core, func: Func) -> Func {
        self.last(core, self.settled(core, self.simplified(self.checked(core.name(), func)))).0
    }

    fn simplified(&self, func: Func) -> Func {
        if self.options.unoptimised { func } else { simplify::simplify(func) }
    }

    /// `func`, which is simplified, with its long sums side by side and its stencils apart.
    fn settled(&self, core: Core, func: Func) -> Func {
        let mut func = self.checked(&format!("{}/simplified", core.name()), func);
        if !self.options.unoptimised && jam::jam(&mut func) {
            func = self.checked(&format!("{}/jammed", core.name()), simplify::simplify(func));
            if apart(&mut func) {
                func = self.checked(&format!("{}/apart", core.name()), simplify::simplify_operations(func));
            }
            if panels::pack(&mut func) {
                func = self.checked(&format!("{}/packed", core.name()), simplify::simplify_operations(func));
            }
        }
        if !self.options.unoptimised && distribute(&mut func) {
            func = self.checked(&format!("{}/distributed", core.name()), simplify::simplify_operations(func));
        }
        func
    }

    /// The last passes, and the loops that add up in strips.
    fn last(&self, core: Core, func: Func) -> (Func, BTreeSet<LoopId>) {
        let mut func = rerun::mark_repeated(written(core, func));
        if self.options.unoptimised {
            return (func, BTreeSet::new());
        }
        make_once(&mut func);
        let add_up = windows::open(&mut func);
        (self.checked(&format!("{}/windows", core.name()), func), add_up)
    }

    /// The last passes for a part of a product whose loops `add_up` add up in strips, if the part can add in the same order.
    fn like_whole(&self, core: Core, func: Func, add_up: &BTreeSet<LoopId>) -> Option<Func> {
        let mut func = written(core, self.checked(core.name(), func));
        make_once(&mut func);
        let alike = windows::open_like(&mut func, add_up);
        alike.then(|| self.checked(&format!("{}/windows", core.name()), func))
    }

    fn checked(&self, pass: &str, func: Func) -> Func {
        checked(self.function, pass, func)
    }
}

fn written(core: Core, mut func: Func) -> Func {
    if core.overwrites() {
        overwrite(&mut func);
    }
    func
}

/// `func`, verified where assertions are on.
fn checked(function: &syn::ItemFn, pass: &str, func: Func) -> Func {
    dump(function, pass, || func.to_string());
    if cfg!(debug_assertions)
        && let Err(problem) = ir::verify(&func)
    {
        unreachable!("`{pass}` leaves a function that is not well formed: {problem}");
    }
    func
}
