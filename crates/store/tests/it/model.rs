//! Any sequence of commits has the same outcome in memory and in SQLite, and leaves at most one live head per
//! family.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::place::Place;
use proptest::prelude::*;
use signet_core::change::Change;
use signet_core::claims::Names;
use signet_core::id::{GrantId, SessionId, TokenId, UserId};
use signet_core::lookup::{AttemptsOf, DocumentNamed, Facts, Lookup, SessionByCookie, TokenById, UserByName};
use signet_core::record::{Client, Consent, Document, Fill, Grant, Session, Tally, Token, TokenKind, User};
use signet_core::scope::Scope;
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;
use signet_store::contract::block_on;
use signet_store::{List, Listed, MemoryStore, Store};

const DAY: u64 = 86_400;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Change>),
    Sweep(u64, usize),
}

/// Few ids and few times, so that steps meet.
fn id() -> impl Strategy<Value = i64> {
    1..4_i64
}

fn name() -> impl Strategy<Value = String> {
    id().prop_map(|id| format!("n{id}"))
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(0), 1..60_u64, (1..9_u64).prop_map(|days| days * DAY)].prop_map(Timestamp)
}

fn kind() -> impl Strategy<Value = TokenKind> {
    prop_oneof![
        Just(TokenKind::AuthorizationCode),
        Just(TokenKind::AccessToken),
        Just(TokenKind::RefreshToken)
    ]
}

fn client(id: String, version: u64) -> Arc<Client> {
    Arc::new(Client { version, ..Client::new(id) })
}

fn hash(id: i64) -> TokenHash {
    TokenHash::of(&id.to_be_bytes())
}

fn user(id: i64, username: String, version: u64) -> Arc<User> {
    Arc::new(User {
        id: UserId(format!("n{id}")),
        username,
        password: None,
        claims: serde_json::Map::new(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version,
    })
}

fn session(id: i64, user: String, expires_at: Timestamp) -> Session {
    Session {
        id: SessionId(id),
        hash: hash(id),
        root: SessionId(1),
        user: UserId(user),
        proofs: Vec::new(),
        created_at: Timestamp(1),
        expires_at,
        agent: None,
        address: None,
    }
}

fn grant(id: i64, user: Option<String>, session: Option<i64>, offline: bool, expires_at: Timestamp) -> Grant {
    Grant {
        id: GrantId(id),
        user: user.map(UserId),
        client: "n1".into(),
        session: session.map(SessionId),
        sub: "s".to_owned(),
        scope: Scope::default(),
        claims: None,
        agreed: None,
        resources: Vec::new(),
        nonce: None,
        auth_time: Timestamp(1),
        acr: None,
        amr: Vec::new(),
        offline,
        issued_at: Timestamp(1),
        expires_at,
        revoked: false,
    }
}

fn token(kind: TokenKind, id: i64, grant: i64, max_usage: u32, expires_at: Timestamp) -> Token {
    Token {
        id: TokenId(id),
        kind,
        hash: (kind != TokenKind::RefreshToken).then(|| hash(id)),
        grant: GrantId(grant),
        based_on: None,
        issued_at: Timestamp(1),
        expires_at,
        revoked: false,
        used: 0,
        max_usage,
        used_at: Timestamp(0),
        scope: None,
        audience: Vec::new(),
        code: None,
    }
}

fn owners() -> impl Strategy<Value = Change> {
    prop_oneof![
        (name(), 0..3_u64).prop_map(|(id, version)| Change::PutClient(client(id, version))),
        name().prop_map(|id| Change::DeleteClient(id.as_str().into())),
        (name(), time()).prop_map(|(id, at)| Change::ExpectUse(id.as_str().into(), at)),
        name().prop_map(|id| Change::ClientUsed(id.as_str().into())),
        (id(), name(), 0..3_u64).prop_map(|(id, name, version)| Change::PutUser(user(id, name, version))),
        name().prop_map(|id| Change::DeleteUser(id.as_str().into())),
        (id(), name(), time()).prop_map(|(id, user, end)| Change::InsertSession(session(id, user, end))),
        id().prop_map(|id| Change::EndSession(SessionId(id))),
        id().prop_map(|id| Change::ReplaceSession(SessionId(id))),
        id().prop_map(|id| Change::RequireSession(SessionId(id))),
        (name(), 0..3_u64).prop_map(|(name, version)| Change::RequireDocument(name, version)),
        name().prop_map(|id| Change::EndClient(id.as_str().into())),
        (name(), 1..3_u64).prop_map(|(id, number)| {
            Change::BeginClient(id.as_str().into(), Change::FIRST_BEGINNING + number)
        }),
        (name(), 0..3_u64).prop_map(|(id, version)| Change::RequireUser(UserId(id), version)),
        (name(), 0..3_u64).prop_map(|(id, version)| Change::RequireClient(id.as_str().into(), version)),
        (name(), any::<bool>())
            .prop_map(|(user, keep_offline)| Change::EndUser { user: UserId(user), keep_offline }),
        (name(), name(), time()).prop_map(|(user, client, expires_at)| {
            let scope = Scope::default();
            let (user, client) = (UserId(user), client.as_str().into());
            Change::PutConsent(Consent {
                user,
                client,
                scope,
                left_out: Scope::default(),
                claims: Names::default(),
                by_place: BTreeMap::new(),
                given_at: Timestamp(1),
                expires_at,
            })
        }),
        (name(), name()).prop_map(|(user, client)| Change::EndConsent(UserId(user), client.as_str().into())),
        (name(), name())
            .prop_map(|(user, client)| Change::RequireConsent(UserId(user), client.as_str().into())),
        (name(), 0..3_u64).prop_map(|(name, version)| {
            Change::PutDocument(Document { name, version, value: vec![u8::try_from(version).unwrap()] })
        }),
        (name(), 0..3_u64).prop_map(|(name, version)| Change::DeleteDocument(name, version)),
        (name(), time(), 0..4_u64, any::<bool>()).prop_map(|(key, at, limit, must)| {
            let fill = Fill { key, cost: 1500, limit: limit * 1000, at };
            Change::Tally(if must { Tally::Spend(fill) } else { Tally::Charge(fill) })
        }),
        (name(), time()).prop_map(|(key, at)| Change::Tally(Tally::Refund { key, amount: 700, at })),
        name().prop_map(|key| Change::Tally(Tally::Clear { key })),
        (name(), name(), time()).prop_map(|(issuer, jti, expires_at)| Change::SeeJti {
            issuer,
            jti,
            expires_at
        }),
    ]
}

fn tokens() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (id(), prop::option::of(name()), prop::option::of(id()), any::<bool>(), time())
            .prop_map(|(id, user, session, offline, end)| Change::InsertGrant(grant(id, user, session, offline, end))),
        1 => id().prop_map(|id| Change::RevokeGrant(GrantId(id))),
        4 => (kind(), id(), id(), 0..3_u32, time())
            .prop_map(|(kind, id, grant, max, end)| Change::InsertToken(token(kind, id, grant, max, end))),
        4 => (kind(), id(), time()).prop_map(|(kind, id, at)| Change::UseToken(kind, TokenId(id), at)),
        6 => (id(), 0..4_u32, time(), time()).prop_map(|(id, from, at, expires_at)| {
            Change::RotateRefresh { id: TokenId(id), from, at, expires_at }
        }),
        1 => (kind(), id()).prop_map(|(kind, id)| Change::RevokeToken(kind, TokenId(id))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![1 => owners(), 2 => tokens()];
    prop_oneof![
        12 => prop::collection::vec(change, 1..4).prop_map(Step::Commit),
        1 => (time(), 1..5_usize).prop_map(|(now, limit)| Step::Sweep(now.0, limit)),
    ]
}

/// Everything that can be seen, as text.
async fn seen(store: &dyn Store) -> String {
    let mut all = String::new();
    for what in [Listed::Clients, Listed::Users, Listed::Sessions(None), Listed::Documents("n".to_owned())] {
        all.push_str(&format!("{:?}\n", store.list(List::first(what, 100)).await.unwrap()));
    }
    for id in 1..4 {
        let name = format!("n{id}");
        let mut lookups: Vec<Lookup> = vec![
            UserByName(name.clone()).into(),
            AttemptsOf(vec![name.clone()]).into(),
            DocumentNamed(name.clone()).into(),
        ];
        for client in 1..4 {
            let client = Some(format!("n{client}").as_str().into());
            lookups.push(SessionByCookie { id: SessionId(id), hash: hash(id), client }.into());
        }
        for kind in [TokenKind::AuthorizationCode, TokenKind::AccessToken, TokenKind::RefreshToken] {
            lookups.push(TokenById { kind, id: TokenId(id), hash: None }.into());
        }
        all.push_str(&format!(
            "{:?}\n",
            store.list(List::first(Listed::Grants(UserId(name)), 100)).await.unwrap()
        ));
        all.push_str(&format!(
            "{:?}\n",
            store.list(List::first(Listed::Grant(GrantId(id)), 1)).await.unwrap()
        ));
        for lookup in lookups {
            let facts: Facts = store.find(std::slice::from_ref(&lookup)).await.unwrap();
            all.push_str(&format!("{lookup:?} {facts:?}\n"));
        }
    }
    all
}

/// Sweeps until two rounds in a row find nothing.
async fn sweep_all(store: &dyn Store, now: Timestamp, limit: usize) -> usize {
    let mut count = 0;
    loop {
        let some = store.sweep(now, limit).await.unwrap();
        assert!(some <= limit);
        if some == 0 {
            return count;
        }
        count += some;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_agree(steps in prop::collection::vec(step(), 1..60)) {
        let place = Place::new("model");
        block_on(async {
            let memory = MemoryStore::new();
            let sqlite = signet_store::open(&format!("sqlite:{}", place.file("m.db"))).await.unwrap();
            sqlite.migrate().await.unwrap();
            for step in steps {
                match step {
                    Step::Commit(changes) => {
                        let told = format!("{changes:?}");
                        let (one, two) = (memory.commit(changes.clone()).await, sqlite.commit(changes).await);
                        assert_eq!(one, two, "{told}");
                    }
                    Step::Sweep(now, limit) => {
                        let now = Timestamp(now);
                        let (one, two) = (sweep_all(&memory, now, limit).await, sweep_all(&*sqlite, now, limit).await);
                        assert_eq!(one, two, "sweep at {now:?}");
                    }
                }
            }
            assert_eq!(seen(&memory).await, seen(&*sqlite).await);
        });
    }

    /// Commits that race from two threads: whatever the order was, each generation was left at most once.
    #[test]
    fn at_most_one_live_head(
        left in prop::collection::vec(tokens(), 1..40),
        right in prop::collection::vec(tokens(), 1..40),
    ) {
        let place = Place::new("heads");
        let store = block_on(signet_store::open(&format!("sqlite:{}", place.file("m.db")))).unwrap();
        block_on(store.migrate()).unwrap();
        let run = |changes: Vec<Change>| {
            let mut rotated = Vec::new();
            for change in changes {
                let head = match &change {
                    Change::RotateRefresh { id, from, .. } => Some((id.0, *from)),
                    _ => None,
                };
                if block_on(store.commit(vec![change])).is_ok() {
                    rotated.extend(head);
                }
            }
            rotated
        };
        let mut rotated = std::thread::scope(|scope| {
            let other = scope.spawn(|| run(right));
            let mut rotated = run(left);
            rotated.extend(other.join().unwrap());
            rotated
        });
        rotated.sort_unstable();
        let all = rotated.len();
        rotated.dedup();
        prop_assert_eq!(rotated.len(), all, "a head was left twice: {:?}", rotated);
    }
}
