//! RFC 4647 §3.4: selects one of the available languages.

use signet_core::language;

/// The tags a person asked for, best first: OpenID Connect Core §3.1.2.1 `ui_locales`, then RFC 9110 §12.5.4
/// `Accept-Language`. Tags as POSIX writes them (`de_AT`) are read too.
pub(super) fn wanted(ui_locales: Option<&str>, accept_language: Option<&str>) -> Vec<String> {
    let explicit = ui_locales.unwrap_or_default().split_ascii_whitespace().map(str::to_owned);
    let all = explicit.chain(by_weight(accept_language.unwrap_or_default()));
    all.map(|range| language::tag(&range).into_owned()).collect()
}

/// The first wanted language that is there, each cut back from the right until it fits.
pub(super) fn lookup<'a>(wanted: &[String], available: &[&'a str]) -> Option<&'a str> {
    wanted.iter().find_map(|range| {
        let mut range = range.as_str();
        loop {
            if let Some(tag) = available.iter().find(|tag| tag.eq_ignore_ascii_case(range)) {
                return Some(*tag);
            }
            range = shorten(range)?;
        }
    })
}

/// Without its last subtag, and without a single letter that would then stand last.
fn shorten(range: &str) -> Option<&str> {
    let (head, _) = range.rsplit_once('-')?;
    match head.rsplit_once('-') {
        Some((before, single)) if single.len() == 1 => Some(before),
        _ => Some(head),
    }
}

fn by_weight(header: &str) -> impl Iterator<Item = String> {
    let mut ranges: Vec<(u16, &str)> = header
        .split(',')
        .filter_map(|item| {
            let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = match parameters.trim().strip_prefix("q=").or(parameters.trim().strip_prefix("Q=")) {
                Some(q) => thousandths(q.trim())?,
                None => 1000,
            };
            Some((weight, tag.trim()))
        })
        .filter(|(weight, tag)| *weight > 0 && !tag.is_empty() && *tag != "*")
        .collect();
    // Stable, so that equal weights keep the order of the header.
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, tag)| tag.to_owned())
}

/// A weight as a whole number, because floating point has no total order.
fn thousandths(q: &str) -> Option<u16> {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_language_asked_for() {
        let available = ["de", "en", "fr", "nl", "zh-Hant"];
        for (ui_locales, accept_language, expected) in [
            (None, None, None),
            (Some("de"), None, Some("de")),
            (Some("de-CH"), None, Some("de")),
            (Some("DE-ch-1996"), None, Some("de")),
            (Some("xx fr de"), None, Some("fr")),
            (Some("fr"), Some("de"), Some("fr")),
            (Some("xx"), Some("nl;q=0.3, de;q=0.4"), Some("de")),
            (None, Some("fr, de"), Some("fr")),
            (None, Some("fr;q=0.5, de;q=0.501"), Some("de")),
            (None, Some("fr;q=0, nl;q=0.1"), Some("nl")),
            (None, Some("fr;q=2, nl;q=0.1"), Some("nl")),
            (None, Some("*, nl;q=0.1"), Some("nl")),
            (None, Some("*"), None),
            (None, Some("es, it"), None),
            (None, Some("fr;q=high"), None),
            (None, Some(",,;q=1,"), None),
            (Some("zh-Hant-TW"), None, Some("zh-Hant")),
            (Some("zh-Hans-CN"), Some("en"), Some("en")),
            (Some("de-x-private"), None, Some("de")),
            (Some("de_AT"), None, Some("de")),
            (Some("zh_Hant_TW.UTF-8"), None, Some("zh-Hant")),
            (None, Some("xx_YY, fr_FR;q=0.9, nl;q=0.5"), Some("fr")),
            (Some("d"), None, None),
            (Some("den"), None, None),
        ] {
            let wanted = wanted(ui_locales, accept_language);
            assert_eq!(lookup(&wanted, &available), expected, "{ui_locales:?} {accept_language:?}");
        }
    }
}
