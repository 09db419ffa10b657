//! What is taken away between a decision and its commit: the commit is refused, and the next decision knows
//! of it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde_json::json;
use signet::admin::{Window, sessions, users};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::id::UserId;
use signet_core::lookup::{ConsentOf, Facts, Lookup};
use signet_core::record::User;
use signet_core::time::Timestamp;
use signet_store::{Answer, CommitError, Forget, List, Listing, Store, StoreError};

use crate::op::{Op, World, client, password};
use crate::outside::StoreKind;

/// Which change of a commit it is that something comes before, and what.
type Ending = (fn(&Change) -> bool, Vec<Change>);

thread_local! {
    // A scenario and its provider share a thread.
    static NEXT: RefCell<Option<Ending>> = const { RefCell::new(None) };
    /// There is no room for events that come alone.
    pub(crate) static NO_ROOM: Cell<bool> = const { Cell::new(false) };
}

/// A store to which somebody else may be faster.
pub(crate) struct Meanwhile(pub(crate) Arc<dyn Store>);

impl Store for Meanwhile {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        self.0.find(lookups)
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        let first = NEXT.with_borrow_mut(|next| next.take_if(|(is, _)| changes.iter().any(*is)));
        let alone = changes.iter().all(|change| matches!(change, Change::Record(_)));
        let full = alone && NO_ROOM.get();
        Box::pin(async move {
            if full {
                return Err(StoreError::Full { at: "here".to_owned() }.into());
            }
            if let Some((_, ending)) = first {
                self.0.commit(ending).await.unwrap();
            }
            self.0.commit(changes).await
        })
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        self.0.list(query)
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        self.0.sweep(now, limit)
    }

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        self.0.forget(what, limit)
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.0.health()
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        self.0.migrate()
    }
}

/// Lets this happen just before the next commit that has such a change.
fn before(is: fn(&Change) -> bool, ending: Vec<Change>) {
    NEXT.set(Some((is, ending)));
}

fn happened() -> bool {
    NEXT.take().is_none()
}

fn end(user: &UserId) -> Change {
    Change::EndUser { user: user.clone(), keep_offline: false }
}

#[tokio::test]
async fn who_is_locked_while_the_password_is_looked_at_is_not_signed_in() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let elvis = users::get(&**op.store(), "elvis").await.unwrap();
        let locked = Change::PutUser(Arc::new(User { locked: true, ..elvis.duplicate() }));
        let page = op.rp("web").authorize("openid").login_page().await;
        before(|change| matches!(change, Change::InsertSession(_)), vec![locked, end(&elvis.id)]);
        let page = page.fill("username", "elvis").fill("password", password("elvis"));
        let shown = page.submit("sign-in").await.on_page();
        assert!(happened() && shown.has("sign-in"), "{}", shown.text());
        assert!(sessions::list(&**op.store(), None, &Window::default()).await.unwrap().entries.is_empty());
    }
}

#[tokio::test]
async fn who_is_signed_out_while_a_code_is_made_gives_none() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        op.rp("web").signed_in("elvis", "openid").await;
        let elvis = users::get(&**op.store(), "elvis").await.unwrap();
        before(|change| matches!(change, Change::InsertGrant(_)), vec![end(&elvis.id)]);
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
        assert!(happened());
    }
}

#[tokio::test]
async fn what_is_agreed_to_when_the_sign_in_has_ended_is_not_remembered() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let page = op.rp("web").authorize("openid email").login("elvis").consent_page().await;
        let elvis = users::get(&**op.store(), "elvis").await.unwrap();
        before(|change| matches!(change, Change::PutConsent(_)), vec![end(&elvis.id)]);
        let shown = page.submit("consent-allow").await.on_page();
        assert!(happened() && shown.has("sign-in"), "{}", shown.text());
        let consent = ConsentOf { user: elvis.id.clone(), client: "web".into() };
        assert!(op.store().ask(consent).await.unwrap().is_none());
    }
}

/// Whether the person was asked before, or agrees in this very request.
#[tokio::test]
async fn what_is_withdrawn_while_a_code_is_made_gives_none() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        op.rp("web").signed_in("elvis", "openid").await;
        let elvis = users::get(&**op.store(), "elvis").await.unwrap();
        let withdrawn = || vec![Change::EndConsent(elvis.id.clone(), "web".into())];
        before(|change| matches!(change, Change::InsertGrant(_)), withdrawn());
        op.rp("web").authorize("openid").prompt("none").refused("consent_required").await;
        assert!(happened());
        let page = op.rp("web").authorize("openid").consent_page().await;
        page.submit("consent-allow").await.sent_away();
    }
}

#[tokio::test]
async fn a_client_that_is_removed_while_something_is_made_for_it_gets_nothing() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let stored = client("stored")
            .set("skip_consent", true)
            .set("grant_types", json!(["authorization_code", "client_credentials"]));
        let put = || Change::PutClient(Arc::new(stored.record()));
        let removed = || vec![Change::DeleteClient("stored".into())];
        op.store().commit(vec![put()]).await.unwrap();
        let rp = op.party(&stored);
        rp.signed_in_quietly("diana").await;
        before(|change| matches!(change, Change::InsertGrant(_)), removed());
        rp.authorize("openid").prompt("none").error_page("invalid_client").await;
        assert!(happened());
        op.store().commit(vec![put()]).await.unwrap();
        rp.client_credentials("").await.tokens();
        before(|change| matches!(change, Change::InsertGrant(_)), removed());
        rp.client_credentials("").await.refused("invalid_client");
        assert!(happened());
    }
}
