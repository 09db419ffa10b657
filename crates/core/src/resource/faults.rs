//! RFC 8707 §2, OpenID Connect Core §5.4: settings for APIs that would silently break sign-ins. Judged for
//! configuration files and for embedders alike.

use std::collections::BTreeMap;

use url::Url;

use super::Resource;
use super::requested::same;
use crate::claims::{At, PointRules};
use crate::fault::Fault;
use crate::record::Client;
use crate::settings::{Paths, ScopeMeaning, standard_scopes};

/// What the resources are held against.
pub struct Among<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Where its endpoints are.
    pub paths: &'a Paths,
    /// What scopes release.
    pub scopes: &'a BTreeMap<String, ScopeMeaning>,
    /// Those that are written down, whose own maps of scopes count too.
    pub clients: &'a [Client],
    /// What is released where.
    pub release: &'a At<PointRules>,
}

impl Among<'_> {
    /// Whether an API may learn the claims of a scope from its access tokens, or by introspection.
    fn shows_claims_by_scope(&self) -> bool {
        let general =
            self.release.access_token.add_claims_by_scope || self.release.introspection.add_claims_by_scope;
        let own = |client: &Client| {
            let by_scope = &client.add_claims.by_scope;
            [by_scope.access_token, by_scope.introspection].contains(&Some(true))
        };
        general || self.clients.iter().any(own)
    }
}

/// Everything that is wrong with them, each from its place in the list on.
pub fn faults(resources: &[Resource], among: &Among<'_>) -> Vec<Fault> {
    let of_one = |(index, resource): (usize, &Resource)| {
        let earlier = resources.get(..index).unwrap_or_default();
        let of_identifier = identifier(resource, earlier, among)
            .map(|(what, instead)| Fault::new("identifier", what).instead(instead));
        let of_scopes = resource.scopes.iter().enumerate().filter_map(|(place, word)| {
            let (what, instead) = scope(word, among)?;
            Some(Fault::new(("scopes", place), what).instead(instead))
        });
        let found: Vec<Fault> = of_identifier.into_iter().chain(of_scopes).collect();
        found.into_iter().map(move |fault| fault.within([index.into()]))
    };
    resources.iter().enumerate().flat_map(of_one).collect()
}

/// RFC 3986 §2: what is in no other set there is written with percent signs, or in the ASCII form of a host.
fn in_uris(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

fn encoded(name: &str) -> String {
    let parsed = Url::parse(name).map(String::from).unwrap_or_default();
    let octets = |c: char| -> String { c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let one = |c: char| if in_uris(c) { c.to_string() } else { octets(c) };
    parsed.chars().map(one).collect()
}

fn identifier(resource: &Resource, earlier: &[Resource], among: &Among<'_>) -> Option<(String, String)> {
    let name = &resource.identifier;
    if Url::parse(name).is_err() || name.contains('#') {
        return Some((
            format!("{name:?} is not an absolute URI without a fragment"),
            "write \"https://api.example.org\"".to_owned(),
        ));
    }
    if let Some(odd) = name.chars().find(|c| !in_uris(*c)) {
        let what = format!("{name:?} has {odd:?}, which no URI has (RFC 3986)");
        return Some((what, format!("encode it, as the application has to: {:?}", encoded(name))));
    }
    if let Some(other) = earlier.iter().find(|other| same(&other.identifier, name)) {
        let what = match other.identifier == *name {
            true => "another resource has this identifier".to_owned(),
            false => format!(
                "another resource has the identifier {:?}, which is the same address: case of the host, default port and a slash at \
                 the end do not count",
                other.identifier
            ),
        };
        return Some((what, "give each its own, or put both into one table".to_owned()));
    }
    let base = among.issuer.strip_suffix('/').unwrap_or(among.issuer);
    let endpoints = among.paths.all().map(|place| format!("{base}{}", place.path));
    let ours = std::iter::once(base.to_owned()).chain(endpoints).find(|ours| same(ours, name))?;
    let what = format!(
        "{ours} is Signet itself; its access tokens would open UserInfo, and would have the scopes of this API even where nobody \
         asked for it"
    );
    Some((what, "write the address of the API; a scope without an API goes into `scopes`".to_owned()))
}

fn scope(word: &str, among: &Among<'_>) -> Option<(String, String)> {
    if standard_scopes().contains_key(word) {
        let what = format!(
            "{word:?} is a scope of OpenID Connect, and of no API: access tokens for other APIs and for UserInfo would lose it, and \
             sign-ins would break"
        );
        let instead = "take it out, and list scopes of the API's own, such as \"notes.read\"; applications may ask for both \
                       kinds in one request";
        return Some((what, instead.to_owned()));
    }
    let of_clients = among.clients.iter().filter_map(|client| client.scopes_to_claims.as_ref()?.get(word));
    let mut claims = among.scopes.get(word).map(|meaning| &meaning.claims).into_iter().chain(of_clients);
    if among.shows_claims_by_scope() || !claims.any(|claims| !claims.is_empty()) {
        return None;
    }
    let what = format!(
        "{word:?} releases claims, which UserInfo would not give any more: an access token for this API does not open it, and \
         others would lose this scope"
    );
    let instead = "give the API a scope that releases no claims, or set release.access_token.add_claims_by_scope = true if the \
                   API is to read them in its access tokens";
    Some((what, instead.to_owned()))
}
