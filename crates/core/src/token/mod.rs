//! What Signet issues: codes, access tokens, refresh tokens, ID tokens; how long they last, and whether what
//! they depend on is still in force.

pub mod access_token;
pub mod code;
pub mod id_token;
pub mod id_token_hint;
pub mod protect;
pub mod refresh_token;

use std::sync::Arc;

use crate::env::Env;
use crate::id::TokenId;
use crate::lookup::TokenById;
use crate::record::{Grant, Token, TokenKind, User};
use crate::time::Timestamp;

/// A new token: what its holder gets and what the store keeps.
pub struct Minted {
    /// For the holder; a bearer secret.
    pub wire: String,
    /// For the store.
    pub record: Token,
}

impl std::fmt::Debug for Minted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Minted").field("wire", &"[redacted]").field("record", &self.record).finish()
    }
}

/// A token of unknown kind that somebody presents at introspection or revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It can be an access token of ours.
    Access,
    /// Our key made it: a refresh token of this generation.
    Refresh {
        /// The generation.
        generation: u32,
    },
}

/// Tells by its form what a presented token is and where its row must be; `None` when we cannot have made it.
pub fn read(env: &Env<'_>, wire: &str) -> Option<(Presented, TokenById)> {
    if let Some(presented) = refresh_token::read(env, wire) {
        let generation = presented.generation;
        return Some((Presented::Refresh { generation }, presented.lookup()));
    }
    Some((Presented::Access, access_token::read(env, wire)?))
}

/// The end of something that lasts `seconds`, but never longer than its grant.
fn end(now: Timestamp, seconds: u64, grant: &Grant) -> Timestamp {
    let own = now.plus(seconds);
    if grant.expires_at == Timestamp::NEVER { own } else { own.min(grant.expires_at) }
}

/// A grant that is neither revoked nor expired, whose person (if it has one) exists and is not locked.
#[derive(Debug)]
pub struct Standing {
    /// The grant.
    pub grant: Grant,
    /// Its person; none when the client acts for itself.
    pub user: Option<Arc<User>>,
}

impl Standing {
    /// Judges a grant as it was found; the refusal is the reason, for the log.
    pub fn of(env: &Env<'_>, grant: Option<Grant>, user: Option<Arc<User>>) -> Result<Self, &'static str> {
        let grant = grant.ok_or("the grant no longer exists")?;
        if grant.revoked {
            return Err("the grant is revoked");
        }
        if grant.expires_at.expired_at(env.now) {
            return Err("the grant has expired");
        }
        let user = user.filter(|user| Some(&user.id) == grant.user.as_ref());
        match (&grant.user, &user) {
            (Some(_), None) => return Err("the user no longer exists"),
            (_, Some(user)) if user.locked => return Err("the user is locked"),
            _ => {}
        }
        Ok(Self { grant, user })
    }
}

/// What a new token has in common with every other.
fn record(env: &Env<'_>, kind: TokenKind, grant: &Grant, based_on: Option<TokenId>) -> Token {
    Token {
        id: TokenId(env.ids.next()),
        kind,
        hash: None,
        grant: grant.id,
        based_on,
        issued_at: env.now,
        expires_at: Timestamp::NEVER,
        revoked: false,
        used: 0,
        max_usage: 0,
        used_at: Timestamp::default(),
        scope: None,
        audience: Vec::new(),
        code: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::{Handle, Kind};
    use crate::testing::{self, World};

    #[test]
    fn a_grant_stands_until_it_is_revoked_or_ends_or_its_person_goes() {
        let world = World::new();
        let env = world.env();
        let (client, diana) = (testing::client("web"), testing::user("diana"));
        let grant = || world.grant(&client, &diana, "openid");
        let person = || testing::shared(testing::user("diana"));
        let judge = |grant, user| Standing::of(&env, Some(grant), user).map(|s| s.user.is_some());
        assert_eq!(judge(grant(), person()), Ok(true));
        assert_eq!(judge(Grant { user: None, ..grant() }, None), Ok(false));
        assert!(Standing::of(&env, None, person()).is_err());
        assert!(judge(Grant { revoked: true, ..grant() }, person()).is_err());
        assert!(judge(Grant { expires_at: world.now, ..grant() }, person()).is_err());
        assert_eq!(judge(Grant { expires_at: Timestamp::NEVER, ..grant() }, person()), Ok(true));
        assert!(judge(grant(), None).is_err());
        assert!(judge(grant(), testing::shared(testing::user("babs"))).is_err());
        let locked = User { locked: true, ..testing::user("diana") };
        assert!(judge(grant(), testing::shared(locked)).is_err());
    }

    #[test]
    fn presented_tokens_are_told_apart_by_their_form() {
        let world = World::new();
        let env = world.env();
        let refresh = Handle::derive_refresh(&env.secrets.handle_key, 5, 2).encode();
        let (presented, lookup) = read(&env, &refresh).unwrap();
        assert_eq!(presented, Presented::Refresh { generation: 2 });
        assert_eq!(lookup, TokenById { kind: TokenKind::RefreshToken, id: TokenId(5), hash: None });
        let access = Handle::mint(&env, Kind::Access, 6);
        let (presented, lookup) = read(&env, &access.encode()).unwrap();
        assert_eq!(presented, Presented::Access);
        let hash = Some(access.hash());
        assert_eq!(lookup, TokenById { kind: TokenKind::AccessToken, id: TokenId(6), hash });
        for foreign in [
            "",
            "abc",
            &Handle::derive_refresh(&crate::secret::MacKey::new(b"other"), 5, 2).encode(),
            &Handle::mint(&env, Kind::Code, 7).encode(),
        ] {
            assert!(read(&env, foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn nothing_minted_shows_its_secret() {
        let world = World::new();
        let minted = Minted {
            wire: "sga_secret".into(),
            record: record(
                &world.env(),
                TokenKind::AccessToken,
                &world.grant(&testing::client("web"), &testing::user("d"), ""),
                None,
            ),
        };
        assert!(!format!("{minted:?}").contains("sga_secret"));
    }
}
