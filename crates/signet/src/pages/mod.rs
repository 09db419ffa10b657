//! The pages people see, rendered on the server: one context struct and one template per page.
//!
//! [`Pages`] holds the templates, the translations and the static files. Each may be overridden from one
//! folder at run time; what an operator broke is named at start, and never shows as a blank page later.

pub(crate) mod account;
pub(crate) mod asset;
mod frame;
mod language;
mod misnamed;
mod negotiate;
mod problem;
mod span;
mod template;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::path::Path;

use minijinja::value::Serde;
use serde::Serialize;

pub use asset::Asset;
pub use frame::{Again, Client, Frame, Href, LanguageLink, Leads, Link, Lives, Operator, Person, Text, Why};
pub use language::Locale;
pub use problem::Error;
pub use span::{Span, Unit};

use account::{ACCOUNT, AccountPage};
use asset::Assets;
use language::Languages;
use template::Templates;

/// A row a page: its file, what it shows, and what else of that file others use. Its template has the name of
/// the file.
macro_rules! pages {
    ($($file:ident: $page:ident $(, $also:ident)*;)+) => {
        $(mod $file; pub use $file::{$page $(, $also)*};)+

        const TEMPLATES: &[(&str, &str)] = &[$((
            concat!(stringify!($file), ".html"),
            include_str!(concat!("../../templates/", stringify!($file), ".html")),
        )),+];

        impl Pages {
            /// Every page in each of its states, named after its template, to look at before an override goes
            /// live.
            pub fn previews(&self, locale: &Locale) -> Vec<(String, Rendered)> {
                let mut previews = Vec::new();
                $(self.preview::<$page>(locale, &mut previews);)+
                ACCOUNT.iter().for_each(|page| self.preview_of_account(locale, *page, &mut previews));
                previews
            }
        }
    };
}

pages! {
    login: LoginPage, Notice;
    sign_up: SignUpPage;
    consent: ConsentPage, ClaimName, Item, KnownAs, Line, OptionalScope, Permission, Seen;
    select_account: SelectAccountPage, Account;
    sign_out_confirm: SignOutConfirmPage;
    signed_out: SignedOutPage;
    stayed: StayedPage;
    error: ErrorPage, ErrorKind;
    form_post: FormPostPage, Parameter;
    moving_on: MovingOnPage;
}

/// What a page shows, and the template that shows it.
pub trait Page: Serialize {
    /// The file name of its template.
    const TEMPLATE: &'static str;

    /// The file name of the template of this very page.
    fn template(&self) -> Cow<'static, str> {
        Self::TEMPLATE.into()
    }

    /// The page as it usually looks, for previews, snapshots and the check of overridden templates.
    fn sample() -> Self
    where
        Self: Sized;

    /// The page in each of its states, the usual one first; overridden templates must render all of them.
    fn variants() -> Vec<Self>
    where
        Self: Sized,
    {
        vec![Self::sample()]
    }
}

/// Pages of an application that look like ours: they extend `layout.html` and may use our texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Further {
    /// Templates by file name.
    pub templates: &'static [(&'static str, &'static str)],
    /// Fluent texts by language tag.
    pub texts: &'static [(&'static str, &'static str)],
}

/// A finished page.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The whole document.
    pub html: String,
    /// Its language, for the `Content-Language` header.
    pub lang: String,
    /// Why an overridden template could not be used this time, for the log; the page is then the built-in
    /// one.
    pub problem: Option<Error>,
}

/// All templates, translations and static files, checked and ready to render.
pub struct Pages {
    templates: Templates,
    languages: Languages,
    assets: Assets,
}

impl Pages {
    /// Loads the built-in pages and whatever `template_dir` overrides: `*.html`, `locales/*.ftl` and
    /// `assets/*`.
    ///
    /// # Errors
    /// The first override that cannot work, with its file, line and reason.
    pub fn new(template_dir: Option<&Path>) -> Result<Self, Error> {
        Self::load(template_dir, &[], &Further::default())
    }

    /// The built-in pages, and an application's own.
    ///
    /// # Errors
    /// The first template or text that cannot be read.
    pub fn with_further(further: &Further) -> Result<Self, Error> {
        Self::load(None, &[], further)
    }

    /// With the pages of further sign-in methods, by the name of the method.
    pub(crate) fn with_methods(
        template_dir: Option<&Path>,
        methods: &[(&'static str, &'static str)],
    ) -> Result<Self, Error> {
        let pages = Self::load(template_dir, methods, &Further::default())?;
        pages.check_methods(methods)?;
        Ok(pages)
    }

    fn load(
        template_dir: Option<&Path>,
        methods: &[(&'static str, &'static str)],
        further: &Further,
    ) -> Result<Self, Error> {
        let pages = Self {
            templates: Templates::load(template_dir, methods, further)?,
            languages: Languages::load(template_dir, further)?,
            assets: Assets::load(template_dir)?,
        };
        if let Some(template_dir) = template_dir {
            pages.check_overrides(template_dir)?;
        }
        Ok(pages)
    }

    /// Places the static files below the path of the issuer, such as `/op`; templates then link to
    /// `/op/assets/…`.
    #[must_use]
    pub fn below(mut self, path: &str) -> Self {
        self.assets.place_below(path.trim_end_matches('/'));
        self
    }

    /// Renders a page; this always yields a page, see [`Rendered::problem`].
    pub fn render<P: Page>(&self, locale: &Locale, page: &P) -> Rendered {
        self.rendered(locale, &page.template(), minijinja::Value::from(Serde(page)))
    }

    /// A page of the account, with what it shows there.
    pub(crate) fn render_of_account(
        &self,
        locale: &Locale,
        frame: &Frame,
        page: &dyn AccountPage,
        shown: minijinja::Value,
    ) -> Rendered {
        let shown = minijinja::context! { frame => Serde(frame), ..shown };
        self.rendered(locale, &account::template_of(page), shown)
    }

    fn rendered(&self, locale: &Locale, template: &str, shown: minijinja::Value) -> Rendered {
        let (html, problem) = self.templates.render(template, self.context(locale, shown));
        Rendered { html, lang: locale.tag().to_owned(), problem }
    }

    /// The best language for a person: `ui_locales` in its order, then `Accept-Language` by weight, then
    /// English.
    pub fn negotiate(&self, ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
        self.languages.negotiate(ui_locales, accept_language)
    }

    /// Whether a person who wants this language gets it, or a wider one.
    pub fn speaks(&self, tag: &str) -> bool {
        let available: Vec<&str> = self.languages().collect();
        negotiate::lookup(&[tag.to_owned()], &available).is_some()
    }

    /// The tags of all languages, for `ui_locales_supported`.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.all().map(Locale::tag)
    }

    /// Links to the same page in every other language; `href` makes the address from a tag.
    pub fn language_links(&self, current: &Locale, href: impl Fn(&str) -> String) -> Vec<LanguageLink> {
        self.languages
            .all()
            .filter(|locale| locale.tag() != current.tag())
            .map(|locale| LanguageLink {
                tag: locale.tag().to_owned(),
                name: locale.name().to_owned(),
                href: href(locale.tag()),
            })
            .collect()
    }

    /// Texts in `template_dir` that no page uses, such as one whose key is misspelt: each with its file and
    /// line, and the key that may be meant.
    pub fn unused_texts(&self) -> &[Error] {
        &self.languages.unused
    }

    /// The static files to serve; each name holds a hash of the content, so they may be cached for ever.
    pub fn assets(&self) -> &[Asset] {
        self.assets.all()
    }

    fn preview<P: Page>(&self, locale: &Locale, previews: &mut Vec<(String, Rendered)>) {
        let name = P::TEMPLATE.trim_end_matches(".html");
        for (number, page) in (1..).zip(P::variants()) {
            previews.push((format!("{name}-{number}"), self.render(locale, &page)));
        }
    }

    fn preview_of_account(
        &self,
        locale: &Locale,
        page: &dyn AccountPage,
        previews: &mut Vec<(String, Rendered)>,
    ) {
        let frame = Frame::sample_without_client();
        for (number, shown) in (1..).zip(page.samples()) {
            let rendered = self.render_of_account(locale, &frame, page, shown);
            previews.push((format!("{}-{number}", page.name()), rendered));
        }
    }

    fn context(&self, locale: &Locale, shown: minijinja::Value) -> minijinja::Value {
        minijinja::context! {
            t => template::translator(locale),
            lang => locale.tag(),
            dir => locale.dir(),
            assets => self.assets.links(),
            ..shown
        }
    }

    /// The page of each method renders in all that people can be told on it, and has what its form must send.
    fn check_methods(&self, methods: &[(&'static str, &'static str)]) -> Result<(), Error> {
        for (method, _) in methods {
            for page in LoginPage::variants() {
                let page = LoginPage { method, ..page };
                let own = self.render(&self.negotiate(None, None), &page);
                if let Some(problem) = own.problem {
                    return Err(problem);
                }
                let sends = |name: &str| own.html.contains(&format!("name=\"{name}\""));
                if !sends("csrf") || !sends("method") {
                    let reason = "its form needs hidden fields csrf and method, or it is refused";
                    return Err(Error::new(login::template_of(method), None, reason));
                }
            }
        }
        Ok(())
    }

    /// Finds a broken override before anybody sees it: one that cannot be rendered, or whose form would be
    /// refused.
    fn check_overrides(&self, template_dir: &Path) -> Result<(), Error> {
        let built_in = Self::new(None)?;
        for locale in self.languages.all() {
            for ((name, own), (_, ours)) in self.previews(locale).into_iter().zip(built_in.previews(locale)) {
                if let Some(problem) = own.problem {
                    return Err(problem);
                }
                if let Some(reason) = lacks(&own.html, &ours.html) {
                    let template = name.split('-').next().unwrap_or_default();
                    let file = template_dir.join(format!("{template}.html")).display().to_string();
                    return Err(Error::new(file, None, reason));
                }
            }
        }
        Ok(())
    }
}

/// What an operator's page lacks although one of its buttons needs it.
fn lacks(own: &str, ours: &str) -> Option<&'static str> {
    if ours.contains(Frame::SAMPLE_CSRF) && !own.contains(Frame::SAMPLE_CSRF) {
        return Some("its form needs a hidden field csrf with the value frame.csrf, or it is refused");
    }
    let has_form = ["\"typed\"", "'typed'", "typed"].iter().any(|id| own.contains(&format!(" id={id}")));
    (own.contains("form=\"typed\"") && !has_form).then_some(
        "its language buttons are of the form typed: give the form id=\"typed\", or they do nothing",
    )
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let languages: Vec<_> = self.languages().collect();
        f.debug_struct("Pages")
            .field("languages", &languages)
            .field("assets", &self.assets.all().len())
            .finish()
    }
}
