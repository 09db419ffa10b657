use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast;
use unic_langid::LanguageIdentifier;

use super::problem::Error;
use super::{Further, misnamed, negotiate};
use crate::place::{self, LONGEST};

const EMBEDDED: &[(&str, &str)] = &[
    ("en", include_str!("../../locales/en.ftl")),
    ("de", include_str!("../../locales/de.ftl")),
    ("fr", include_str!("../../locales/fr.ftl")),
    ("nl", include_str!("../../locales/nl.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

/// One language that pages can be shown in; made by [`Pages::negotiate`](super::Pages::negotiate).
#[derive(Clone)]
pub struct Locale(Arc<Language>);

struct Language {
    tag: String,
    name: String,
    dir: String,
    /// An operator's own texts, then ours, then English: the first that has a message says it.
    bundles: Vec<Arc<Bundle>>,
}

impl Locale {
    /// The language tag (BCP 47), for `lang` attributes and headers.
    pub fn tag(&self) -> &str {
        &self.0.tag
    }

    /// The direction of its script: `ltr` or `rtl`.
    pub fn dir(&self) -> &str {
        &self.0.dir
    }

    /// What its speakers call it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A message that needs no values; empty where no language has it.
    pub(crate) fn word(&self, key: &str) -> String {
        self.say(key, &FluentArgs::new()).unwrap_or_default()
    }

    /// A message with its values filled in, or nothing where no language has it or knows all its values.
    pub(super) fn say(&self, key: &str, values: &FluentArgs<'_>) -> Option<String> {
        say(&self.0.bundles, key, values)
    }
}

impl std::fmt::Debug for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Locale").field(&self.0.tag).finish()
    }
}

pub(super) struct Languages {
    all: Vec<Locale>,
    default: Locale,
    /// Texts of the operator's that no page uses.
    pub(super) unused: Vec<Error>,
}

/// A file of texts of an operator's.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnFile {
    pub(super) tag: String,
    pub(super) text: String,
    pub(super) path: String,
}

impl Languages {
    /// The built-in languages, and those of `template_dir/locales/TAG.ftl`, which add to them or override
    /// them.
    pub(super) fn load(template_dir: Option<&Path>, further: &Further) -> Result<Self, Error> {
        let mut bundles: BTreeMap<String, Vec<Arc<Bundle>>> = BTreeMap::new();
        for (tag, text) in EMBEDDED.iter().chain(further.texts) {
            let bundle = bundle(tag, (*text).to_owned(), &format!("{tag}.ftl"))?;
            bundles.entry((*tag).to_owned()).or_default().push(Arc::new(bundle));
        }
        let variables = EMBEDDED.first().map(|(_, text)| variables_of_source(text)).unwrap_or_default();
        let own_files = own_files(template_dir)?;
        for OwnFile { tag, text, path } in &own_files {
            check_variables(text, path, &variables)?;
            let own = Arc::new(bundle(tag, text.clone(), path)?);
            bundles.entry(tag.clone()).or_default().insert(0, own);
        }
        let unused = misnamed::doubts(&own_files, &variables, template_dir);
        let english = bundles.get("en").cloned().unwrap_or_default();
        let mut all = Vec::new();
        for (tag, own) in &bundles {
            let parents =
                tag.split('-').next().filter(|parent| parent != tag).and_then(|parent| bundles.get(parent));
            let chain = own.iter().chain(parents.into_iter().flatten()).chain(&english).cloned().collect();
            all.push(describe(tag, own, chain)?);
        }
        let default = all.iter().find(|locale| locale.tag() == "en").cloned();
        let default = default.ok_or_else(|| Error::new("en.ftl", None, "the default language is missing"))?;
        Ok(Self { all, default, unused })
    }

    pub(super) fn negotiate(&self, ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
        let tags: Vec<&str> = self.all.iter().map(Locale::tag).collect();
        let found = negotiate::lookup(&negotiate::wanted(ui_locales, accept_language), &tags);
        self.all.iter().find(|locale| Some(locale.tag()) == found).unwrap_or(&self.default).clone()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Locale> {
        self.all.iter()
    }
}

fn describe(tag: &str, own: &[Arc<Bundle>], bundles: Vec<Arc<Bundle>>) -> Result<Locale, Error> {
    let own_text = |key: &str| {
        say(own, key, &FluentArgs::new()).ok_or_else(|| {
            Error::new(format!("locales/{tag}.ftl"), None, format!("a new language needs `{key}`"))
        })
    };
    let (name, dir) = (own_text("language-name")?, own_text("language-direction")?);
    if dir != "ltr" && dir != "rtl" {
        let reason = format!("`language-direction` is ltr or rtl, not {dir}");
        return Err(Error::new(format!("locales/{tag}.ftl"), None, reason));
    }
    Ok(Locale(Arc::new(Language { tag: tag.to_owned(), name, dir, bundles })))
}

fn say(bundles: &[Arc<Bundle>], key: &str, values: &FluentArgs<'_>) -> Option<String> {
    bundles.iter().find_map(|bundle| {
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(values), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    })
}

fn own_files(template_dir: Option<&Path>) -> Result<Vec<OwnFile>, Error> {
    let Some(folder) = template_dir.map(|dir| dir.join("locales")) else { return Ok(Vec::new()) };
    if place::folder(&folder).map_err(|e| Error::unreadable(&folder, &e))?.is_none() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|e| Error::unreadable(&folder, &e))? {
        let path = entry.map_err(|e| Error::unreadable(&folder, &e))?.path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            let text = place::text(&path, LONGEST).map_err(|e| Error::unreadable(&path, &e))?;
            let tag = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            files.push(OwnFile { tag: tag.to_owned(), text, path: path.display().to_string() });
        }
    }
    // The order of a folder is chance; which error comes first must not be.
    files.sort();
    Ok(files)
}

fn bundle(tag: &str, text: String, file: &str) -> Result<Bundle, Error> {
    let identifier: LanguageIdentifier =
        tag.parse().map_err(|_| Error::new(file, None, format!("`{tag}` is not a language tag (BCP 47)")))?;
    let resource = FluentResource::try_new(text).map_err(|(resource, errors)| match errors.first() {
        Some(error) => {
            let before = resource.source().get(..error.pos.start).unwrap_or_default();
            Error::new(file, Some(before.matches('\n').count() + 1), error.kind.to_string())
        }
        None => Error::new(file, None, "cannot be parsed"),
    })?;
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // The marks are for plain text; HTML isolates by element, and they would break copying a name.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|errors| {
        let reason = errors.first().map_or_else(|| "cannot be used".to_owned(), ToString::to_string);
        Error::new(file, None, reason)
    })?;
    Ok(bundle)
}

/// A text may leave out a value, but one that names a value nobody gives would never be shown.
fn check_variables(text: &str, file: &str, known: &BTreeMap<String, Vec<String>>) -> Result<(), Error> {
    for (key, used) in variables_of_source(text) {
        let Some(given) = known.get(&key) else { continue };
        if let Some(unknown) = used.iter().find(|name| !given.contains(name)) {
            let reason = format!("`{key}` uses ${unknown}, which pages do not give it");
            return Err(Error::new(file, misnamed::line_of(text, &key), reason));
        }
    }
    Ok(())
}

/// Each message of a file with the values it uses, sorted; those of messages in it are its own.
pub(super) fn variables_of_source(text: &str) -> BTreeMap<String, Vec<String>> {
    let resource = fluent_syntax::parser::parse(text).unwrap_or_else(|(partial, _)| partial);
    let mut messages = BTreeMap::new();
    for entry in &resource.body {
        if let ast::Entry::Message(ast::Message { id, value: Some(pattern), .. }) = entry {
            let mut found = Used::default();
            variables_of_pattern(pattern, &mut found);
            messages.insert(id.name.to_owned(), found);
        }
    }
    let all = |used: &Used| {
        let inner = used.messages.iter().filter_map(|name| messages.get(name));
        let all: BTreeSet<&String> = inner.chain([used]).flat_map(|used| &used.variables).collect();
        all.into_iter().cloned().collect()
    };
    messages.iter().map(|(name, used)| (name.clone(), all(used))).collect()
}

/// What a message uses.
#[derive(Default)]
struct Used {
    variables: BTreeSet<String>,
    messages: Vec<String>,
}

fn variables_of_pattern(pattern: &ast::Pattern<&str>, found: &mut Used) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            variables_of_expression(expression, found);
        }
    }
}

fn variables_of_expression(expression: &ast::Expression<&str>, found: &mut Used) {
    match expression {
        ast::Expression::Inline(inline) => variables_of_inline(inline, found),
        ast::Expression::Select { selector, variants } => {
            variables_of_inline(selector, found);
            for variant in variants {
                variables_of_pattern(&variant.value, found);
            }
        }
    }
}

fn variables_of_inline(inline: &ast::InlineExpression<&str>, found: &mut Used) {
    match inline {
        ast::InlineExpression::VariableReference { id } => drop(found.variables.insert(id.name.to_owned())),
        ast::InlineExpression::MessageReference { id, .. } => found.messages.push(id.name.to_owned()),
        ast::InlineExpression::Placeable { expression } => variables_of_expression(expression, found),
        _ => {}
    }
}
