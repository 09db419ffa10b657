//! One line of the log for each thing that happens: who, at which application, from where.

use serde_json::{Map, Value};
use signet_core::event::{Event, What};

/// A request that names an API as some other servers have it (RFC 8707 says `resource`).
pub(super) fn audience_ignored(client: Option<&str>, resource: &str) {
    tracing::info!(
        client,
        resource,
        "parameter audience ignored; send resource (RFC 8707) to get a token for this API"
    );
}

/// RFC 7591 §3.2.1: the answer tells the application what it has; its developer will ask why something is
/// missing there.
fn unsupported(client: Option<&str>, left_out: &[String]) {
    if !left_out.is_empty() {
        tracing::info!(client, ?left_out, "registration asked for unsupported values; they were left out");
    }
}

/// What a line says that has no field of its own.
fn more(said: &[(&'static str, Value)]) -> Option<String> {
    let others = said.iter().filter(|(name, _)| !["by", "throttled", "seconds"].contains(name));
    let others: Map<String, Value> =
        others.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    (!others.is_empty()).then(|| Value::Object(others).to_string())
}

/// Writes the line; its words, which the row of its kind has, stay as they are, so that they can be searched
/// for.
pub(super) fn log(event: &Event, address: Option<&str>) {
    let (client, username) = (event.client.as_ref().map(|client| client.as_str()), event.username());
    let words = event.what.kind().line();
    match &event.what {
        What::Authorized { response_type, scope, page } => {
            tracing::info!(
                username,
                client,
                address,
                response_type,
                scope = scope.to_string(),
                page,
                "{words}"
            );
        }
        What::Refused { code, rule, reason, detail } => {
            let rule = rule.map(|rule| rule.id);
            tracing::info!(code, rule, username, client, address, detail, reason, "{words}");
        }
        What::Consented { scope } => {
            tracing::info!(username, client, address, scope = scope.to_string(), "{words}");
        }
        What::Denied => tracing::info!(username, client, address, "{words}"),
        What::Issued { grant_type, scope, audience, meant } => {
            if let Some(resource) = meant {
                audience_ignored(client, resource);
            }
            tracing::info!(
                username,
                client,
                address,
                grant_type,
                scope = scope.to_string(),
                audience = audience.join(" "),
                "{words}"
            );
        }
        What::Replayed { what } => {
            tracing::warn!(username, client, address, grant_type = what.grant_type(), "{words}")
        }
        What::Withheld { issued_to } => tracing::info!(client, issued_to = issued_to.as_str(), "{words}"),
        What::Registered { left_out } => {
            tracing::info!(client, address, "{words}");
            unsupported(client, left_out);
        }
        What::RegistrationChanged { left_out } => {
            tracing::info!(client, address, "{words}");
            unsupported(client, left_out);
        }
        What::SignedOut { confirmed } => {
            let reason = if *confirmed { "confirmed by the user" } else { "id_token_hint" };
            tracing::info!(username, client, address, reason, "{words}");
        }
        What::SignedIn { .. } => tracing::info!(username, client, address, "{words}"),
        What::SignInFailed { reason, unknown_name } => {
            let reason = reason.words();
            tracing::info!(username, unknown_name, client, address, reason, "{words}");
        }
        What::SignInBusy { reason, unknown_name } => {
            tracing::info!(username, unknown_name, client, address, reason, "{words}");
        }
        What::SignInThrottled { throttled, reason, seconds, unknown_name } => {
            tracing::info!(username, unknown_name, client, address, throttled, seconds, reason, "{words}")
        }
        What::SignUpRefused { reason, unknown_name } => {
            tracing::info!(unknown_name, client, address, reason, "{words}");
        }
        What::Introspected { issued_to, active } => {
            let issued_to = issued_to.as_ref().map(|client| client.as_str());
            tracing::debug!(client, address, issued_to, active, "{words}");
        }
        What::Told { scope } => {
            tracing::debug!(username, client, address, scope = scope.to_string(), "{words}");
        }
        // The answer's line says more: the address that was asked, and what only the log may say.
        What::Rejected { .. } => {}
        What::Of { said, .. } => {
            let of = |name: &str| said.iter().find(|(said, _)| *said == name).map(|(_, value)| value);
            let text = |name| of(name).and_then(Value::as_str);
            let (by, throttled, seconds) =
                (text("by"), text("throttled"), of("seconds").and_then(Value::as_u64));
            let more = more(said);
            tracing::info!(username, client, address, by, throttled, seconds, more, "{words}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_field_of_its_own_is_said_too() {
        assert_eq!(more(&[("by", "server".into()), ("seconds", 7.into())]), None);
        let said = [("by", "server".into()), ("devices", 2.into()), ("from", "x".into())];
        assert_eq!(more(&said).as_deref(), Some(r#"{"devices":2,"from":"x"}"#));
    }
}
