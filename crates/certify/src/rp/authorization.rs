//! RFC 6749 §4.1.1, RFC 7636 §4, RFC 9207 §2.4: the authorization request and what comes back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::RelyingParty;
use crate::{Browser, Error, Landed};

/// RFC 7636 §4.2: how the code is bound to this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// The challenge is a hash of the verifier.
    S256,
    /// The challenge is the verifier.
    Plain,
    /// No challenge is sent.
    None,
}

/// An authorization request; by default `code`, with fresh state and nonce and PKCE S256.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    params: Vec<(String, String)>,
    /// What travels instead, where the parameters stand in a request object.
    pub(super) sent: Option<Vec<(String, String)>>,
    verifier: String,
    by_post: bool,
}

/// What a redemption needs; change a field to see it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code itself.
    pub value: String,
    /// The redirect URI of the authorization request.
    pub redirect_uri: Option<String>,
    /// The PKCE verifier.
    pub verifier: Option<String>,
}

/// An authorization response that passed the checks on state, issuer and delivery; it may still be an error.
#[derive(Clone, Debug)]
pub struct AuthorizationResponse {
    params: BTreeMap<String, String>,
    code: Option<Code>,
}

impl AuthorizationRequest {
    /// Sets a parameter, replacing what it was.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.add(name, value)
    }

    /// Adds a parameter even where it exists already.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a parameter out.
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    /// Which artifacts are asked for.
    pub fn response_type(self, value: &str) -> Self {
        self.set("response_type", value)
    }

    /// How the response shall travel.
    pub fn response_mode(self, value: &str) -> Self {
        self.set("response_mode", value)
    }

    /// `none`, `login`, `consent`, …
    pub fn prompt(self, value: &str) -> Self {
        self.set("prompt", value)
    }

    /// How many seconds ago the person may have authenticated.
    pub fn max_age(self, seconds: u64) -> Self {
        self.set("max_age", &seconds.to_string())
    }

    /// Who is expected to sign in.
    pub fn login_hint(self, value: &str) -> Self {
        self.set("login_hint", value)
    }

    /// The claims parameter (OpenID Connect Core §5.5).
    pub fn claims(self, value: &Value) -> Self {
        self.set("claims", &value.to_string())
    }

    /// Binds the code in this way.
    pub fn pkce(self, pkce: Pkce) -> Self {
        let bare = self.without("code_challenge").without("code_challenge_method");
        let verifier = bare.verifier.clone();
        match pkce {
            Pkce::None => bare,
            Pkce::Plain => bare.set("code_challenge", &verifier).set("code_challenge_method", "plain"),
            Pkce::S256 => {
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
                bare.set("code_challenge", &challenge).set("code_challenge_method", "S256")
            }
        }
    }

    /// Sends the request as a form (OpenID Connect Core §3.1.2.1) instead of a query.
    pub fn by_post(mut self) -> Self {
        self.by_post = true;
        self
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What travels with a request object, or instead of the parameters.
    pub fn send_also(mut self, name: &str, value: &str) -> Self {
        let sent = self.sent.get_or_insert_with(|| self.params.clone());
        sent.retain(|(known, _)| known != name);
        sent.push((name.to_owned(), value.to_owned()));
        self
    }

    /// All parameters in order.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    fn sent(&self) -> &[(String, String)] {
        self.sent.as_deref().unwrap_or(&self.params)
    }

    /// The request as an address at this endpoint.
    pub fn url(&self, endpoint: &str) -> Result<Url, Error> {
        let mut url = Url::parse(endpoint)?;
        url.query_pairs_mut().extend_pairs(self.sent());
        Ok(url)
    }

    /// OAuth 2.0 Multiple Response Types §5: where the response goes unless asked otherwise.
    fn mode(&self) -> &str {
        let fragment = ["token", "id_token"].iter().any(|kind| self.asks_for(kind));
        self.get("response_mode").unwrap_or(if fragment { "fragment" } else { "query" })
    }

    fn asks_for(&self, artifact: &str) -> bool {
        self.get("response_type").is_some_and(|types| types.split(' ').any(|kind| kind == artifact))
    }
}

impl AuthorizationResponse {
    /// A parameter of the response.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// The names of all parameters of the response.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.params.keys().map(String::as_str)
    }

    /// The error code, if it is an error.
    pub fn error(&self) -> Option<&str> {
        self.get("error")
    }

    /// The code with all that its redemption needs.
    pub fn code(&self) -> Result<Code, Error> {
        self.code.clone().ok_or_else(|| Error::new(format!("expected a code, got {:?}", self.params)))
    }

    /// Succeeds when the response is this error with a usable description, and nothing else was handed out.
    pub fn refusal(&self, code: &str) -> Result<&Self, Error> {
        let wrong = |why: &str| Err(Error::new(format!("expected {code}, {why}: {:?}", self.params)));
        if self.error() != Some(code) {
            return wrong("got another response");
        }
        if let Some(name) =
            ["code", "access_token", "id_token"].iter().find(|name| self.params.contains_key(**name))
        {
            return wrong(&format!("but {name} was issued as well"));
        }
        match self.get("error_description") {
            Some(text)
                if !text.is_empty()
                    && text.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\') =>
            {
                Ok(self)
            }
            _ => wrong("but error_description is missing or holds forbidden characters"),
        }
    }
}

impl RelyingParty {
    /// A request for this scope.
    pub fn request(&self, scope: &str) -> AuthorizationRequest {
        let wire = self.wire();
        let params = [
            ("response_type", "code".to_owned()),
            ("client_id", self.client_id.clone()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("scope", scope.to_owned()),
            ("state", wire.token()),
            ("nonce", wire.token()),
        ];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        AuthorizationRequest { params, sent: None, verifier: wire.token(), by_post: false }.pkce(Pkce::S256)
    }

    /// Sends the browser to the provider as the client's own site would; a client without a site just opens
    /// the address.
    pub async fn authorize(
        &self,
        browser: &Browser,
        request: &AuthorizationRequest,
    ) -> Result<Landed, Error> {
        let endpoint = self.endpoint("authorization").await?;
        let site = Url::parse(&self.redirect_uri).ok().filter(Url::has_host);
        let from = site.as_ref().map_or(endpoint.as_str(), Url::as_str);
        if request.by_post {
            let fields: Vec<(&str, &str)> =
                request.sent().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            return browser.post_form_from(from, &endpoint, &fields).await;
        }
        let url = request.url(&endpoint)?;
        match site {
            Some(site) => browser.follow(site.as_str(), url.as_str()).await,
            None => browser.get(url.as_str()).await,
        }
    }

    /// Reads what came back and checks its delivery, state and issuer.
    pub async fn response(
        &self,
        request: &AuthorizationRequest,
        landed: &Landed,
    ) -> Result<AuthorizationResponse, Error> {
        let expected = request.get("redirect_uri").unwrap_or(&self.redirect_uri);
        let (mode, pairs) =
            delivered(expected, landed).map_err(|error| error.after(|| self.wire().tail()))?;
        let wrong = |why: String| {
            Err(Error::new(format!("authorization response: {why}")).after(|| self.wire().tail()))
        };
        let mut params = BTreeMap::new();
        for (name, value) in pairs {
            if params.insert(name.clone(), value).is_some() {
                return wrong(format!("{name} comes twice"));
            }
        }
        if mode != request.mode() {
            return wrong(format!("it travelled by {mode}, expected {}", request.mode()));
        }
        let (state, sent) = (params.get("state").map(String::as_str), request.get("state"));
        if state != sent {
            return wrong(format!("state is {state:?}, expected {sent:?}"));
        }
        let promised = self.metadata().await?.get("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true));
        match params.get("iss") {
            Some(iss) if *iss != self.issuer => {
                return wrong(format!("iss is {iss:?}, expected {:?}", self.issuer));
            }
            None if promised => return wrong("iss is missing although the metadata promises it".into()),
            _ => {}
        }
        let code = params.get("code").map(|value| Code {
            value: value.clone(),
            redirect_uri: request.get("redirect_uri").map(str::to_owned),
            verifier: request.get("code_challenge").map(|_| request.verifier.clone()),
        });
        Ok(AuthorizationResponse { params, code })
    }
}

type Pairs = Vec<(String, String)>;

/// The response mode and parameters of what reached the redirect URI.
fn delivered(redirect_uri: &str, landed: &Landed) -> Result<(&'static str, Pairs), Error> {
    let pairs = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let base = Url::parse(redirect_uri)?;
    match landed {
        Landed::Callback(url) => {
            let elsewhere = || Error::new(format!("sent to {url}, expected {redirect_uri}"));
            let rest = url.as_str().strip_prefix(base.as_str()).ok_or_else(elsewhere)?;
            match rest.split_at_checked(1) {
                Some(("#", fragment)) => Ok(("fragment", pairs(fragment))),
                Some(("?" | "&", query)) if (rest.starts_with('&')) == base.query().is_some() => {
                    Ok(("query", pairs(query.split('#').next().unwrap_or_default())))
                }
                None => Err(Error::new(format!("sent to {url} without any response"))),
                Some(_) => Err(elsewhere()),
            }
        }
        Landed::Posted(url, fields) if *url == base => Ok(("form_post", fields.clone())),
        Landed::Posted(url, _) => Err(Error::new(format!("posted to {url}, expected {redirect_uri}"))),
        Landed::Page(page) => match page.posts_away() {
            Some((url, fields)) if url == base => Ok(("form_post", fields)),
            Some((url, _)) => Err(Error::new(format!("the form goes to {url}, expected {redirect_uri}"))),
            None => Err(page.unexpected("an authorization response")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(redirect_uri: &str, url: &str) -> Result<(&'static str, Pairs), String> {
        let landed = Landed::Callback(Url::parse(url).unwrap());
        delivered(redirect_uri, &landed).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn query_and_fragment_are_told_apart() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read("https://rp.test/cb", "https://rp.test/cb?code=a%20b"),
            Ok(("query", vec![pair("code", "a b")]))
        );
        assert_eq!(
            read("https://rp.test/cb", "https://rp.test/cb#code=a"),
            Ok(("fragment", vec![pair("code", "a")]))
        );
        assert_eq!(
            read("https://rp.test/cb?x=1", "https://rp.test/cb?x=1&code=a"),
            Ok(("query", vec![pair("code", "a")]))
        );
        assert_eq!(
            read("https://rp.test/cb?x=1", "https://rp.test/cb?x=1#code=a"),
            Ok(("fragment", vec![pair("code", "a")]))
        );
        assert_eq!(read("app:/cb", "app:/cb?code=a"), Ok(("query", vec![pair("code", "a")])));
    }

    #[test]
    fn other_places_are_refused() {
        for (redirect_uri, url) in [
            ("https://rp.test/cb", "https://rp.test/cb2?code=a"),
            ("https://rp.test/cb", "https://rp.test/cb/x?code=a"),
            ("https://rp.test/cb", "https://evil.test/cb?code=a"),
            ("https://rp.test/cb?x=1", "https://rp.test/cb?code=a"),
            ("https://rp.test/cb?x=1", "https://rp.test/cb?x=12&code=a"),
            ("https://rp.test/cb", "https://rp.test/cb"),
            ("https://rp.test/cb", "https://rp.test/cb&code=a"),
        ] {
            assert!(read(redirect_uri, url).is_err(), "{redirect_uri} {url}");
        }
    }

    #[test]
    fn the_default_mode_follows_the_response_type() {
        let request =
            AuthorizationRequest { params: Vec::new(), sent: None, verifier: "v".into(), by_post: false };
        assert_eq!(request.clone().response_type("code").mode(), "query");
        assert_eq!(request.clone().response_type("code id_token").mode(), "fragment");
        assert_eq!(request.clone().response_type("none").mode(), "query");
        assert_eq!(
            request.clone().response_type("code token").response_mode("form_post").mode(),
            "form_post"
        );
        assert_eq!(request.set("a", "1").add("a", "2").set("a", "3").params().len(), 1);
    }

    #[test]
    fn challenges_follow_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let request = AuthorizationRequest {
            params: Vec::new(),
            sent: None,
            verifier: verifier.into(),
            by_post: false,
        };
        assert_eq!(
            request.clone().pkce(Pkce::S256).get("code_challenge"),
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        );
        assert_eq!(request.clone().pkce(Pkce::Plain).get("code_challenge"), Some(verifier));
        assert_eq!(request.pkce(Pkce::S256).pkce(Pkce::None).params(), []);
    }
}
