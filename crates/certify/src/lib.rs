//! A black-box relying party and browser that check an OpenID Provider from outside.
//!
//! The crate speaks HTTP only through the [`Transport`] it is given and never depends on the provider's own
//! types, so that those cannot hide a mistake. From the bottom up:
//!
//! - [`wire`]: transport, clock and chance, and the [`Transcript`] of everything that was said;
//! - [`browser`]: cookies, redirects, forms and tabs, and [`Finding`]s about each page the provider sent;
//! - [`rp`]: the client's side of OpenID Connect, with every answer as a [`Reply`] that knows how to be
//!   judged;
//! - [`check`] and [`plan`]: named checks with their citations, and the table of their results;
//! - [`mod@assert`]: the same judgements as panics, for tests.
//!
//! ```
//! use signet_certify::assert::{Answered, Arrived, Judged};
//! use signet_certify::{Browser, ClientAuth, Error, RelyingParty, Wire};
//!
//! async fn a_code_works_once(wire: &Wire) -> Result<(), Error> {
//!     let browser = Browser::new(wire, "https://op.example");
//!     let rp = RelyingParty::new(wire, "https://op.example", "web", "https://rp.example/cb")
//!         .with_auth(ClientAuth::Basic("a-secret".into()));
//!
//!     let request = rp.request("openid email").max_age(3600);
//!     let login = rp.authorize(&browser, &request).await.on_page();
//!     let filled = login.fill("username", "diana").fill("password", "krall");
//!     let consent = filled.submit("sign-in").await.on_page();
//!     let landed = consent.submit("consent-allow").await?;
//!     let code = rp.response(&request, &landed).await.code();
//!
//!     let tokens = rp.redeem(&code).await.tokens();
//!     let claims = rp.claims(&request, &tokens).await?;
//!     assert_eq!(rp.userinfo(&tokens).await.succeeded().json["sub"], claims["sub"]);
//!
//!     rp.redeem(&code).await.refused("invalid_grant");
//!     rp.userinfo(&tokens).await.refused("invalid_token");
//!     assert_eq!(browser.findings(), []);
//!     Ok(())
//! }
//! ```

pub mod assert;
pub mod browser;
pub mod check;
mod csp;
mod error;
#[cfg(test)]
mod fake;
mod finding;
pub mod html;
pub mod plan;
pub mod rp;
mod transcript;
mod transport;
pub mod wire;

pub use browser::{Browser, Landed, Page, Person};
pub use error::Error;
pub use finding::Finding;
pub use rp::{AuthorizationRequest, AuthorizationResponse, ClientAuth, Code, RelyingParty, Reply, Tokens};
pub use transcript::{Exchange, Transcript};
pub use transport::{Answer, Transport};
pub use wire::Wire;
