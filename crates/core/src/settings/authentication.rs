//! OpenID Connect Core §2: the authentication contexts (`acr`) that an operator offers.

use crate::fault::Fault;
use crate::localised::Localised;

/// A way to be signed in that applications can tell from others and ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What the operator calls it.
    pub name: String,
    /// What applications call it: the `acr` value.
    pub acr: String,
    /// RFC 8176: what the person must have done, all of it.
    pub amr: Vec<String>,
    /// Only a sign-in within the request counts, never a session from before.
    pub fresh: bool,
    /// Seconds after which a sign-in does not count any more; none: as long as the session.
    pub lifetime: Option<u64>,
    /// For people, on the page that asks for it.
    pub label: Localised,
}

impl Context {
    /// What keeps applications from asking for it, or people from reaching it; methods are judged by those
    /// who know them.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        // OpenID Connect Core §3.1.2.1: spaces stand between the values of acr_values.
        if self.acr.is_empty() || !self.acr.bytes().all(|b| b.is_ascii_graphic()) {
            let advice = "write one word of ASCII characters, such as \"urn:example:password\"";
            faults.push(Fault::new("acr", format!("{:?} is not an acr value", self.acr)).instead(advice));
        }
        if self.lifetime == Some(0) {
            let advice = "write `fresh = true` to ask every time";
            faults.push(Fault::new("lifetime", "no sign-in would ever count").instead(advice));
        }
        faults
    }

    /// A password, at any time within the session; the name is the one that oidc-op's default uses.
    pub fn password() -> Self {
        Self {
            name: "password".into(),
            acr: "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword".into(),
            amr: vec!["pwd".into()],
            fresh: false,
            lifetime: None,
            label: Localised::default(),
        }
    }
}

/// Contexts that are never reached because another one before them has the same `acr`, each under its name.
pub fn unreached(contexts: &[Context]) -> Vec<Fault> {
    let twice = contexts.iter().enumerate().filter_map(|(index, context)| {
        let Context { name, acr, .. } = context;
        let other = contexts.iter().take(index).find(|other| other.acr == *acr)?;
        let what = format!("{acr:?} is the acr of {:?} already, so this one is never reached", other.name);
        Some(Fault::new([name.as_str(), "acr"], what).instead("give it an acr of its own, or take it out"))
    });
    twice.collect()
}
