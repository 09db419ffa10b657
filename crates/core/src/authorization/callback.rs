//! RFC 6749 §4.1.2.1, RFC 9207: a verified destination for a response. Without a `Callback` nothing can be
//! sent to a client.

use std::sync::Arc;

use super::At;
use super::destination::Destination;
use crate::claims::Point;
use crate::client::unusable;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::params::{LONGEST_CARRIED, Params, encoded_length};
use crate::prompt;
use crate::record::Client;
use crate::reply::{Contents, Reply};
use crate::response_mode::ResponseMode;
use crate::response_type::{Granted, ResponseType};
use crate::rule;
use crate::uri;

/// A redirect URI that was found registered, with how and under which state to answer.
#[derive(Debug)]
pub struct Callback {
    client: Arc<Client>,
    redirect_uri: String,
    /// What the request asks for, if it is anything that there is.
    response_type: Option<&'static ResponseType>,
    mode: &'static ResponseMode,
    state: Option<String>,
    issuer: String,
    /// Origins whose pages may show an answer in a frame.
    framed_by: Vec<String>,
}

/// Origins that a policy names at most: it is one line of a header.
const MOST_ORIGINS: usize = 20;

impl Callback {
    /// Verifies `redirect_uri`. A refusal here must be shown to the person, never sent anywhere (RFC 6749
    /// §4.1.2.1).
    pub fn verify(env: &Env<'_>, client: &Arc<Client>, params: &Params) -> Result<Self, Error> {
        Self::found(env, client, params).map_err(|error| error.at(&rule::REDIRECT_URI))
    }

    fn found(env: &Env<'_>, client: &Arc<Client>, params: &Params) -> Result<Self, Error> {
        if params.pairs().iter().filter(|(name, _)| name == "redirect_uri").count() > 1 {
            return Err(Error::invalid_request("redirect_uri is given more than once"));
        }
        let requested = params.require("redirect_uri")?;
        let registered = client
            .redirect_uris
            .iter()
            .any(|uri| uri::matches_registered(uri, requested, client.may_use_any_port()));
        if !registered {
            return Err(unregistered(env, client, requested));
        }
        // Whatever the answer is, it carries the state.
        if params.get("state").is_some_and(|state| encoded_length(state) > LONGEST_CARRIED) {
            return Err(Error::invalid_request(
                "state is longer than 8 KiB, percent-encoded; keep what it holds and send its name",
            )
            .at(&rule::PARAMETERS));
        }
        let response_type = params.get("response_type").and_then(ResponseType::find);
        let mode = mode(params, response_type);
        let framed = mode.is_page() && prompt::is_silent(params);
        Ok(Self {
            client: client.clone(),
            redirect_uri: requested.to_owned(),
            response_type,
            mode,
            state: params.get("state").map(str::to_owned),
            issuer: env.settings.issuer.clone(),
            framed_by: if framed { origins(client, requested) } else { Vec::new() },
        })
    }

    /// Sends these fields, with `state` and `iss`.
    fn deliver(&self, mut fields: Vec<(String, String)>) -> Reply {
        fields.extend(self.state.as_ref().map(|state| ("state".to_owned(), state.clone())));
        fields.push(("iss".to_owned(), self.issuer.clone()));
        let contents = match self.mode.deliver(&self.redirect_uri, fields) {
            Contents::Form { action, fields, .. } => {
                Contents::Form { action, fields, framed_by: self.framed_by.clone() }
            }
            redirect => redirect,
        };
        Reply { client: Some(self.client.clone()), ..contents.into() }
    }
}

impl Destination for Callback {
    fn client(&self) -> &Arc<Client> {
        &self.client
    }

    fn at(&self) -> At {
        At::Authorization
    }

    fn gives(&self) -> &'static str {
        self.response_type.map_or("", |response_type| response_type.name)
    }

    fn points(&self, openid: bool) -> &'static [Point] {
        self.response_type.map_or(&[], |response_type| response_type.points(openid))
    }

    fn returns_to(&self) -> Option<&str> {
        Some(&self.redirect_uri)
    }

    fn is_anyones(&self) -> bool {
        self.client.is_anyones_at(&self.redirect_uri)
    }

    fn grant(&self, env: &Env<'_>, granted: Granted<'_>) -> Result<Decision, Error> {
        let unchecked = || Error::server("a request was granted whose response_type was not checked");
        let response_type = self.response_type.ok_or_else(unchecked)?;
        let answer = response_type.answer(env, granted, &self.redirect_uri);
        let answer = answer.map_err(|error| error.at(&rule::RESPONSE_TYPE))?;
        Ok(Decision { changes: answer.changes, ..Decision::answer(self.deliver(answer.fields)) })
    }

    fn refuse(&self, error: &Error) -> Decision {
        let code = match error.code {
            // Direct answers have codes of their own; a redirect knows only those of RFC 6749 section
            // 4.1.2.1.
            ErrorCode::InvalidClient | ErrorCode::InvalidGrant | ErrorCode::InvalidToken => {
                ErrorCode::InvalidRequest
            }
            code => code,
        };
        Decision::answer(self.deliver(vec![
            ("error".into(), code.as_str().into()),
            ("error_description".into(), error.wire_description()),
        ]))
    }
}

/// The web origins of a client's redirect URIs, first the one that is answered.
fn origins(client: &Client, requested: &str) -> Vec<String> {
    let registered = client.redirect_uris.iter().map(String::as_str);
    let mut origins: Vec<String> = Vec::new();
    for uri in std::iter::once(requested).chain(registered) {
        let origin = uri::origin_of(uri).filter(|origin| origin.contains("://"));
        origins.extend(origin.filter(|origin| !origins.contains(origin)));
    }
    origins.truncate(MOST_ORIGINS);
    origins
}

/// What came, and what is registered: the difference is a slash or a port, and this page is all there is to
/// find it by. Neither is a secret, as both are in the address of every request; but what came is shown only
/// where it is made of the characters of addresses.
fn unregistered(env: &Env<'_>, client: &Client, requested: &str) -> Error {
    const LONGEST: usize = 200;
    const MOST: usize = 5;
    let came = match (uri::has_uri_characters(requested), requested.len() <= LONGEST) {
        (true, true) => format!("it came as {requested}"),
        (true, false) => format!("what came is {} characters long", requested.len()),
        (false, _) => "what came has characters that no address has, such as spaces or quotes".to_owned(),
    };
    let registered: Vec<&str> = client.redirect_uris.iter().map(String::as_str).take(MOST).collect();
    let registered = match registered.as_slice() {
        [] => "none is registered".to_owned(),
        registered => format!("registered (exact match needed): {}", registered.join(" ")),
    };
    // The metadata document of a client may list it all the same.
    let readable = requested.len() <= LONGEST && uri::has_uri_characters(requested);
    let judged = client.registered && readable;
    let fault = if judged { unusable(env.settings, client, requested) } else { None };
    // A port that goes without saying, or capitals in the host, are what is seen last.
    let spelled =
        || if client.may_use_any_port() { uri::fault_at_any_port(requested) } else { uri::fault(requested) };
    let why = match (fault, readable.then(spelled).flatten()) {
        (Some((what, instead)), _) => format!(", and cannot be registered here: {what}; {instead}"),
        (None, Some(fault)) => format!(", which {}; {}", fault.what, fault.instead),
        (None, None) => String::new(),
    };
    Error::invalid_request(format!(
        "redirect_uri is not registered for client {}: {came}{why}; {registered}",
        client.client_id
    ))
    .because(format!("requested {requested:?}, registered {:?}", client.redirect_uris))
}

/// The mode asked for if it may be used, else the one in which an error about it can be sent.
fn mode(params: &Params, response_type: Option<&ResponseType>) -> &'static ResponseMode {
    let default = response_type.map_or("query", ResponseType::default_mode);
    let has_tokens = response_type.is_some_and(ResponseType::has_tokens);
    let asked = params.get("response_mode").and_then(ResponseMode::find);
    let fallback = || ResponseMode::find(default);
    let fit = asked.filter(|mode| mode.carries_tokens || !has_tokens);
    #[expect(clippy::indexing_slicing, reason = "the table is a constant whose first row is `query`")]
    fit.or_else(fallback).unwrap_or(&crate::response_mode::RESPONSE_MODES[0])
}
