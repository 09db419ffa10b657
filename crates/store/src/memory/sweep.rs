//! Expiry in small steps: each step looks at a bounded stretch of every table and remembers where it stopped.

use signet_core::id::{GrantId, SessionId};
use signet_core::record::TokenKind;
use signet_core::time::Timestamp;

use super::table::Table;
use super::{GrantRow, Tables};
use crate::retention::{STEP, Span, grant_due, token_due};

/// The last key that was looked at in each table; none: begin at its start.
#[derive(Default)]
pub(super) struct Places {
    sessions: Option<i64>,
    attempts: Option<String>,
    seen: Option<(String, String)>,
    unused: Option<signet_core::id::ClientId>,
    consents: Option<(signet_core::id::UserId, signet_core::id::ClientId)>,
    access: Option<i64>,
    codes: Option<i64>,
    refresh: Option<i64>,
    grants: Option<GrantId>,
    pub(super) events: Option<i64>,
}

impl GrantRow {
    pub(super) fn span(&self) -> Span {
        Span { revoked: self.grant.revoked, expires_at: self.grant.expires_at, until: self.until }
    }
}

impl Tables {
    pub(super) fn sweep(&mut self, now: Timestamp, limit: usize) -> usize {
        let mut places = std::mem::take(&mut self.places);
        let mut left = limit;

        let due = scan(&self.attempts, &mut places.attempts, left, |a| a.expires_at.expired_at(now));
        left -= delete(&mut self.attempts, due);

        let due = scan(&self.seen, &mut places.seen, left, |expires_at| expires_at.expired_at(now));
        left -= delete(&mut self.seen, due);

        for id in scan(&self.unused, &mut places.unused, left, |at| now >= *at) {
            self.unused.remove(&id);
            self.stored_lives.remove(&id);
            left -= usize::from(self.clients.remove(&id));
        }

        let due = scan(&self.consents, &mut places.consents, left, |row| {
            row.consent.expires_at.expired_at(now) || !self.lives(&row.consent.client, row.life)
        });
        left -= delete(&mut self.consents, due);

        for id in scan(&self.sessions, &mut places.sessions, left, |s| s.expires_at.expired_at(now)) {
            left -= usize::from(self.remove_session(SessionId(id)).is_some());
        }

        left -= self.sweep_tokens(TokenKind::AccessToken, &mut places.access, left, now);
        left -= self.sweep_tokens(TokenKind::AuthorizationCode, &mut places.codes, left, now);
        left -= self.sweep_tokens(TokenKind::RefreshToken, &mut places.refresh, left, now);

        for id in scan(&self.grants, &mut places.grants, left, |row| grant_due(row.span(), now)) {
            if let Some(user) = self.grants.get(&id).and_then(|row| row.grant.user.clone()) {
                self.user_grants.remove(&(user, id));
            }
            left -= usize::from(self.grants.remove(&id));
        }

        self.places = places;
        self.keep();
        limit - left
    }

    fn sweep_tokens(
        &mut self,
        kind: TokenKind,
        place: &mut Option<i64>,
        limit: usize,
        now: Timestamp,
    ) -> usize {
        let grants = &self.grants;
        let due = scan(self.tokens(kind), place, limit, |token| {
            token_due(kind, token.expires_at, grants.get(&token.grant).map(GrantRow::span), now)
        });
        delete(self.tokens_mut(kind), due)
    }
}

/// Up to `limit` keys of due rows: from where the last scan stopped to the end, then from the start to there.
pub(super) fn scan<K: Ord + Clone, V>(
    table: &Table<K, V>,
    place: &mut Option<K>,
    limit: usize,
    due: impl Fn(&V) -> bool,
) -> Vec<K> {
    let mut found = Vec::new();
    if limit == 0 {
        return found;
    }
    let begun = place.take();
    let rest = table.after(begun.as_ref());
    let start = table.after(None).take_while(|(key, _)| begun.as_ref().is_some_and(|begun| *key <= begun));
    for (looked, (key, row)) in rest.chain(start).enumerate() {
        if due(row) {
            found.push(key.clone());
        }
        if found.len() == limit || looked + 1 == STEP {
            *place = Some(key.clone());
            break;
        }
    }
    found
}

fn delete<K: Ord + Clone, V>(table: &mut Table<K, V>, keys: Vec<K>) -> usize {
    keys.into_iter().filter(|key| table.remove(key)).count()
}
