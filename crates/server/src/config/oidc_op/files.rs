//! Files that oidc-op keeps people and clients in: `users.json`, `passwd.json`, and a folder with a file for
//! each client.

use std::path::Path;

use super::{Rewrite, get, get_mut, take, text};
use crate::config::Format;
use crate::config::problem::Place;
use crate::config::tree::{Entry, Node, Value};
use signet::program::place::{self, LONGEST};

/// A large directory of people.
const LONGEST_LIST: u64 = 256 * 1024 * 1024;

pub(super) fn apply(tree: &mut Node, theirs: bool, rewrite: &mut Rewrite<'_>) {
    people(tree, rewrite);
    clients(tree, rewrite);
    templates(tree, theirs, rewrite);
    salt(tree, rewrite);
}

/// A folder of oidc-op's templates, which are for other pages and have other values.
fn templates(tree: &mut Node, theirs: bool, rewrite: &mut Rewrite<'_>) {
    let Some(folder) = tree.get("template_dir").and_then(Node::text) else { return };
    let path = rewrite.base.join(folder);
    let files = std::fs::read_dir(&path).into_iter().flatten().flatten();
    let of_python = files
        .map(|file| file.file_name())
        .find(|name| Path::new(name).extension().is_some_and(|extension| extension == "jinja2"));
    let what = match of_python {
        Some(name) => format!("{} has templates of oidc-op ({})", path.display(), name.to_string_lossy()),
        None if theirs && !path.exists() => format!("there is no folder {}", path.display()),
        None => return,
    };
    let advice = "Signet shows its own pages; name a folder with templates of your own to change them";
    if let Some(node) = take(tree, &["template_dir"]) {
        rewrite.warn(&node, what, advice);
    }
}

/// The manual lets `session_params.salt` be the salt, or the name of a file with it.
fn salt(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let Some(node) = get_mut(tree, "session_params").and_then(|table| get_mut(table, "salt")) else { return };
    let Some(path) = node.text().filter(|text| !text.is_empty()).map(|text| rewrite.base.join(text)) else {
        return;
    };
    if !path.is_file() {
        return;
    }
    match place::exactly(&path, LONGEST) {
        Ok(content) => {
            rewrite.warn(
                node,
                "this is the name of a file: its content is the salt",
                "write `{ file = \"PATH\" }` to say so",
            );
            node.value = Value::Text(content);
        }
        Err(error) => {
            let what = format!("the file {} cannot be read: {error}", path.display());
            let otherwise = || "write the salt itself".to_owned();
            rewrite.error(node, what, place::remedy(&path, &error).unwrap_or_else(otherwise));
        }
    }
}

fn relative() -> String {
    "paths are relative to the configuration file".to_owned()
}

fn people(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let map = take(tree, &["userinfo", "claims_map"]);
    let file = take(tree, &["userinfo", "db_file"]);
    let db = take(tree, &["userinfo", "db"]);
    let mut found: Vec<Entry> = Vec::new();
    match (file, db) {
        (Some(file), None) => found = rewrite.read(&file).unwrap_or_default(),
        (None, Some(Node { value: Value::Table(entries), .. })) => found = entries,
        (Some(_), Some(db)) => rewrite.error(&db, "users are given in two ways", "keep `db_file`, or `db`"),
        (None, Some(db)) => {
            rewrite.error(&db, "users are a table: a username, then claims", "write `db_file`")
        }
        (None, None) => {
            if let Some(map) = &map {
                let advice =
                    "`signet user import` takes them from a JSON file; or name one in `userinfo.db_file`";
                rewrite.warn(map, "Python's databases are not read, so the file has no users", advice);
            }
        }
    }
    let mut people: Vec<Node> = Vec::new();
    let mut subjects: Vec<(String, Node)> = Vec::new();
    for person in found {
        let mut claims = person.node;
        // oidc-op often has the username there again.
        let sub = take(&mut claims, &["sub"]).filter(|sub| sub.text() != Some(&person.name));
        subjects.extend(sub.map(|sub| (person.name.clone(), sub)));
        // Ours, as in the files of `signet user import`.
        let locked = take(&mut claims, &["locked"]);
        if let Some(map) = &map {
            rename(&mut claims, map);
        }
        let place = person.place.clone();
        let username = Node::new(Value::Text(person.name), place.clone());
        let entry = |name: &str, node| Entry { name: name.into(), place: place.clone(), node };
        let mut members = vec![entry("username", username), entry("claims", claims)];
        members.extend(locked.map(|locked| entry("locked", locked)));
        people.push(Node::new(Value::Table(members), place.clone()));
    }
    for (uid, password) in passwords(tree, rewrite) {
        let known =
            people.iter_mut().find(|person| get(person, &["username"]).and_then(Node::text) == Some(&uid));
        let place = password.place.clone();
        let entry = |name: &str, node| Entry { name: name.into(), place: place.clone(), node };
        match known {
            Some(Node { value: Value::Table(members), .. }) => {
                match members.iter().find(|member| member.name == "password") {
                    None => members.push(entry("password", password)),
                    Some(first) if first.node.text() == password.text() => {}
                    Some(_) => {
                        let what = "another way to sign in has another password for this user, which is used";
                        rewrite.warn(&password, what, "keep one of them");
                    }
                }
            }
            _ => {
                let username = text(uid, &password);
                let members = vec![entry("username", username), entry("password", password)];
                people.push(Node::new(Value::Table(members), place.clone()));
            }
        }
    }
    unused(&subjects, rewrite);
    append(tree, "users", people);
}

/// Subjects in a file of people, which oidc-op does not use either.
fn unused(subjects: &[(String, Node)], rewrite: &mut Rewrite<'_>) {
    let Some((name, first)) = subjects.first() else { return };
    let others = match subjects.len() - 1 {
        0 => String::new(),
        others => format!(" and of {others} more"),
    };
    let what = format!("`sub` of {name:?}{others} is not used: subjects are made, as oidc-op does too");
    rewrite.warn(first, what, "leave it out; `session_params.sub_func` says how subjects are made");
}

/// What django-oidc-op calls the attributes: claim → name in the file.
fn rename(claims: &mut Node, map: &Node) {
    let Value::Table(entries) = &claims.value else { return };
    let mut renamed: Vec<Entry> = Vec::new();
    for claim in map.entries() {
        let Some(name) = claim.node.text() else { continue };
        renamed.extend(entries.iter().find(|entry| entry.name == name).map(|entry| Entry {
            name: claim.name.clone(),
            place: entry.place.clone(),
            node: entry.node.clone(),
        }));
    }
    let mapped =
        |name: &str| map.entries().iter().any(|claim| claim.name == name || claim.node.text() == Some(name));
    renamed.extend(entries.iter().filter(|entry| !mapped(&entry.name)).cloned());
    claims.value = Value::Table(renamed);
}

/// Of every way to sign in that has a file of passwords.
fn passwords(tree: &mut Node, rewrite: &mut Rewrite<'_>) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    let Some(Value::Table(ways)) = get_mut(tree, "authentication").map(|node| &mut node.value) else {
        return found;
    };
    for way in ways {
        let Some(kwargs) = get_mut(&mut way.node, "kwargs") else { continue };
        let Some(db) = get(kwargs, &["db"]) else { continue };
        let class = get(db, &["class"]).and_then(Node::text).unwrap_or_default();
        if class.rsplit(['.', ':']).next() != Some("JSONDictDB") {
            continue;
        }
        let Some(db) = take(kwargs, &["db"]) else { continue };
        let places: [&[&str]; 4] =
            [&["kwargs", "filename"], &["filename"], &["kwargs", "json_path"], &["json_path"]];
        let file = places.into_iter().find_map(|place| get(&db, place));
        let Some(file) = file else {
            rewrite.error(&db, "nothing says which file holds the passwords", "write `filename`");
            continue;
        };
        for entry in rewrite.read(file).unwrap_or_default() {
            found.push((entry.name, entry.node));
        }
    }
    found
}

fn clients(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let Some(db) = take(tree, &["client_db"]) else { return };
    let Some(folder) = db.get("fdir") else {
        if !db.entries().is_empty() {
            rewrite.error(&db, "nothing says which folder holds the clients", "write `fdir`");
        }
        return;
    };
    let Some(name) = folder.text() else {
        rewrite.error(folder, "this must be text: the name of a folder", "write it in quotes");
        return;
    };
    let path = rewrite.base.join(name);
    let names = std::fs::read_dir(&path).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>, _>>()
    });
    let mut names = match names {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("there is no folder {}, so it has no clients", path.display());
            rewrite.warn(folder, what, "leave `client_db` out; paths are relative to the configuration file");
            return;
        }
        Err(error) => {
            let what = format!("the folder {} cannot be read: {error}", path.display());
            rewrite.error(folder, what, place::remedy(&path, &error).unwrap_or_else(relative));
            return;
        }
    };
    names.sort_unstable();
    let mut found = Vec::new();
    for name in names.iter().filter(|name| !name.ends_with(".lock")) {
        let file = path.join(name).display().to_string();
        let Some((mut members, place)) = rewrite.read_path(folder, Path::new(&file)) else { continue };
        // The name of the file is the id, escaped as in a URL.
        let pair = format!("id={}", name.replace('+', "%2B"));
        let id = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, id)| id.into_owned());
        if members.iter().all(|member| member.name != "client_id") {
            let node = Node::new(Value::Text(id.unwrap_or_else(|| name.clone())), place.clone());
            members.push(Entry { name: "client_id".into(), place: place.clone(), node });
        }
        found.push(Node::new(Value::Table(members), place));
    }
    append(tree, "clients", found);
}

/// To the end of a list, under the key that it has in problems.
fn append(tree: &mut Node, list: &str, more: Vec<Node>) {
    let Value::Table(entries) = &mut tree.value else { return };
    if more.is_empty() {
        return;
    }
    let place = more.first().map_or(Place::Nowhere, |node| node.place.clone());
    if !entries.iter().any(|entry| entry.name == list && !matches!(entry.node.value, Value::Null)) {
        entries.retain(|entry| entry.name != list);
        let node = Node::new(Value::List(Vec::new()), place.clone());
        entries.push(Entry { name: list.to_owned(), place, node });
    }
    let Some(entry) = entries.iter_mut().find(|entry| entry.name == list) else { return };
    let Value::List(items) = &mut entry.node.value else { return };
    for mut node in more {
        // People and clients of other files are known by their names there.
        let name = ["username", "client_id"].iter().find_map(|key| node.get(key)?.text()).unwrap_or_default();
        let name = name.to_owned();
        node.label(format!("{list}[{name:?}]"));
        items.push(node);
    }
}

impl Rewrite<'_> {
    /// The members of a JSON file that a key names.
    fn read(&mut self, file: &Node) -> Option<Vec<Entry>> {
        let Some(name) = file.text() else {
            self.error(file, "this must be text: the name of a file", "write it in quotes");
            return None;
        };
        let path = self.base.join(name);
        self.read_path(file, &path).map(|(members, _)| members)
    }

    /// The members, and the place of their table.
    fn read_path(&mut self, named: &Node, path: &Path) -> Option<(Vec<Entry>, Place)> {
        let written = match place::text(path, LONGEST_LIST) {
            Ok(text) => text,
            Err(error) => {
                let what = format!("the file {} cannot be read: {error}", path.display());
                self.error(named, what, place::remedy(path, &error).unwrap_or_else(relative));
                return None;
            }
        };
        let mut problems = Vec::new();
        let mut read = Format::Json.read(&written, &mut problems);
        relocate(&mut read, path);
        let place = read.place.clone();
        match (problems.pop(), read.value) {
            (None, Value::Table(entries)) => Some((entries, place)),
            (problem, _) => {
                let what = problem.map_or_else(
                    || format!("{} is not a JSON object", path.display()),
                    |problem| format!("{} is not a JSON object: {problem}", path.display()),
                );
                self.error(named, what, "mend the file");
                None
            }
        }
    }
}

/// Lines of another file.
fn relocate(node: &mut Node, path: &Path) {
    elsewhere(&mut node.place, path);
    match &mut node.value {
        Value::Table(entries) => {
            for entry in entries {
                elsewhere(&mut entry.place, path);
                relocate(&mut entry.node, path);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| relocate(item, path)),
        _ => {}
    }
}

fn elsewhere(place: &mut Place, path: &Path) {
    if let Place::File { line, column } = *place {
        *place = Place::Other { file: path.to_path_buf(), line, column };
    }
}
