//! The functions that are measured, each from another field.

mod adjustment;
mod black_scholes;
mod brusselator;
mod burgers;
mod clusters;
mod lennard_jones;
mod logistic;
mod lotka_volterra;
mod mixture;
mod mixture_by_hand;
mod perceptron;
mod recurrent;
mod rosenbrock;

pub use adjustment::Adjustment;
pub use black_scholes::BlackScholes;
pub use brusselator::Brusselator;
pub use burgers::Burgers;
pub use clusters::Clusters;
pub use lennard_jones::LennardJones;
pub use logistic::Logistic;
pub use lotka_volterra::LotkaVolterra;
pub use mixture::Mixture;
pub use perceptron::Perceptron;
pub use recurrent::Recurrent;
pub use rosenbrock::Rosenbrock;
