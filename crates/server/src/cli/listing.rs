//! Lists by parts: `--limit`, `--after`, and where the next part begins.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet_core::id::UserId;
use signet_store::Store;

use super::Console;
use super::columns::Columns;
use signet::admin::{AdminError, Part, Window, users};

/// How people are called, each looked for once.
pub(super) async fn names<'a>(
    store: &dyn Store,
    people: impl Iterator<Item = &'a UserId>,
) -> Result<BTreeMap<UserId, String>, AdminError> {
    let mut names = BTreeMap::new();
    for id in people {
        if !names.contains_key(id) {
            names.insert(id.clone(), users::name_of(store, id).await?);
        }
    }
    Ok(names)
}

/// What the configuration has, with a part of what the store has, by key. Of two with one key both are in the
/// same part.
pub(super) fn joined<T>(
    window: &Window,
    configured: impl IntoIterator<Item = T>,
    stored: Part<T>,
    key: impl Fn(&T) -> &str,
) -> Part<T> {
    let Part { entries: stored, next: end } = stored;
    let is_here = |one: &T| {
        let key = key(one);
        window.after.as_deref().is_none_or(|after| key > after) && end.as_deref().is_none_or(|end| key <= end)
    };
    let mut entries: Vec<T> = configured.into_iter().filter(is_here).chain(stored).collect();
    entries.sort_by(|one, other| key(one).cmp(key(other)));
    let mut most = window.most().min(entries.len());
    while let (Some(last), Some(more)) =
        (most.checked_sub(1).and_then(|at| entries.get(at)), entries.get(most))
        && key(last) == key(more)
    {
        most += 1;
    }
    let more = end.is_some() || most < entries.len();
    entries.truncate(most);
    let next = if more { entries.last().map(|last| key(last).to_owned()) } else { None };
    Part { entries, next }
}

/// How the entries of a list are shown: to programs under this name, to people in these columns.
pub(super) struct Look<T, const N: usize> {
    /// How many are read at a time.
    pub(super) at_once: usize,
    pub(super) name: &'static str,
    pub(super) head: [&'static str; N],
    pub(super) shown: fn(&T) -> Value,
    pub(super) row: fn(&T) -> [String; N],
}

/// Prints what a window shows of a list. It is read and printed some entries at a time, so that a list of any
/// length takes little memory; a table is read once more before, as its columns are as wide as what is in
/// them.
pub(super) async fn print<T, const N: usize>(
    console: &mut Console,
    json: bool,
    look: &Look<T, N>,
    window: &Window,
    fetch: impl AsyncFn(Window) -> anyhow::Result<Part<T>>,
) -> anyhow::Result<()> {
    if json {
        let mut printed = Json::of(look.name);
        let next =
            each(window, look.at_once, &fetch, |one| printed.entry(console, &(look.shown)(one))).await?;
        return printed.end(console, next.as_deref());
    }
    let mut columns = Columns::of(look.head);
    let mut rows = Vec::new();
    let mut next = each(window, look.at_once, &fetch, |one| {
        let row = (look.row)(one);
        columns.widen(&row);
        // One more than is read at a time tells that there are many.
        if rows.len() <= look.at_once {
            rows.push(row);
        }
        Ok(())
    })
    .await?;
    console.line(&columns.head())?;
    if rows.len() > look.at_once {
        drop(rows);
        next =
            each(window, look.at_once, &fetch, |one| console.line(&columns.line(&(look.row)(one)))).await?;
    } else {
        rows.iter().try_for_each(|row| console.line(&columns.line(row)))?;
    }
    more(console, next.as_deref())
}

/// Every entry of a window; where the next part begins.
pub(super) async fn each<T>(
    window: &Window,
    at_once: usize,
    fetch: &impl AsyncFn(Window) -> anyhow::Result<Part<T>>,
    mut visit: impl FnMut(&T) -> anyhow::Result<()>,
) -> anyhow::Result<Option<String>> {
    let (mut after, mut left) = (window.after.clone(), window.most());
    loop {
        let Part { entries, next } = fetch(Window { after, limit: Some(left.min(at_once)) }).await?;
        entries.iter().try_for_each(&mut visit)?;
        left = left.saturating_sub(entries.len());
        if next.is_none() || left == 0 {
            return Ok(next);
        }
        after = next;
    }
}

/// A list as JSON, entry by entry.
struct Json {
    name: &'static str,
    is_begun: bool,
}

impl Json {
    fn of(name: &'static str) -> Self {
        Self { name, is_begun: false }
    }

    fn entry(&mut self, console: &mut Console, shown: &Value) -> anyhow::Result<()> {
        let before = if self.is_begun { ",".to_owned() } else { self.begin() };
        self.is_begun = true;
        // Line breaks in texts are escaped: these are those between the members.
        let shown = serde_json::to_string_pretty(shown)?.replace('\n', "\n    ");
        console.json_text(&format!("{before}\n    {shown}"))
    }

    fn end(&self, console: &mut Console, next: Option<&str>) -> anyhow::Result<()> {
        let before = if self.is_begun { "\n  ".to_owned() } else { self.begin() };
        console.json_text(&format!("{before}],\n  \"next\": {}\n}}\n", json!(next)))
    }

    fn begin(&self) -> String {
        format!("{{\n  \"{}\": [", self.name)
    }
}

/// How to go on, on standard error.
fn more(console: &mut Console, next: Option<&str>) -> anyhow::Result<()> {
    match next {
        Some(next) => {
            console.note(&format!("more: the next ones with --after={}, all with --limit 0", quoted(next)))
        }
        None => Ok(()),
    }
}

/// A text as a shell takes it for one word.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:@%+/".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use signet::admin::AT_ONCE;

    use super::*;

    fn join(
        after: Option<&str>,
        limit: usize,
        stored: &[&'static str],
        next: Option<&str>,
    ) -> (String, Option<String>) {
        let window = Window { after: after.map(str::to_owned), limit: Some(limit) };
        let stored = Part { entries: stored.to_vec(), next: next.map(str::to_owned) };
        let part = joined(&window, ["b", "d", "x"], stored, |one| one);
        (part.entries.concat(), part.next)
    }

    #[test]
    fn two_sources_are_one_list() {
        let next = |text: &str| Some(text.to_owned());
        assert_eq!(join(None, 9, &["a", "c"], None), ("abcdx".into(), None));
        assert_eq!(join(None, 2, &["a", "c"], Some("c")), ("ab".into(), next("b")));
        assert_eq!(join(Some("b"), 2, &["c", "e"], Some("e")), ("cd".into(), next("d")));
        assert_eq!(join(Some("d"), 2, &["e"], None), ("ex".into(), None));
        assert_eq!(join(Some("d"), 1, &["e"], None), ("e".into(), next("e")));
        assert_eq!(join(Some("e"), 1, &[], None), ("x".into(), None));
        assert_eq!(join(Some("x"), 1, &[], None), (String::new(), None));
        assert_eq!(join(None, 1, &["b"], Some("b")), ("bb".into(), next("b")), "both of one name");
    }

    const LOOK: Look<usize, 1> = Look {
        at_once: AT_ONCE,
        name: "numbers",
        head: ["NUMBER"],
        shown: |number| json!({ "number": number, "text": "a\nb" }),
        row: |number| [number.to_string()],
    };

    /// What is printed of so many, and how many were in memory at most.
    fn printed(all: usize, limit: Option<usize>, json: bool) -> (String, usize) {
        let most = std::cell::Cell::new(0);
        let fetch = async |window: Window| {
            let begin = window.after.as_deref().map_or(0, |after| after.parse::<usize>().unwrap() + 1);
            let end = all.min(begin + window.most());
            most.set(most.get().max(end - begin));
            let next = (end < all && end > begin).then(|| (end - 1).to_string());
            Ok(Part { entries: (begin..end).collect(), next })
        };
        let (mut console, out, err) = super::super::console::tests::console("", json);
        let window = Window { after: None, limit };
        let print = print(&mut console, json, &LOOK, &window, fetch);
        crate::cli::one_thread().unwrap().block_on(print).unwrap();
        drop(console);
        (format!("{}{}", out.text(), err.text()), most.get())
    }

    /// The same of a list that is in memory.
    fn print_part<T, const N: usize>(
        console: &mut Console,
        json: bool,
        look: &Look<T, N>,
        part: &Part<T>,
    ) -> anyhow::Result<()> {
        if json {
            let entries: Value = part.entries.iter().map(look.shown).collect();
            return console.json(&json!({ look.name: entries, "next": part.next }));
        }
        let rows: Vec<[String; N]> = part.entries.iter().map(look.row).collect();
        console.table(look.head, &rows)?;
        more(console, part.next.as_deref())
    }

    #[test]
    fn a_list_of_any_length_is_printed_as_if_it_were_in_memory() {
        for (all, limit) in
            [(0, None), (1, None), (3, Some(2)), (2000, None), (2000, Some(1500)), (499, Some(499))]
        {
            let shown: Vec<usize> = (0..limit.map_or(all, |limit| limit.min(all))).collect();
            let next = limit.filter(|limit| *limit < all).map(|limit| (limit - 1).to_string());
            let part = Part { entries: shown, next };
            for json in [false, true] {
                let (mut console, out, err) = super::super::console::tests::console("", json);
                print_part(&mut console, json, &LOOK, &part).unwrap();
                let (said, most) = printed(all, limit, json);
                assert_eq!(said, format!("{}{}", out.text(), err.text()), "{all} {limit:?} {json}");
                assert!(most <= AT_ONCE, "{most}");
            }
        }
    }

    #[test]
    fn a_cursor_is_one_word_of_a_shell() {
        for (text, word) in [("diana", "diana"), ("a b", "'a b'"), ("?0", "'?0'"), ("o'neil", r"'o'\''neil'")]
        {
            assert_eq!(quoted(text), word);
        }
    }
}
