//! A tree against the schema: every unknown key, wrong kind and wrong word is reported at once and taken out,
//! so that the rest can still be judged.

use std::path::Path;

use serde_json::{Map, Value as Json};

use signet_core::near::nearest;

use super::Secrets;
use super::problem::Problem;
use super::schema::{aliases, by_pattern, example, kind_name, kinds, words};
use super::tree::{Entry, Node, Step, Value, below};
use super::value::Seconds;

mod claims;
mod secrets;

/// Seconds; what is longer has no meaning, and would not fit where times are added.
const CENTURY: u64 = 100 * 366 * 86_400;

/// Checks a whole configuration; secrets from files are read on the way, relative to `base`.
pub(super) fn check(tree: &mut Node, schema: &Json, base: &Path, problems: &mut Vec<Problem>) -> Secrets {
    tree.label(String::new());
    let mut secrets = Secrets::default();
    let mut check = Check { root: schema, base, problems, secrets: &mut secrets };
    check.node(tree, schema);
    check.digits(tree);
    secrets
}

/// Checks the metadata of one client.
pub(super) fn client(node: &mut Node, schema: &Json, base: &Path, problems: &mut Vec<Problem>) {
    if let Some(client) = schema.pointer("/$defs/ClientWritten") {
        let secrets = &mut Secrets::default();
        Check { root: schema, base, problems, secrets }.node(node, client);
    }
}

struct Check<'a> {
    root: &'a Json,
    base: &'a Path,
    problems: &'a mut Vec<Problem>,
    secrets: &'a mut Secrets,
}

impl<'a> Check<'a> {
    /// Whether the value may stay.
    fn node(&mut self, node: &mut Node, schema: &'a Json) -> bool {
        let schema = self.resolve(schema);
        if is_judged(schema) && schema.get("properties").is_none() {
            text_after_all(node, schema);
            return true;
        }
        if node.text() == Some("") && kinds(schema).contains(&"string") && schema.get("x-empty").is_none() {
            // A variable that was not set; taken for absent, it would lift what the key is there to demand.
            return self.report(node, "this is empty", Some("write a value, or leave it out".into()));
        }
        match schema.get("x-kind").and_then(Json::as_str) {
            Some("secret") => return self.secret(node),
            Some("password") => return self.password(node),
            Some("duration") => return self.duration(node),
            // That a claim is wanted without saying more is an empty table.
            Some("claims") => fill_nothing(node),
            Some("person") => claims::as_written(node, None),
            _ => {}
        }
        let words = words(schema);
        if !words.is_empty() {
            return self.word(node, &words);
        }
        if !self.kind(node, schema) {
            return false;
        }
        match &mut node.value {
            Value::Table(_) => self.table(node, schema),
            Value::List(items) => {
                if let Some(item) = schema.get("items") {
                    items.retain_mut(|one| self.node(one, item));
                }
                true
            }
            Value::Integer(number) => {
                let number = *number;
                self.range(node, number, schema)
            }
            _ => true,
        }
    }

    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        for _ in 0..8 {
            let branch = schema.get("anyOf").and_then(Json::as_array).and_then(|branches| {
                branches.iter().find(|branch| branch.get("type").and_then(Json::as_str) != Some("null"))
            });
            if let Some(branch) = branch {
                schema = branch;
            } else if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
                schema = target.strip_prefix('#').and_then(|at| self.root.pointer(at)).unwrap_or(&Json::Null);
            } else {
                break;
            }
        }
        schema
    }

    fn report(&mut self, node: &Node, what: impl Into<String>, instead: Option<String>) -> bool {
        let mut problem = Problem::error(node.key.as_str(), node.place.clone(), what);
        problem.fault.instead = instead;
        self.problems.push(problem);
        false
    }

    fn kind(&mut self, node: &mut Node, schema: &Json) -> bool {
        let wanted = kinds(schema);
        let fits = |value: &Value| wanted.is_empty() || wanted.iter().any(|kind| is(value, kind));
        if fits(&node.value) {
            return true;
        }
        if let Some(raw) = node.raw.take().filter(|_| wanted.contains(&"string")) {
            node.value = Value::Text(raw);
            return true;
        }
        let names: Vec<&str> = wanted.iter().filter_map(|kind| kind_name(kind)).collect();
        let what = format!("this must be {}, but it is {}", names.join(" or "), node.value.kind());
        let instead = match &node.value {
            Value::Integer(_) | Value::Float(_) | Value::Digits(_) | Value::Bool(_)
                if wanted.contains(&"string") =>
            {
                Some("put it in quotes".to_owned())
            }
            Value::Text(_) if wanted.contains(&"array") => Some("put it in brackets: [\"…\"]".to_owned()),
            Value::Text(text) if wanted.contains(&"boolean") => {
                Some(format!("write {} without quotes", if is_yes(text) { "true" } else { "true or false" }))
            }
            Value::Text(_) if wanted.contains(&"integer") => {
                Some("write the number without quotes".to_owned())
            }
            _ => None,
        };
        self.report(node, what, instead)
    }

    /// Numbers that are not kept as they are written, where a key takes what there is.
    fn digits(&mut self, node: &Node) {
        match &node.value {
            Value::Digits(number) => {
                let what = format!("the number {number} cannot be kept as it is written");
                self.report(node, what, Some("put it in quotes, if it is text".to_owned()));
            }
            Value::List(items) => items.iter().for_each(|item| self.digits(item)),
            Value::Table(entries) => entries.iter().for_each(|entry| self.digits(&entry.node)),
            _ => {}
        }
    }

    fn range(&mut self, node: &Node, number: i64, schema: &Json) -> bool {
        let least = schema.get("minimum").and_then(Json::as_i64);
        let most = match schema.get("format").and_then(Json::as_str) {
            Some("uint32") => Some(i64::from(u32::MAX)),
            _ => schema.get("maximum").and_then(Json::as_i64),
        };
        match (least, most) {
            (Some(least), _) if number < least => {
                self.report(node, format!("{number} is too small; the least is {least}"), None)
            }
            (_, Some(most)) if number > most => {
                self.report(node, format!("{number} is too large; the most is {most}"), None)
            }
            _ => true,
        }
    }

    fn word(&mut self, node: &mut Node, known: &[&str]) -> bool {
        match &node.value {
            Value::Text(text) if known.contains(&text.as_str()) => true,
            Value::Text(text) => {
                let what = format!("{text:?} is not known here");
                let near = nearest(text, known.iter().copied());
                let instead = match near {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("write one of {}", known.join(", ")),
                };
                self.report(node, what, Some(instead))
            }
            other => {
                let what = format!("this must be text, but it is {}", other.kind());
                self.report(node, what, Some(format!("write one of {}", known.join(", "))))
            }
        }
    }

    fn duration(&mut self, node: &mut Node) -> bool {
        let advice = "write seconds, or text such as \"90s\", \"10m\", \"12h\", \"30d\"";
        let seconds = match &node.value {
            Value::Integer(seconds) => u64::try_from(*seconds).ok(),
            Value::Text(text) => Seconds::parse(text).map(|Seconds(seconds)| seconds),
            _ => None,
        };
        match &node.value {
            _ if seconds.is_some_and(|seconds| seconds <= CENTURY) => true,
            _ if seconds.is_some() => {
                self.report(node, "this is longer than a hundred years", Some(advice.into()))
            }
            Value::Text(text) => {
                let what = format!("{text:?} is not a length of time");
                self.report(node, what, Some(advice.into()))
            }
            Value::Integer(n) => {
                self.report(node, format!("{n} seconds are no length of time"), Some(advice.into()))
            }
            other => {
                let what = format!("this must be a length of time, but it is {}", other.kind());
                self.report(node, what, Some(advice.into()))
            }
        }
    }

    fn table(&mut self, node: &mut Node, schema: &'a Json) -> bool {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object);
        let key = node.key.clone();
        let Value::Table(entries) = &mut node.value else { return true };
        // An empty value means the default, as oidc-op has it.
        entries.retain(|entry| !matches!(entry.node.value, Value::Null));
        let mut seen: Vec<String> = Vec::new();
        entries.retain_mut(|entry| {
            rename(entry, properties.unwrap_or(&none));
            if seen.contains(&entry.name) {
                let problem = Problem::error(
                    below(&key, Step::Key(&entry.name)),
                    entry.place.clone(),
                    "this is written twice",
                )
                .instead("keep one of them");
                self.problems.push(problem);
                return false;
            }
            seen.push(entry.name.clone());
            let found = properties.and_then(|known| known.get(&entry.name));
            let found = found.or_else(|| by_pattern(schema, &entry.name));
            match (found, schema.get("additionalProperties")) {
                (Some(schema), _) => self.node(&mut entry.node, schema),
                (None, Some(Json::Bool(false))) if is_judged(schema) => true,
                (None, Some(Json::Bool(false))) => {
                    self.unknown(&key, entry, properties.unwrap_or(&none));
                    false
                }
                (None, Some(schema)) => self.node(&mut entry.node, schema),
                (None, None) => true,
            }
        });
        if is_judged(schema) {
            return true;
        }
        let required =
            schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let missing: Vec<&str> = required.filter(|name| !seen.iter().any(|s| s == name)).collect();
        for name in &missing {
            let example = properties.and_then(|known| known.get(*name)).and_then(example);
            let mut problem =
                Problem::error(below(&key, Step::Key(name)), node.place.clone(), "this is missing");
            problem.fault.instead = example.map(|example| format!("write `{name} = {example}`"));
            self.problems.push(problem);
        }
        // Nothing is served without it. A text that nobody has written lets the rest be judged already.
        for name in missing {
            let property = properties.and_then(|known| known.get(name));
            if !property.is_some_and(|property| kinds(self.resolve(property)).contains(&"string")) {
                return false;
            }
            let mut filled = Node::new(Value::Text(format!("urn:missing:{key}")), node.place.clone());
            filled.key = below(&key, Step::Key(name));
            if let Value::Table(entries) = &mut node.value {
                entries.push(Entry { name: name.to_owned(), place: node.place.clone(), node: filled });
            }
        }
        true
    }

    fn unknown(&mut self, table: &str, entry: &Entry, properties: &Map<String, Json>) {
        let aliases = properties.iter().flat_map(|(_, property)| aliases(property));
        let near = nearest(&entry.name, properties.keys().map(String::as_str).chain(aliases));
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let instead = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.len() <= 12 => format!("known here: {}", known.join(", ")),
            None => "`signet config default` shows all keys".to_owned(),
        };
        let key = below(table, Step::Key(&entry.name));
        self.problems
            .push(Problem::error(key, entry.place.clone(), "this key is not known").instead(instead));
    }
}

/// Whether other rules judge it: here it only gets its form.
fn is_judged(schema: &Json) -> bool {
    schema.get("x-judged").is_some()
}

/// The text of an environment variable is what was written, where text is wanted.
fn text_after_all(node: &mut Node, schema: &Json) {
    if let (Value::List(items), Some(item)) = (&mut node.value, schema.get("items")) {
        return items.iter_mut().for_each(|one| text_after_all(one, item));
    }
    let wanted = kinds(schema);
    if wanted.contains(&"string")
        && !wanted.iter().any(|kind| is(&node.value, kind))
        && let Some(raw) = node.raw.take()
    {
        node.value = Value::Text(raw);
    }
}

fn fill_nothing(node: &mut Node) {
    let Value::Table(entries) = &mut node.value else { return };
    for entry in entries.iter_mut().filter(|entry| matches!(entry.node.value, Value::Null)) {
        entry.node.value = Value::Table(Vec::new());
    }
}

/// Another name for a key → its name here; a single value of a list that was singular under that name → the
/// list.
fn rename(entry: &mut Entry, properties: &Map<String, Json>) {
    let canonical =
        properties.iter().find(|(_, property)| aliases(property).any(|alias| alias == entry.name));
    let Some((name, property)) = canonical else { return };
    entry.name.clone_from(name);
    if kinds(property).contains(&"array") && kinds(property).len() == 1 && entry.node.text().is_some() {
        let list = Node { value: Value::Null, ..entry.node.clone() };
        let item = std::mem::replace(&mut entry.node, list);
        entry.node.value = Value::List(vec![item]);
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Integer(_) => matches!(kind, "integer" | "number"),
        Value::Float(_) => kind == "number",
        Value::Digits(_) => false,
        Value::Text(_) => kind == "string",
        Value::List(_) => kind == "array",
        Value::Table(_) => kind == "object",
    }
}

fn is_yes(text: &str) -> bool {
    ["yes", "on", "true", "1"].contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests;
