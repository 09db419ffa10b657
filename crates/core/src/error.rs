//! RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; OpenID Connect Core §3.1.2.6: every error code, its wire name and
//! its HTTP status.

use std::borrow::Cow;
use std::sync::Arc;

use crate::change::Change;
use crate::event::{Event, Used, What, kind};
use crate::id::ClientId;
use crate::record::{Client, User};
use crate::rule::{self, Rule};
use crate::{claims, scope};

/// The error codes that Signet sends, each with its wire name and status in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorCode {
    /// A required parameter is missing, repeated, or malformed.
    InvalidRequest,
    /// Client authentication failed.
    InvalidClient,
    /// The code, refresh token or credentials are not valid any more, or not this client's.
    InvalidGrant,
    /// This client may not use this grant type or response type.
    UnauthorizedClient,
    /// The grant type is unknown.
    UnsupportedGrantType,
    /// The scope is unknown, malformed, or exceeds what was granted.
    InvalidScope,
    /// The person or a policy said no.
    AccessDenied,
    /// The response type is not offered.
    UnsupportedResponseType,
    /// Ours: something broke.
    ServerError,
    /// Ours: too busy, try again.
    TemporarilyUnavailable,
    /// The access token is missing, expired, revoked or malformed.
    InvalidToken,
    /// RFC 6750 §3.1: no access token came at all. Answered by a bare challenge; the name is for logs only.
    MissingToken,
    /// The access token does not cover this.
    InsufficientScope,
    /// `prompt=none`, but something has to be asked.
    InteractionRequired,
    /// `prompt=none`, but nobody is signed in.
    LoginRequired,
    /// `prompt=none`, but an account must be chosen.
    AccountSelectionRequired,
    /// `prompt=none`, but consent is missing.
    ConsentRequired,
    /// The requested authentication cannot be had (OpenID Connect Core Unmet Authentication Requirements).
    UnmetAuthenticationRequirements,
    /// `request` is not taken.
    RequestNotSupported,
    /// `request_uri` is not taken.
    RequestUriNotSupported,
    /// `registration` is not taken.
    RegistrationNotSupported,
    /// RFC 9101 §7: the request object is not acceptable.
    InvalidRequestObject,
    /// RFC 9101 §7: what `request_uri` names cannot be had.
    InvalidRequestUri,
    /// RFC 7591 §3.2.2: a redirect URI cannot be registered.
    InvalidRedirectUri,
    /// RFC 7591 §3.2.2: other metadata cannot be registered.
    InvalidClientMetadata,
    /// RFC 7591 §3.2.2: the software statement is not acceptable.
    InvalidSoftwareStatement,
    /// RFC 7591 §3.2.2: the software statement's issuer is not trusted here.
    UnapprovedSoftwareStatement,
    /// RFC 7009 §2.2.1.
    UnsupportedTokenType,
    /// RFC 8707 §2.
    InvalidTarget,
}

const TABLE: &[(ErrorCode, &str, u16)] = &[
    (ErrorCode::InvalidRequest, "invalid_request", 400),
    (ErrorCode::InvalidClient, "invalid_client", 401),
    (ErrorCode::InvalidGrant, "invalid_grant", 400),
    (ErrorCode::UnauthorizedClient, "unauthorized_client", 400),
    (ErrorCode::UnsupportedGrantType, "unsupported_grant_type", 400),
    (ErrorCode::InvalidScope, "invalid_scope", 400),
    (ErrorCode::AccessDenied, "access_denied", 403),
    (ErrorCode::UnsupportedResponseType, "unsupported_response_type", 400),
    (ErrorCode::ServerError, "server_error", 500),
    (ErrorCode::TemporarilyUnavailable, "temporarily_unavailable", 503),
    (ErrorCode::InvalidToken, "invalid_token", 401),
    (ErrorCode::MissingToken, "missing_token", 401),
    (ErrorCode::InsufficientScope, "insufficient_scope", 403),
    (ErrorCode::InteractionRequired, "interaction_required", 400),
    (ErrorCode::LoginRequired, "login_required", 400),
    (ErrorCode::AccountSelectionRequired, "account_selection_required", 400),
    (ErrorCode::ConsentRequired, "consent_required", 400),
    (ErrorCode::UnmetAuthenticationRequirements, "unmet_authentication_requirements", 400),
    (ErrorCode::RequestNotSupported, "request_not_supported", 400),
    (ErrorCode::RequestUriNotSupported, "request_uri_not_supported", 400),
    (ErrorCode::RegistrationNotSupported, "registration_not_supported", 400),
    (ErrorCode::InvalidRequestObject, "invalid_request_object", 400),
    (ErrorCode::InvalidRequestUri, "invalid_request_uri", 400),
    (ErrorCode::InvalidRedirectUri, "invalid_redirect_uri", 400),
    (ErrorCode::InvalidClientMetadata, "invalid_client_metadata", 400),
    (ErrorCode::InvalidSoftwareStatement, "invalid_software_statement", 400),
    (ErrorCode::UnapprovedSoftwareStatement, "unapproved_software_statement", 400),
    (ErrorCode::UnsupportedTokenType, "unsupported_token_type", 400),
    (ErrorCode::InvalidTarget, "invalid_target", 400),
];

impl ErrorCode {
    /// Every code, for documents and tests.
    pub fn all() -> impl Iterator<Item = ErrorCode> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> (&'static str, u16) {
        TABLE.iter().find(|row| row.0 == self).map_or(("server_error", 500), |row| (row.1, row.2))
    }

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status when the error is answered directly.
    pub fn status(self) -> u16 {
        self.row().1
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Bytes of a detail that are kept.
const LONGEST_DETAIL: usize = 1000;

/// A refusal with three voices: the wire code, a description for the client's developer, a detail for the
/// log.
#[derive(Debug)]
pub struct Error {
    /// The wire code.
    pub code: ErrorCode,
    /// Tells the client's developer what to change. Never holds anything private.
    pub description: Cow<'static, str>,
    /// For the log only.
    pub detail: Option<String>,
    /// The rule that refused; none where something of ours failed.
    pub rule: Option<&'static Rule>,
    /// What must be written although (or because) the request is refused.
    pub changes: Vec<Change>,
    /// The application that a page about the error names. At direct endpoints it has shown who it is.
    pub client: Option<Arc<Client>>,
    /// The application that the request says it is from, which there is, where it has not shown that.
    pub named: Option<Box<ClientId>>,
    /// What happened, where that is more than a refusal.
    pub event: Option<Box<Event>>,
    /// Too much was asked: so many seconds later it may be tried again (RFC 6585 §4).
    pub retry_after: Option<u32>,
    /// Nothing is broken: too many ask for the same at once.
    pub crowded: bool,
}

impl Error {
    /// A refusal with its public description.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            detail: None,
            rule: None,
            changes: Vec::new(),
            client: None,
            named: None,
            event: None,
            retry_after: None,
            crowded: false,
        }
    }

    /// `invalid_request`, the commonest one.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// `invalid_client`.
    pub fn invalid_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidClient, description)
    }

    /// `invalid_token` (RFC 6750).
    pub fn invalid_token(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidToken, description)
    }

    /// `server_error`: the public text says nothing, the detail goes to the log.
    pub fn server(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::ServerError, "something went wrong on our side; try again later").because(detail)
    }

    /// Adds the private detail, of which a log keeps so much: strangers choose much of it.
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > LONGEST_DETAIL {
            detail.truncate(detail.floor_char_boundary(LONGEST_DETAIL));
            detail.push('…');
        }
        self.detail = Some(detail);
        self
    }

    /// Adds writes that belong to the refusal.
    pub fn with(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }

    /// Asks to come again in so many seconds, by the rule for those who ask too often.
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self.rule = self.rule.or(Some(&rule::LIMIT));
        self
    }

    /// Says that too many asked at once.
    pub fn in_a_crowd(mut self) -> Self {
        self.crowded = true;
        self
    }

    /// Names the rule that refused, unless a narrower one is named already. Failures of ours break no rule.
    pub fn at(mut self, rule: &'static Rule) -> Self {
        if self.code.status() < 500 {
            self.rule = self.rule.or(Some(rule));
        }
        self
    }

    /// Names the application.
    pub fn about(mut self, client: &Arc<Client>) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Says that something was used up and came again (RFC 9700 §4.14): somebody else may have it.
    pub(crate) fn replayed(mut self, what: Used, client: &Client, user: Option<&User>) -> Self {
        self.event = Some(Box::new(Event::new(What::Replayed { what }, client, user)));
        self
    }

    /// What happened, in one value: somebody's request was refused at this endpoint; none where it was not
    /// theirs to do better.
    pub fn rejected(&self, endpoint: &'static str) -> Option<Event> {
        let unproven = self.code == ErrorCode::InvalidClient && self.rule != Some(&rule::CLIENT_ID);
        let kind = if unproven { &kind::CLIENT_AUTHENTICATION_FAILED } else { &kind::REQUEST_REFUSED };
        let (code, reason) = (self.code.as_str(), self.wire_description());
        let detail = self.detail.clone().filter(|_| unproven);
        let what = What::Rejected { endpoint, kind, code, rule: self.rule, reason, detail };
        let proven = self.client.as_ref().map(|client| client.client_id.clone());
        let client = proven.or_else(|| self.named.as_deref().cloned());
        let event = || Event { what, client, user: None, session: None };
        (self.code.status() < 500).then(event)
    }

    /// The description as RFC 6749 §4.1.2.1 allows it on the wire: printable ASCII without `"` and `\`.
    pub fn wire_description(&self) -> String {
        wire_text(&self.description)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for Error {}

/// Replaces what RFC 6749 §4.1.2.1 forbids in `error_description`, and bounds its length.
pub fn wire_text(text: &str) -> String {
    text.chars()
        .take(400)
        .map(|c| match c {
            '"' | '\\' => '\'',
            ' '..='~' => c,
            _ => '?',
        })
        .collect()
}

impl From<scope::Fault> for Error {
    fn from(fault: scope::Fault) -> Self {
        Error::new(ErrorCode::InvalidScope, fault.as_str())
    }
}

impl From<claims::Fault> for Error {
    fn from(fault: claims::Fault) -> Self {
        Self { detail: fault.detail, ..Error::invalid_request(fault.what) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row() {
        let names: Vec<_> = ErrorCode::all().map(ErrorCode::as_str).collect();
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        // The last variant of the enum has its row too: rows are as many as variants.
        assert_eq!(names.len(), ErrorCode::InvalidTarget as usize + 1);
    }

    #[test]
    fn nobody_chooses_how_long_a_line_of_the_log_is() {
        let detail = |length: usize| {
            Error::invalid_request("x").because("é".repeat(length)).detail.unwrap_or_default()
        };
        assert_eq!(detail(10).chars().count(), 10);
        assert_eq!(detail(50_000).chars().count(), LONGEST_DETAIL / 2 + 1);
        assert!(detail(50_000).ends_with("é…"));
    }

    #[test]
    fn descriptions_keep_to_the_allowed_characters() {
        let error = Error::invalid_request("bad \"value\" \\ in caf\u{e9}\n");
        assert_eq!(error.wire_description(), "bad 'value' ' in caf??");
    }
}
