//! Authentication contexts and sign-in hints → what they mean, with the names that oidc-op has for them.

use signet_core::login_hint::LoginHints;
use signet_core::near::one_of;
use signet_core::settings::authentication::{Context, unreached};
use signet_login::{METHODS, Method, USUAL};

use super::settings::localised;
use super::tree::Step;
use super::written::{Config, ContextWritten};
use super::{Report, Seconds};

/// oidc-op's classes, and the method here.
const CLASSES: &[(&str, &str)] =
    &[("UserPassJinja2", "password"), ("UserPass", "password"), ("UserPassDjango", "password")];

/// oidc-op's classes that are not here, and what to do about it.
const REFUSED: &[(&str, &str)] = &[
    ("NoAuthn", "it signs everybody in as the same user; tests can sign a user in by password"),
    ("none", "it signs everybody in as the same user; tests can sign a user in by password"),
    ("BasicAuthn", "the browser would keep the password; use \"password\""),
    ("SymKeyAuthn", "use \"password\""),
];

/// What oidc-op's password page takes from its arguments, and templates say here.
pub(super) const OF_THE_PAGE: &[&str] = &[
    "template",
    "verify_endpoint",
    "page_header",
    "user_label",
    "passwd_label",
    "submit_btn",
    "tos_uri",
    "tos_label",
    "logo_uri",
    "logo_label",
    "policy_uri",
    "policy_label",
];

/// The contexts in order, weakest first; without any, a password.
pub(super) fn contexts(config: &Config, report: &mut Report) -> Vec<Context> {
    let named = &config.capabilities.acr_values_supported;
    let at = [Step::Key("capabilities"), Step::Key("acr_values_supported")];
    let written = &config.authentication.0;
    if written.is_empty() {
        let mut password = Context::password();
        match named.as_slice() {
            [] => {}
            [acr] => password.acr.clone_from(acr),
            _ => {
                let what = "nothing says which sign-in reaches which of these";
                report.error(&at, what, "write each into `authentication`, weakest first, instead");
            }
        }
        return vec![password];
    }
    for acr in named.iter().filter(|acr| !written.iter().any(|(_, context)| context.acr == **acr)) {
        let what = format!("nobody can reach {acr:?}: `authentication` does not have it");
        report.error(&at, what, "leave this out; discovery is made from `authentication`");
    }
    let contexts: Vec<Context> =
        written.iter().map(|(name, written)| context(name, written, report)).collect();
    // oidc-op takes such a file.
    let theirs = report.theirs;
    let unreached = unreached(&contexts).into_iter();
    let unreached = unreached.map(|fault| if theirs { fault.warning() } else { fault });
    report.found(&[Step::Key("authentication")], unreached);
    contexts
}

fn context(name: &str, written: &ContextWritten, report: &mut Report) -> Context {
    let at = |key| [Step::Key("authentication"), Step::Key(name), Step::Key(key)];
    let mut amr: Vec<String> = Vec::new();
    let mut add = |method: &dyn Method| {
        for value in method.amr() {
            if !amr.iter().any(|done| done == value) {
                amr.push((*value).to_owned());
            }
        }
    };
    for (index, method) in written.methods.iter().enumerate() {
        let [authentication, context, methods] = at("methods");
        let at = [authentication, context, methods, Step::Index(index)];
        find(method, &at, report).into_iter().for_each(&mut add);
    }
    if let Some(class) = &written.class {
        find(class, &at("class"), report).into_iter().for_each(&mut add);
    } else if written.methods.is_empty() {
        add(USUAL);
    }
    let lifetime = written.lifetime.or(kwargs(name, written, report));
    let context = Context {
        name: name.to_owned(),
        acr: written.acr.clone(),
        amr,
        fresh: written.fresh,
        lifetime: lifetime.map(|lifetime| lifetime.0),
        label: localised(
            "label",
            written.label.as_deref().filter(|label| !label.is_empty()),
            &written.languages,
        ),
    };
    report.found(&[Step::Key("authentication"), Step::Key(name)], context.faults());
    context
}

/// By its name here or by oidc-op's class, whatever package that is in.
fn find(written: &str, at: &[Step<'_>], report: &mut Report) -> Option<&'static dyn Method> {
    let class = written.rsplit(['.', ':']).next().unwrap_or(written);
    let name = CLASSES.iter().find(|(known, _)| *known == class).map_or(written, |(_, name)| name);
    let found = signet_login::find(name);
    if found.is_none() {
        let known: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
        let refused = REFUSED.iter().find(|(known, _)| *known == class);
        let advice = refused.map_or_else(|| one_of(written, &known), |(_, why)| (*why).to_owned());
        report.error(at, format!("users cannot sign in by {written:?} here"), advice);
    }
    found
}

/// oidc-op's arguments: a lifetime, and what belongs elsewhere here.
fn kwargs(name: &str, written: &ContextWritten, report: &mut Report) -> Option<Seconds> {
    let mut lifetime = None;
    for (key, value) in &written.kwargs {
        let at = [Step::Key("authentication"), Step::Key(name), Step::Key("kwargs"), Step::Key(key)];
        match key.as_str() {
            "expires_in" => match serde_json::from_value::<Seconds>(value.clone()) {
                Ok(seconds) => lifetime = Some(seconds),
                Err(_) => report.error(&at, "this is not a length of time", "write seconds, or \"1h\""),
            },
            "db" => {
                let what = "passwords are not read from here";
                report.warn(&at, what, "import the users with `signet user import`; then leave this out");
            }
            key if OF_THE_PAGE.contains(&key) => {
                let what = "the sign-in page does not take this from here";
                report.warn(&at, what, "leave it out; a template in `template_dir` changes the page");
            }
            _ => report.error(&at, "this key is not known", "known here: expires_in"),
        }
    }
    lifetime
}

/// What is made of `login_hint`.
pub(super) fn login_hints(config: &Config, contexts: &[Context], report: &mut Report) -> LoginHints {
    let (acrs, lookup) = (&config.login_hint2acrs, &config.login_hint_lookup);
    for (table, class, own) in [
        ("login_hint2acrs", &acrs.class, "LoginHint2Acrs"),
        ("login_hint_lookup", &lookup.class, "LoginHintLookup"),
    ] {
        if let Some(class) = class.as_ref().filter(|class| class.rsplit(['.', ':']).next() != Some(own)) {
            let at = [Step::Key(table), Step::Key("class")];
            report.error(&at, format!("{class:?} is not here"), "leave it out: there is only one way");
        }
    }
    for (scheme, wanted) in &acrs.kwargs.scheme_map {
        let at = ["login_hint2acrs", "kwargs", "scheme_map", scheme].map(Step::Key);
        for acr in wanted.iter().filter(|acr| !contexts.iter().any(|context| context.acr == **acr)) {
            let what = format!("nobody can reach {acr:?}");
            report.error(&at, what, format!("write {}", offered(contexts)));
        }
    }
    let code = lookup.default_country_code.as_deref().unwrap_or("+0");
    let digits = code.strip_prefix('+').unwrap_or_default();
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let at = [Step::Key("login_hint_lookup"), Step::Key("default_country_code")];
        report.error(&at, format!("{code:?} is not a country code"), "write it as in \"+32\"");
    }
    LoginHints {
        acrs: acrs.kwargs.scheme_map.clone(),
        default_country_code: lookup.default_country_code.clone(),
    }
}

/// The values that can be reached, for advice.
fn offered(contexts: &[Context]) -> String {
    contexts.iter().map(|context| format!("{:?}", context.acr)).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use signet_core::localised::Localised;

    use super::*;
    use crate::config::{Format, Loaded, Problem, Source};

    fn load(text: &str, format: Format) -> Result<Loaded, Vec<Problem>> {
        let source = Source { text, format, base: Path::new(""), file: None };
        Config::load_text(source, &crate::run::tests::without_proxy(text))
    }

    fn loaded(text: &str) -> Loaded {
        load(&format!("issuer = 'https://op.example'\n{text}"), Format::Toml).unwrap()
    }

    fn refused(text: &str) -> String {
        crate::config::tests::errors(text).join("\n")
    }

    #[test]
    fn without_any_a_password_is_all() {
        assert_eq!(loaded("").settings.authentication, [Context::password()]);
        let named = loaded("capabilities.acr_values_supported = ['urn:pw']").settings.authentication;
        assert_eq!(named, [Context { acr: "urn:pw".into(), ..Context::password() }]);
        let said = refused("capabilities.acr_values_supported = ['urn:a', 'urn:b']");
        assert!(said.contains("which sign-in reaches which") && said.contains("weakest first"), "{said}");
    }

    #[test]
    fn two_contexts_of_one_acr_are_one_too_many() {
        let twice =
            "[authentication.first]\nacr = 'urn:a'\n[authentication.second]\nacr = 'urn:a'\nfresh = true";
        let said = refused(twice);
        assert!(
            said.contains("`authentication.second.acr`: \"urn:a\" is the acr of \"first\" already"),
            "{said}"
        );
    }

    #[test]
    fn contexts_stay_in_the_order_in_which_they_are_written() {
        let written = [
            (
                Format::Toml,
                "issuer = 'https://op.example'\n[authentication.weak]\nacr = 'urn:z'\n\
                 [authentication.again]\nacr = 'urn:a'\nmethods = ['password']\nfresh = true\nlabel = 'again'\n'label#de' = 'nochmals'\n",
            ),
            (
                Format::Yaml,
                "issuer: https://op.example\nauthentication:\n  weak: {acr: 'urn:z'}\n  \
                 again: {acr: 'urn:a', method: password, fresh: true, label: again, 'label#de': nochmals}\n",
            ),
        ];
        for (format, text) in written {
            let contexts = load(text, format).unwrap().settings.authentication;
            let weak = Context { name: "weak".into(), acr: "urn:z".into(), ..Context::password() };
            let again = Context {
                name: "again".into(),
                acr: "urn:a".into(),
                fresh: true,
                label: Localised::of("label", [("label", "again"), ("label#de", "nochmals")]),
                ..weak.clone()
            };
            assert_eq!(contexts, [weak, again]);
        }
    }

    #[test]
    fn what_oidc_op_says_is_understood() {
        let text = "[authentication.user]\nacr = 'urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword'\n\
                    class = 'oidcop.user_authn.user.UserPassJinja2'\n\
                    [authentication.user.kwargs]\nexpires_in = 1800\nverify_endpoint = 'verify/user'\n\
                    template = 'user_pass.jinja2'\ndb = { class = 'oidc_provider.users.Passwords', kwargs = { filename = 'passwd.json' } }\n\
                    [login_hint2acrs]\nclass = 'oidcop.login_hint.LoginHint2Acrs'\n\
                    kwargs.scheme_map.email = ['urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword']\n\
                    [login_hint_lookup]\nclass = 'oidcop.login_hint.LoginHintLookup'\ndefault_country_code = '+32'\n";
        let loaded = loaded(text);
        let expected = Context { name: "user".into(), lifetime: Some(1800), ..Context::password() };
        assert_eq!(loaded.settings.authentication, std::slice::from_ref(&expected));
        let hints = loaded.settings.login_hints;
        assert_eq!((hints.acrs_of("email:x"), hints.typed("tel:01").as_ref()), (&[expected.acr][..], "+321"));
        let warned: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warned.len(), 3, "{warned:#?}");
        assert!(warned[2].contains("signet user import"), "{warned:#?}");
    }

    #[test]
    fn a_default_of_a_client_that_nobody_can_reach_is_noticed() {
        let client = "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\n\
                      redirect_uris = ['https://a.example/cb']\n";
        let warned = |values: &str| {
            let text = format!("[authentication.x]\nacr = 'urn:x'\n{client}default_acr_values = {values}");
            loaded(&text).warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(warned("['urn:x']"), "");
        let said = warned("['urn:x', 'urn:X']");
        assert!(
            said.contains("`clients[0].default_acr_values[1]`") && said.contains("did you mean \"urn:x\"?"),
            "{said}"
        );
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_a_cure() {
        let context = |more: &str| refused(&format!("[authentication.x]\nacr = 'urn:x'\n{more}"));
        for (more, said) in [
            ("class = 'oidcop.user_authn.user.NoAuthn'", "it signs everybody in as the same user"),
            ("method = 'none'", "it signs everybody in as the same user"),
            ("class = 'oidcop.user_authn.user.SymKeyAuthn'", "use \"password\""),
            ("methods = ['passwort']", "did you mean \"password\"?"),
            ("methods = ['otp']", "write one of password"),
            ("lifetime = 0", "`fresh = true`"),
            ("kwargs.expires_in = 'soon'", "this is not a length of time"),
            ("kwargs.ttl = 3", "known here: expires_in"),
            ("fresh = 'yes'", "write true without quotes"),
        ] {
            let problem = context(more);
            assert!(problem.contains("authentication.x.") && problem.contains(said), "{more}: {problem}");
        }
        assert!(
            refused("[authentication.x]\nfresh = true").contains("`authentication.x.acr`: this is missing")
        );
        assert!(refused("[authentication.x]\nacr = 'two words'").contains("is not an acr value"));
        let other = "capabilities.acr_values_supported = ['urn:y']\n[authentication.x]\nacr = 'urn:x'";
        assert!(refused(other).contains("nobody can reach \"urn:y\""));
        let hint = "[login_hint2acrs.kwargs.scheme_map]\neid = ['urn:y']\n[authentication.x]\nacr = 'urn:x'";
        assert!(refused(hint).contains("write \"urn:x\""), "{}", refused(hint));
        assert!(refused("login_hint_lookup.default_country_code = '46'").contains("write it as in \"+32\""));
        assert!(refused("login_hint_lookup.class = 'my.Lookup'").contains("there is only one way"));
    }
}
