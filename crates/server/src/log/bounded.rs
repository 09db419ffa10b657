//! How much a log line repeats of what a request says. Whatever a line is made of, it comes by here.

use std::borrow::Cow;

/// Bytes of a line that stays as it is.
const LINE: usize = 700;
/// Bytes of the texts in a longer line of a request, escaped as they are there.
const TEXTS: usize = 400;
/// The same of an error, of which operators need all: strangers cause none.
const TEXTS_OF_ERRORS: usize = 4000;
/// Of so many bytes a text does not count as one, and of so many there is room for each.
const SHORT: usize = 64;

/// A line as it is written. Lines that are of no request, such as those of a start, are not shortened.
pub(super) fn bounded(line: &[u8], json: bool) -> Cow<'_, [u8]> {
    // No text can have this in it: there the quote would be escaped.
    let of_request: &[u8] = if json { b"\"span\":{" } else { b" request{request_id=" };
    if line.len() <= LINE || !has(line, of_request) {
        return Cow::Borrowed(line);
    }
    let head = line.get(..SHORT).unwrap_or(line);
    let texts = if has(head, b"ERROR") { TEXTS_OF_ERRORS } else { TEXTS };
    if json {
        Cow::Owned(with_short_texts(line, texts))
    } else {
        let mut short = beginning(line, LINE.max(texts)).to_vec();
        short.extend_from_slice(match short.contains(&b'\x1b') {
            true => "\u{2026}\x1b[0m\n".as_bytes(),
            false => "\u{2026}\n".as_bytes(),
        });
        if short.len() < line.len() { Cow::Owned(short) } else { Cow::Borrowed(line) }
    }
}

fn has(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}

/// A line of JSON whose long texts share `left` bytes, the first ones first.
fn with_short_texts(line: &[u8], mut left: usize) -> Vec<u8> {
    let (mut short, mut rest) = (Vec::with_capacity(2 * LINE), line);
    while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
        let (before, after) = rest.split_at(quote + 1);
        let (text, after) = after.split_at(length(after));
        short.extend_from_slice(before);
        if text.len() <= SHORT {
            short.extend_from_slice(text);
        } else {
            let part = beginning(text, left.max(SHORT));
            short.extend_from_slice(part);
            if part.len() < text.len() {
                short.extend_from_slice("\u{2026}".as_bytes());
            }
            left = left.saturating_sub(part.len());
        }
        let (quote, after) = after.split_at(after.len().min(1));
        short.extend_from_slice(quote);
        rest = after;
    }
    short.extend_from_slice(rest);
    short
}

/// How long the text is that begins here: up to the first quote that is not escaped.
fn length(text: &[u8]) -> usize {
    let mut escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    };
    text.iter().position(ends).unwrap_or(text.len())
}

/// At most so many bytes of a text, without half a character or half an escape at the end.
fn beginning(text: &[u8], most: usize) -> &[u8] {
    let mut end = 0;
    while let Some(byte) = text.get(end) {
        let next = match (*byte, text.get(end + 1)) {
            (b'\\', Some(b'u')) => end + 6,
            (b'\\', _) | (0xc0..=0xdf, _) => end + 2,
            (0xe0..=0xef, _) => end + 3,
            (0xf0..=0xff, _) => end + 4,
            _ => end + 1,
        };
        if next > most {
            return text.get(..end).unwrap_or(text);
        }
        end = next;
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line(level: &str, client: &str, detail: &str) -> String {
        let line = json!({
            "level": level, "message": "refused", "client": client, "detail": detail, "seconds": 7,
            "span": {"request_id": "a-1", "name": "request"},
        });
        format!("{line}\n")
    }

    fn written(line: &str, json: bool) -> String {
        String::from_utf8(bounded(line.as_bytes(), json).into_owned()).unwrap()
    }

    #[test]
    fn a_line_of_a_request_is_short_and_whole_json_whatever_is_in_it() {
        for text in ["a", "\u{1}", "\"", "\\", "\u{e9}", "\u{6587}", "\u{1f600}", "\",\"span\":{\"x\":\""] {
            for times in [1, 60, 100, 300, 2000] {
                let text = text.repeat(times);
                let whole = line("INFO", &text, &format!("x{text}"));
                let short = written(&whole, true);
                assert!(short.len() <= LINE, "{} {short}", short.len());
                let read: Value = serde_json::from_str(&short).unwrap();
                assert_eq!((&read["seconds"], &read["span"]["request_id"]), (&json!(7), &json!("a-1")));
                let client = read["client"].as_str().unwrap();
                let kept = client.strip_suffix('\u{2026}').unwrap_or(client);
                assert!(text.starts_with(kept) && kept.len() * 2 >= text.len().min(60), "{client}");
                assert!(whole.len() > LINE || short == whole);
            }
        }
    }

    #[test]
    fn errors_have_more_room_and_other_lines_as_much_as_they_take() {
        let long = "reason ".repeat(400);
        assert_eq!(written(&line("ERROR", "rp", &long), true), line("ERROR", "rp", &long));
        let more = "reason ".repeat(4000);
        assert!(written(&line("ERROR", "rp", &more), true).len() < TEXTS_OF_ERRORS + LINE);
        let of_a_start = format!("{}\n", json!({"level": "INFO", "clients_added": more}));
        assert_eq!(written(&of_a_start, true), of_a_start);
    }

    #[test]
    fn a_line_for_a_terminal_is_cut() {
        let whole = format!(
            "2026-11-30T15:02:38Z  INFO request{{request_id=\"a\"}}: refused {}\n",
            "\u{e9}".repeat(999)
        );
        let short = written(&whole, false);
        assert!(short.len() <= LINE + 4 && short.ends_with("\u{e9}\u{2026}\n"), "{short}");
        let of_a_start = format!("2026-11-30T15:02:38Z  INFO reloaded {}\n", "\u{e9}".repeat(999));
        assert_eq!(written(&of_a_start, false), of_a_start);
    }
}
