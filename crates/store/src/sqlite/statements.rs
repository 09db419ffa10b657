//! The statements about tokens. Each kind has a table of its own, and all tables are alike, so that each
//! statement is written once.

use signet_core::record::TokenKind;

use super::clients::lives;

/// What is asked of the table of one kind.
pub(super) struct Statements {
    pub(super) table: &'static str,
    /// One token, by id, with its grant and the grant's user.
    pub(super) find: &'static str,
    pub(super) insert: &'static str,
    /// The grant of a token that may be used once more.
    pub(super) usable: &'static str,
    pub(super) count_use: &'static str,
    pub(super) revoke: &'static str,
}

macro_rules! statements {
    ($table:literal) => {
        Statements {
            table: $table,
            find: concat!(
                "SELECT t.hash, t.id, t.grant_id, t.expires_at, t.revoked, t.used, t.max_usage, t.used_at, t.v, ",
                "g.revoked OR NOT ",
                lives!("g"),
                ", g.v, u.v FROM ",
                $table,
                " t LEFT JOIN grants g ON g.id = t.grant_id LEFT JOIN users u ON u.id = g.user_id WHERE t.id = ?1"
            ),
            insert: concat!(
                "INSERT INTO ",
                $table,
                " (id, hash, grant_id, expires_at, revoked, used, max_usage, used_at, v) ",
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING"
            ),
            usable: concat!(
                "SELECT g.id, g.until FROM ",
                $table,
                " t JOIN grants g ON g.id = t.grant_id ",
                "WHERE t.id = ?1 AND t.revoked = 0 AND t.used < 4294967295 ",
                "AND (t.max_usage = 0 OR t.used < t.max_usage) AND g.revoked = 0 AND ",
                lives!("g")
            ),
            count_use: concat!("UPDATE ", $table, " SET used = used + 1, used_at = ?2 WHERE id = ?1"),
            revoke: concat!("UPDATE ", $table, " SET revoked = 1 WHERE id = ?1 AND revoked = 0"),
        }
    };
}

/// Every kind.
pub(super) const KINDS: [TokenKind; 3] =
    [TokenKind::AuthorizationCode, TokenKind::AccessToken, TokenKind::RefreshToken];

/// Those of one kind.
pub(super) const fn of(kind: TokenKind) -> &'static Statements {
    match kind {
        TokenKind::AuthorizationCode => &statements!("codes"),
        TokenKind::AccessToken => &statements!("access_tokens"),
        TokenKind::RefreshToken => &statements!("refresh_tokens"),
    }
}
