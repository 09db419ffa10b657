//! Validated settings: what the configuration means, with safe defaults. What is unsafe is in `dangerous`.

pub mod authentication;
pub mod events;
mod lifetimes;
pub mod paths;
pub mod registration;
pub mod request_objects;
pub mod resources;
pub mod subjects;

use std::collections::BTreeMap;

use crate::claims::{At, PointRules};
use crate::fault::Fault;
use crate::localised::Localised;
use crate::login_hint::LoginHints;
use crate::offer::Offer;
use crate::record::client::AccessTokenFormat;
use crate::scope::is_word;
use crate::uri;
use authentication::Context;
use events::Events;
pub use paths::{Paths, Place};
use request_objects::RequestObjects;
use resources::Resource;
use subjects::Subjects;

/// What is wrong with the addresses of the operator's pages: documentation, help, policy and terms.
pub fn page_faults(pages: [Option<&str>; 4]) -> Vec<Fault> {
    let names = ["service_documentation", "help_uri", "op_policy_uri", "op_tos_uri"];
    let faulty = names.into_iter().zip(pages).filter_map(|(name, page)| {
        let (page, fault) = (page?, uri::page_fault(page?)?);
        Some(Fault::new(name, format!("{page:?} {}", fault.what)).instead(fault.instead))
    });
    faulty.collect()
}

/// Origins that no browser ever sends: they open nothing, and nobody would see why.
pub fn origin_faults(origins: &[String]) -> Vec<Fault> {
    let named = origins.iter().enumerate().filter(|(_, origin)| *origin != "*");
    let faulty = named.filter_map(|(index, origin)| {
        let fault = uri::origin_fault(origin)?;
        let what = format!("{origin:?} {}", fault.what);
        Some(Fault::new(("allowed_origins", index), what).instead(format!("{}, or \"*\"", fault.instead)))
    });
    faulty.collect()
}

/// What is wrong with the name of a scope.
pub fn scope_fault(scope: &str) -> Option<Fault> {
    let what = || format!("{scope:?} is not a scope (RFC 6749 §3.3)");
    let advice = "write one word of ASCII letters, digits and marks, without \" and \\";
    (!is_word(scope)).then(|| Fault::new("", what()).instead(advice))
}

/// Everything a decision may be configured by.
#[derive(Debug)]
pub struct Settings {
    /// The issuer identifier, exactly as clients compare it; no trailing slash.
    pub issuer: String,
    /// Endpoint paths, below the issuer.
    pub paths: Paths,
    /// Seconds.
    pub lifetimes: Lifetimes,
    /// Scope → what it releases.
    pub scopes: BTreeMap<String, ScopeMeaning>,
    /// Claim → what people call it, where the pages do not know it.
    pub claim_labels: BTreeMap<String, Localised>,
    /// What is released where, besides what clients ask for.
    pub release: At<PointRules>,
    /// PKCE for confidential clients too (public ones always).
    pub pkce_required: bool,
    /// Format where the client has none of its own.
    pub access_token_format: AccessTokenFormat,
    /// The signature algorithm where the client has none of its own: the first with a key.
    pub default_signing_alg: String,
    /// Authentication contexts offered, strongest last.
    pub authentication: Vec<Context>,
    /// What is made of `login_hint`.
    pub login_hints: LoginHints,
    /// Languages of the pages (BCP 47).
    pub ui_locales: Vec<String>,
    /// Names of claims that may be known about people, for discovery; derived from scopes when empty.
    pub claims_supported: Vec<String>,
    /// Languages in which claims are kept about people (BCP 47), for discovery.
    pub claims_locales: Vec<String>,
    /// Refuse scopes that are not configured instead of ignoring them.
    pub deny_unknown_scopes: bool,
    /// Which request objects are taken.
    pub request_objects: RequestObjects,
    /// Client assertions must name the issuer alone, not an endpoint.
    pub strict_assertion_audience: bool,
    /// What of all that there is clients may use.
    pub offer: Offer,
    /// Default audience of access tokens of clients that have none of their own; the issuer when empty.
    pub access_token_audience: Vec<String>,
    /// APIs that clients may name.
    pub resources: Vec<Resource>,
    /// People may make their own accounts.
    pub sign_up: bool,
    /// People may sign in by their verified e-mail address.
    pub sign_in_by_email: bool,
    /// Names that nobody new is given.
    pub reserved_names: Vec<String>,
    /// Clients that register themselves.
    pub registration: registration::Policy,
    /// Where developers find help.
    pub service_documentation: Option<String>,
    /// Where users find help; it is on the pages, and not in the metadata.
    pub help_uri: Option<String>,
    /// The operator's policy page.
    pub op_policy_uri: Option<String>,
    /// The operator's terms page.
    pub op_tos_uri: Option<String>,
    /// Domains besides the issuer's own for whose people WebFinger names this issuer.
    pub webfinger_domains: Vec<String>,
    /// Origins whose scripts may call what browser applications call; `*` is any.
    pub allowed_origins: Vec<String>,
    /// How people are named to applications.
    pub subjects: Subjects,
    /// Which events are kept.
    pub events: Events,
    /// Off by default, each for a reason.
    pub dangerous: Dangerous,
}

/// Lifetimes in seconds; 0 means without end where it is allowed at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// RFC 6749 §4.1.2 recommends at most ten minutes; a minute is enough for a redirect.
    pub code: u64,
    /// Access tokens.
    pub access_token: u64,
    /// A refresh token that is not used for so long ends.
    pub refresh_token: u64,
    /// ID tokens.
    pub id_token: u64,
    /// All that one answer to an application leads to, refresh tokens too; 0: as long as the session, or with
    /// `offline_access` without end.
    pub grant: u64,
    /// Sessions, counted from the sign-in.
    pub session: u64,
    /// How long a sign-in page may be used.
    pub interaction: u64,
    /// How long a remembered consent is valid; 0: until withdrawn.
    pub consent: u64,
    /// How long a rotated refresh token may be sent again by its own client, whose answer was lost.
    pub refresh_grace: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: 60,
            access_token: 3600,
            refresh_token: 30 * 86_400,
            id_token: 3600,
            grant: 0,
            session: 14 * 86_400,
            interaction: 3600,
            consent: 0,
            refresh_grace: 10,
        }
    }
}

/// What a scope releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeMeaning {
    /// Claims at the UserInfo endpoint (OpenID Connect Core §5.4).
    pub claims: Vec<String>,
    /// What it allows, for the consent page.
    pub description: Localised,
}

/// Settings that weaken security.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dangerous {
    /// RFC 7636 `plain`: an eavesdropper of the request can redeem the code.
    pub pkce_plain: bool,
    /// Public clients may leave PKCE out (RFC 9700 §2.1.1 forbids it): anyone who sees a code can redeem it.
    pub public_clients_without_pkce: bool,
    /// Hosts whose issuer may be http, such as a name inside a network of containers: anyone who is in that
    /// network reads passwords.
    pub http_hosts: Vec<String>,
}

impl Settings {
    /// What no type keeps right, each with its place here. Paths, resources and methods are judged by those
    /// who know what they are.
    pub fn faults(&self) -> Vec<Fault> {
        let Self { service_documentation, help_uri, op_policy_uri, op_tos_uri, .. } = self;
        let pages = [service_documentation, help_uri, op_policy_uri, op_tos_uri];
        let lifetimes = self.lifetimes.faults().into_iter().map(|fault| fault.within(["lifetimes".into()]));
        let scopes = self
            .scopes
            .keys()
            .filter_map(|scope| Some(scope_fault(scope)?.within(["scopes".into(), scope.as_str().into()])));
        let contexts = self.authentication.iter().flat_map(|context| {
            let name = context.name.as_str();
            context.faults().into_iter().map(move |fault| fault.within([name.into()]))
        });
        let contexts = contexts.chain(authentication::unreached(&self.authentication));
        lifetimes
            .chain(page_faults(pages.map(Option::as_deref)))
            .chain(origin_faults(&self.allowed_origins))
            .chain(scopes)
            .chain(contexts.map(|fault| fault.within(["authentication".into()])))
            .collect()
    }

    /// Settings with defaults for an issuer whose endpoints are there.
    pub fn new(issuer: impl Into<String>, paths: Paths) -> Self {
        Self {
            issuer: issuer.into(),
            paths,
            lifetimes: Lifetimes::default(),
            scopes: standard_scopes(),
            claim_labels: BTreeMap::new(),
            release: At::standard(),
            pkce_required: false,
            access_token_format: AccessTokenFormat::default(),
            default_signing_alg: "RS256".into(),
            authentication: vec![Context::password()],
            login_hints: LoginHints::default(),
            ui_locales: ["en", "de", "fr", "nl"].map(String::from).into(),
            claims_supported: Vec::new(),
            claims_locales: Vec::new(),
            deny_unknown_scopes: false,
            request_objects: RequestObjects::default(),
            strict_assertion_audience: false,
            offer: Offer::default(),
            access_token_audience: Vec::new(),
            resources: Vec::new(),
            sign_up: false,
            sign_in_by_email: false,
            reserved_names: crate::name::RESERVED.iter().map(|name| (*name).to_owned()).collect(),
            registration: registration::Policy::default(),
            service_documentation: None,
            help_uri: None,
            op_policy_uri: None,
            op_tos_uri: None,
            webfinger_domains: Vec::new(),
            allowed_origins: vec!["*".to_owned()],
            subjects: Subjects::default(),
            events: Events::default(),
            dangerous: Dangerous::default(),
        }
    }

    /// The full URL of an endpoint.
    pub fn endpoint(&self, name: &str) -> String {
        self.url(self.paths.of(name))
    }

    /// The full URL of a path below the issuer. An issuer may end with a slash (OpenID Connect Discovery
    /// §4.1); the path begins with one.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.strip_suffix('/').unwrap_or(&self.issuer))
    }
}

/// OpenID Connect Core §5.4 and §11.
pub fn standard_scopes() -> BTreeMap<String, ScopeMeaning> {
    const SCOPES: &[(&str, &[&str])] = &[
        ("openid", &["sub"]),
        (
            "profile",
            &[
                "name",
                "family_name",
                "given_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "updated_at",
            ],
        ),
        ("email", &["email", "email_verified"]),
        ("address", &["address"]),
        ("phone", &["phone_number", "phone_number_verified"]),
        ("offline_access", &[]),
    ];
    let meaning = |claims: &[&str]| ScopeMeaning {
        claims: claims.iter().map(|c| (*c).to_owned()).collect(),
        description: Localised::default(),
    };
    SCOPES.iter().map(|(scope, claims)| ((*scope).to_owned(), meaning(claims))).collect()
}
