//! RFC 6749 §6, RFC 9700 §2.2.2, §4.14: refresh tokens: families whose generations are derived with a key, so
//! that nothing is stored in clear.

use super::{Minted, record};
use crate::env::Env;
use crate::handle::{Handle, Kind};
use crate::id::TokenId;
use crate::lookup::TokenById;
use crate::record::{Client, Grant, Token, TokenKind};
use crate::time::Timestamp;

/// A refresh token that our key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    /// Its family.
    pub id: TokenId,
    /// Its generation.
    pub generation: u32,
}

impl Presented {
    /// Where the family's row is.
    pub fn lookup(self) -> TokenById {
        TokenById { kind: TokenKind::RefreshToken, id: self.id, hash: None }
    }
}

/// Whether the client gets refresh tokens under this grant. `offline_access` is a word of OpenID Connect
/// (Core §11): plain OAuth 2.0 clients, such as agents, do not know it; theirs end with the session.
pub fn is_due(client: &Client, grant: &Grant) -> bool {
    let is_plain = !grant.scope.contains("openid");
    client.allows_grant("refresh_token")
        && (grant.offline || client.refresh_without_offline_access || is_plain)
}

/// The first generation of a new family.
pub fn mint(env: &Env<'_>, grant: &Grant, client: &Client, based_on: Option<TokenId>) -> Minted {
    let base = record(env, TokenKind::RefreshToken, grant, based_on);
    let record = Token { expires_at: sliding_end(env, grant, client), ..base };
    Minted { wire: generation(env, record.id, 0), record }
}

/// The wire form of a family's generation.
pub fn generation(env: &Env<'_>, family: TokenId, generation: u32) -> String {
    Handle::derive_refresh(&env.secrets.handle_key, family.0, generation).encode()
}

/// Checks checksum and key without touching the store; `None` when we cannot have made it.
pub fn read(env: &Env<'_>, wire: &str) -> Option<Presented> {
    let handle = Handle::decode(Kind::Refresh, wire)?;
    let generation = handle.refresh_generation(&env.secrets.handle_key)?;
    Some(Presented { id: TokenId(handle.id), generation })
}

/// When a family ends that is used now: some time after the last use (0: no such bound), and never after its
/// grant.
pub fn sliding_end(env: &Env<'_>, grant: &Grant, client: &Client) -> Timestamp {
    match client.lifetimes.refresh_token.unwrap_or(env.settings.lifetimes.refresh_token) {
        0 => grant.expires_at,
        seconds => super::end(env.now, seconds, grant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::MacKey;
    use crate::testing::{self, World};

    #[test]
    fn a_family_begins_at_generation_zero() {
        let world = World::new();
        let (env, client) = (world.env(), testing::client("web"));
        let grant = world.grant(&client, &testing::user("diana"), "openid");
        let minted = mint(&env, &grant, &client, Some(TokenId(3)));
        assert_eq!(minted.record.used, 0);
        assert_eq!(minted.record.hash, None);
        assert_eq!(minted.record.based_on, Some(TokenId(3)));
        assert_eq!(read(&env, &minted.wire), Some(Presented { id: minted.record.id, generation: 0 }));
        assert_ne!(generation(&env, minted.record.id, 1), minted.wire);
    }

    #[test]
    fn handles_of_another_key_are_not_read() {
        let world = World::new();
        let forged = Handle::derive_refresh(&MacKey::new(b"another key"), 1000, 0).encode();
        assert_eq!(read(&world.env(), &forged), None);
    }

    #[test]
    fn the_end_slides_within_the_grant() {
        let world = World::new();
        let (env, mut client) = (world.env(), testing::client("web"));
        let mut grant = world.grant(&client, &testing::user("diana"), "openid");
        assert_eq!(sliding_end(&env, &grant, &client), grant.expires_at);
        grant.expires_at = Timestamp::NEVER;
        assert_eq!(sliding_end(&env, &grant, &client), world.now.plus(30 * 86_400));
        client.lifetimes.refresh_token = Some(9);
        assert_eq!(sliding_end(&env, &grant, &client), world.now.plus(9));
        client.lifetimes.refresh_token = Some(0);
        assert_eq!(sliding_end(&env, &grant, &client), Timestamp::NEVER);
    }

    #[test]
    fn refresh_tokens_are_due_for_offline_access_or_by_client_policy() {
        let world = World::new();
        let mut client = testing::client("web");
        let online = world.grant(&client, &testing::user("diana"), "openid");
        let offline = Grant { offline: true, ..online.clone() };
        assert!(is_due(&client, &offline));
        assert!(!is_due(&client, &online));
        assert!(is_due(&client, &world.grant(&client, &testing::user("diana"), "email")), "OAuth 2.0");
        client.refresh_without_offline_access = true;
        assert!(is_due(&client, &online));
        client.grant_types = Some(vec!["authorization_code".into()]);
        assert!(!is_due(&client, &offline));
    }
}
