//! A relying party at a browser, and the steps of a person's sign-in, in the order in which they are written.

use std::ops::Deref;
use std::panic::Location;

use serde_json::Value;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::rp::Pkce;
use signet_certify::{
    AuthorizationRequest, AuthorizationResponse, Browser, Code, Error, Landed, Page, RelyingParty, Tokens,
};

use crate::op;

/// A relying party whose person sits at one browser.
#[derive(Clone)]
pub(crate) struct Rp {
    pub(crate) party: RelyingParty,
    pub(crate) browser: Browser,
}

impl Deref for Rp {
    type Target = RelyingParty;

    fn deref(&self) -> &RelyingParty {
        &self.party
    }
}

impl Rp {
    /// The same application in another browser.
    pub(crate) fn at(mut self, browser: &Browser) -> Self {
        self.browser = browser.clone();
        self
    }

    /// The same application, wanting to be answered elsewhere.
    pub(crate) fn answered_at(mut self, redirect_uri: &str) -> Self {
        self.party = self.party.with_redirect_uri(redirect_uri);
        self
    }

    /// Begins an authorization request.
    #[track_caller]
    pub(crate) fn authorize(&self, scope: &str) -> Flow {
        let request = self.party.request(scope);
        Flow { rp: self.clone(), request, steps: Vec::new(), at: Location::caller() }
    }

    /// Signs somebody in who agrees to everything, and redeems the code.
    #[track_caller]
    pub(crate) fn signed_in(&self, username: &'static str, scope: &str) -> impl Future<Output = SignedIn> {
        self.authorize(scope).login(username).consent().signed_in()
    }

    /// The same with an application that asks nobody for consent.
    #[track_caller]
    pub(crate) fn signed_in_quietly(&self, username: &'static str) -> impl Future<Output = SignedIn> {
        self.authorize("openid").login(username).signed_in()
    }
}

/// What is left of a finished sign-in.
pub(crate) struct SignedIn {
    pub(crate) rp: Rp,
    pub(crate) request: AuthorizationRequest,
    pub(crate) code: Code,
    pub(crate) tokens: Tokens,
}

impl SignedIn {
    /// The claims of the ID token, after every check of OpenID Connect Core.
    pub(crate) async fn claims(&self) -> Value {
        self.rp.claims(&self.request, &self.tokens).await.unwrap()
    }

    pub(crate) fn refresh_token(&self) -> &str {
        self.tokens.refresh().unwrap()
    }

    pub(crate) fn id_token(&self) -> &str {
        self.tokens.id_token.as_deref().unwrap()
    }
}

#[derive(Clone)]
enum Step {
    Login(String, String),
    SignUp(&'static str),
    Follow(&'static str),
    Press(&'static str),
}

/// An authorization request with what the person will do; the last word sends it.
#[derive(Clone)]
pub(crate) struct Flow {
    rp: Rp,
    request: AuthorizationRequest,
    steps: Vec<Step>,
    at: &'static Location<'static>,
}

/// How the request reads.
impl Flow {
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.with(|request| request.set(name, value))
    }

    pub(crate) fn add(self, name: &str, value: &str) -> Self {
        self.with(|request| request.add(name, value))
    }

    pub(crate) fn without(self, name: &str) -> Self {
        self.with(|request| request.without(name))
    }

    pub(crate) fn prompt(self, value: &str) -> Self {
        self.set("prompt", value)
    }

    pub(crate) fn max_age(self, seconds: u64) -> Self {
        self.with(|request| request.max_age(seconds))
    }

    pub(crate) fn claims(self, claims: &Value) -> Self {
        self.with(|request| request.claims(claims))
    }

    pub(crate) fn pkce(self, pkce: Pkce) -> Self {
        self.with(|request| request.pkce(pkce))
    }

    pub(crate) fn by_post(self) -> Self {
        self.with(AuthorizationRequest::by_post)
    }

    /// As it will be sent.
    pub(crate) fn request(&self) -> &AuthorizationRequest {
        &self.request
    }

    pub(crate) fn with(mut self, change: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest) -> Self {
        self.request = change(self.request);
        self
    }
}

/// What the person does.
impl Flow {
    pub(crate) fn login(self, username: &str) -> Self {
        self.login_as(username, op::password(username))
    }

    pub(crate) fn login_as(mut self, username: &str, password: &str) -> Self {
        self.steps.push(Step::Login(username.to_owned(), password.to_owned()));
        self
    }

    /// Makes an account.
    pub(crate) fn sign_up(mut self, username: &'static str) -> Self {
        self.steps.push(Step::SignUp(username));
        self
    }

    /// Follows a link.
    pub(crate) fn follow(mut self, link: &'static str) -> Self {
        self.steps.push(Step::Follow(link));
        self
    }

    pub(crate) fn consent(self) -> Self {
        self.press("consent-allow")
    }

    pub(crate) fn deny(self) -> Self {
        self.press("consent-deny")
    }

    pub(crate) fn press(mut self, button: &'static str) -> Self {
        self.steps.push(Step::Press(button));
        self
    }
}

/// Where it leads. Each of these sends the request, takes the steps, and fails where the scenario wrote it.
impl Flow {
    /// The browser's whereabouts after the last step.
    pub(crate) async fn go(&self) -> Result<Landed, Error> {
        let mut landed = self.rp.party.authorize(&self.rp.browser, &self.request).await?;
        for step in &self.steps {
            let page = landed.page()?;
            landed = match step {
                Step::Login(username, password) => {
                    page.fill("username", username).fill("password", password).submit("sign-in").await?
                }
                Step::SignUp(username) => {
                    let password = op::password(username);
                    page.fill("username", username).fill("password", password).submit("sign-up").await?
                }
                Step::Follow(link) => page.click(link).await?,
                Step::Press(button) => page.submit(button).await?,
            };
        }
        Ok(landed)
    }

    /// The authorization response, well delivered, success or not.
    pub(crate) async fn response(&self) -> AuthorizationResponse {
        self.read(self.go().await).await
    }

    /// Reads where the browser landed as the response to this request.
    pub(crate) async fn read(&self, landed: Result<Landed, Error>) -> AuthorizationResponse {
        let landed = self.sure(landed);
        self.sure(self.rp.response(&self.request, &landed).await)
    }

    /// A code.
    pub(crate) async fn code(&self) -> Code {
        let response = self.response().await;
        self.sure(response.code())
    }

    /// A refusal by redirect, with state, issuer, a usable description, and nothing issued.
    pub(crate) async fn refused(&self, code: &str) -> AuthorizationResponse {
        let response = self.response().await;
        self.sure(response.refusal(code).map(|_| ()));
        response
    }

    /// A page of the provider.
    pub(crate) async fn page(&self) -> Page {
        self.sure(self.go().await.and_then(Landed::page))
    }

    /// The sign-in page.
    pub(crate) async fn login_page(&self) -> Page {
        self.page_with("sign-in").await
    }

    /// The consent page.
    pub(crate) async fn consent_page(&self) -> Page {
        self.page_with("consent-allow").await
    }

    /// A page with this element.
    pub(crate) async fn page_with(&self, id: &str) -> Page {
        let page = self.page().await;
        assert!(page.has(id), "{}: expected a page with {id}, got {page:?}: {}", self.at, page.text());
        page
    }

    /// An error page: nothing was sent to the client.
    pub(crate) async fn error_page(&self, code: &str) -> Page {
        let landed = self.go().await;
        assert!(matches!(landed, Ok(Landed::Page(_))), "{}: expected a page, got {landed:?}", self.at);
        landed.on_error(code)
    }

    /// A code, redeemed.
    pub(crate) async fn signed_in(self) -> SignedIn {
        let code = self.code().await;
        let tokens = self.rp.redeem(&code).await.tokens();
        SignedIn { rp: self.rp, request: self.request, code, tokens }
    }

    fn sure<T>(&self, result: Result<T, Error>) -> T {
        result.unwrap_or_else(|error| panic!("{}: {error:?}", self.at))
    }
}
