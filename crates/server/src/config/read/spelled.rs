//! Advice is written as TOML, and said in the format of the file that it is for.

use serde_json::Value as Json;

use super::Format;
use crate::config::tree::Node;

impl Format {
    /// The same text with every assignment or table between backquotes as this format has it.
    pub(in crate::config) fn spelled(self, advice: &str) -> String {
        let parts = advice.split('`').enumerate().map(|(index, part)| match index % 2 {
            1 => self.assignment(part).unwrap_or_else(|| part.to_owned()),
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// `None` where it is the same, or no assignment.
    fn assignment(self, code: &str) -> Option<String> {
        if self == Format::Toml {
            return None;
        }
        if code.starts_with('{') {
            return toml(&format!("it = {code}")).as_ref().and_then(|tree| tree.get("it")).map(flow);
        }
        let tree = toml(code).filter(|_| code.contains('='))?;
        let pairs = tree.as_object()?.iter().map(|(key, value)| match self {
            Format::Yaml => format!("{key}: {}", flow(value)),
            _ => format!("{key:?}: {}", flow(value)),
        });
        Some(pairs.collect::<Vec<_>>().join(", "))
    }
}

fn toml(code: &str) -> Option<Json> {
    let mut problems = Vec::new();
    let tree: Node = Format::Toml.read(code, &mut problems);
    problems.is_empty().then(|| tree.to_json())
}

/// On one line, with spaces; YAML reads it too.
fn flow(value: &Json) -> String {
    match value {
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key:?}: {}", flow(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_has_the_syntax_of_the_file() {
        let advice = "write `a.b = [\"x\", 1]` or `{ plain = \"…\" }` in `a.b`";
        assert_eq!(Format::Toml.spelled(advice), advice);
        let json = r#"write `"a": {"b": ["x", 1]}` or `{"plain": "…"}` in `a.b`"#;
        assert_eq!(Format::Json.spelled(advice), json);
        let yaml = r#"write `a: {"b": ["x", 1]}` or `{"plain": "…"}` in `a.b`"#;
        assert_eq!(Format::Yaml.spelled(advice), yaml);
    }
}
