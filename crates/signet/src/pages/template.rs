use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Object, from_args};
use minijinja::{AutoEscape, Environment, ErrorKind, State, UndefinedBehavior, Value, escape_formatter};

use super::account::{self, ACCOUNT};
use super::language::Locale;
use super::login::template_of;
use super::problem::Error;
use super::{Further, TEMPLATES, Text};
use crate::place::{self, LONGEST};

/// What pages have in common.
const PARTS: &[(&str, &str)] = &[
    ("layout.html", include_str!("../../templates/layout.html")),
    ("who.html", include_str!("../../templates/who.html")),
    ("unchecked.html", include_str!("../../templates/unchecked.html")),
    ("footer.html", include_str!("../../templates/footer.html")),
];

/// Shown if even a built-in template fails, which the tests rule out: a plain page is better than a blank
/// one.
const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Error</title>\
<main data-error=\"server_error\"><h1>This page could not be shown</h1><p>Go back and try again.</p></main></html>\n";

pub(super) struct Templates {
    embedded: Environment<'static>,
    custom: Option<Custom>,
}

struct Custom {
    environment: Environment<'static>,
    folder: String,
    files: BTreeSet<String>,
}

impl Templates {
    pub(super) fn load(
        template_dir: Option<&Path>,
        methods: &[(&'static str, &'static str)],
        further: &Further,
    ) -> Result<Self, Error> {
        let mut embedded = environment()?;
        for (name, source) in PARTS.iter().chain(TEMPLATES).chain(further.templates) {
            embedded.add_template(name, source).map_err(|e| explain(&e, name, None))?;
        }
        for page in ACCOUNT {
            let (name, source) = (account::template_of(*page), page.template());
            embedded.add_template_owned(name.clone(), source).map_err(|e| explain(&e, &name, None))?;
        }
        for (method, source) in methods {
            let name = template_of(method);
            embedded.add_template_owned(name.clone(), *source).map_err(|e| explain(&e, &name, None))?;
        }
        let custom = template_dir.map(|folder| Custom::load(folder, embedded.clone())).transpose()?;
        Ok(Self { embedded, custom })
    }

    /// The page, and why the operator's template was passed over, if it was.
    pub(super) fn render(&self, template: &str, context: Value) -> (String, Option<Error>) {
        let problem = match self.custom.as_ref().map(|custom| custom.render(template, context.clone())) {
            Some(Ok(html)) => return (html, None),
            Some(Err(problem)) => Some(problem),
            None => None,
        };
        match render(&self.embedded, template, context) {
            Ok(html) => (html, problem),
            Err(e) => (LAST_RESORT.to_owned(), problem.or_else(|| Some(explain(&e, template, None)))),
        }
    }
}

impl Custom {
    fn load(folder: &Path, mut environment: Environment<'static>) -> Result<Self, Error> {
        let mut files = BTreeSet::new();
        let entries = std::fs::read_dir(folder).map_err(|e| Error::unreadable(folder, &e))?;
        for entry in entries {
            let path = entry.map_err(|e| Error::unreadable(folder, &e))?.path();
            if path.extension().is_some_and(|extension| extension == "html") {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                check_name(name, &path)?;
                files.insert(name.to_owned());
            }
        }
        // Makes an error say which name is undefined.
        environment.set_debug(true);
        let custom_folder = folder.display().to_string();
        for name in &files {
            let path = folder.join(name);
            let source = place::text(&path, LONGEST).map_err(|e| Error::unreadable(&path, &e))?;
            environment
                .add_template_owned(name.clone(), source)
                .map_err(|e| explain(&e, name, Some((&custom_folder, &files))))?;
        }
        Ok(Self { environment, folder: custom_folder, files })
    }

    fn render(&self, template: &str, context: Value) -> Result<String, Error> {
        render(&self.environment, template, context)
            .map_err(|e| explain(&e, template, Some((&self.folder, &self.files))))
    }
}

fn built_in() -> impl Iterator<Item = Cow<'static, str>> {
    let of_account = ACCOUNT.iter().map(|page| account::template_of(*page).into());
    PARTS.iter().chain(TEMPLATES).map(|(name, _)| (*name).into()).chain(of_account)
}

/// A misspelt name would silently change nothing.
fn check_name(name: &str, path: &Path) -> Result<(), Error> {
    if name.starts_with('_') || built_in().any(|known| known == name) {
        return Ok(());
    }
    let known: Vec<_> = built_in().collect();
    let reason = format!(
        "no template has this name; there are {}, and the name of a file that only your own templates include starts with _",
        known.join(", ")
    );
    Err(Error::new(path.display().to_string(), None, reason))
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|e| explain(&e, "layout.html", None))?);
    // A misspelt variable is an error, not an empty spot on a page.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("strong", |of: &Value| {
        let text = text_of(of).ok_or_else(|| invalid(format!("strong: {} is no text", of.kind())))?;
        Ok::<_, minijinja::Error>(Value::from_safe_string(format!("<strong>{}</strong>", escape(text))))
    });
    environment.add_filter("spoken", spoken);
    environment.set_formatter(|out, state, value| match text_of(value) {
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => {
            Ok(out.write_str(&escape(text))?)
        }
        _ => escape_formatter(out, state, value),
    });
    Ok(environment)
}

/// A [`Text`], marked with its language where that is not the page's.
fn spoken(of: &Value) -> Result<Value, minijinja::Error> {
    let text = text_of(of).ok_or_else(|| invalid(format!("spoken: {} is no text", of.kind())))?;
    let lang = of.downcast_object_ref::<Text>().and_then(|text| text.lang.as_deref());
    let text = escape(text);
    Ok(Value::from_safe_string(match lang {
        Some(lang) => format!("<span lang=\"{}\">{text}</span>", escape(lang)),
        None => text,
    }))
}

/// A text, or a [`Text`].
fn text_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.downcast_object_ref::<Text>().map(|text| text.text.as_str()))
}

/// Escapes what ends text or a quoted attribute. Slashes stay, unlike with the engine's own, so that
/// addresses can be read in the source.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn render(environment: &Environment<'_>, template: &str, context: Value) -> Result<String, minijinja::Error> {
    environment.get_template(template)?.render(context)
}

/// The innermost cause, with the file where it stands: ours by name, an operator's by path.
fn explain(error: &minijinja::Error, template: &str, own: Option<(&str, &BTreeSet<String>)>) -> Error {
    let mut cause = error;
    while let Some(inner) =
        std::error::Error::source(cause).and_then(|e| e.downcast_ref::<minijinja::Error>())
    {
        cause = inner;
    }
    let name = cause.name().unwrap_or(template);
    let file = match own {
        Some((folder, files)) if files.contains(name) => Path::new(folder).join(name).display().to_string(),
        _ => name.to_owned(),
    };
    let reason = match cause.detail() {
        Some(detail) => format!("{}: {detail}", cause.kind()),
        None => cause.kind().to_string(),
    };
    Error::new(file, cause.line(), reason)
}

/// The function `t("key", name=value)` of templates. Beside `client`, texts get `named`: whether the
/// application has a name, or sentences need an article.
pub(super) fn translator(locale: &Locale) -> Value {
    Value::from_object(Translator(locale.clone()))
}

#[derive(Debug)]
struct Translator(Locale);

impl Object for Translator {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, minijinja::Error> {
        let (key, named): (&str, Kwargs) = from_args(args)?;
        let mut values = FluentArgs::new();
        let mut marked_up = Vec::new();
        for name in named.args() {
            let value: Value = named.get(name)?;
            let value = if value.is_safe() {
                // Stands in for the markup while the sentence around it is escaped.
                let place = format!("\u{e000}{}\u{e001}", marked_up.len());
                marked_up.push((place.clone(), value.to_string()));
                FluentValue::from(place)
            } else if let Some(number) = value.as_i64().filter(|_| value.is_number()) {
                FluentValue::from(number)
            } else if value.is_undefined() || value.is_none() {
                return Err(invalid(format!("t(\"{key}\") got no value for {name}")));
            } else {
                FluentValue::from(value.to_string())
            };
            values.set(name.to_owned(), value);
        }
        if named.has("client") {
            let client: Value = named.get("client")?;
            let nameless = client.as_str() == Some(&self.0.word("client-nameless"));
            values.set("named", if nameless { "no" } else { "yes" });
        }
        let text = self.0.say(key, &values).ok_or_else(|| {
            invalid(format!("t(\"{key}\"): there is no such message, or it needs other values than these"))
        })?;
        if marked_up.is_empty() {
            return Ok(Value::from(text));
        }
        let html = marked_up.iter().fold(escape(&text), |html, (place, markup)| html.replace(place, markup));
        Ok(Value::from_safe_string(html))
    }
}

fn invalid(detail: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, detail)
}
