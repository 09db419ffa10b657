//! OpenID Connect Dynamic Client Registration 1.0 §2, OpenID Connect Core §10, RFC 9701 §6: how responses to
//! the client are signed and encrypted.

use super::authentication::has_keys;
use super::faults::{Faults, Weight};
use super::{Judge, Origin, Scopes, keys};
use crate::alg::{is_mac, is_symmetric};
use crate::fault::Place;
use crate::record::Client;
use crate::response_type::ResponseType;
use crate::token::protect::{DEFAULT_ENC, KINDS, Kind, NONE};

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    for kind in KINDS {
        signed(judge, client, kind, faults);
        encrypted(judge, client, kind, faults);
    }
    if let Scopes::Open(settings) = judge.scopes {
        fill(judge, client, &settings.default_signing_alg);
    }
}

fn signed(judge: &Judge<'_>, client: &Client, kind: &Kind, faults: &mut Faults) {
    let Some(alg) = (kind.signed_alg)(client) else { return };
    let member = format!("{}_signed_response_alg", kind.name);
    let named = client.response_types.iter().flatten().filter_map(|name| ResponseType::find(name));
    let front = named.into_iter().find(|response_type| response_type.has("id_token"));
    if let (NONE, Some(response_type)) = (alg, front) {
        let what = format!(
            "none is for ID tokens that come from the token endpoint alone; those of {} come through the browser",
            response_type.name
        );
        faults.wrong(
            member.as_str(),
            what,
            "write a signature algorithm, or use the response type `code` alone",
        );
    } else if is_mac(alg) {
        needs_secret(judge, client, alg, member.as_str().into(), faults);
    }
}

fn encrypted(judge: &Judge<'_>, client: &Client, kind: &Kind, faults: &mut Faults) {
    let member = format!("{}_encrypted_response_alg", kind.name);
    let Some(alg) = (kind.encrypted_alg)(client) else {
        if (kind.encrypted_enc)(client).is_some() {
            let enc = format!("{}_encrypted_response_enc", kind.name);
            faults.wrong(enc.as_str(), format!("this needs {member}"), "add it, or leave this out");
        }
        return;
    };
    if is_symmetric(alg) {
        needs_secret(judge, client, alg, member.as_str().into(), faults);
    } else if !has_keys(client) {
        let what = format!("{alg} needs the client's public keys");
        faults.wrong(member.as_str(), what, "add jwks or jwks_uri");
    } else if keys::unfit(judge, client, &[alg]) {
        faults.add(Weight::Weak, member.as_str(), keys::unfit_for(alg), keys::UNFIT);
    }
}

/// OpenID Connect Core §10.1, §10.2: what computes with the octets of the secret, which its hash does not
/// tell. A client that registers is given one, if its method has one.
pub(super) fn needs_secret(judge: &Judge<'_>, client: &Client, alg: &str, place: Place, faults: &mut Faults) {
    let has = match judge.origin {
        Origin::Registration => !client.is_public(),
        Origin::Document => false,
        Origin::Operator | Origin::Import | Origin::Stored => client.client_secret.is_some(),
    };
    if has {
        return;
    }
    let advice = "choose an algorithm for key pairs, or an authentication method with a secret";
    if client.client_secret_hash.is_some() {
        let what = format!("{alg} computes with the secret, not its hash");
        faults.wrong("client_secret_hash", what, "write the secret itself as `client_secret`");
    } else {
        faults.wrong(place, format!("{alg} needs a client secret, which this client does not have"), advice);
    }
}

/// OpenID Connect Registration §2: RS256 where nothing is said. A provider without it has another default
/// (and is no OpenID Connect provider by the letter, Discovery §3).
fn fill(judge: &Judge<'_>, client: &mut Client, default: &str) {
    let known = judge.list("id_token_signing_alg_values_supported").contains(&"RS256");
    let usual = if known { "RS256" } else { default };
    client.id_token_signed_response_alg.get_or_insert_with(|| usual.to_owned());
    for (alg, enc) in [
        (&client.id_token_encrypted_response_alg, &mut client.id_token_encrypted_response_enc),
        (&client.userinfo_encrypted_response_alg, &mut client.userinfo_encrypted_response_enc),
        (&client.introspection_encrypted_response_alg, &mut client.introspection_encrypted_response_enc),
    ] {
        if alg.is_some() {
            enc.get_or_insert_with(|| DEFAULT_ENC.to_owned());
        }
    }
}

/// Whether something is computed with the client secret, so that a hash of it will not do: authentication,
/// signatures and encryption by it.
pub fn computes_with_secret(client: &Client) -> bool {
    let (mut macs, mut keys) = by_secret(client);
    macs.next().is_some() || keys.next().is_some()
}

/// The algorithms of a client to which its secret is the key: MACs, of what it gets and what it sends, and
/// key management.
pub(super) fn by_secret(client: &Client) -> (impl Iterator<Item = &str>, impl Iterator<Item = &str>) {
    let signed = KINDS.iter().filter_map(|kind| (kind.signed_alg)(client));
    let encrypted = KINDS.iter().filter_map(|kind| (kind.encrypted_alg)(client));
    (
        signed.filter(|alg| is_mac(alg)).chain(macs_sent(client)),
        encrypted.chain(client.request_object_encryption_alg.as_deref()).filter(|alg| is_symmetric(alg)),
    )
}

/// The MACs of what it sends: request objects and assertions.
pub(super) fn macs_sent(client: &Client) -> impl Iterator<Item = &str> {
    let objects = client.request_object_signing_alg.iter().chain(&client.request_object_signing_algs);
    let named = client.token_endpoint_auth_signing_alg.as_deref().filter(|alg| is_mac(alg));
    let assertion = client.takes_method("client_secret_jwt").then(|| named.unwrap_or("HS256"));
    objects.map(String::as_str).chain(assertion).filter(|alg| is_mac(alg))
}
