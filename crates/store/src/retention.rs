//! When a record may be deleted: the same rules for every back-end.
//!
//! Codes and refresh families outlive their expiry, so that a replay is recognised as one. A grant knows the
//! latest end of all that was ever minted under it (`until`), so that no index from grants to tokens is
//! needed to see that nothing below it lives.

use signet_core::record::TokenKind;
use signet_core::time::Timestamp;

/// Seconds of a day: the time for which ended things are still recognised.
pub(crate) const DAY: u64 = 86_400;

/// How many records of a table one step looks at.
pub(crate) const STEP: usize = 20_000;

/// An `until` without end; it fits a signed database integer.
pub(crate) const FOREVER: u64 = i64::MAX.unsigned_abs();

/// What the rules need to know of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) revoked: bool,
    pub(crate) expires_at: Timestamp,
    pub(crate) until: u64,
}

impl Span {
    /// When everything below the grant is over, revoked or not.
    fn end(self) -> u64 {
        if self.expires_at == Timestamp::NEVER { self.until } else { self.until.min(self.expires_at.0) }
    }

    /// Whether something may still be done by it.
    pub(crate) fn lives(self, now: Timestamp) -> bool {
        !self.revoked && self.end() > now.0
    }
}

/// The `until` of a grant before anything is minted under it.
pub(crate) fn first_until(issued_at: Timestamp) -> u64 {
    issued_at.0.saturating_add(DAY).min(FOREVER)
}

/// The new `until` of a grant below which a token now ends at `expires_at`; none when the old one still
/// covers it. A day of slack spares a write of the grant's row at most rotations.
pub(crate) fn extended(until: u64, expires_at: Timestamp) -> Option<u64> {
    if expires_at == Timestamp::NEVER {
        (until < FOREVER).then_some(FOREVER)
    } else {
        (until < expires_at.0).then(|| expires_at.0.saturating_add(DAY).min(FOREVER))
    }
}

/// How long past its end a kind of token is kept.
pub(crate) fn kept(kind: TokenKind) -> u64 {
    match kind {
        TokenKind::AccessToken => 0,
        TokenKind::AuthorizationCode | TokenKind::RefreshToken => DAY,
    }
}

/// Whether a token may go; `grant` is none when its grant is gone already.
pub(crate) fn token_due(kind: TokenKind, expires_at: Timestamp, grant: Option<Span>, now: Timestamp) -> bool {
    let over = expires_at != Timestamp::NEVER && now >= expires_at.plus(kept(kind));
    match grant {
        None => over || expires_at == Timestamp::NEVER,
        Some(grant) => over && (kind == TokenKind::AccessToken || !grant.lives(now)),
    }
}

/// Whether a grant may go: a day after the last of its tokens may.
pub(crate) fn grant_due(grant: Span, now: Timestamp) -> bool {
    grant.end() != FOREVER && now.0 >= grant.end().saturating_add(2 * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(revoked: bool, expires_at: u64, until: u64) -> Option<Span> {
        Some(Span { revoked, expires_at: Timestamp(expires_at), until })
    }

    #[test]
    fn access_tokens_go_at_their_end() {
        let kind = TokenKind::AccessToken;
        assert!(!token_due(kind, Timestamp(100), span(false, 0, FOREVER), Timestamp(99)));
        assert!(token_due(kind, Timestamp(100), span(false, 0, FOREVER), Timestamp(100)));
        assert!(!token_due(kind, Timestamp::NEVER, span(false, 0, FOREVER), Timestamp(100)));
        assert!(token_due(kind, Timestamp::NEVER, None, Timestamp(100)));
    }

    #[test]
    fn codes_stay_a_day_and_while_their_grant_lives() {
        let kind = TokenKind::AuthorizationCode;
        let late = Timestamp(100 + DAY);
        assert!(!token_due(kind, Timestamp(100), span(true, 0, FOREVER), late.minus(1)));
        assert!(token_due(kind, Timestamp(100), span(true, 0, FOREVER), late));
        assert!(!token_due(kind, Timestamp(100), span(false, 0, FOREVER), late));
        assert!(token_due(kind, Timestamp(100), span(false, 200, FOREVER), late));
        assert!(token_due(kind, Timestamp(100), span(false, 0, 200), late));
        assert!(token_due(kind, Timestamp(100), None, late));
    }

    #[test]
    fn grants_go_after_their_tokens() {
        let ended = Span { revoked: false, expires_at: Timestamp(100), until: 500 };
        assert!(!grant_due(ended, Timestamp(99 + 2 * DAY)));
        assert!(grant_due(ended, Timestamp(100 + 2 * DAY)));
        let endless = Span { revoked: true, expires_at: Timestamp::NEVER, until: FOREVER };
        assert!(!grant_due(endless, Timestamp(u64::MAX)));
    }

    #[test]
    fn a_grant_outlives_all_that_is_minted_under_it() {
        assert_eq!(extended(1000, Timestamp(900)), None);
        assert_eq!(extended(1000, Timestamp(1001)), Some(1001 + DAY));
        assert_eq!(extended(1000, Timestamp::NEVER), Some(FOREVER));
        assert_eq!(extended(FOREVER, Timestamp::NEVER), None);
        assert_eq!(extended(0, Timestamp(u64::MAX)), Some(FOREVER));
    }
}
