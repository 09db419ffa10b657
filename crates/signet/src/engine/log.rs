//! One line of the log for each thing that happens: who, at which application, from where.

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

/// Writes the line; its words stay as they are, so that they can be searched for.
pub(super) fn log(event: &Event, address: Option<&str>) {
    let (client, username) = (event.client.as_ref().map(|client| client.as_str()), event.username());
    match &event.what {
        What::Authorized { response_type, scope, page } => {
            tracing::info!(
                username,
                client,
                address,
                response_type,
                scope = scope.to_string(),
                page,
                "authorization granted"
            );
        }
        What::Refused { code, rule, reason, detail } => {
            let rule = rule.map(|rule| rule.id);
            tracing::info!(code, rule, username, client, address, detail, reason, "authorization refused");
        }
        What::Consented { scope } => {
            tracing::info!(username, client, address, scope = scope.to_string(), "consent granted");
        }
        What::Denied => tracing::info!(username, client, address, "consent denied"),
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
                "tokens issued"
            );
        }
        What::Replayed { what } => tracing::warn!(
            username,
            client,
            address,
            grant_type = what.grant_type(),
            "authorization code or refresh token replayed; all tokens of this authorization are revoked"
        ),
        What::Withheld { issued_to } => tracing::info!(
            client,
            issued_to = issued_to.as_str(),
            "introspection says active: false of a good token of another client; may_introspect, introspected_by of its resource, \
             or the asker's client_id in its audience would let it know"
        ),
        What::Revoked => tracing::info!(username, client, address, "token revoked"),
        What::Registered { left_out } => {
            tracing::info!(client, address, "registration created");
            unsupported(client, left_out);
        }
        What::RegistrationChanged { left_out } => {
            tracing::info!(client, address, "registration updated");
            unsupported(client, left_out);
        }
        What::RegistrationRemoved => tracing::info!(client, address, "registration deleted"),
        What::SignedOut { confirmed } => {
            let reason = if *confirmed { "confirmed by the person" } else { "id_token_hint" };
            tracing::info!(username, client, address, reason, "sign-out succeeded");
        }
        What::SignedIn { .. } => tracing::info!(username, client, address, "sign-in succeeded"),
        What::SignInFailed { reason, unknown_name } => {
            let reason = reason.words();
            tracing::info!(username, unknown_name, client, address, reason, "sign-in failed");
        }
        What::SignInBusy { reason, unknown_name } => {
            tracing::info!(username, unknown_name, client, address, reason, "sign-in refused: busy");
        }
        What::SignInThrottled { throttled, reason, seconds, unknown_name } => tracing::info!(
            username,
            unknown_name,
            client,
            address,
            throttled,
            seconds,
            reason,
            "sign-in throttled"
        ),
        What::SignedUp => tracing::info!(username, client, address, "sign-up accepted"),
        What::SignUpRefused { reason, unknown_name } => {
            tracing::info!(unknown_name, client, address, reason, "sign-up refused");
        }
        What::SignUpThrottled { throttled, seconds } => {
            tracing::info!(client, address, throttled, seconds, "sign-up throttled");
        }
        What::RegistrationThrottled { throttled, seconds } => {
            tracing::info!(address, throttled, seconds, "registration throttled: too many from its network");
        }
        What::ClientThrottled { seconds } => {
            tracing::info!(client, address, seconds, "client authentication throttled");
        }
        What::PreviousSecretUsed => {
            tracing::info!(client, address, "client authenticated with its previous secret");
        }
        What::Introspected { issued_to, active } => {
            let issued_to = issued_to.as_ref().map(|client| client.as_str());
            tracing::debug!(client, address, issued_to, active, "token introspected");
        }
        What::Told { scope } => {
            tracing::debug!(username, client, address, scope = scope.to_string(), "userinfo answered");
        }
        // The answer's line says more: the address that was asked, and what only the log may say.
        What::Rejected { .. } => {}
        What::Operated { kind, by, .. } => tracing::info!(username, client, by, "{}", kind.name),
    }
}
