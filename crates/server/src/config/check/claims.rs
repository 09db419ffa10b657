//! Claims about a person in environment variables: their text is what was written, wherever text is wanted.

use signet_core::claims::kept;

use crate::config::tree::{Node, Value};

/// Gives claims back the text of the variable: those that the standard makes text, and numbers in a form that
/// only TOML knows (`+43664`, `0x1f`).
pub(super) fn as_written(node: &mut Node, above: Option<&str>) {
    let Value::Table(entries) = &mut node.value else { return };
    for entry in entries {
        let (name, node) = (entry.name.as_str(), &mut entry.node);
        let path: Vec<&str> = above.into_iter().chain([name]).collect();
        let is_scalar = !matches!(node.value, Value::Text(_) | Value::List(_) | Value::Table(_));
        let is_number = matches!(node.value, Value::Integer(_) | Value::Float(_) | Value::Digits(_));
        let is_text =
            |raw: &&String| is_scalar && kept::is_text(&path) || is_number && !signet_json::is_number(raw);
        match node.raw.as_ref().filter(is_text) {
            Some(raw) => node.value = Value::Text(raw.clone()),
            None => as_written(node, Some(name)),
        }
    }
}
