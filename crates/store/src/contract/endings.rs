//! What is taken away while something is under way: of each pair both are committed at the same instant, in
//! either order, a thousand times, and afterwards nothing is left of what was taken away.

use std::sync::{Arc, Barrier};

use signet_core::change::Change;
use signet_core::id::{ClientId, GrantId, SessionId, TokenId, UserId};
use signet_core::lookup::{AttemptsOf, ConsentOf};
use signet_core::record::{Client, Fill, Grant, Session, Tally, Token, TokenKind, User};
use signet_core::secret::Secret;
use tokio::sync::oneshot;

use super::fixtures::*;
use super::{block_on, commit};
use crate::{CommitError, Store};

const ROUNDS: i64 = 1000;
/// Rounds that are run at once, so that a store which writes many commits together does so here too.
const LANES: i64 = 8;

/// Two commits that meet. Both were decided from what [`given`] has stored.
struct Pair {
    name: &'static str,
    /// What takes away.
    ending: Commit,
    /// What is under way.
    under_way: Commit,
    left: Survivor,
}

/// What must not be there in the end.
#[derive(Clone, Copy)]
enum Survivor {
    /// A session.
    Session,
    /// A live grant above a token.
    Grant(TokenKind),
    /// A consent to this application.
    Consent(fn(i64) -> String),
    /// Two winners: the loser decides again.
    TwoWinners,
    /// What was under way, if it was committed after the ending: what came before stays.
    CommitAfterEnding,
}

/// Ids that no other round has: of the session, grant and tokens that are there, and of those to come.
fn new(n: i64) -> i64 {
    n + 500_000_000
}

fn person(n: i64) -> String {
    format!("u{n}")
}

fn application(n: i64) -> String {
    format!("c{n}")
}

/// One that is written in the configuration.
fn written(n: i64) -> String {
    format!("w{n}")
}

fn begun(n: i64) -> u64 {
    Change::FIRST_BEGINNING + n.unsigned_abs()
}

/// A person who is signed in, with a grant and a code and a refresh token below it, and the application that
/// has them.
fn given(n: i64) -> Vec<Change> {
    let grant = Grant {
        session: Some(SessionId(n)),
        client: application(n).as_str().into(),
        ..grant(n, Some(&person(n)))
    };
    vec![
        put_client(&application(n)),
        Change::BeginClient(written(n).as_str().into(), begun(n)),
        put_user(&person(n), &person(n)),
        Change::InsertSession(session(n, &person(n))),
        Change::InsertGrant(grant),
        Change::InsertToken(code(n, n)),
        Change::InsertToken(refresh(n, n)),
        Change::PutConsent(consent(&person(n), &application(n))),
    ]
}

fn edited(n: i64, edit: impl FnOnce(&mut User)) -> Change {
    let mut edited = User { version: 1, ..user(&person(n), &person(n)).duplicate() };
    edit(&mut edited);
    Change::PutUser(Arc::new(edited))
}

fn lock(n: i64) -> Vec<Change> {
    vec![
        edited(n, |user| user.locked = true),
        Change::EndUser { user: UserId(person(n)), keep_offline: false },
    ]
}

fn new_password(n: i64) -> Vec<Change> {
    let put = edited(n, |user| user.password = Some(Secret::new("$argon2id$v=19$new".to_owned())));
    vec![put, Change::EndUser { user: UserId(person(n)), keep_offline: true }]
}

fn rehash(n: i64) -> Vec<Change> {
    vec![edited(n, |user| user.password = Some(Secret::new("$argon2id$v=19$dearer".to_owned())))]
}

fn remove(n: i64) -> Vec<Change> {
    vec![Change::DeleteUser(UserId(person(n)))]
}

/// Signed out everywhere.
fn end_user(n: i64) -> Vec<Change> {
    vec![Change::EndUser { user: UserId(person(n)), keep_offline: false }]
}

fn sign_out(n: i64) -> Vec<Change> {
    vec![Change::EndSession(SessionId(n))]
}

fn remove_client(n: i64) -> Vec<Change> {
    vec![Change::DeleteClient(application(n).as_str().into())]
}

fn write_client_no_more(n: i64) -> Vec<Change> {
    vec![Change::EndClient(written(n).as_str().into())]
}

/// Written no more and then again, before anybody looks.
fn write_client_anew(n: i64) -> Vec<Change> {
    let id = || written(n).as_str().into();
    vec![Change::EndClient(id()), Change::BeginClient(id(), begun(new(n)))]
}

fn change_client(n: i64, edit: impl FnOnce(&mut Client)) -> Vec<Change> {
    let mut changed = Client { version: 1, ..client(&application(n)).duplicate().unwrap() };
    edit(&mut changed);
    vec![Change::PutClient(Arc::new(changed))]
}

fn sign_in(n: i64) -> Vec<Change> {
    vec![Change::RequireUser(UserId(person(n)), 1), Change::InsertSession(session(new(n), &person(n)))]
}

/// The same person in the same browser.
fn sign_in_again(n: i64) -> Vec<Change> {
    let next = Session { root: SessionId(n), ..session(new(n), &person(n)) };
    vec![
        Change::ReplaceSession(SessionId(n)),
        Change::RequireUser(UserId(person(n)), 1),
        Change::InsertSession(next),
    ]
}

fn authorize(n: i64) -> Vec<Change> {
    let grant = Grant { id: GrantId(new(n)), session: Some(SessionId(n)), ..grant(n, Some(&person(n))) };
    vec![
        Change::RequireSession(SessionId(n)),
        Change::InsertGrant(Grant { client: application(n).as_str().into(), ..grant }),
        Change::InsertToken(code(new(n), new(n))),
        Change::RequireClient(application(n).as_str().into(), 1),
    ]
}

/// The same for the application in the configuration.
fn authorize_written(n: i64) -> Vec<Change> {
    let mut changes = authorize(n);
    let id: ClientId = written(n).as_str().into();
    for change in &mut changes {
        match change {
            Change::InsertGrant(grant) => grant.client = id.clone(),
            Change::RequireClient(client, version) => (*client, *version) = (id.clone(), begun(n)),
            _ => {}
        }
    }
    changes
}

fn withdraw(n: i64) -> Vec<Change> {
    vec![Change::EndConsent(UserId(person(n)), application(n).as_str().into())]
}

/// By an application that a person had to agree with.
fn authorize_agreed(n: i64) -> Vec<Change> {
    let agreed = Change::RequireConsent(UserId(person(n)), application(n).as_str().into());
    std::iter::once(agreed).chain(authorize(n)).collect()
}

fn redeem(n: i64) -> Vec<Change> {
    let based_on = Some(TokenId(n));
    vec![use_code(n), Change::InsertToken(Token { based_on, ..access(new(n), n) })]
}

fn refresh_once(n: i64) -> Vec<Change> {
    vec![rotate(n, 0), Change::InsertToken(access(new(n), n))]
}

/// A refresh that is repeated rotates nothing.
fn refresh_again(n: i64) -> Vec<Change> {
    vec![Change::InsertToken(access(new(n), n))]
}

fn agree(n: i64) -> Vec<Change> {
    vec![
        Change::RequireSession(SessionId(n)),
        Change::RequireClient(application(n).as_str().into(), 1),
        Change::PutConsent(consent(&person(n), &application(n))),
    ]
}

fn mark(n: i64) -> String {
    format!("mark:{n}")
}

/// With a mark that [`agree_unmarked`] takes away when it comes later.
fn marked(mut changes: Vec<Change>, n: i64) -> Vec<Change> {
    let fill = Fill { key: mark(n), cost: 9_000_000, limit: 9_000_000, at: NOW };
    changes.push(Change::Tally(Tally::Charge(fill)));
    changes
}

fn agree_unmarked(n: i64) -> Vec<Change> {
    let clear = Change::Tally(Tally::Clear { key: mark(n) });
    agree(n).into_iter().chain([clear]).collect()
}

fn agree_with_written(n: i64) -> Vec<Change> {
    vec![
        Change::RequireSession(SessionId(n)),
        Change::RequireClient(written(n).as_str().into(), begun(n)),
        Change::PutConsent(consent(&person(n), &written(n))),
    ]
}

const PAIRS: &[Pair] = {
    use Survivor::{CommitAfterEnding, Consent, Grant, Session, TwoWinners};
    use TokenKind::{AccessToken, AuthorizationCode};
    &[
        pair("lock and sign-in", lock, sign_in, Session),
        pair("new password and sign-in", new_password, sign_in, Session),
        pair("removal and sign-in", remove, sign_in, Session),
        pair("lock and sign-in again", lock, sign_in_again, Session),
        pair("lock and code", lock, authorize, Grant(AuthorizationCode)),
        pair("new password and code", new_password, authorize, Grant(AuthorizationCode)),
        pair("sign-out and code", sign_out, authorize, Grant(AuthorizationCode)),
        pair("lock and redemption", lock, redeem, Grant(AccessToken)),
        pair("withdrawal and code", withdraw, authorize_agreed, Grant(AuthorizationCode)),
        pair("withdrawal and redemption", withdraw, redeem, Grant(AccessToken)),
        pair("withdrawal and refresh", withdraw, refresh_once, Grant(AccessToken)),
        pair("withdrawal and repeated refresh", withdraw, refresh_again, Grant(AccessToken)),
        pair("sign-out and redemption", sign_out, redeem, Grant(AccessToken)),
        pair("lock and refresh", lock, refresh_once, Grant(AccessToken)),
        pair("sign-out and repeated refresh", sign_out, refresh_again, Grant(AccessToken)),
        pair("removal and consent", remove, agree, Consent(application)),
        pair("sign-out and sign-in again", sign_out, sign_in_again, TwoWinners),
        pair("lock and rehash", lock, rehash, TwoWinners),
        pair("removal of a client and code", remove_client, authorize, Grant(AuthorizationCode)),
        pair("removal of a client and consent", remove_client, agree, Consent(application)),
        pair("removal of a client and redemption", remove_client, redeem, Grant(AccessToken)),
        pair(
            "a client that is written no more and code",
            write_client_no_more,
            authorize_written,
            Grant(AuthorizationCode),
        ),
        pair(
            "a client that is written anew and code",
            write_client_anew,
            authorize_written,
            Grant(AuthorizationCode),
        ),
        pair(
            "a client that is written no more and consent",
            write_client_no_more,
            agree_with_written,
            Consent(written),
        ),
        pair(
            "a new secret and an update",
            |n| change_client(n, |client| client.client_secret = None),
            |n| change_client(n, |client| client.client_name = Some("Notes".to_owned())),
            TwoWinners,
        ),
        pair("removal and sign-in again", remove, sign_in_again, Session),
        pair("removal and code", remove, authorize, Grant(AuthorizationCode)),
        pair("sign-out everywhere and code", end_user, authorize, Grant(AuthorizationCode)),
        pair("new password and redemption", new_password, redeem, Grant(AccessToken)),
        pair("removal and redemption", remove, redeem, Grant(AccessToken)),
        pair("sign-out everywhere and redemption", end_user, redeem, Grant(AccessToken)),
        pair("new password and refresh", new_password, refresh_once, Grant(AccessToken)),
        pair("removal and refresh", remove, refresh_once, Grant(AccessToken)),
        pair("sign-out everywhere and refresh", end_user, refresh_once, Grant(AccessToken)),
        pair("sign-out and refresh", sign_out, refresh_once, Grant(AccessToken)),
        pair("removal of a client and refresh", remove_client, refresh_once, Grant(AccessToken)),
        pair("lock and repeated refresh", lock, refresh_again, Grant(AccessToken)),
        pair("new password and repeated refresh", new_password, refresh_again, Grant(AccessToken)),
        pair("removal and repeated refresh", remove, refresh_again, Grant(AccessToken)),
        pair("sign-out everywhere and repeated refresh", end_user, refresh_again, Grant(AccessToken)),
        pair("lock and consent", |n| marked(lock(n), n), agree_unmarked, CommitAfterEnding),
        pair("new password and consent", |n| marked(new_password(n), n), agree_unmarked, CommitAfterEnding),
        pair("sign-out and consent", |n| marked(sign_out(n), n), agree_unmarked, CommitAfterEnding),
        pair(
            "sign-out everywhere and consent",
            |n| marked(end_user(n), n),
            agree_unmarked,
            CommitAfterEnding,
        ),
    ]
};

type Commit = fn(i64) -> Vec<Change>;

const fn pair(name: &'static str, ending: Commit, under_way: Commit, left: Survivor) -> Pair {
    Pair { name, ending, under_way, left }
}

impl Pair {
    /// How many of its rounds left something.
    async fn survivors(&self, store: &dyn Store, rounds: &[(i64, bool, bool)]) -> usize {
        let mut survivors = 0;
        for &(n, ended, came) in rounds {
            let left = match self.left {
                Survivor::Session => the_session(store, new(n)).await.is_some(),
                Survivor::Grant(kind) => {
                    grant_of(store, kind, new(n)).await.is_some_and(|grant| !grant.revoked)
                }
                Survivor::Consent(client) => {
                    let asked = ConsentOf { user: UserId(person(n)), client: client(n).as_str().into() };
                    store.ask(asked).await.unwrap().is_some()
                }
                Survivor::TwoWinners => ended == came,
                Survivor::CommitAfterEnding => {
                    came && store.ask(AttemptsOf(vec![mark(n)])).await.unwrap().is_empty()
                }
            };
            let ended = ended || matches!(self.left, Survivor::TwoWinners);
            assert!(ended, "{}: nothing that is under way prevents an ending", self.name);
            survivors += usize::from(left);
        }
        survivors
    }
}

/// Every pair, a thousand rounds each.
pub(super) async fn nothing_survives(store: Arc<dyn Store>) {
    for (place, pair) in PAIRS.iter().enumerate() {
        let first = i64::try_from(place).unwrap() * 10_000 + 1;
        let rounds = first..first + ROUNDS;
        for some in rounds.clone().collect::<Vec<_>>().chunks(250) {
            commit(&*store, some.iter().flat_map(|n| given(*n)).collect()).await;
        }
        let mut running = Vec::new();
        for lane in 0..LANES {
            let own: Vec<i64> = rounds.clone().filter(|n| n % LANES == lane).collect();
            let start = Arc::new(Barrier::new(2));
            let ended = side(&store, &own, start.clone(), pair.ending);
            let came = side(&store, &own, start, pair.under_way);
            running.push((own, ended, came));
        }
        let mut results = Vec::new();
        for (own, ended, came) in running {
            let (ended, came) = (ended.await.unwrap(), came.await.unwrap());
            results.extend(own.into_iter().zip(ended).zip(came).map(|((n, ended), came)| (n, ended, came)));
        }
        assert_eq!(i64::try_from(results.len()).unwrap(), ROUNDS);
        assert_eq!(pair.survivors(&*store, &results).await, 0, "{}", pair.name);
    }
}

/// One side of a lane: its commit of each round, at the same instant as the other side's; whether it was
/// made.
fn side(
    store: &Arc<dyn Store>,
    rounds: &[i64],
    start: Arc<Barrier>,
    changes: Commit,
) -> oneshot::Receiver<Vec<bool>> {
    let (done, result) = oneshot::channel();
    let (store, rounds) = (store.clone(), rounds.to_vec());
    std::thread::spawn(move || {
        let made = rounds.into_iter().map(|n| {
            start.wait();
            match block_on(store.commit(changes(n))) {
                Ok(()) => true,
                Err(CommitError::Conflict(_)) => false,
                Err(error) => panic!("{error}"),
            }
        });
        drop(done.send(made.collect()));
    });
    result
}
