//! OpenID Connect Core §5.4, §5.5: rules for which claims are released where.

use signet_core::claims::{At, PointRules, is_protocol};
use signet_core::record::Client;

use super::Report;
use super::tree::Step;
use super::written::{Claims, Release, ReleasePoint};

pub(super) fn judge(written: Release, report: &mut Report) -> At<PointRules> {
    let mut point = |name, by_scope, written: ReleasePoint| {
        let at = |key| [Step::Key("release"), Step::Key(name), Step::Key(key)];
        known(&written.base_claims, &at("base_claims"), report);
        known(&written.always_add_claims, &at("always_add_claims"), report);
        PointRules {
            base_claims: written.base_claims.0,
            always_add_claims: written.always_add_claims.0,
            add_claims_by_scope: written.add_claims_by_scope.unwrap_or(by_scope),
            enable_claims_per_client: written.enable_claims_per_client.unwrap_or(true),
        }
    };
    At {
        userinfo: point("userinfo", true, written.userinfo),
        id_token: point("id_token", false, written.id_token),
        introspection: point("introspection", false, written.introspection),
        access_token: point("access_token", false, written.access_token),
    }
}

/// Where clients have no say in ID tokens, what they say does nothing.
pub(super) fn in_id_tokens(release: &At<PointRules>, clients: &[Client], report: &mut Report) {
    for (index, client) in clients.iter().enumerate() {
        if client.add_claims.by_scope.id_token == Some(true) && !release.id_token.enable_claims_per_client {
            let at = [Step::Key("clients"), Step::Index(index), Step::Key("claims_in_id_token")];
            let what = "`release.id_token.enable_claims_per_client` is false, so the client's ID tokens have no claims by this";
            report.warn(&at, what, "take one of the two out");
        }
    }
}

/// What Signet says itself cannot come from the directory.
fn known(claims: &Claims, at: &[Step<'_>], report: &mut Report) {
    for name in claims.0.0.keys().filter(|name| is_protocol(name)) {
        report.warn(at, format!("{name:?} is Signet's own: no rule adds it"), "leave it out");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;
    use signet_core::claims::Selection;

    use super::super::{Config, Format, Loaded, Problem, Source};
    use super::*;

    fn load(text: &str, format: Format) -> Result<Loaded, Vec<Problem>> {
        let source = Source { text, format, base: Path::new("base"), file: None };
        Config::load_text(source, &crate::run::tests::without_proxy(text))
    }

    fn toml(text: &str) -> Result<Loaded, Vec<Problem>> {
        load(&format!("issuer = 'https://op.example'\n{text}"), Format::Toml)
    }

    fn refused(text: &str) -> String {
        crate::config::tests::errors(text).join("\n")
    }

    fn selection(value: serde_json::Value) -> Selection {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn nothing_written_is_the_standard() {
        assert_eq!(toml("").unwrap().settings.release, At::standard());
        // A table for one key changes nothing else.
        let release = toml("[release.userinfo]\nbase_claims = ['email']").unwrap().settings.release;
        assert!(release.userinfo.add_claims_by_scope && release.userinfo.enable_claims_per_client);
        assert_eq!(release.userinfo.base_claims, Selection::of(["email"]));
    }

    #[test]
    fn oidc_op_s_places_are_read() {
        let theirs = json!({
            "issuer": "https://op.example",
            "endpoint": {
                "userinfo": {"kwargs": {"add_claims_by_scope": false, "enable_claims_per_client": false}},
                "introspection": {"kwargs": {"release": ["username"], "add_claims_by_scope": true}},
            },
            "token_handler_args": {
                "token": {"kwargs": {"add_claims": ["email"], "add_claims_by_scope": true}},
                "id_token": {"kwargs": {"base_claims": {"email": null, "email_verified": null}}},
            },
        });
        let release = load(&theirs.to_string(), Format::Json).unwrap().settings.release;
        assert!(!release.userinfo.add_claims_by_scope && !release.userinfo.enable_claims_per_client);
        assert_eq!(release.introspection.always_add_claims, Selection::of(["username"]));
        assert!(release.introspection.add_claims_by_scope && release.access_token.add_claims_by_scope);
        assert_eq!(release.access_token.always_add_claims, Selection::of(["email"]));
        assert_eq!(release.id_token.base_claims, Selection::of(["email", "email_verified"]));
        assert!(!release.id_token.add_claims_by_scope);
        // Flat, as the manual's text has it.
        let flat = "[id_token]\nbase_claims = ['email']\n[introspection]\nadd_claims_by_scope = true";
        let release = toml(flat).unwrap().settings.release;
        assert_eq!(release.id_token.base_claims, Selection::of(["email"]));
        assert!(release.introspection.add_claims_by_scope);
    }

    #[test]
    fn a_client_has_its_own_scopes_and_claims() {
        let loaded = load(
            &json!({
                "issuer": "https://op.example",
                "clients": [{
                    "client_id": "a", "grant_types": [], "client_secret": "0123456789abcdef",
                    "scopes_to_claims": {"openid": [], "staff": ["department"]},
                    "add_claims": {
                        "always": {"userinfo": ["email"], "id_token": {"email": null},
                            "introspection": {"email": {"value": "a@a.com"}}},
                        "by_scope": {"id_token": true, "userinfo": false},
                    },
                }],
            })
            .to_string(),
            Format::Json,
        )
        .unwrap();
        let client = &loaded.clients[0];
        assert_eq!(client.scopes_to_claims.as_ref().unwrap()["staff"], ["department"]);
        assert!(!loaded.settings.scopes.contains_key("staff"), "it is nobody else's");
        let signet_core::claims::AddClaims { always, by_scope } = &client.add_claims;
        assert_eq!(
            (&always.userinfo, &always.id_token),
            (&Selection::of(["email"]), &Selection::of(["email"]))
        );
        assert_eq!(always.introspection, selection(json!({"email": {"value": "a@a.com"}})));
        assert!(always.access_token.is_empty());
        assert_eq!(
            (by_scope.id_token, by_scope.userinfo, by_scope.introspection),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, what) in [
            ("[release.userinfo]\nbase_claims = 'email'", "this must be a list or a table"),
            ("[release.userinfo]\nbase_claims = [1]", "this must be text"),
            ("[release.userinfo]\nbase_claims = { email = true }", "this must be a table"),
            ("[release.userinfo]\nbase_claims = { email = { wanted = true } }", "this key is not known"),
            ("[release.userinfo]\nbase_claims = { email = { values = 'x' } }", "this must be a list"),
            ("[release.tokens]\nbase_claims = []", "this key is not known"),
            ("[release.id_token]\nbase_claims = []\n[id_token]\nbase_claims = []", "this is written as"),
        ] {
            assert!(refused(text).contains(what), "{text}: {}", refused(text));
        }
        let warnings = toml("[release.access_token]\nbase_claims = ['sub', 'name']").unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].to_string().contains("Signet's own"), "{warnings:?}");
    }

    #[test]
    fn an_empty_list_of_languages_is_doubtful() {
        let warnings = toml("capabilities.ui_locales_supported = []").unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].to_string().contains("the list is empty"), "{warnings:?}");
    }

    #[test]
    fn a_scope_releases_nothing_that_signet_says_itself() {
        let client = "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\n";
        for (text, at) in [
            ("[scopes.read]\nclaims = ['team', 'exp']".to_owned(), "`scopes.read.claims[1]`"),
            ("[scopes.read]\nclaims = ['sub']".to_owned(), "`scopes.read.claims[0]`"),
            ("[scopes_to_claims]\nread = ['acr', 'team']".to_owned(), "`scopes_to_claims.read[0]`"),
            (
                format!("{client}scopes_to_claims = {{ openid = ['sub'], read = ['aud'] }}"),
                "`clients[0].scopes_to_claims.read`",
            ),
        ] {
            let warnings = toml(&text).unwrap().warnings;
            let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
            let own = "is Signet's own: no scope releases it";
            assert!(said.len() == 1 && said[0].contains(at) && said[0].contains(own), "{text}: {said:?}");
        }
        let theirs = "[scopes_to_claims]\nopenid = ['sub']\nread = ['team']";
        assert!(toml(theirs).unwrap().warnings.is_empty());
    }
}
