//! OpenID Connect Discovery §3, RFC 8414 §2: rules for what an operator offers of everything that is
//! implemented.

use std::collections::BTreeMap;

use signet::program::known::{OFFERED, Offered};
use signet_core::near::{nearest, one_of};
use signet_core::offer::Offer;
use signet_core::response_type::{RESPONSE_TYPES, ResponseType};
use signet_core::settings::ScopeMeaning;

use super::Report;
use super::tree::Step;
use super::written::Capabilities;

const SCOPES: &str = "scopes_supported";
const MODES: &str = "response_modes_supported";

/// What is offered, with the keys that are there.
pub(super) fn judge(written: &Capabilities, signing: &[String], report: &mut Report) -> Offer {
    let mut offer = Offer::default();
    offer.claims_parameter = written.claims_parameter_supported;
    for (list, values) in OFFERED.iter().filter_map(|list| Some((list, written.lists.get(list.name)?))) {
        offer.only(list.name, judge_list(list, values, report));
    }
    if written.lists.contains_key(MODES) {
        modes(&offer, report);
    }
    if let Some(usual) = signing.first()
        && !offer.has("id_token_signing_alg_values_supported", usual)
    {
        let at = [Step::Key("capabilities"), Step::Key("id_token_signing_alg_values_supported")];
        let advice = format!("add {usual:?}, or begin `keys.signing` with one of these");
        report.error(
            &at,
            format!("ID tokens are signed with {usual} unless a client asks for another algorithm"),
            advice,
        );
    }
    offer
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §2.1: each response type that can be asked for has a
/// mode for requests that name none.
fn modes(offer: &Offer, report: &mut Report) {
    let is_asked_for = |offered: &&ResponseType| {
        offer.has("response_types_supported", offered.name)
            && offered.grant_types().all(|grant| offer.has("grant_types_supported", grant))
    };
    let asked_for: Vec<&ResponseType> = RESPONSE_TYPES.iter().filter(is_asked_for).collect();
    for due in ["query", "fragment"].into_iter().filter(|due| !offer.has(MODES, due)) {
        let having = asked_for.iter().filter(|offered| offered.default_mode() == due);
        let having: Vec<&str> = having.map(|offered| offered.name).collect();
        if !having.is_empty() {
            let at = [Step::Key("capabilities"), Step::Key(MODES)];
            let what = format!("requests for {} without response_mode use {due}", having.join(", "));
            let advice = format!("add {due:?}, or take these out of `response_types_supported`");
            report.error(&at, what, advice);
        }
    }
}

/// Which of the offered scopes the metadata lists.
pub(super) fn shown(written: &Capabilities, scopes: &BTreeMap<String, ScopeMeaning>, report: &mut Report) {
    for (index, scope) in written.lists.get(SCOPES).into_iter().flatten().enumerate() {
        if !scopes.contains_key(scope) {
            let at = [Step::Key("capabilities"), Step::Key(SCOPES), Step::Index(index)];
            let advice = "leave it out, or say in `scopes` what it means";
            report.warn(&at, format!("the scope {scope:?} is not offered, and so not shown"), advice);
        }
    }
}

fn judge_list(list: &Offered, values: &[String], report: &mut Report) -> Vec<String> {
    let at = [Step::Key("capabilities"), Step::Key(list.name)];
    if values.is_empty() {
        report.error(&at, "nothing would be offered", "leave the list out to offer everything");
    }
    let known = (list.values)();
    let mut offered = Vec::new();
    for (index, value) in values.iter().enumerate() {
        // The words of a response type come in any order.
        let name = match list.name {
            "response_types_supported" => {
                ResponseType::find(value).map_or(value.as_str(), |found| found.name)
            }
            _ => value,
        };
        let [capabilities, key] = at;
        let at = [capabilities, key, Step::Index(index)];
        if known.is_empty() || known.contains(&name) {
            offered.push(name.to_owned());
        } else if nearest(name, known.iter().copied()).is_some() {
            report.error(&at, format!("{name:?} is not known here"), one_of(name, &known));
        } else {
            let what = format!("{name:?} is not in this version, and is not offered");
            report.warn(&at, what, format!("leave it out; there is {}", known.join(", ")));
        }
    }
    offered
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, Format, Loaded, Problem, Source};

    fn load(text: &str) -> Result<Loaded, Vec<Problem>> {
        let text = format!("issuer = 'https://op.example'\n{text}");
        let source = Source { text: &text, format: Format::Toml, base: Path::new("base"), file: None };
        Config::load_text(source, &crate::run::tests::without_proxy(&text))
    }

    fn refused(text: &str) -> String {
        crate::config::tests::errors(text).join("\n")
    }

    #[test]
    fn a_list_is_read_and_what_is_not_built_is_told() {
        let loaded = load(
            "[capabilities]\nscopes_supported = ['openid', 'random']\nresponse_types_supported = ['code', 'token id_token']\nclaims_parameter_supported = false\n\
             grant_types_supported = ['authorization_code', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer']",
        )
        .unwrap();
        let offer = &loaded.settings.offer;
        let types = |name| offer.has("response_types_supported", name);
        assert!(types("code") && types("id_token token") && !types("id_token"));
        assert!(!offer.claims_parameter && !offer.has("grant_types_supported", "refresh_token"));
        let warned: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warned.len(), 2, "{warned:#?}");
        assert!(warned[0].contains("the scope \"random\" is not offered"), "{warned:#?}");
        assert!(warned[1].contains("jwt-bearer\" is not in this version"), "{warned:#?}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        const CLIENT: &str = "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\n";
        for (text, what) in [
            ("response_types_supported = ['cod']", "did you mean \"code\"?"),
            ("response_types_supported = []", "nothing would be offered"),
            ("response_modes_supported = ['query', 'form_post']", "without response_mode use fragment"),
            ("response_modes_supported = ['fragment']", "without response_mode use query"),
            (
                "id_token_signing_alg_values_supported = ['ES256']\n[keys]\nsigning = ['RS256']",
                "signed with RS256 unless a client asks for another",
            ),
            (
                "token_endpoint_auth_methods_supported = ['private_key_jwt']",
                "client_secret_basic is not offered here; add it to `capabilities.",
            ),
        ] {
            let text = format!("[capabilities]\n{text}\n{CLIENT}");
            assert!(refused(&text).contains(what), "{text}: {}", refused(&text));
        }
        // A provider of codes alone has no use for the other.
        for more in ["response_types_supported = ['code']", "grant_types_supported = ['authorization_code']"]
        {
            let text = format!("[capabilities]\nresponse_modes_supported = ['query']\n{more}");
            assert_eq!(refused(&text), "", "{text}");
        }
        let own = format!(
            "{CLIENT}response_types = ['code', 'none']\n[capabilities]\nresponse_types_supported = ['code']"
        );
        assert!(
            refused(&own).contains(
                "`clients[0].response_types[1]`: none is not offered here; add it to `capabilities."
            ),
            "{}",
            refused(&own)
        );
    }
}
