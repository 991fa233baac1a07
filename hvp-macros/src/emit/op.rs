//! Operations as expressions.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Emit;
use super::call::respan;
use super::expr::{Expr, Prec, of_fragment};
use super::fragment;
use crate::front::Scalar;
use crate::ir::{Atom, Binary, Compare, Kind, Op, Opaque, Place, Predicate, Slice, Unary, VarId};

impl Emit<'_> {
    /// An operand; a temporary that is written in place becomes its operation.
    pub(super) fn atom(&self, atom: &Atom) -> Expr {
        match atom {
            Atom::Var(var) => match self.inlined.get(*var) {
                Some(op) => self.op(op, self.func.kind(*var)),
                None => {
                    let name = self.name(*var);
                    Expr::tight(quote!(#name))
                }
            },
            Atom::Real(text) => self.real(text),
            Atom::ZeroTangent => {
                let (tangent, krate) = (self.env.tangent(), &self.env.krate);
                let real = self.env.real();
                match self.env.scalar {
                    Scalar::Param(_) => Expr::tight(quote!(<#tangent as #krate::Tangent<#real>>::ZERO)),
                    Scalar::F64 | Scalar::F32 => Expr::tight(quote!(#tangent::ZERO)),
                }
            }
            Atom::Int(text) => {
                let tokens: TokenStream =
                    text.parse().unwrap_or_else(|_| unreachable!("`{text}` is no integer"));
                let prec = if text.starts_with('-') { Prec::Unary } else { Prec::Tight };
                Expr::new(tokens, prec)
            }
            Atom::Bool(value) => Expr::tight(quote!(#value)),
            Atom::Undef => unreachable!("an undefined value has a kind where it stands"),
        }
    }

    /// An operand of known kind, which may be undefined.
    pub(super) fn atom_of(&self, atom: &Atom, kind: &Kind) -> Expr {
        if *atom == Atom::Undef { self.undefined(kind) } else { self.atom(atom) }
    }

    fn undefined(&self, kind: &Kind) -> Expr {
        match kind {
            Kind::Real => self.real("0.0"),
            Kind::Tangent => self.atom(&Atom::ZeroTangent),
            Kind::Int => Expr::tight(quote!(0)),
            Kind::Bool => Expr::tight(quote!(false)),
            Kind::Opaque | Kind::Array(_) | Kind::Tuple(_) | Kind::Tape | Kind::Pullback => {
                Expr::tight(quote!(::core::default::Default::default()))
            }
        }
    }

    fn real(&self, text: &str) -> Expr {
        let real = self.env.real();
        match text {
            "inf" | "NaN" | "-inf" if self.env.suffix().is_some() => {
                let name = format_ident!("{}", if text == "NaN" { "NAN" } else { "INFINITY" });
                let value = Expr::tight(quote!(#real::#name));
                if text == "-inf" { value.prefix(&quote!(-)) } else { value }
            }
            _ => match self.env.scalar {
                Scalar::F64 | Scalar::F32 => Expr::real(text),
                Scalar::Param(_) => {
                    let krate = &self.env.krate;
                    let value = match text {
                        "inf" => quote!(::core::primitive::f64::INFINITY),
                        "-inf" => quote!(::core::primitive::f64::NEG_INFINITY),
                        "NaN" => quote!(::core::primitive::f64::NAN),
                        digits => {
                            let value = Expr::real(digits);
                            quote!(#value)
                        }
                    };
                    Expr::tight(quote!(<#real as #krate::Real>::real_from(#value)))
                }
            },
        }
    }

    pub(super) fn op(&self, op: &Op, kind: &Kind) -> Expr {
        match op {
            Op::Copy(a) => self.atom_of(a, kind),
            Op::Neg(a) => self.atom(a).prefix(&quote!(-)),
            Op::Add(a, b) => self.infix(a, &quote!(+), b, Prec::Sum),
            Op::Sub(a, b) => self.infix(a, &quote!(-), b, Prec::Sum),
            Op::Mul(a, b) => self.infix(a, &quote!(*), b, Prec::Product),
            Op::Div(a, b) => self.infix(a, &quote!(/), b, Prec::Product),
            Op::Rem(a, b) => self.infix(a, &quote!(%), b, Prec::Product),
            Op::Unary(function, a) => self.method(unary_name(*function), a, &[]),
            Op::Binary(function, a, b) => self.method(binary_name(*function), a, &[b]),
            Op::MulAdd(a, b, c) => self.method("mul_add", a, &[b, c]),
            Op::Clamp(a, b, c) => self.method("clamp", a, &[b, c]),
            // A zero's square is zero.
            Op::ScaleOrZero(a, b) if a == b => self.op(&Op::Mul(a.clone(), b.clone()), kind),
            Op::ScaleOrZero(a, b) => self.scaled("scale_or_zero", a, b, kind),
            Op::ScaleUnlessZero(a, b) => self.scaled("scale_unless_zero", a, b, kind),
            Op::Select(cond, a, b) => {
                let (cond, a, b) = (self.atom(cond), self.atom_of(a, kind), self.atom_of(b, kind));
                Expr {
                    certain: a.certain || b.certain,
                    ..Expr::new(quote!(if #cond { #a } else { #b }), Prec::Loose)
                }
            }
            Op::Compare(how, a, b) => {
                let (a, b) = (self.atom(a).at_least(Prec::Sum), self.atom(b).at_least(Prec::Sum));
                let operator = comparison(*how);
                Expr::new(quote!(#a #operator #b), Prec::Compare)
            }
            Op::Test(what, a) => self.method(predicate_name(*what), a, &[]),
            Op::Not(a) => self.atom(a).prefix(&quote!(!)),
            Op::And(a, b) => self.infix(a, &quote!(&&), b, Prec::And),
            Op::Or(a, b) => self.infix(a, &quote!(||), b, Prec::Or),
            Op::Opaque(opaque) => self.opaque(opaque),
            Op::ToReal(a) => {
                let (private, real, value) = (self.env.private(), self.env.real(), self.atom(a));
                let value = fragment::bare(quote!(#value));
                let call = if self.func.atom_kind(a) == Kind::Int {
                    quote!(#private::exponent::<#real>(#value))
                } else {
                    quote!(#private::real::<#real, _>(#value))
                };
                // What rustc says of the type it says at the user's expression.
                let at = a.var().map(|var| self.source.span(self.func.var(var).span));
                Expr::tight(at.map_or_else(|| call.clone(), |at| respan(call.clone(), at)))
            }
            Op::Len(slice) => {
                let place = self.region(slice);
                Expr::tight(quote!(#place.len()))
            }
            Op::Load(place) => self.load(place, kind),
            Op::Field(tuple, index) => {
                let (tuple, index) = (self.name(*tuple), syn::Index::from(*index));
                Expr::tight(quote!(#tuple.#index))
            }
            Op::Sum(slice) => {
                let (private, real, slice_of) = (self.env.private(), self.env.real(), self.borrow(slice));
                let of = self.scalar_type(kind);
                let sum = quote!(#private::sum::<#real, #of, _>(#slice_of));
                self.guarded(slice.base, Expr::tight(sum), kind)
            }
        }
    }

    fn infix(&self, a: &Atom, operator: &TokenStream, b: &Atom, prec: Prec) -> Expr {
        self.atom(a).infix(operator, &self.atom(b), prec)
    }

    /// A method of the real numbers; of a type parameter, the function of `hvp::Real`.
    fn method(&self, name: &str, receiver: &Atom, args: &[&Atom]) -> Expr {
        let value = self.atom(receiver);
        let args: Vec<Expr> = args.iter().map(|arg| self.atom(arg)).collect();
        let (real, krate) = (self.env.real(), &self.env.krate);
        let Some(suffix) = self.env.suffix() else {
            let name = format_ident!("real_{name}");
            return Expr::tight(quote!(<#real as #krate::Real>::#name(#value #(, #args)*)));
        };
        let name = format_ident!("{name}");
        if value.certain {
            let value = value.receiver();
            Expr::tight(quote!(#value.#name(#(#args),*)))
        } else if value.literal {
            let value = value.suffixed(suffix);
            Expr::tight(quote!(#value.#name(#(#args),*)))
        } else {
            Expr::tight(quote!(#real::#name(#value #(, #args)*)))
        }
    }

    fn scaled(&self, name: &str, a: &Atom, b: &Atom, kind: &Kind) -> Expr {
        let (private, name) = (self.env.private(), format_ident!("{name}"));
        let (a, b) = (self.atom(a), self.atom(b));
        if *kind == Kind::Tangent {
            let a = a.receiver();
            Expr::tight(quote!(#a.#name(#b)))
        } else {
            Expr::tight(quote!(#private::#name(#a, #b)))
        }
    }

    /// A passive expression of the user's with the current names of what it uses.
    pub(super) fn opaque(&self, opaque: &Opaque) -> Expr {
        let args: Vec<TokenStream> =
            opaque.args.iter().map(|arg| self.atom(&arg.name()).receiver()).collect();
        of_fragment(fragment::fill(self.source.fragment(opaque.code), &args))
    }

    pub(super) fn load(&self, place: &Place, kind: &Kind) -> Expr {
        let element = self.place(place);
        self.guarded(place.base, element, kind)
    }

    pub(super) fn place(&self, place: &Place) -> Expr {
        let Some(shown) = place.path.first().and_then(|index| self.shown(place.base, index)) else {
            return Expr::tight(self.indexed(place.base, &place.path));
        };
        match &place.path[1..] {
            [] => shown,
            inside => {
                let inside = inside.iter().map(|index| self.atom(index));
                Expr::tight(quote!(#shown #([#inside])*))
            }
        }
    }

    fn indexed(&self, base: VarId, path: &[Atom]) -> TokenStream {
        let base = self.name(base);
        let path = path.iter().map(|index| self.atom(index));
        quote!(#base #([#path])*)
    }

    /// The part of memory itself: `x`, `x[i]`, `x[a..b]`.
    pub(super) fn region(&self, slice: &Slice) -> TokenStream {
        let place = self.indexed(slice.base, &slice.path);
        match &slice.range {
            Some((start, end)) => {
                let (start, end) = (self.atom(start).at_least(Prec::Sum), self.atom(end).at_least(Prec::Sum));
                quote!(#place[#start..#end])
            }
            None => place,
        }
    }

    /// `&` of a part of memory.
    pub(super) fn borrow(&self, slice: &Slice) -> TokenStream {
        let region = self.region(slice);
        if self.is_reference(slice) { region } else { quote!(&#region) }
    }

    /// `&mut` of a part of memory.
    pub(super) fn borrow_mut(&self, slice: &Slice) -> TokenStream {
        let region = self.region(slice);
        if self.is_reference(slice) { region } else { quote!(&mut #region) }
    }

    fn is_reference(&self, slice: &Slice) -> bool {
        slice.path.is_empty() && slice.range.is_none() && self.references.contains(slice.base)
    }

    pub(super) fn scalar_type(&self, kind: &Kind) -> TokenStream {
        if *kind.scalar() == Kind::Tangent { self.env.tangent() } else { self.env.real() }
    }
}

fn comparison(how: Compare) -> TokenStream {
    match how {
        Compare::Lt => quote!(<),
        Compare::Le => quote!(<=),
        Compare::Gt => quote!(>),
        Compare::Ge => quote!(>=),
        Compare::Eq => quote!(==),
        Compare::Ne => quote!(!=),
    }
}

fn unary_name(function: Unary) -> &'static str {
    match function {
        Unary::Sqrt => "sqrt",
        Unary::Cbrt => "cbrt",
        Unary::Recip => "recip",
        Unary::Exp => "exp",
        Unary::Exp2 => "exp2",
        Unary::ExpM1 => "exp_m1",
        Unary::Ln => "ln",
        Unary::Ln1p => "ln_1p",
        Unary::Log2 => "log2",
        Unary::Log10 => "log10",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Tan => "tan",
        Unary::Asin => "asin",
        Unary::Acos => "acos",
        Unary::Atan => "atan",
        Unary::Sinh => "sinh",
        Unary::Cosh => "cosh",
        Unary::Tanh => "tanh",
        Unary::Asinh => "asinh",
        Unary::Acosh => "acosh",
        Unary::Atanh => "atanh",
        Unary::Abs => "abs",
        Unary::Signum => "signum",
        Unary::Floor => "floor",
        Unary::Ceil => "ceil",
        Unary::Round => "round",
        Unary::RoundTiesEven => "round_ties_even",
        Unary::Trunc => "trunc",
        Unary::Fract => "fract",
        Unary::ToDegrees => "to_degrees",
        Unary::ToRadians => "to_radians",
    }
}

fn binary_name(function: Binary) -> &'static str {
    match function {
        Binary::Powf => "powf",
        Binary::Powi => "powi",
        Binary::Log => "log",
        Binary::Atan2 => "atan2",
        Binary::Hypot => "hypot",
        Binary::Copysign => "copysign",
        Binary::Max => "max",
        Binary::Min => "min",
        Binary::RemEuclid => "rem_euclid",
        Binary::DivEuclid => "div_euclid",
    }
}

fn predicate_name(what: Predicate) -> &'static str {
    match what {
        Predicate::IsNan => "is_nan",
        Predicate::IsInfinite => "is_infinite",
        Predicate::IsFinite => "is_finite",
        Predicate::IsNormal => "is_normal",
        Predicate::IsSignNegative => "is_sign_negative",
        Predicate::IsSignPositive => "is_sign_positive",
    }
}
