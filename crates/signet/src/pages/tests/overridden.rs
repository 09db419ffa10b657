//! Templates, texts and static files of an operator.

use std::path::{Path, PathBuf};

use super::*;

/// A folder of overrides that goes away with the test.
struct Overrides(PathBuf);

impl Overrides {
    fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("signet-pages-{test}-{}", std::process::id()));
        for (name, content) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn error(&self) -> String {
        let error = Pages::new(Some(self.path())).unwrap_err().to_string();
        error.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Overrides {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_operator_may_override_a_template_a_text_and_the_theme() {
    let folder = Overrides::new(
        "override",
        &[
            (
                "signed_out.html",
                "{% extends \"layout.html\" %}{% block content %}<h1>{{ t(\"bye\") }}</h1>{% include \"_ad.html\" %}{% endblock %}",
            ),
            ("_ad.html", "<p>{{ frame.operator.name }} & friends</p>"),
            ("locales/en.ftl", "login-title = Hello\nbye = Bye\n"),
            (
                "locales/de-CH.ftl",
                "language-name = Schwiizerdütsch\nlanguage-direction = ltr\nlogin-submit = Iilogge\n",
            ),
            ("locales/ar.ftl", "language-name = العربية\nlanguage-direction = rtl\n"),
            ("assets/theme.css", ":root{--seal:#123456}"),
        ],
    );
    let pages = Pages::new(Some(folder.path())).unwrap();
    let html = pages.render(&english(&pages), &SignedOutPage::sample()).html;
    assert!(html.contains("<h1>Bye</h1>") && html.contains("id.example.org & friends"));
    assert!(html.contains("/assets/theme-"));
    let html = pages.render(&english(&pages), &LoginPage::sample()).html;
    assert!(html.contains("<h1>Hello</h1>") && html.contains("Password"));

    let swiss = pages.render(&pages.negotiate(Some("de-CH"), None), &LoginPage::sample()).html;
    assert!(swiss.contains("Iilogge") && swiss.contains("Passwort") && swiss.contains("lang=\"de-CH\""));
    let arabic = pages.render(&pages.negotiate(None, Some("ar-EG")), &LoginPage::sample()).html;
    assert!(arabic.contains("<html lang=\"ar\" dir=\"rtl\">") && arabic.contains("Password"));
    let links = pages.language_links(&english(&pages), |tag| format!("?ui_locales={tag}"));
    assert_eq!(
        links.iter().map(|link| link.tag.as_str()).collect::<Vec<_>>(),
        ["ar", "de", "de-CH", "fr", "nl"]
    );
}

#[test]
fn a_broken_override_is_named_at_start() {
    for (test, file, content, expected) in [
        ("syntax", "login.html", "<h1>\n{% if %}", "login.html:2: syntax error: "),
        (
            "variable",
            "error.html",
            "<p>\n\n{{ referense }}",
            "error.html:3: undefined value: `referense` is undefined",
        ),
        ("message", "login.html", "{{ t(\"no-such\") }}", "login.html:1: invalid operation: t(\"no-such\")"),
        (
            "layout",
            "layout.html",
            "\n{% block content %}{{ nobody }}{% endblock %}\n{{ frame.clientele.name }}",
            "layout.html:3: undefined value",
        ),
        ("include", "login.html", "{% include \"_x.html\" %}", "login.html:1: template not found: "),
        (
            "csrf",
            "login.html",
            "<form><input name=username></form>",
            "login.html: its form needs a hidden field csrf",
        ),
        (
            "typed",
            "consent.html",
            &include_str!("../../../templates/consent.html").replace(" id=\"typed\"", ""),
            "consent.html: its language buttons are of the form typed: give the form id=\"typed\"",
        ),
        ("name", "logn.html", "", "logn.html: no template has this name; there are layout.html, "),
        ("ftl", "locales/de.ftl", "back = Zurück\n\nlogin-title\n", "locales/de.ftl:3: "),
        (
            "ftl-values",
            "locales/de.ftl",
            "back = Zurück\nback-to = Zu { $app }\n",
            "locales/de.ftl:2: `back-to` uses $app, ",
        ),
        (
            "ftl-new",
            "locales/it.ftl",
            "back = Indietro\n",
            "locales/it.ftl: a new language needs `language-name`",
        ),
        (
            "ftl-tag",
            "locales/english.words.ftl",
            "",
            "locales/english.words.ftl: `english.words` is not a language tag",
        ),
        ("asset", "assets/evil.html", "<p>", "assets/evil.html: a static file is "),
    ] {
        let error = Overrides::new(test, &[(file, content)]).error();
        assert!(error.starts_with(expected), "{test}: {error}");
    }
    assert!(Overrides(PathBuf::from("/nonexistent/signet")).error().contains("cannot be read"));
}

/// A template that was copied when these were plain texts still shows them as such.
#[test]
fn a_text_with_a_language_renders_as_its_text() {
    let template = "{{ frame.csrf }}{% for of in allows if of.title %}[{{ of.title }}]\
        [{{ of.title|upper }}][{{ of.title|strong }}][{{ of.title ~ \"!\" }}][{{ of.title|spoken }}]\
        [{{ of.title.lang }}][{{ t(\"signed-in-as\", name=of.title) }}]\
        [{{ of.title|safe }}][{{ \"shown\" if of.purpose }}]{% endfor %}";
    let folder = Overrides::new("texts", &[("consent.html", template)]);
    let pages = Pages::new(Some(folder.path())).unwrap();
    let title = Some(Text::of(("a/b & <i>", Some("de"))));
    let purpose = Some(Text::of(("", None)));
    let permission =
        Permission { scope: "a".to_owned(), title, purpose, api: None, of: Vec::new(), new: false };
    let page = ConsentPage { allows: vec![permission], ..ConsentPage::sample() };
    let rendered = pages.render(&english(&pages), &page);
    assert_eq!(rendered.problem, None);
    let shown = rendered.html.split_once('[').unwrap().1;
    assert_eq!(
        shown,
        "a/b &amp; &lt;i&gt;][A/B &amp; &lt;I&gt;][<strong>a/b &amp; &lt;i&gt;</strong>]\
         [a/b &amp; &lt;i&gt;!][<span lang=\"de\">a/b &amp; &lt;i&gt;</span>][de]\
         [You are signed in as a/b &amp; &lt;i&gt;.][a/b & <i>][]"
    );
}

#[test]
fn an_override_that_fails_later_gives_way_to_the_built_in_page() {
    let template = "{% if person and person.name == \"Zoe\" %}\n{{ person.age }}{% endif %}{{ frame.csrf }}<h1>mine</h1>";
    let folder = Overrides::new("fallback", &[("sign_out_confirm.html", template)]);
    let pages = Pages::new(Some(folder.path())).unwrap();
    let mut page = SignOutConfirmPage::sample();
    assert!(pages.render(&english(&pages), &page).html.ends_with("<h1>mine</h1>"));

    page.person = Some(Person { name: "Zoe".to_owned(), username: None });
    let rendered = pages.render(&english(&pages), &page);
    assert!(rendered.html.contains("id=\"sign-out-confirm\""));
    let problem = rendered.problem.unwrap();
    assert!(problem.file.ends_with("sign_out_confirm.html") && problem.line == Some(2), "{problem}");
}
