//! What an operator or a person takes away is gone at once, also what was under way.

mod file;

use signet::admin::{Act, AdminError, Window, clients, consents, sessions, users};
use signet::clock::SystemRng;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::client::{Judge, Origin};
use signet_core::id::SessionId;
use signet_core::secret::Secret;
use signet_core::settings::standard_scopes;
use signet_core::settings::subjects::Public;
use signet_core::subject;
use signet_core::time::Timestamp;

use crate::flow::SignedIn;
use crate::op::{Op, World, client, password, session_of};
use crate::outside::StoreKind;

const LATER: Timestamp = Timestamp(2_000_000_000);

fn act() -> Act<'static> {
    Act::new("a test", LATER.0 * 1000, &SystemRng)
}

/// A person with a sign-in, offline access, a code that is not redeemed yet, and a page that waits for
/// consent.
struct Scene {
    op: Op,
    online: SignedIn,
    offline: SignedIn,
    code: signet_certify::Code,
}

impl Scene {
    async fn new(kind: StoreKind) -> Self {
        let op = Op::with(World::of([client("web"), client("other")]).on(kind)).await;
        let online = op.rp("web").signed_in("elvis", "openid").await;
        let offline = op.rp("other").authorize("openid offline_access").consent().signed_in().await;
        let code = op.rp("web").authorize("openid").code().await;
        Self { op, online, offline, code }
    }

    /// Nothing that was given before is worth anything, in any place.
    async fn all_is_gone_but(&self, offline: bool) {
        let (web, other) = (self.op.rp("web"), self.op.rp("other"));
        web.redeem(&self.code).await.refused("invalid_grant");
        web.userinfo(&self.online.tokens).await.refused("invalid_token");
        assert_eq!(web.introspect(&self.online.tokens).await.succeeded().json["active"], false);
        web.authorize("openid").prompt("none").refused("login_required").await;
        if offline {
            other.refresh(self.offline.refresh_token()).await.tokens();
        } else {
            other.refresh(self.offline.refresh_token()).await.refused("invalid_grant");
            other.userinfo(&self.offline.tokens).await.refused("invalid_token");
        }
    }
}

#[tokio::test]
async fn a_lock_ends_everything_and_unlocking_brings_nothing_back() {
    for kind in StoreKind::BOTH {
        let scene = Scene::new(kind).await;
        let store = &**scene.op.store();
        users::set_locked(store, &act(), "elvis", true).await.unwrap();
        scene.all_is_gone_but(false).await;
        users::set_locked(store, &act(), "elvis", false).await.unwrap();
        scene.all_is_gone_but(false).await;
        scene.op.rp("web").authorize("openid").login("elvis").code().await;
    }
}

#[tokio::test]
async fn a_new_password_ends_everything_unless_offline_access_is_kept() {
    for kind in StoreKind::BOTH {
        for keep_offline in [false, true] {
            let scene = Scene::new(kind).await;
            users::set_password(&**scene.op.store(), &act(), "elvis", None, keep_offline).await.unwrap();
            scene.all_is_gone_but(keep_offline).await;
        }
    }
}

#[tokio::test]
async fn a_removed_person_is_gone_with_all_they_granted() {
    for kind in StoreKind::BOTH {
        let scene = Scene::new(kind).await;
        users::remove(&**scene.op.store(), &act(), "elvis").await.unwrap();
        scene.all_is_gone_but(false).await;
        scene.op.put_user("elvis", "Elvis Costello").await;
        scene.all_is_gone_but(false).await;
    }
}

#[tokio::test]
async fn a_revoked_session_takes_what_was_granted_from_it() {
    let scene = Scene::new(StoreKind::Sqlite).await;
    let store = &**scene.op.store();
    let session = sessions::list(store, None, &Window::default()).await.unwrap().entries.remove(0);
    sessions::revoke(store, &act(), session.id).await.unwrap();
    scene.all_is_gone_but(true).await;
    assert!(matches!(sessions::revoke(store, &act(), SessionId(7)).await, Err(AdminError::NotFound { .. })));
}

#[tokio::test]
async fn an_import_with_a_new_password_or_address_signs_out_and_trusts_no_new_address() {
    let scene = Scene::new(StoreKind::Memory).await;
    let store = &**scene.op.store();
    let import = async |claims: serde_json::Value, password: Option<&str>| {
        let person = users::Person {
            username: "elvis".into(),
            password: password.map(|hash| Secret::new(hash.to_owned())),
            claims: claims.as_object().unwrap().clone(),
            locked: None,
        };
        let update = Some(users::Update { keep_offline: false });
        users::import(store, &act(), vec![person], update, false).await.unwrap();
        users::get(store, "elvis").await.unwrap()
    };
    let before = users::get(store, "elvis").await.unwrap();
    let same = import(serde_json::json!({"email": before.claims["email"], "nickname": "E."}), None).await;
    assert_eq!(same.claims.get("email_verified"), before.claims.get("email_verified"));
    scene.op.rp("web").authorize("openid").prompt("none").code().await;
    let moved = import(serde_json::json!({"email": "new@example.org"}), None).await;
    assert_eq!(moved.claims.get("email_verified"), None);
    scene.op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
    scene.op.rp("other").refresh(scene.offline.refresh_token()).await.tokens();
    let vouched = serde_json::json!({"email": "newer@example.org", "email_verified": true});
    assert_eq!(import(vouched, None).await.claims["email_verified"], true);
    import(serde_json::json!({}), Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$bm9uZQ")).await;
    scene.all_is_gone_but(false).await;
}

#[tokio::test]
async fn a_write_that_was_decided_before_an_operators_change_is_refused() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let store = &**op.store();
        let read = users::get(store, "elvis").await.unwrap();
        users::set_locked(store, &act(), "elvis", true).await.unwrap();
        let late = vec![Change::PutUser(read)];
        assert!(store.commit(late).await.is_err());
        assert!(users::get(store, "elvis").await.unwrap().locked);
    }
}

#[tokio::test]
async fn a_rotated_secret_is_not_undone_by_an_update_of_the_registration() {
    let op = Op::with(client("web")).await;
    let store = &**op.store();
    let metadata = serde_json::json!({"client_id": "made", "redirect_uris": ["https://made.example/cb"]});
    let (lists, scopes) = (op.rp("web").discover().await.unwrap(), standard_scopes());
    let judge = Judge::of_operators(Origin::Operator, lists, &scopes, signet::keys::judge);
    clients::add(store, &act(), &metadata, &judge).await.unwrap();
    let read = clients::get(store, "made").await.unwrap();
    clients::rotate_secret(store, &act(), "made", 0).await.unwrap();
    assert!(store.commit(vec![Change::PutClient(read)]).await.is_err());
}

#[tokio::test]
async fn continue_as_one_account_does_not_answer_for_another() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    let flow = web.authorize("openid").prompt("select_account");
    let page = flow.page_with("account-continue").await;
    // In another tab somebody else signs in.
    let ella = web.authorize("openid").prompt("login").login("ella").consent().signed_in().await;
    let shown = page.submit("account-continue").await.on_page();
    assert!(shown.has("account-continue"), "{}", shown.text());
    assert!(
        shown.text().contains("Ella") && shown.text().contains("has signed in or out"),
        "{}",
        shown.text()
    );
    let code = Ok(flow.read(shown.submit("account-continue").await).await).code();
    let tokens = web.redeem(&code).await.tokens();
    let claims = web.claims(flow.request(), &tokens).await.unwrap();
    assert_eq!(claims["sub"], ella.claims().await["sub"]);
}

/// A page asked who they are. Meanwhile somebody else signed in in the same browser.
#[tokio::test]
async fn a_wrong_password_does_not_go_on_as_somebody_else() {
    let op = Op::with(World::of([client("web").set("skip_consent", true)])).await;
    let web = op.rp("web");
    let flow = web.authorize("openid profile");
    let page = flow.login_page().await;
    web.authorize("openid profile").login("elvis").code().await;
    let page = page.fill("username", "diana").fill("password", "wrong").submit("sign-in").await.on_page();
    assert!(page.has("sign-in") && page.text().contains("do not match"), "{}", page.text());
    let right = page.fill("username", "diana").fill("password", password("diana"));
    let code = Ok(flow.read(right.submit("sign-in").await).await).code();
    let tokens = web.redeem(&code).await.tokens();
    let claims = web.claims(flow.request(), &tokens).await.unwrap();
    let diana = web.authorize("openid profile").signed_in().await;
    assert_eq!(claims["sub"], diana.claims().await["sub"]);
}

#[tokio::test]
async fn signing_out_one_account_does_not_sign_out_another() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    let page = op.browser().get(&op.url("/end_session")).await.on_page();
    assert!(page.text().contains("Diana"));
    web.authorize("openid").prompt("login").login("ella").consent().code().await;
    let shown = page.submit("sign-out-confirm").await.on_page();
    assert!(
        shown.text().contains("Ella") && shown.text().contains("has signed in or out"),
        "{}",
        shown.text()
    );
    assert!(session_of(op.browser()).is_some());
    web.authorize("openid").prompt("none").code().await;
    shown.submit("sign-out-confirm").await.on_page();
    web.authorize("openid").prompt("none").refused("login_required").await;
}

#[tokio::test]
async fn where_subjects_are_made_from_names_a_name_is_given_once() {
    for kind in StoreKind::BOTH {
        let world = World::of([client("web")]).on(kind).settings(|settings| {
            settings.sign_up = true;
            settings.subjects.public = Public::Salted(Secret::new(b"a salt that is long enough".to_vec()));
        });
        let mut op = Op::with(world).await;
        let store = op.store().clone();
        let nina =
            op.rp("web").authorize("openid").prompt("create").sign_up("nina").consent().signed_in().await;
        nina.claims().await;
        users::remove(&*store, &act(), "nina").await.unwrap();
        let person = |name: &str| users::Person {
            username: name.into(),
            password: None,
            claims: Default::default(),
            locked: None,
        };
        for name in ["nina", "NINA", "\u{ff4e}\u{ff49}\u{ff4e}\u{ff41}", "n\u{130}na"] {
            let flow = op.rp("web").authorize("openid").prompt("create").sign_up(name);
            let page = flow.page().await;
            assert!(page.has("username") && page.text().contains("taken"), "{name}: {}", page.text());
            let refused = users::add(&*store, &act(), person(name), true).await.unwrap_err();
            assert!(refused.to_string().contains(&format!("{name} was the name of somebody")), "{refused}");
            let import = users::import(&*store, &act(), vec![person(name)], None, true).await;
            assert!(import.unwrap_err().to_string().contains("was the name of somebody"), "{name}");
        }
        // Anyone who is in the configuration is remembered too.
        op.restart().await;
        assert!(store.ask(subject::used_configured_name("diana")).await.unwrap());
        assert!(store.ask(subject::used_configured_spelling("DIANA")).await.unwrap());
        for name in ["diana", "Diana"] {
            let refused = users::add(&*store, &act(), person(name), true).await.unwrap_err();
            assert!(refused.to_string().contains(&format!("{name} was the name of somebody")), "{refused}");
            let import = users::import(&*store, &act(), vec![person(name)], None, true).await;
            assert!(import.unwrap_err().to_string().contains("was the name of somebody"), "{name}");
        }
        users::add(&*store, &act(), person("nina"), false).await.unwrap();
        // An operator may give names that differ in case only, of which each is given once.
        for name in ["oscar", "Oscar"] {
            users::add(&*store, &act(), person(name), true).await.unwrap();
        }
        users::remove(&*store, &act(), "oscar").await.unwrap();
        users::add(&*store, &act(), person("OSCAR"), true).await.unwrap();
        assert!(users::add(&*store, &act(), person("oscar"), true).await.is_err());
        for name in ["Oscar", "OSCAR"] {
            users::remove(&*store, &act(), name).await.unwrap();
        }
        assert!(users::add(&*store, &act(), person("oSCaR"), true).await.is_err());
    }
}

/// A person who trusts one application no more goes on with the others.
#[tokio::test]
async fn a_withdrawn_consent_ends_what_one_application_has() {
    for kind in StoreKind::BOTH {
        let scene = Scene::new(kind).await;
        let (op, store) = (&scene.op, &**scene.op.store());
        let elvis = users::get(store, "elvis").await.unwrap();
        consents::revoke(store, &act(), &elvis.id, Some(&"other".into())).await.unwrap();
        let (web, other) = (op.rp("web"), op.rp("other"));
        other.refresh(scene.offline.refresh_token()).await.refused("invalid_grant");
        other.userinfo(&scene.offline.tokens).await.refused("invalid_token");
        assert_eq!(other.introspect(&scene.offline.tokens).await.succeeded().json["active"], false);
        other.authorize("openid").prompt("none").refused("consent_required").await;
        assert!(other.authorize("openid").consent_page().await.has("consent-allow"), "still signed in");
        // Nothing else ends.
        web.userinfo(&scene.online.tokens).await.succeeded();
        web.redeem(&scene.code).await.tokens();
        web.authorize("openid").prompt("none").code().await;
    }
}
