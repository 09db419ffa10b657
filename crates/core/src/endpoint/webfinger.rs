//! OpenID Connect Discovery §2, RFC 7033 §4: WebFinger, with which an application finds the provider of a
//! user.
//!
//! The answer is the same for everybody at our hosts, known or not: it tells where the issuer is, never who
//! has an account.

use serde_json::{Value, json};
use url::{Host, Url};

use crate::error::Error;
use crate::params::Params;
use crate::rule;
use crate::settings::Settings;

/// Its place, on any host that it speaks for (RFC 7033 §4).
pub const PATH: &str = "/.well-known/webfinger";
/// Where it is defined.
pub const SPEC: &str = "OpenID Connect Discovery 1.0 section 2";
/// The link relation of an issuer.
pub const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";

/// A WebFinger request.
#[derive(Debug)]
pub struct Request {
    resource: String,
    authority: Option<String>,
    wants_issuer: bool,
}

impl Request {
    /// Reads a query. RFC 7033 §4.1 has values percent-encoded as in any URI, where a plus sign is one:
    /// `acct:joe+news@example.org` is no form field.
    pub fn read(query: &str) -> Result<Self, Error> {
        let params = Params::parse(&query.replace('+', "%2B"));
        params.and_then(|params| Self::parse(&params)).map_err(|error| error.at(&rule::WEBFINGER))
    }

    /// Reads `resource` and `rel`, which may come several times.
    pub fn parse(params: &Params) -> Result<Self, Error> {
        if params.all("resource").count() > 1 {
            return Err(Error::invalid_request("resource is given more than once"));
        }
        let resource = params.require("resource")?.to_owned();
        let mut rels = params.all("rel").peekable();
        let wants_issuer = rels.peek().is_none() || rels.any(|rel| rel == ISSUER);
        Ok(Self { authority: authority(&resource), resource, wants_issuer })
    }

    /// The JSON Resource Descriptor (RFC 7033 §4.4); none when the resource is at nobody's host that we speak
    /// for. What is no URI is malformed (§4.2), but ours is found in the form in which people type it too.
    pub fn answer(&self, settings: &Settings) -> Result<Option<Value>, Error> {
        let own = authority(&settings.issuer);
        let ours = self.authority.as_deref().is_some_and(|asked| {
            own.as_deref() == Some(asked)
                || settings.webfinger_domains.iter().any(|domain| domain.eq_ignore_ascii_case(asked))
        });
        if !ours && self.is_malformed() {
            let what = "resource is no account and no address; write acct:USER@HOST or https://HOST";
            return Err(Error::invalid_request(what).at(&rule::WEBFINGER));
        }
        let link = json!({"rel": ISSUER, "href": settings.issuer});
        let links: Vec<Value> = self.wants_issuer.then_some(link).into_iter().collect();
        Ok(ours.then(|| json!({"subject": self.resource, "links": links})))
    }

    /// RFC 3986 §3.1, RFC 7565 §7: whether it has no scheme, or one of ours without what has to be behind it.
    fn is_malformed(&self) -> bool {
        let scheme = self.resource.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        let ours = ["acct", "mailto", "https", "http"];
        scheme.is_none_or(|scheme| {
            ours.iter().any(|known| scheme.eq_ignore_ascii_case(known)) && self.authority.is_none()
        })
    }
}

/// OpenID Connect Discovery §2.1.2: the host and port of a resource in any of its forms, normalised or as
/// people type them.
fn authority(resource: &str) -> Option<String> {
    let resource = resource.split('#').next().unwrap_or_default();
    if let Some(account) = resource.strip_prefix("acct:").or_else(|| resource.strip_prefix("mailto:")) {
        return account
            .rsplit_once('@')
            .and_then(|(user, host)| host_and_port(host).filter(|_| !user.is_empty()));
    }
    if let Some((scheme, rest)) = resource.split_once("://") {
        let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let rest = rest.split(['/', '?']).next().unwrap_or_default();
        return web.then(|| host_and_port(rest.rsplit('@').next().unwrap_or_default())).flatten();
    }
    if resource.starts_with(['=', '@', '!', '+', '$', '(']) {
        // An XRI, which Discovery leaves out of its scope.
        return None;
    }
    // Neither `joe@example.org` nor `example.org:8080/joe` has a scheme.
    let place = resource.split(['/', '?']).next().unwrap_or_default();
    host_and_port(place.rsplit('@').next().unwrap_or_default())
}

/// As a URL parser writes it: lower case, without the port that goes without saying.
fn host_and_port(text: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{text}/")).ok()?;
    if !url.username().is_empty() || url.password().is_some() || url.path() != "/" {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    };
    Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn asked(pairs: &[(&str, &str)]) -> Result<Option<Value>, Error> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut settings = testing::settings();
        settings.webfinger_domains = vec!["Example.org".into()];
        Request::parse(&Params::from_pairs(pairs))?.answer(&settings)
    }

    #[test]
    fn every_form_of_a_resource_leads_to_the_issuer() {
        for resource in [
            "acct:joe@op.example",
            "acct:joe@OP.example",
            "acct:joe%40elsewhere.example@op.example",
            "acct:joe@example.org",
            "mailto:joe@example.org",
            "https://op.example",
            "https://op.example/",
            "https://op.example:443/joe?x=1#f",
            "https://joe@op.example/",
            "http://op.example/joe",
            "op.example",
            "op.example/joe",
            "joe@op.example",
            "joe@example.org",
        ] {
            let answer = asked(&[("resource", resource), ("rel", ISSUER)]).unwrap();
            let links = json!([{"rel": ISSUER, "href": "https://op.example"}]);
            assert_eq!(answer, Some(json!({"subject": resource, "links": links})), "{resource}");
        }
    }

    #[test]
    fn a_plus_sign_in_a_query_is_one() {
        for query in ["resource=acct:joe+news@op.example", "resource=acct%3Ajoe%2Bnews%40op.example&rel=x+y"]
        {
            let answer = Request::read(query).unwrap().answer(&testing::settings()).unwrap().unwrap();
            assert_eq!(answer["subject"], "acct:joe+news@op.example", "{query}");
        }
    }

    #[test]
    fn what_is_elsewhere_is_not_answered_for() {
        for resource in [
            "acct:joe@elsewhere.example",
            "acct:joe@op.example:8443",
            "acct:op.example@elsewhere.example",
            "https://elsewhere.example/op.example",
            "https://op.example@elsewhere.example/",
            "https://op.example.elsewhere.example/",
            "https://op.example:8443/",
            "ftp://op.example/",
            "urn:x:op.example",
            "op.example:8443",
        ] {
            assert_eq!(asked(&[("resource", resource)]).unwrap(), None, "{resource}");
        }
    }

    #[test]
    fn what_is_no_uri_is_malformed() {
        for resource in [
            "bad",
            "joe",
            "joe@elsewhere.example",
            "elsewhere.example/op.example",
            "=joe",
            "=acct:joe@op.example",
            "@op.example",
            "1x:joe",
            "acct:",
            "acct:joe",
            "acct:@op.example",
            "acct:joe@",
            "acct:joe@op.example/x",
            "mailto:joe",
            "http://",
            "https://",
            "HTTPS:///op.example",
            "https:op.example",
        ] {
            let error = asked(&[("resource", resource)]).unwrap_err();
            assert!(error.description.contains("acct:USER@HOST"), "{resource}: {error}");
        }
    }

    #[test]
    fn relations_filter_the_links() {
        let links = |rels: &[&str]| {
            let mut pairs = vec![("resource", "acct:joe@op.example")];
            pairs.extend(rels.iter().map(|rel| ("rel", *rel)));
            asked(&pairs).unwrap().unwrap()["links"].as_array().unwrap().len()
        };
        assert_eq!((links(&[]), links(&[ISSUER]), links(&["x", ISSUER]), links(&["x"])), (1, 1, 1, 0));
        assert!(asked(&[]).is_err());
        assert!(asked(&[("resource", "op.example"), ("resource", "op.example")]).is_err());
    }
}
