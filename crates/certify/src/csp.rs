//! CSP Level 3 §6.4.1: where a page lets its forms lead.
//!
//! Chromium holds redirects after a form to the same list, so a sign-in or consent page that says
//! `form-action 'self'` strands people there, while a `form_post` page that does so cannot answer at all.

use http::{HeaderMap, header};
use url::Url;

/// The `form-action` directives of a page, each of which must allow a target.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormAction {
    page: Option<Url>,
    directives: Vec<String>,
}

impl FormAction {
    /// Reads the policies of a page.
    pub(crate) fn of(page: &Url, headers: &HeaderMap) -> Self {
        let policies = headers.get_all(header::CONTENT_SECURITY_POLICY).iter();
        let policies = policies.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let directives =
            policies.flat_map(|policy| policy.split([';', ',']).filter_map(sources).collect::<Vec<_>>());
        Self { page: Some(page.clone()), directives: directives.collect() }
    }

    /// Whether a form of the page may lead there.
    pub(crate) fn allows(&self, target: &Url) -> bool {
        let own = self.page.as_ref().is_some_and(|page| page.origin() == target.origin());
        self.directives.iter().all(|sources| {
            sources.split_ascii_whitespace().any(|source| match source {
                "'self'" => own,
                "*" => matches!(target.scheme(), "http" | "https"),
                scheme if scheme.ends_with(':') => scheme.trim_end_matches(':') == target.scheme(),
                origin => Url::parse(origin).is_ok_and(|allowed| allowed.origin() == target.origin()),
            })
        })
    }
}

fn sources(directive: &str) -> Option<String> {
    let (name, sources) = directive.trim().split_once(' ').unwrap_or((directive.trim(), ""));
    name.eq_ignore_ascii_case("form-action").then(|| sources.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(policies: &[&str], target: &str) -> bool {
        let mut headers = HeaderMap::new();
        for policy in policies {
            headers.append(header::CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        FormAction::of(&Url::parse("https://op.test/x").unwrap(), &headers)
            .allows(&Url::parse(target).unwrap())
    }

    #[test]
    fn every_policy_must_allow_the_target() {
        let (own, other) = ("https://op.test/in", "https://rp.test/cb");
        assert!(allows(&[], other) && allows(&["default-src 'none'"], other));
        assert!(allows(&["form-action 'self'"], own) && !allows(&["form-action 'self'"], other));
        assert!(!allows(&["form-action"], own) && !allows(&["form-action 'none'"], own));
        assert!(allows(&["img-src *; form-action 'self' https://rp.test"], other));
        assert!(!allows(&["form-action https://rp.test:8443"], other));
        assert!(allows(&["form-action https:"], other) && allows(&["FORM-ACTION *"], other));
        assert!(allows(&["form-action app:"], "app:/cb") && !allows(&["form-action *"], "app:/cb"));
        assert!(!allows(&["form-action https:", "form-action 'self'"], other));
    }
}
