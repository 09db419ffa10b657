//! What the text says, and what the book says of it.

use super::*;
use crate::clock::SystemClock;

#[test]
fn the_book_lists_every_metric() {
    let metrics = Metrics::new(&SystemClock);
    metrics.answered("/token", StatusCode::OK, Duration::from_millis(3));
    metrics.tokens_issued("refresh_token");
    metrics.delivery_tried("kind", "failed");
    let backlog = Backlog { kind: "kind".to_owned(), count: 1, oldest: Timestamp(1) };
    metrics.deliveries_waiting(&[backlog], Timestamp(2));
    metrics.sign_in_throttled();
    metrics.refused("invalid_grant");
    metrics.replayed("refresh_token");
    metrics.event_dropped("queue", 1);
    let text = metrics.text().unwrap();
    let shown = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut shown: Vec<String> = shown
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .collect();
    let book = include_str!("../../../../../docs/serving.md");
    let rows = book.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows = rows.map(|(name, _)| name.split('{').next().unwrap().to_owned());
    let mut listed: Vec<String> =
        rows.filter(|name| name.starts_with("signet_") || name.starts_with("process_")).collect();
    shown.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, shown);
}

#[test]
fn what_was_counted_is_shown() {
    let metrics = Metrics::new(&SystemClock);
    metrics.answered("/token", StatusCode::OK, Duration::from_millis(3));
    metrics.answered("/token", StatusCode::OK, Duration::from_millis(700));
    metrics.answered("/token", StatusCode::BAD_REQUEST, Duration::from_millis(1));
    metrics.tokens_issued("refresh_token");
    metrics.store_conflict();
    let (_first, second) = (metrics.answering(), metrics.answering());
    drop(second);
    let _check = metrics.checking_password();
    metrics.password_hashed();
    let text = metrics.text().unwrap();
    for line in [
        "signet_http_requests_total{route=\"/token\",status=\"200\"} 2",
        "signet_http_requests_total{route=\"/token\",status=\"400\"} 1",
        "signet_http_request_duration_seconds_bucket{le=\"0.005\",route=\"/token\"} 2",
        "signet_http_request_duration_seconds_count{route=\"/token\"} 3",
        "signet_http_requests_in_flight 1",
        "signet_password_checks_in_flight 1",
        "signet_password_checks_total 1",
        "signet_token_responses_total{grant_type=\"refresh_token\"} 1",
        "signet_store_conflicts_total 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(
        text.contains(concat!("signet_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1")),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"));
}
