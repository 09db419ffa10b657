//! RFC 7519 §3: a JSON Web Token is a JWS whose payload is a set of claims.

mod claims;
mod validation;

pub use claims::Claims;
pub use validation::{Expiry, Validation};
