//! Lists by parts: `--limit`, `--after`, and where the next part begins.

use serde_json::{Value, json};

use super::Console;
use signet::admin::{Part, Window};

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

/// A part of a list as JSON.
pub(super) fn json<T>(
    console: &mut Console,
    name: &str,
    part: &Part<T>,
    shown: impl Fn(&T) -> Value,
) -> anyhow::Result<()> {
    let entries: Value = part.entries.iter().map(shown).collect();
    console.json(&json!({ name: entries, "next": part.next }))
}

/// A part of a list as a table, and on standard error how to go on.
pub(super) fn table<T, const N: usize>(
    console: &mut Console,
    head: [&str; N],
    part: &Part<T>,
    row: impl Fn(&T) -> [String; N],
) -> anyhow::Result<()> {
    let rows: Vec<[String; N]> = part.entries.iter().map(row).collect();
    console.table(head, &rows)?;
    match &part.next {
        Some(next) => {
            console.note(&format!("more: the next ones with --after={}, all with --limit 0", quoted(next)))
        }
        None => Ok(()),
    }
}

/// A text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:@%+/".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_cursor_is_one_word_of_a_shell() {
        for (text, word) in [("diana", "diana"), ("a b", "'a b'"), ("?0", "'?0'"), ("o'neil", r"'o'\''neil'")]
        {
            assert_eq!(quoted(text), word);
        }
    }
}
