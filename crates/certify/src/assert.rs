//! The judgements as panics, for tests: each names what was expected, what came, and the last exchanges.
#![expect(clippy::panic, reason = "these functions are assertions; only tests call them")]

use crate::{AuthorizationResponse, Code, Error, Landed, Page, Reply, Tokens};

/// Unwraps a result with the long form of its error.
#[track_caller]
fn sure<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

impl Reply {
    /// Asserts success and returns the reply.
    #[track_caller]
    pub fn ok(self) -> Self {
        sure(self.success().map(|_| ()));
        self
    }

    /// Asserts a proper token response.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        sure(self.token_set())
    }

    /// Asserts a refusal that keeps every rule of [`Reply::refusal`].
    #[track_caller]
    pub fn refused(&self, code: &str) -> &Self {
        sure(self.refusal(code))
    }

    /// Asserts the challenge for a request without a token.
    #[track_caller]
    pub fn challenged(&self) -> &Self {
        sure(self.challenge())
    }
}

/// The same assertions on a reply that has yet to be unwrapped: `rp.redeem(&code).await.tokens()`.
pub trait Judged {
    /// Asserts success and returns the reply.
    fn succeeded(self) -> Reply;
    /// Asserts a proper token response.
    fn tokens(self) -> Tokens;
    /// Asserts a refusal that keeps every rule of [`Reply::refusal`].
    fn refused(self, code: &str) -> Reply;
    /// Asserts the challenge for a request without a token.
    fn challenged(self) -> Reply;
}

impl Judged for Result<Reply, Error> {
    #[track_caller]
    fn succeeded(self) -> Reply {
        sure(self).ok()
    }

    #[track_caller]
    fn tokens(self) -> Tokens {
        sure(self).tokens()
    }

    #[track_caller]
    fn refused(self, code: &str) -> Reply {
        let reply = sure(self);
        reply.refused(code);
        reply
    }

    #[track_caller]
    fn challenged(self) -> Reply {
        let reply = sure(self);
        reply.challenged();
        reply
    }
}

/// Assertions on where a browser landed.
pub trait Arrived {
    /// Asserts a page of the provider.
    fn on_page(self) -> Page;
    /// Asserts a page that tells of this error, with an error status.
    fn on_error(self, code: &str) -> Page;
    /// Asserts that the browser was sent to another origin.
    fn sent_away(self) -> url::Url;
}

impl Arrived for Result<Landed, Error> {
    #[track_caller]
    fn on_page(self) -> Page {
        sure(self.and_then(Landed::page))
    }

    #[track_caller]
    fn on_error(self, code: &str) -> Page {
        let page = self.on_page();
        if page.error() != Some(code) || !page.status.is_client_error() && !page.status.is_server_error() {
            sure::<()>(Err(page.unexpected(&format!("an error page for {code}"))));
        }
        page
    }

    #[track_caller]
    fn sent_away(self) -> url::Url {
        sure(self.and_then(Landed::callback))
    }
}

/// Assertions on an authorization response.
pub trait Answered {
    /// Asserts a code.
    fn code(self) -> Code;
    /// Asserts this error and that nothing was issued.
    fn refused(self, code: &str) -> AuthorizationResponse;
}

impl Answered for Result<AuthorizationResponse, Error> {
    #[track_caller]
    fn code(self) -> Code {
        sure(self.and_then(|response| response.code()))
    }

    #[track_caller]
    fn refused(self, code: &str) -> AuthorizationResponse {
        let response = sure(self);
        sure(response.refusal(code).map(|_| ()));
        response
    }
}
