//! Keys in the places where oidc-op has them: what is there is moved to where Signet reads it.

use super::problem::Problem;
use super::tree::{Entry, Node, Step, Value, below};

const CLAIMS: [&str; 5] =
    ["base_claims", "always_add_claims", "add_claims", "add_claims_by_scope", "enable_claims_per_client"];
/// Where rules of release points may be, and the point.
const POINTS: [(&[&str], &str); 11] = [
    (&["userinfo"], "userinfo"),
    (&["endpoint", "userinfo"], "userinfo"),
    (&["endpoint", "userinfo", "kwargs"], "userinfo"),
    (&["id_token"], "id_token"),
    (&["token_handler_args", "id_token"], "id_token"),
    (&["token_handler_args", "id_token", "kwargs"], "id_token"),
    (&["introspection"], "introspection"),
    (&["endpoint", "introspection"], "introspection"),
    (&["endpoint", "introspection", "kwargs"], "introspection"),
    (&["token_handler_args", "token"], "access_token"),
    (&["token_handler_args", "token", "kwargs"], "access_token"),
];
const TYPES: [&str; 3] = ["public", "pairwise", "ephemeral"];

/// Moves what it finds; a warning says so where both were written.
pub(super) fn apply(tree: &mut Node, problems: &mut Vec<Problem>) {
    for kind in TYPES {
        rename(tree, &["session_params", "sub_func", kind], "function", "class");
        let from = ["session_params", "sub_func", kind, "kwargs"];
        let to = ["session_params", "sub_func", kind];
        for key in ["salt", "filename"] {
            one(tree, &from, key, &to, problems);
        }
    }
    for key in ["scopes_to_claims", "allowed_scopes"] {
        for from in ["session_params", "capabilities"] {
            one(tree, &[from], key, &[], problems);
        }
    }
    for (from, point) in POINTS {
        for key in CLAIMS {
            one(tree, from, key, &["release", point], problems);
        }
        if point == "introspection" {
            rename(tree, from, "release", "always_add_claims");
            one(tree, from, "always_add_claims", &["release", point], problems);
        }
    }
}

fn one(tree: &mut Node, from: &[&str], key: &str, to: &[&str], problems: &mut Vec<Problem>) {
    let Some(entry) = take(tree, from, key) else { return };
    let (written, place) = (entry.node.key.clone(), entry.place.clone());
    if !put(tree, to, entry) {
        let known = to.iter().fold(String::new(), |path, step| below(&path, Step::Key(step)));
        let known = below(&known, Step::Key(key));
        let problem = Problem::error(written, place, format!("this is written as `{known}` too"));
        problems.push(problem.instead("keep one of them"));
    }
}

/// Gives an entry another name, where that is free.
fn rename(tree: &mut Node, path: &[&str], from: &str, to: &str) {
    let mut at = tree;
    for step in path {
        let Value::Table(entries) = &mut at.value else { return };
        let Some(entry) = entries.iter_mut().find(|entry| entry.name == *step) else { return };
        at = &mut entry.node;
    }
    let Value::Table(entries) = &mut at.value else { return };
    if let Some(entry) = entries.iter_mut().find(|entry| entry.name == from) {
        to.clone_into(&mut entry.name);
    }
}

/// Takes the entry out, and the tables around it that it leaves empty.
fn take(node: &mut Node, path: &[&str], key: &str) -> Option<Entry> {
    let Value::Table(entries) = &mut node.value else { return None };
    let Some((step, rest)) = path.split_first() else {
        let at = entries.iter().position(|entry| entry.name == key)?;
        return Some(entries.remove(at));
    };
    let at = entries.iter().position(|entry| entry.name == *step)?;
    let table = &mut entries.get_mut(at)?.node;
    let taken = take(table, rest, key)?;
    if table.entries().is_empty() {
        entries.remove(at);
    }
    Some(taken)
}

/// `false` where something of this name is there already, or cannot be.
fn put(node: &mut Node, path: &[&str], entry: Entry) -> bool {
    let Value::Table(entries) = &mut node.value else { return false };
    let Some((step, rest)) = path.split_first() else {
        let free = entries.iter().all(|other| other.name != entry.name);
        if free {
            entries.push(entry);
        }
        return free;
    };
    if !entries.iter().any(|other| other.name == *step) {
        let table = Node::table(entry.place.clone());
        entries.push(Entry { name: (*step).to_owned(), place: entry.place.clone(), node: table });
    }
    entries
        .iter_mut()
        .find(|other| other.name == *step)
        .is_some_and(|table| put(&mut table.node, rest, entry))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::read::Format;
    use super::*;

    fn moved(json: &Json) -> (Json, Vec<String>) {
        let mut problems = Vec::new();
        let mut tree = Format::Json.read(&json.to_string(), &mut problems);
        tree.label(String::new());
        apply(&mut tree, &mut problems);
        (tree.to_json(), problems.iter().map(|p| format!("{}: {}", p.key(), p.fault.what)).collect())
    }

    #[test]
    fn what_oidc_op_nests_is_found() {
        let theirs = json!({
            "session_params": {
                "allowed_scopes": ["openid"],
                "sub_func": {"public": {"class": "x.PublicID", "kwargs": {"salt": "s"}}},
            },
            "capabilities": {"scopes_to_claims": {"a": ["b"]}},
        });
        let ours = json!({
            "session_params": {"sub_func": {"public": {"class": "x.PublicID", "salt": "s"}}},
            "scopes_to_claims": {"a": ["b"]},
            "allowed_scopes": ["openid"],
        });
        assert_eq!(moved(&theirs), (ours.clone(), Vec::new()));
        assert_eq!(moved(&ours), (ours, Vec::new()));
    }

    #[test]
    fn what_is_written_in_two_places_is_told() {
        let both = json!({"allowed_scopes": ["a"], "session_params": {"allowed_scopes": ["b"]}});
        let (left, problems) = moved(&both);
        assert_eq!(left, json!({"allowed_scopes": ["a"]}));
        assert_eq!(problems, ["session_params.allowed_scopes: this is written as `allowed_scopes` too"]);
    }

    #[test]
    fn what_is_no_table_stays_for_the_check() {
        let odd = json!({"session_params": "x", "capabilities": {"scopes_to_claims": 1}});
        assert_eq!(moved(&odd).0, json!({"session_params": "x", "scopes_to_claims": 1}));
    }
}
