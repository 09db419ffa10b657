mod overridden;

use std::path::Path;

use signet_login::sign_up::Fault;

use super::language::variables_of_source;
use super::*;

fn english(pages: &Pages) -> Locale {
    pages.negotiate(None, None)
}

/// The page with the hashes of the static files taken out, so that a new colour does not change every
/// snapshot.
fn stable(pages: &Pages, html: &str) -> String {
    pages
        .assets()
        .iter()
        .fold(html.to_owned(), |html, asset| html.replace(asset.etag.trim_matches('"'), "HASH"))
}

#[test]
fn each_page_in_each_state_looks_as_agreed() {
    let pages = Pages::new(None).unwrap();
    for (name, page) in pages.previews(&english(&pages)) {
        assert_eq!(page.problem, None, "{name}");
        insta::assert_snapshot!(name, stable(&pages, &page.html));
    }
}

#[test]
fn speaks_four_languages() {
    let pages = Pages::new(None).unwrap();
    assert_eq!(pages.languages().collect::<Vec<_>>(), ["de", "en", "fr", "nl"]);
    for tag in ["de", "fr", "nl"] {
        let locale = pages.negotiate(Some(tag), None);
        for (name, page) in pages.previews(&locale) {
            assert_eq!(page.problem, None, "{tag} {name}");
            assert_eq!(page.lang, tag);
            assert!(page.html.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")), "{tag} {name}");
            if LOOKED_AT.contains(&name.as_str()) {
                insta::assert_snapshot!(format!("{name}-{tag}"), stable(&pages, &page.html));
            }
        }
    }
}

/// Pages whose snapshots in every language real browsers look at, too.
const LOOKED_AT: [&str; 14] = [
    "login-1",
    "login-2",
    "login-7",
    "login-9",
    "sign_up-1",
    "sign_up-4",
    "sign_up-5",
    "consent-1",
    "consent-2",
    "select_account-1",
    "sign_out_confirm-1",
    "signed_out-1",
    "error-1",
    "form_post-1",
];

#[test]
fn plurals_follow_the_language() {
    let pages = Pages::new(None).unwrap();
    let left = |tag: &str, tries| {
        let notice = Some(Notice::WrongCredentials { tries_left: Some(tries) });
        pages.render(&pages.negotiate(Some(tag), None), &LoginPage { notice, ..LoginPage::sample() }).html
    };
    assert!(left("en", 1).contains("One try is left"));
    assert!(left("en", 2).contains("2 tries are left"));
    assert!(left("de", 1).contains("Noch ein Versuch,"));
    assert!(left("fr", 2).contains("Il reste 2 essais"));
    assert!(left("nl", 1).contains("nog één poging"));
}

#[test]
fn an_application_without_a_name_has_an_article_in_sentences() {
    let pages = Pages::new(None).unwrap();
    for (tag, title, lead, back) in [
        ("en", "Let an unnamed application know", "An unnamed application uses", "Back to the application"),
        ("de", "Darf eine Anwendung ohne Namen wissen", "Eine Anwendung ohne Namen verwendet", "Zurück zur"),
        ("fr", "à une application sans nom", "Une application sans nom utilise", "Retour à l’application"),
        ("nl", "Mag een naamloze applicatie weten", "Een naamloze applicatie gebruikt", "Terug naar de"),
    ] {
        let locale = pages.negotiate(Some(tag), None);
        let mut frame = Frame::sample();
        frame.client.as_mut().unwrap().name = locale.word("client-nameless");
        let consent = pages.render(&locale, &ConsentPage { frame: frame.clone(), ..ConsentPage::sample() });
        assert!(consent.html.contains(title) && consent.html.contains(lead), "{}", consent.html);
        let error = pages.render(&locale, &ErrorPage { frame, ..ErrorPage::sample() });
        assert!(error.html.contains(back), "{}", error.html);
    }
}

#[test]
fn every_language_has_every_message_with_the_same_values() {
    let english = variables_of_source(include_str!("../../locales/en.ftl"));
    assert!(english.len() > 80);
    for (tag, source) in [
        ("de", include_str!("../../locales/de.ftl")),
        ("fr", include_str!("../../locales/fr.ftl")),
        ("nl", include_str!("../../locales/nl.ftl")),
    ] {
        assert_eq!(variables_of_source(source), english, "{tag}");
    }
}

/// In French no line begins with a sign that belongs to the word before it.
#[test]
fn french_signs_stay_with_their_word() {
    let french = include_str!("../../locales/fr.ftl");
    for line in french.lines() {
        for sign in [" ?", " !", " ;", " »", "« ", " : "] {
            assert!(!line.contains(sign), "an ordinary space at {sign:?}: {line}");
        }
        assert!(!line.ends_with(" :"), "an ordinary space before the last sign: {line}");
    }
}

/// Each language speaks to people in one way, and has one word for signing in.
#[test]
fn a_language_keeps_to_its_words() {
    let german = include_str!("../../locales/de.ftl");
    let dutch = include_str!("../../locales/nl.ftl");
    for (source, others) in [(german, &["du", "dein", "deine", "dich"][..]), (dutch, &["u", "uw"])] {
        let mut words = source.split(|c: char| !c.is_alphanumeric() && c != '_');
        assert_eq!(words.find(|word| others.contains(&word.to_lowercase().as_str())), None);
    }
    assert!(!dutch.to_lowercase().contains("aanmeld"));
}

#[test]
fn no_message_is_left_over() {
    let templates: String = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let whys = Why::ALL.map(|why| serde_json::to_value(why).unwrap().as_str().unwrap().to_owned());
    for key in variables_of_source(include_str!("../../locales/en.ftl")).keys() {
        let used = templates.contains(&format!("t(\"{key}\"")) || key.starts_with("language-");
        // By code, and within other messages.
        let said_elsewhere = key.starts_with("client-");
        let composed = [
            "scope-",
            "error-",
            "claim-",
            "time-",
            "consent-known-as-",
            "lives-",
            "unchecked-answer-",
            "unchecked-person-",
        ]
        .iter()
        .any(|part| key.starts_with(part));
        let again = key.strip_prefix("again-").is_some_and(|why| whys.iter().any(|known| known == why));
        assert!(used || composed || again || said_elsewhere, "{key} is on no page");
    }
}

#[test]
fn falls_back_to_english() {
    let pages = Pages::new(None).unwrap();
    assert_eq!(pages.negotiate(Some("tlh"), Some("xx;q=1")).tag(), "en");
    assert_eq!(pages.negotiate(Some("tlh"), Some("de-AT, en;q=0.8")).tag(), "de");
}

#[test]
fn whatever_an_application_is_called_stays_text() {
    let pages = Pages::new(None).unwrap();
    let evil = "<script>alert(1)</script>\"'&\u{e000}0\u{e001}";
    let mut page = ConsentPage::sample();
    page.frame.client.as_mut().unwrap().name = evil.to_owned();
    page.person.name = evil.to_owned();
    let said = |lang| Text::of((evil, lang));
    let value = serde_json::json!([evil, {evil: evil}]);
    let line = Line::of(ClaimName::of(evil, None), &value);
    let source = Line::from_source(ClaimName::of("x", Some(said(None))), evil);
    let (title, purpose) = (Some(said(None)), Some(said(Some(evil))));
    page.sees = vec![Seen { title: title.clone(), purpose: purpose.clone(), claims: vec![line, source] }];
    page.known_as = KnownAs::Username(evil.to_owned());
    page.absent = vec![ClaimName::of(evil, None)];
    let scope = evil.to_owned();
    page.allows = vec![
        Permission {
            scope: scope.clone(),
            title: None,
            purpose: None,
            api: None,
            of: Vec::new(),
            new: false,
        },
        Permission { scope, title, purpose, api: Some(evil.to_owned()), of: Vec::new(), new: false },
    ];
    let html = pages.render(&english(&pages), &page).html;
    assert!(!html.contains("<script"));
    assert!(html.contains("Let &lt;script&gt;alert(1)"));
    assert!(html.contains("<strong>&lt;script&gt;"));

    let mut post = FormPostPage::sample();
    post.parameters = vec![Parameter { name: evil.to_owned(), value: "\"><input name=\"x".to_owned() }];
    let html = pages.render(&english(&pages), &post).html;
    assert!(!html.contains("alert(1)</script>") && !html.contains("<input name=\"x"));
}

#[test]
fn pages_hold_to_a_strict_content_security_policy() {
    let pages = Pages::new(None).unwrap();
    for (name, page) in pages.previews(&english(&pages)) {
        for inline in ["<style", " style=", "javascript:", " onclick=", " onload=", " onsubmit="] {
            assert!(!page.html.contains(inline), "{name} has {inline}");
        }
        assert_eq!(
            page.html.matches("<script").count(),
            page.html.matches("<script src=\"/assets/").count(),
            "{name}"
        );
        assert_eq!(page.html.matches("<h1").count(), 1, "{name}");
        assert!(page.html.matches("autofocus").count() <= 1, "{name}");
    }
}

#[test]
fn each_control_that_others_rely_on_is_there_once() {
    let pages = Pages::new(None).unwrap();
    let previews = pages.previews(&english(&pages));
    for (name, ids) in [
        ("login-1", &["username", "password", "sign-in"][..]),
        ("login-9", &["username", "password", "sign-in", "sign-up"]),
        ("sign_up-1", &["username", "password", "name", "email", "sign-up", "sign-in"]),
        ("consent-1", &["consent-allow", "consent-deny"]),
        ("select_account-1", &["account-continue", "account-continue-2", "account-other"]),
        ("sign_out_confirm-1", &["sign-out-confirm", "stay-signed-in"]),
        ("signed_out-1", &["back-to-application"]),
        ("error-1", &["back-to-application"]),
        ("sign_out_confirm-3", &["sign-out-confirm", "stay-signed-in"]),
        ("form_post-1", &["form-post", "continue"]),
        ("moving_on-1", &["continue"]),
    ] {
        let (_, page) = previews.iter().find(|(preview, _)| preview == name).unwrap();
        for id in ids {
            assert_eq!(page.html.matches(&format!(" id=\"{id}\"")).count(), 1, "{name} {id}");
        }
    }
    let (_, error) = previews.iter().find(|(name, _)| name == "error-1").unwrap();
    assert!(
        error.html.contains("<main data-error=\"invalid_request\" data-rule=\"authorization.redirect_uri\">")
    );
}

#[test]
fn each_fault_of_a_new_account_is_said_at_its_field() {
    let pages = Pages::new(None).unwrap();
    for fault in Fault::ALL {
        let page = SignUpPage { faults: vec![*fault], ..SignUpPage::sample() };
        let html = pages.render(&english(&pages), &page).html;
        assert_eq!(html.matches(" aria-invalid=\"true\"").count(), 1, "{fault:?}");
        assert_eq!(html.matches("<p class=\"fault\"").count(), 1, "{fault:?}");
    }
}

#[test]
fn static_files_are_named_after_their_content() {
    let pages = Pages::new(None).unwrap();
    let html = pages.render(&english(&pages), &FormPostPage::sample()).html;
    for asset in pages.assets() {
        assert!(html.contains(&format!("\"{}\"", asset.path)), "{}", asset.path);
        assert!(asset.path.contains(asset.etag.trim_matches('"')) && !asset.bytes.is_empty());
    }
    let html = pages
        .below("/op/")
        .render(&Pages::new(None).unwrap().negotiate(None, None), &LoginPage::sample())
        .html;
    assert!(html.contains("href=\"/op/assets/signet-"));
}
