//! OpenID Connect Core §3.1: the demo application, an ordinary relying party with an origin of its own.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{ACCEPT_LANGUAGE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use signet_core::params::Params;
use signet_core::secret::constant_time_eq;
use signet_jose::jws;

use super::Error;
use super::data::{CLIENT_ID, Demo, PASSWORD, USERNAME, name};
use super::id_token::Expected;
use super::pages::{Claim, DemoErrorPage, DemoHomePage, DemoResultPage, DemoUser, FURTHER, TokenFacts};
use super::provider::{Refusal, Tokens, Upstream};
use super::session::{Pending, Sessions, SignedIn};
use signet::Provider;
use signet::clock::{Clock as _, SystemClock, SystemRng};
use signet::pages::{Client, Frame, Locale, Page, Pages, Person};
use signet::web::{Reach, operator, page_headers};

const SCOPE: &str = "openid profile email address phone offline_access";

/// The running application.
struct Application {
    /// For its name, static files and clock; all else goes through `upstream`, as with any application.
    provider: Provider,
    pages: Pages,
    /// The routes of the provider, for static files.
    files: Router,
    upstream: Upstream,
    sessions: Sessions,
    /// Its own address, without a slash at its end.
    address: String,
}

type App = State<Arc<Application>>;

/// The application's routes.
pub(super) async fn router(demo: &Demo) -> Result<Router, Error> {
    let files = demo.provider.router();
    let upstream = Upstream::discover(files.clone(), &demo.issuer, demo.client_secret.duplicate())
        .await
        .map_err(|refusal| Error::Application(refusal.detail.unwrap_or(refusal.code)))?;
    let application = Application {
        provider: demo.provider.clone(),
        pages: Pages::with_further(&FURTHER).map_err(Error::Pages)?,
        files,
        upstream,
        sessions: Sessions::new(Arc::new(SystemRng)),
        address: demo.application.clone(),
    };
    // A person who reloads or comes back to the address of a form begins at the home page again.
    let home_again = async || redirect("/");
    Ok(Router::new()
        .route("/", get(home))
        .route("/login", post(login).get(home_again))
        .route("/callback", get(callback))
        .route("/refresh", post(refresh).get(home_again))
        .route("/logout", post(logout).get(home_again))
        .route("/assets/{file}", get(asset))
        .with_state(Arc::new(application)))
}

async fn home(State(app): App, request: Request<Body>) -> Response {
    let (id, cookie) = app.sessions.of(request.headers());
    let asked = Params::parse(request.uri().query().unwrap_or_default()).unwrap_or_default();
    let asked = asked.get("ui_locales").map(str::to_owned);
    let signed_in = app.sessions.edit(&id, |session| {
        if asked.is_some() {
            session.language = asked;
        }
        session.signed_in.clone()
    });
    let shown = app.shown(&id, request.headers());
    let response = match signed_in.flatten() {
        None => {
            let user = DemoUser { username: USERNAME.to_owned(), password: PASSWORD.to_owned() };
            app.page(StatusCode::OK, &shown.locale, &DemoHomePage { frame: shown.frame, user: Some(user) })
        }
        Some(signed_in) => app.page(StatusCode::OK, &shown.locale, &result(shown.frame, &signed_in)),
    };
    with_cookie(response, cookie)
}

/// OpenID Connect Core §3.1.2.1, RFC 7636 §4.3, RFC 9700 §2.1.
async fn login(State(app): App, request: Request<Body>) -> Response {
    let Some(id) = app.confirmed(request).await else { return redirect("/") };
    let random = || app.sessions.random();
    let pending = Pending { state: random(), nonce: random(), code_verifier: random() };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.code_verifier.as_bytes()));
    let language = app.sessions.edit(&id, |session| session.language.clone()).flatten();
    let redirect_uri = app.redirect_uri();
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", &redirect_uri),
        ("scope", SCOPE),
        // OpenID Connect Core §11: a client that asks for offline_access asks for consent.
        ("prompt", "consent"),
        ("state", &pending.state),
        ("nonce", &pending.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    query.extend(language.as_deref().map(|language| ("ui_locales", language)));
    let address = with_query(&app.upstream.metadata.authorization_endpoint, &query);
    app.sessions.edit(&id, |session| session.begin(pending.clone()));
    redirect(&address)
}

/// OpenID Connect Core §3.1.2.5, RFC 9207 §2.4.
async fn callback(State(app): App, headers: HeaderMap, uri: Uri) -> Response {
    let (id, cookie) = app.sessions.of(&headers);
    match app.finish(&id, uri.query().unwrap_or_default()).await {
        Ok(Finished::SignedIn(cookie)) => with_cookie(redirect("/"), cookie),
        // Somebody went back to an answer that was used before: what it led to is at the home page.
        Ok(Finished::Before) => redirect("/"),
        Err((status, refusal)) => with_cookie(app.refused(status, &id, &headers, refusal), cookie),
    }
}

/// RFC 6749 §6, OpenID Connect Core §12.
async fn refresh(State(app): App, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let Some(id) = app.confirmed(request).await else { return redirect("/") };
    let Some(before) = app.sessions.edit(&id, |session| session.signed_in.clone()).flatten() else {
        return redirect("/");
    };
    match app.refresh(&before).await {
        Ok(after) => {
            app.sessions.edit(&id, |session| session.signed_in = Some(Arc::new(after)));
            redirect("/")
        }
        Err(refusal) => {
            // The provider has ended it, so it is over here too.
            app.sessions.edit(&id, |session| session.signed_in = None);
            app.refused(StatusCode::OK, &id, &headers, refusal)
        }
    }
}

/// OpenID Connect RP-Initiated Logout §2.
async fn logout(State(app): App, request: Request<Body>) -> Response {
    let Some(id) = app.confirmed(request).await else { return redirect("/") };
    let signed_in = app.sessions.edit(&id, |session| session.signed_in.take()).flatten();
    let Some(signed_in) = signed_in else { return redirect("/") };
    let home = format!("{}/", app.address);
    let query = [("id_token_hint", signed_in.id_token.as_str()), ("post_logout_redirect_uri", &home)];
    redirect(&with_query(&app.upstream.metadata.end_session_endpoint, &query))
}

/// The same files as the provider's pages have.
async fn asset(State(app): App, Path(file): Path<String>) -> Response {
    let Ok(request) = Request::get(format!("/assets/{file}")).body(Body::empty()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tower::ServiceExt::oneshot(app.files.clone(), request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// How a sign-in ended.
enum Finished {
    /// With the new session cookie.
    SignedIn(Option<String>),
    /// Earlier.
    Before,
}

/// What all pages begin with.
struct Shown {
    locale: Locale,
    frame: Frame,
}

impl Application {
    fn redirect_uri(&self) -> String {
        format!("{}/callback", self.address)
    }

    /// The session of a form that was posted, if a page of this application showed the form to this browser.
    async fn confirmed(&self, request: Request<Body>) -> Option<String> {
        let (id, _) = self.sessions.of(request.headers());
        let body = to_bytes(request.into_body(), 4096).await.ok()?;
        let form = Params::parse(std::str::from_utf8(&body).ok()?).ok()?;
        let expected = self.sessions.edit(&id, |session| session.csrf.clone())?;
        constant_time_eq(expected.as_bytes(), form.get("csrf")?.as_bytes()).then_some(id)
    }

    async fn finish(&self, id: &str, query: &str) -> Result<Finished, (StatusCode, Refusal)> {
        let ours = |code: &str, detail: &str| (StatusCode::BAD_REQUEST, Refusal::new(code, detail));
        let params = Params::parse(query).and_then(|params| params.single().map(|()| params));
        let params = params.map_err(|error| ours("malformed_answer", &error.description))?;
        let pending = params
            .get("state")
            .and_then(|state| self.sessions.edit(id, |session| session.take(state)).flatten());
        let Some(pending) = pending else {
            return match self.sessions.edit(id, |session| session.signed_in.is_some()) {
                Some(true) => Ok(Finished::Before),
                _ => Err(ours(
                    "wrong_state",
                    "this answer does not belong to a sign-in that this browser has begun here",
                )),
            };
        };
        if params.get("iss") != Some(self.upstream.metadata.issuer.as_str()) {
            return Err(ours("wrong_issuer", "this answer does not come from the provider that was asked"));
        }
        if let Some(code) = params.get("error") {
            let detail = params.get("error_description").map(str::to_owned);
            return Err((StatusCode::OK, Refusal { code: code.to_owned(), detail }));
        }
        let code = params
            .get("code")
            .ok_or_else(|| ours("malformed_answer", "there is neither code nor error in it"))?;
        let signed_in = self.redeem(code, &pending).await.map_err(|refusal| (StatusCode::OK, refusal))?;
        self.sessions.edit(id, |session| session.signed_in = Some(Arc::new(signed_in)));
        Ok(Finished::SignedIn(self.sessions.renew(id)))
    }

    async fn redeem(&self, code: &str, pending: &Pending) -> Result<SignedIn, Refusal> {
        let redirect_uri = self.redirect_uri();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &pending.code_verifier),
        ];
        let tokens = self.upstream.tokens(&form).await?;
        let id_token =
            tokens.id_token.clone().ok_or_else(|| Refusal::new("invalid_id_token", "there is none"))?;
        self.signed_in(tokens, id_token, Some(&pending.nonce), None).await
    }

    async fn refresh(&self, before: &SignedIn) -> Result<SignedIn, Refusal> {
        let refresh_token = before.refresh_token.as_deref().unwrap_or_default();
        let tokens = self
            .upstream
            .tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
            .await?;
        match tokens.id_token.clone() {
            Some(id_token) => self.signed_in(tokens, id_token, None, Some(before)).await,
            // OpenID Connect Core §12.2: a refresh need not bring one.
            None => {
                let claims = self.upstream.userinfo(&tokens.access_token).await?;
                let (header, payload) = (before.header.clone(), before.payload.clone());
                Ok(assemble(tokens, before.id_token.clone(), header, payload, claims, Some(before)))
            }
        }
    }

    async fn signed_in(
        &self,
        tokens: Tokens,
        id_token: String,
        nonce: Option<&str>,
        before: Option<&SignedIn>,
    ) -> Result<SignedIn, Refusal> {
        let keys = self.upstream.keys().await?;
        let expected = Expected {
            issuer: &self.upstream.metadata.issuer,
            now: i64::try_from(SystemClock.now().0).unwrap_or(i64::MAX),
            nonce,
            access_token: &tokens.access_token,
            sub: before.and_then(|before| before.payload.get("sub")).and_then(Value::as_str),
        };
        let verified = expected.verify(&id_token, &keys)?;
        let claims = self.upstream.userinfo(&tokens.access_token).await?;
        // OpenID Connect Core §5.3.2: without this the answer may be about somebody else.
        if claims.get("sub") != verified.payload.get("sub") {
            return Err(Refusal::new("wrong_subject", "userinfo and ID token are about different people"));
        }
        Ok(assemble(tokens, id_token, verified.header, verified.payload, claims, before))
    }

    fn shown(&self, id: &str, headers: &HeaderMap) -> Shown {
        let (csrf, language) = self
            .sessions
            .edit(id, |session| (session.csrf.clone(), session.language.clone()))
            .unwrap_or_default();
        let pages = &self.pages;
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locale = pages.negotiate(language.as_deref(), accepted);
        let site = self.address.split_once("://").map(|(_, site)| site.to_owned());
        let frame = Frame {
            operator: operator(&self.provider.settings()),
            client: Some(Client { name: name(locale.tag()).to_owned(), site, ..Client::default() }),
            languages: pages.language_links(&locale, |tag| format!("/?ui_locales={tag}")),
            action: "/login".to_owned(),
            again: None,
            keeps_typed: false,
            csrf,
        };
        Shown { locale, frame }
    }

    fn refused(&self, status: StatusCode, id: &str, headers: &HeaderMap, refusal: Refusal) -> Response {
        tracing::info!(code = refusal.code, detail = refusal.detail, "demo sign-in failed");
        let Shown { locale, frame } = self.shown(id, headers);
        self.page(status, &locale, &DemoErrorPage { frame, code: refusal.code, detail: refusal.detail })
    }

    fn page<P: Page>(&self, status: StatusCode, locale: &Locale, page: &P) -> Response {
        let rendered = self.pages.render(locale, page);
        let mut response = (status, rendered.html).into_response();
        // Its forms lead to the provider by a redirect, to which `form-action` applies as well.
        page_headers(&mut response, &Reach::to(&self.upstream.metadata.issuer));
        response
    }
}

fn assemble(
    tokens: Tokens,
    id_token: String,
    header: Value,
    payload: serde_json::Map<String, Value>,
    claims: serde_json::Map<String, Value>,
    before: Option<&SignedIn>,
) -> SignedIn {
    // RFC 6749 §6: without a new refresh token the old one stays; without a scope it is as before.
    let refresh_token =
        tokens.refresh_token.or_else(|| before.and_then(|before| before.refresh_token.clone()));
    let scope = tokens.scope.or_else(|| before.map(|before| before.facts.scope.clone()));
    let facts = TokenFacts {
        access_token: kind(&tokens.access_token).to_owned(),
        expires_in: tokens.expires_in,
        scope: scope.unwrap_or_else(|| SCOPE.to_owned()),
        refresh_token: refresh_token.is_some(),
        refreshes: before.map_or(0, |before| before.facts.refreshes.saturating_add(1)),
    };
    SignedIn { id_token, refresh_token, header, payload, claims, facts }
}

/// Applications take access tokens as they are (RFC 6749 §1.4); this one is curious.
fn kind(access_token: &str) -> &'static str {
    let is_jwt = jws::decode(access_token, 32 * 1024).is_ok_and(|token| token.header().is_typ("at+jwt"));
    if is_jwt { "JWT (RFC 9068)" } else { "opaque (RFC 6749 §1.4)" }
}

fn result(frame: Frame, signed_in: &SignedIn) -> DemoResultPage {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named = |name: &str| signed_in.claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let username = named("preferred_username");
    let name = named("name").or_else(|| username.clone()).or_else(|| named("sub")).unwrap_or_default();
    let claims =
        signed_in.claims.iter().map(|(name, value)| Claim { name: name.clone(), value: text(value) });
    DemoResultPage {
        frame,
        person: Person { username: username.filter(|username| *username != name), name },
        claims: claims.collect(),
        id_token_header: pretty(&signed_in.header),
        id_token_payload: pretty(&Value::Object(signed_in.payload.clone())),
        tokens: signed_in.facts.clone(),
        refresh_action: signed_in.refresh_token.is_some().then(|| "/refresh".to_owned()),
        sign_out_action: "/logout".to_owned(),
    }
}

fn with_query(address: &str, query: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

fn redirect(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

fn with_cookie(mut response: Response, cookie: Option<String>) -> Response {
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
