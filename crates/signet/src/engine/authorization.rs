//! RFC 6749 §4.1.1: an authorization request, straight through.

use signet_core::decision::Reply;
use signet_core::endpoint::authorization::Request;
use signet_core::error::Error;
use signet_core::handle::{Handle, Kind};
use signet_core::id::SessionId;
use signet_core::params::Params;
use signet_core::secret::TokenHash;

use super::Visitor;
use crate::provider::Provider;

impl Provider {
    /// Answers, or starts an interaction. `browser` is the marker that the browser has or will be given.
    pub(crate) async fn authorization(
        &self,
        params: Params,
        visitor: &Visitor,
        browser: &str,
    ) -> Result<Reply, Error> {
        let state = self.state();
        let request = Request::parse(params)?;
        let lookups = request.lookup(session_cookie(visitor));
        let browser = TokenHash::of(browser.as_bytes());
        self.step(&state, &lookups, |env, facts| request.decide(env, &facts, browser, None)).await
    }
}

/// What a session cookie says, if it is one of ours.
pub(super) fn session_cookie(visitor: &Visitor) -> Option<(SessionId, TokenHash)> {
    let handle = Handle::decode(Kind::Session, visitor.session.as_deref()?)?;
    Some((SessionId(handle.id), handle.hash()))
}
