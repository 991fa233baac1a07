//! The functions that are measured, each from another field.

pub mod black_scholes;
pub mod brusselator;
pub mod clusters;
pub mod logistic;
pub mod lotka_volterra;
pub mod mixture;
mod mixture_by_hand;
pub mod perceptron;
pub mod rosenbrock;

pub use black_scholes::BlackScholes;
pub use brusselator::Brusselator;
pub use clusters::Clusters;
pub use logistic::Logistic;
pub use lotka_volterra::LotkaVolterra;
pub use mixture::Mixture;
pub use perceptron::Perceptron;
pub use rosenbrock::Rosenbrock;
