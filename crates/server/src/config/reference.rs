//! What an operator reads about the keys, made from the schema: `config default` and `docs/configuration.md`.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::schema::{aliases, kind_name, kinds, words};
use super::written::Config;

const ENDPOINTS: &str = "endpoint";
/// What is in front of an issuer with https has to be said.
const PROXY: &str = "proxy";

/// A complete file: every key with its meaning, and its default or an example behind a `#`.
pub fn default_file() -> String {
    let schema = Config::schema();
    let mut out = String::from(
        "# Signet configuration.\n#\n# `# text` is an explanation; `#key = value` shows the default of a key, or an example if it has none.\n# \
         Any key can be set in the environment: SIGNET__LIFETIMES__ACCESS_TOKEN=10m.\n# Any secret can be in a file: { file = \
         \"PATH\" }, relative to this file.\n# `signet config check` says what a file means.\n",
    );
    for table in tables(&schema) {
        if !table.name.is_empty() {
            out.push('\n');
            comment(&mut out, &table.about);
            let header = if table.list { format!("[[{}]]", table.name) } else { format!("[{}]", table.name) };
            let mark = if table.name == PROXY { "" } else { "#" };
            let _ = writeln!(out, "{mark}{header}");
        }
        for key in table.keys {
            out.push('\n');
            comment(&mut out, &key.about);
            let mark = match (table.name.as_str(), key.name.as_str()) {
                ("", "issuer") | (PROXY, "trusted") => "",
                _ => "#",
            };
            let _ = writeln!(out, "{mark}{} = {}", key.name, toml(&key.shown()));
        }
    }
    out
}

/// The configuration reference as a page.
pub fn page() -> String {
    let schema = Config::schema();
    let mut out = String::from(INTRODUCTION);
    for table in tables(&schema) {
        if table.name.is_empty() {
            out.push_str("\n## Top level\n");
        } else {
            let brackets = if table.list { ("[[", "]]") } else { ("[", "]") };
            let _ = write!(out, "\n## `{}{}{}`\n\n{}\n", brackets.0, table.name, brackets.1, table.about);
        }
        out.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
        for key in &table.keys {
            let default = match &key.default {
                Some(value) => format!("`{}`", toml(value)),
                None => String::new(),
            };
            let mut about = key.about.replace('\n', " ");
            if !key.aliases.is_empty() {
                let _ = write!(about, " Also written `{}`.", key.aliases.join("`, `"));
            }
            let cells = [format!("`{}`", key.name), key.kind.clone(), default, about];
            let _ = writeln!(out, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    out
}

const INTRODUCTION: &str = r#"# Configuration

This page is generated from the schema (`signet config schema`). `signet config default` prints the same as a commented file to start
from, and `signet config check` explains what a file means.

- A configuration file is TOML or, by its extension, YAML or JSON, with the same keys.
- Environment variables take precedence over the file: `SIGNET__LIFETIMES__ACCESS_TOKEN=10m`, `SIGNET__CLIENTS__0__CLIENT_SECRET=…`. Their
  values are parsed as TOML, or else taken as text; where text is wanted, a number is its text.
- A number that would lose digits, zeros in front or its plus sign is rejected. Put it in quotes if it is text.
- Any secret can be `{ file = "PATH" }`: the content of the file without its last line break and without a byte order mark. White space at the
  end of a secret is part of it, and a warning. All paths are relative to the configuration file.
- Durations are seconds, or text such as `"90s"`, `"10m"`, `"1h 30m"`, `"14d"`.
- Signet does not start if the file has an unknown key or an invalid value. All problems are reported at once, each with its line.
- SIGHUP reloads the file. If it has problems, the current configuration stays in use.
"#;

struct Table {
    name: String,
    list: bool,
    about: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    about: String,
    kind: String,
    default: Option<Json>,
    example: Json,
    aliases: Vec<String>,
}

impl Key {
    fn shown(&self) -> Json {
        self.default.clone().unwrap_or_else(|| self.example.clone())
    }
}

/// The tables of the schema, the top level first.
fn tables(schema: &Json) -> Vec<Table> {
    let mut found = Vec::new();
    table(schema, schema, "", false, "", &mut found);
    found
}

fn table(root: &Json, schema: &Json, name: &str, list: bool, about: &str, found: &mut Vec<Table>) {
    let at = found.len();
    found.push(Table { name: name.to_owned(), list, about: about.to_owned(), keys: Vec::new() });
    let none = Map::new();
    let properties = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
    for (key, property) in properties.iter().filter(|(_, property)| property.get("x-kept").is_none()) {
        let path = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let item = property.get("items").map(|items| resolve(root, items));
        let inner = resolve(root, property);
        let is_table = |schema: &Json| schema.get("properties").is_some() && schema.get("x-kind").is_none();
        if let Some(item) = item.filter(|item| is_table(item)) {
            table(root, item, &path, true, &text(property, item), found);
        } else if is_table(inner) {
            let about = text(property, inner);
            let about = if name == ENDPOINTS { format!("The {key} endpoint. {about}") } else { about };
            table(root, inner, &path, false, &about, found);
        } else if let Some(table) = found.get_mut(at) {
            table.keys.push(describe(key, property, inner));
        }
    }
    // A table that only holds others needs no place of its own.
    found.retain(|table| table.name != name || !table.keys.is_empty());
}

fn describe(name: &str, property: &Json, inner: &Json) -> Key {
    let default = property.get("default").filter(|value| !matches!(value, Json::Null)).cloned();
    let words = words(inner);
    let kind = match inner.get("x-kind").and_then(Json::as_str) {
        Some("secret") => "text, or `{ file = \"…\" }`".to_owned(),
        Some("password") => "text, or `{ file = \"…\" }`, `{ plain = \"…\" }`, `{ hash = \"…\" }`".to_owned(),
        Some("duration") => "length of time".to_owned(),
        Some("words") => "list, or text".to_owned(),
        Some("claims") => "list of names, or a table".to_owned(),
        _ if !words.is_empty() => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        _ => kinds(inner).iter().filter_map(|kind| kind_name(kind)).collect::<Vec<_>>().join(" or "),
    };
    let fallback = match kinds(inner).first() {
        Some(&"boolean") => Json::Bool(false),
        Some(&"integer") => Json::from(0),
        Some(&"array") => Json::Array(Vec::new()),
        Some(&"object") => Json::Object(Map::new()),
        _ => Json::String(String::new()),
    };
    let empty = |value: &Json| match value {
        Json::Array(list) => list.is_empty(),
        Json::Object(table) => table.is_empty(),
        Json::String(text) => text.is_empty(),
        _ => false,
    };
    let example = property.get("examples").and_then(|list| list.get(0)).cloned();
    // An empty default teaches nothing where there is an example.
    let default = default.filter(|value| !(empty(value) && (example.is_some() || value.is_string())));
    Key {
        name: name.to_owned(),
        about: text(property, inner),
        kind,
        default,
        example: example.unwrap_or(fallback),
        aliases: aliases(property).map(str::to_owned).collect(),
    }
}

fn text(property: &Json, inner: &Json) -> String {
    let own = |schema: &Json| schema.get("description").and_then(Json::as_str).map(str::to_owned);
    own(property).or_else(|| own(inner)).unwrap_or_default()
}

fn resolve<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let branches = schema.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    let schema = branches.clone().find(|branch| branch.get("$ref").is_some()).unwrap_or(schema);
    let target = schema.get("$ref").and_then(Json::as_str).and_then(|at| at.strip_prefix('#'));
    target.and_then(|at| root.pointer(at)).unwrap_or(schema)
}

fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() > 110 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

/// A value on one line.
fn toml(value: &Json) -> String {
    let bare =
        |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Json::Object(table) if table.is_empty() => "{}".to_owned(),
        Json::Object(table) => {
            let key =
                |key: &String| if bare(key) { key.clone() } else { Json::from(key.as_str()).to_string() };
            let pairs: Vec<String> = table.iter().map(|(k, v)| format!("{} = {}", key(k), toml(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::config::{Format, Source, check};

    fn uncommented() -> String {
        let setting = |line: &str| {
            let rest = line
                .strip_prefix('#')
                .filter(|rest| rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()));
            rest.unwrap_or(line).to_owned()
        };
        default_file().lines().map(setting).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_default_file_loads_and_changes_nothing() {
        let load = |text: &str| {
            let source = Source { text, format: Format::Toml, base: Path::new(""), file: None };
            format!("{:?}", Config::load_text(source, &BTreeMap::new()).unwrap())
        };
        assert_eq!(
            load(&default_file()),
            load("issuer = 'https://login.example.org'\nproxy.trusted = ['127.0.0.1', '::1']")
        );
    }

    #[test]
    fn every_line_of_the_default_file_is_a_known_key_with_a_fit_value() {
        let mut problems = Vec::new();
        // Secrets from files are for other tests.
        let text = uncommented()
            .replace("{ file = \"web.secret\" }", "\"text\"")
            .replace("{ file = \"web.old.secret\" }", "\"text\"");
        let mut tree = Format::Toml.read(&text, &mut problems);
        check::check(&mut tree, &Config::schema(), Path::new(""), &mut problems);
        assert!(problems.is_empty(), "{problems:#?}\n{text}");
        let read: Config = serde_json::from_value(tree.to_json()).unwrap();
        let default = Config::default();
        let json = |value: &Config, table: &str| serde_json::to_value(value).unwrap()[table].clone();
        for table in ["lifetimes", "add_on", "login", "sign_up", "cors", "log", "server"] {
            assert_eq!(json(&read, table), json(&default, table), "{table}");
        }
    }

    #[test]
    fn every_key_is_explained() {
        for table in tables(&Config::schema()) {
            for key in table.keys {
                assert!(!key.about.is_empty() && !key.kind.is_empty(), "{}.{}", table.name, key.name);
            }
        }
    }

    #[test]
    fn the_page_in_docs_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, page()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == page(),
            "docs/configuration.md is behind: UPDATE_DOCS=1 cargo test -p signet-server docs"
        );
    }
}
