//! RFC 6749 §4.1.2, RFC 8628 §3.4, OpenID Connect CIBA §10: where an authorization request is answered.

use std::sync::Arc;

use super::At;
use crate::claims::Point;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::record::Client;
use crate::response_type::Granted;

/// Where a request is answered, once that place is verified: nothing can be sent to a client but through one.
/// A [`Callback`](super::callback::Callback) takes the answer along in the person's browser; others keep it
/// until the client fetches it, or send it. What a request asks, and what the person is asked, is decided
/// alike for all of them.
pub trait Destination: Send + Sync {
    /// Who is answered.
    fn client(&self) -> &Arc<Client>;

    /// The endpoint whose checks the request must pass.
    fn at(&self) -> At;

    /// What the answer gives, for the log: the response type of a callback.
    fn gives(&self) -> &'static str;

    /// Where claims will come to the client, by a request with or without the scope `openid`.
    fn points(&self, openid: bool) -> &'static [Point];

    /// The address to which the person's browser takes the answer; none where it comes to the client without
    /// the browser. Pages name its site and let their forms end there, and a consent speaks for its place.
    fn returns_to(&self) -> Option<&str>;

    /// Whether a person must see each request, whatever they agreed to before: anybody could be there who is
    /// answered.
    fn is_anyones(&self) -> bool;

    /// Answers with what was granted.
    fn grant(&self, env: &Env<'_>, granted: Granted<'_>) -> Result<Decision, Error>;

    /// Answers with an error.
    fn refuse(&self, error: &Error) -> Decision;
}
