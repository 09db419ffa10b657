//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 9701 §6: how responses to the client are signed and
//! encrypted.

use super::{Asked, Group, invalid, not_offered};
use crate::alg::{is_mac, is_symmetric};
use crate::error::Error;
use crate::record::Client;
use crate::rule;
use crate::token::protect::DEFAULT_ENC;

pub(super) const GROUP: Group = Group {
    name: "algorithms",
    rule: &rule::ALGORITHMS,
    members: &[
        "id_token_signed_response_alg",
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        "userinfo_signed_response_alg",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "introspection_signed_response_alg",
        "introspection_encrypted_response_alg",
        "introspection_encrypted_response_enc",
    ],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let signed = |what: &str| {
        let (member, list) =
            (format!("{what}_signed_response_alg"), format!("{what}_signing_alg_values_supported"));
        let alg = asked.choice(&member, &list)?;
        if alg.as_deref() == Some("none") && !asked.policy().unsigned {
            let mut offered = asked.offered(&list);
            offered.retain(|alg| *alg != "none");
            return Err(not_offered(&member, "none", offered));
        }
        Ok(alg)
    };
    let id_token = signed("id_token")?;
    if id_token.as_deref() == Some("none") && front_channel(client) {
        return Err(invalid(
            "id_token_signed_response_alg: none is for response types whose ID tokens come from the token endpoint alone",
        ));
    }
    client.id_token_signed_response_alg = Some(id_token.unwrap_or_else(|| usual_alg(asked)));
    client.userinfo_signed_response_alg = signed("userinfo")?;
    client.introspection_signed_response_alg = signed("introspection")?;
    (client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc) =
        encrypted(asked, client, "id_token")?;
    (client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc) =
        encrypted(asked, client, "userinfo")?;
    (client.introspection_encrypted_response_alg, client.introspection_encrypted_response_enc) =
        encrypted(asked, client, "introspection")?;
    Ok(())
}

/// OpenID Connect Registration §2: RS256 where nothing is said. A provider without it has another default
/// (and is no OpenID Connect provider by the letter, Discovery §3).
fn usual_alg(asked: &Asked<'_>) -> String {
    let known = asked.offered("id_token_signing_alg_values_supported").contains(&"RS256");
    if known { "RS256".to_owned() } else { asked.env.settings.default_signing_alg.clone() }
}

/// Whether ID tokens come through the browser.
fn front_channel(client: &Client) -> bool {
    client.response_types.iter().flatten().any(|name| name.split(' ').any(|word| word == "id_token"))
}

type Pair = (Option<String>, Option<String>);

fn encrypted(asked: &Asked<'_>, client: &Client, what: &str) -> Result<Pair, Error> {
    let (member, enc_member) =
        (format!("{what}_encrypted_response_alg"), format!("{what}_encrypted_response_enc"));
    let alg = asked.choice(&member, &format!("{what}_encryption_alg_values_supported"))?;
    let enc = asked.choice(&enc_member, &format!("{what}_encryption_enc_values_supported"))?;
    let Some(alg) = alg else {
        return match enc {
            Some(_) => Err(invalid(format!("{enc_member} needs {member}"))),
            None => Ok((None, None)),
        };
    };
    if !is_symmetric(&alg) && client.jwks.is_none() && client.jwks_uri.is_none() {
        return Err(invalid(format!("{member}: {alg} needs the client's public keys: add jwks or jwks_uri")));
    }
    Ok((Some(alg), Some(enc.unwrap_or_else(|| DEFAULT_ENC.to_owned()))))
}

/// Whether something is computed with the client secret, so that a hash of it will not do: authentication,
/// signatures and encryption by it.
pub fn computes_with_secret(client: &Client) -> bool {
    let signed = [
        &client.id_token_signed_response_alg,
        &client.userinfo_signed_response_alg,
        &client.introspection_signed_response_alg,
        &client.request_object_signing_alg,
    ];
    let encrypted = [
        &client.id_token_encrypted_response_alg,
        &client.userinfo_encrypted_response_alg,
        &client.introspection_encrypted_response_alg,
        &client.request_object_encryption_alg,
    ];
    client.takes_method("client_secret_jwt")
        || signed.into_iter().flatten().chain(&client.request_object_signing_algs).any(|alg| is_mac(alg))
        || encrypted.into_iter().flatten().any(|alg| is_symmetric(alg))
}
