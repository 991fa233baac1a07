//! What one does with a Hessian-vector product.
