//! RFC 6749 §4.1.2: authorization codes: short-lived, single-use, bound to client, redirect URI and PKCE
//! challenge.

use super::{Minted, end, record};
use crate::env::Env;
use crate::handle::{Handle, Kind};
use crate::id::TokenId;
use crate::lookup::TokenById;
use crate::record::{Client, CodeBinding, Grant, Token, TokenKind};

/// A new code under a grant; insert both.
pub fn mint(env: &Env<'_>, grant: &Grant, client: &Client, binding: CodeBinding) -> Minted {
    let seconds = client.lifetimes.code.unwrap_or(env.settings.lifetimes.code);
    let base = record(env, TokenKind::AuthorizationCode, grant, None);
    let handle = Handle::mint(env, Kind::Code, base.id.0);
    let record = Token {
        hash: Some(handle.hash()),
        expires_at: end(env.now, seconds, grant),
        max_usage: 1,
        code: Some(binding),
        ..base
    };
    Minted { wire: handle.encode(), record }
}

/// Where a presented code's row must be; `None` when we cannot have made it.
pub fn read(wire: &str) -> Option<TokenById> {
    let handle = Handle::decode(Kind::Code, wire)?;
    let (id, hash) = (TokenId(handle.id), Some(handle.hash()));
    Some(TokenById { kind: TokenKind::AuthorizationCode, id, hash })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, World};

    #[test]
    fn a_code_can_be_found_again_and_used_once() {
        let world = World::new();
        let client = testing::client("web");
        let grant = world.grant(&client, &testing::user("diana"), "openid");
        let binding = CodeBinding { redirect_uri: testing::REDIRECT_URI.into(), challenge: None };
        let minted = mint(&world.env(), &grant, &client, binding.clone());
        assert!(minted.wire.starts_with("sgc_"));
        let kind = TokenKind::AuthorizationCode;
        assert_eq!(
            read(&minted.wire),
            Some(TokenById { kind, id: minted.record.id, hash: minted.record.hash })
        );
        assert_eq!(minted.record.grant, grant.id);
        assert_eq!(minted.record.max_usage, 1);
        assert_eq!(minted.record.expires_at, world.now.plus(60));
        assert_eq!(minted.record.code, Some(binding));
        assert_eq!(read("sgc_nonsense"), None);
    }

    #[test]
    fn the_clients_lifetime_counts_but_never_beyond_the_grant() {
        let world = World::new();
        let mut client = testing::client("web");
        client.lifetimes.code = Some(30);
        let mut grant = world.grant(&client, &testing::user("diana"), "openid");
        let binding = || CodeBinding { redirect_uri: String::new(), challenge: None };
        let at = |grant: &Grant| mint(&world.env(), grant, &client, binding()).record.expires_at;
        assert_eq!(at(&grant), world.now.plus(30));
        grant.expires_at = world.now.plus(5);
        assert_eq!(at(&grant), world.now.plus(5));
    }
}
