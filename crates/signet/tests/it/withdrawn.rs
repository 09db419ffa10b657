//! What an operator or a person takes away is gone at once, also what was under way.

use std::sync::Arc;

use serde_json::json;
use signet::admin::{AdminError, Window, clients, sessions, users};
use signet::{LoginOptions, Provider, StaticUser};
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::id::SessionId;
use signet_core::lookup::Lookup;
use signet_core::secret::Secret;
use signet_core::settings::subjects::Public;
use signet_core::subject;
use signet_core::time::Timestamp;

use crate::flow::SignedIn;
use crate::op::{CHEAP, ClientSpec, Op, World, client, password, session_of};
use crate::outside::StoreKind;

const LATER: Timestamp = Timestamp(2_000_000_000);

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
        users::set_locked(store, "elvis", true, LATER).await.unwrap();
        scene.all_is_gone_but(false).await;
        users::set_locked(store, "elvis", false, LATER).await.unwrap();
        scene.all_is_gone_but(false).await;
        scene.op.rp("web").authorize("openid").login("elvis").code().await;
    }
}

#[tokio::test]
async fn a_new_password_ends_everything_unless_offline_access_is_kept() {
    for kind in StoreKind::BOTH {
        for keep_offline in [false, true] {
            let scene = Scene::new(kind).await;
            users::set_password(&**scene.op.store(), "elvis", None, keep_offline, LATER).await.unwrap();
            scene.all_is_gone_but(keep_offline).await;
        }
    }
}

#[tokio::test]
async fn a_removed_person_is_gone_with_all_they_granted() {
    for kind in StoreKind::BOTH {
        let scene = Scene::new(kind).await;
        users::remove(&**scene.op.store(), "elvis").await.unwrap();
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
    sessions::revoke(store, session.id).await.unwrap();
    scene.all_is_gone_but(true).await;
    assert!(matches!(sessions::revoke(store, SessionId(7)).await, Err(AdminError::NotFound { .. })));
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
        users::import(store, &signet::clock::SystemRng, vec![person], update, false, LATER).await.unwrap();
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
        users::set_locked(store, "elvis", true, LATER).await.unwrap();
        let late = vec![Change::PutUser(read)];
        assert!(store.commit(late).await.is_err());
        assert!(users::get(store, "elvis").await.unwrap().locked);
    }
}

#[tokio::test]
async fn a_rotated_secret_is_not_undone_by_an_update_of_the_registration() {
    let op = Op::with(client("web")).await;
    let store = &**op.store();
    let rng = &signet::clock::SystemRng;
    let metadata = serde_json::json!({"client_id": "made", "redirect_uris": ["https://made.example/cb"]});
    clients::add(store, rng, &metadata, &["RS256".to_owned()], LATER).await.unwrap();
    let read = clients::get(store, "made").await.unwrap();
    clients::rotate_secret(store, rng, "made").await.unwrap();
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
        users::remove(&*store, "nina").await.unwrap();
        let flow = op.rp("web").authorize("openid").prompt("create").sign_up("nina");
        let page = flow.page().await;
        assert!(page.has("username") && page.text().contains("taken"), "{}", page.text());
        let person = || users::Person {
            username: "nina".into(),
            password: None,
            claims: Default::default(),
            locked: None,
        };
        let rng = &signet::clock::SystemRng;
        let refused = users::add(&*store, rng, person(), true, LATER).await.unwrap_err();
        assert!(refused.to_string().contains("nina was the name of somebody before"), "{refused}");
        // Anyone who is in the configuration is remembered too.
        op.restart().await;
        assert!(store.find(&[subject::used_configured_name("diana")]).await.unwrap().jti_seen);
        users::add(&*store, rng, person(), false, LATER).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_changed_file_takes_away_does_not_come_back_with_it() {
    for kind in StoreKind::BOTH {
        let both = || World::of([client("web"), client("other")]).on(kind);
        let mut op = Op::with(both()).await;
        let web = op.rp("web").signed_in("diana", "openid offline_access").await;
        let other = op.rp("other").authorize("openid offline_access").consent().signed_in().await;
        op.restart().await;
        op.rp("other").userinfo(&other.tokens).await.succeeded();
        op.rp("web").authorize("openid").prompt("none").code().await;

        op.restart_with(|_| World::of([client("web")]).on(kind)).await;
        op.restart_with(|_| both()).await;
        op.rp("other").refresh(other.refresh_token()).await.refused("invalid_grant");
        op.rp("other").userinfo(&other.tokens).await.refused("invalid_token");
        op.rp("other").authorize("openid").prompt("none").refused("consent_required").await;
        let web = op.rp("web").refresh(web.refresh_token()).await.tokens();

        op.restart_with(|world| world.locked("diana")).await;
        op.restart_with(|_| both()).await;
        op.rp("web").userinfo(&web).await.refused("invalid_token");
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
        op.rp("web").authorize("openid").login("diana").code().await;
    }
}

/// What is written in the file takes the place of what is stored under the same name, and inherits nothing.
#[tokio::test]
async fn what_a_file_puts_over_something_stored_inherits_nothing() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(World::of([client("other")]).on(kind)).await;
        let record = |name: &str| Arc::new(client(name).record());
        op.store().commit(vec![Change::PutClient(record("web"))]).await.unwrap();
        op.put_user("nina", "Nina").await;
        let spec = client("web");
        let flow = op.party(&spec).authorize("openid offline_access");
        let web = flow.login("nina").consent().signed_in().await;
        let other = op.rp("other").authorize("openid offline_access").consent().signed_in().await;
        op.party(&spec).authorize("openid").prompt("none").code().await;

        op.restart_with(|_| World::of([client("web"), client("other")]).on(kind)).await;
        op.party(&spec).refresh(web.refresh_token()).await.refused("invalid_grant");
        op.party(&spec).userinfo(&web.tokens).await.refused("invalid_token");
        op.party(&spec).authorize("openid").prompt("none").refused("consent_required").await;
        let other = op.rp("other").refresh(other.refresh_token()).await.tokens();

        starts_with_people(&op, &[client("web"), client("other")], &["diana", "nina"]).await;
        op.rp("other").userinfo(&other).await.refused("invalid_token");
        op.rp("other").authorize("openid").prompt("none").refused("login_required").await;
        assert!(op.log().contains("has the name of a stored one"), "{}", op.log());
    }
}

/// Another process starts on the same store, with these clients in its file.
async fn starts_with(op: &Op, clients: &[ClientSpec]) {
    starts_with_people(op, clients, &["diana"]).await;
}

/// The same with these people.
async fn starts_with_people(op: &Op, clients: &[ClientSpec], people: &[&str]) {
    let people = people.iter().map(|name| StaticUser {
        username: (*name).to_owned(),
        password: Some(Secret::new(password("diana").to_owned()).into()),
        claims: serde_json::Map::new(),
        locked: false,
    });
    let provider = Provider::builder(op.url(""))
        .store(op.store().clone())
        .clients(clients.iter().map(ClientSpec::record))
        .users(people)
        .login(LoginOptions { parameters: CHEAP, threads: 1, ..LoginOptions::default() });
    provider.build().await.unwrap();
}

/// What a reload elsewhere adds is nothing to those who are signing in.
#[tokio::test]
async fn who_signs_in_while_others_are_added_to_the_configuration_is_signed_in() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web").set("skip_consent", true)]).on(kind)).await;
        let flow = op.rp("web").authorize("openid");
        starts_with_people(&op, &[client("web"), client("other")], &["diana", "elvis-in-the-file"]).await;
        flow.login("diana").code().await;
    }
}

/// Another process has read a file with somebody in it who would have the same name.
#[tokio::test]
async fn nobody_signs_up_by_the_name_of_somebody_whom_another_process_has_read() {
    for kind in StoreKind::BOTH {
        let op =
            Op::with(World::of([client("web")]).on(kind).settings(|settings| settings.sign_up = true)).await;
        let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
        starts_with_people(&op, &[client("web")], &["diana", "nina"]).await;
        let page = page.fill("username", "Nina").fill("password", password("nina")).submit("sign-up").await;
        let page = page.on_page();
        assert!(page.has("sign-up"), "{}", page.text());
        assert!(op.store().find(&[Lookup::Username("Nina".to_owned())]).await.unwrap().user.is_none());
        // Others do, though this process has not read that file.
        let page = page.fill("username", "eunice").fill("password", password("nina"));
        page.submit("sign-up").await.on_page();
        assert!(op.store().find(&[Lookup::Username("eunice".to_owned())]).await.unwrap().user.is_some());
    }
}

#[tokio::test]
async fn what_still_has_the_earlier_file_gives_nothing_to_a_client_that_is_gone() {
    for kind in StoreKind::BOTH {
        let web = || client("web").set("may_introspect", true);
        let types = json!(["authorization_code", "refresh_token", "client_credentials"]);
        let other = client("other").set("grant_types", types).set("skip_consent", true);
        let both = World::of([web(), other.clone()]).on(kind);
        let mut op = Op::with(both.clone()).await;
        let signed_in = op.rp("other").authorize("openid offline_access").login("diana").signed_in().await;
        let own = op.rp("other").client_credentials("").await.tokens();
        let code = op.rp("other").authorize("openid").prompt("none").code().await;
        let inactive = async |op: &Op, token: &str| {
            assert_eq!(op.rp("web").introspect(token).await.succeeded().json["active"], false);
        };

        // Requests under way, and all that come to a process which has not read the file yet.
        starts_with(&op, &[web()]).await;
        op.rp("other").authorize("openid").prompt("none").error_page("unauthorized_client").await;
        op.rp("other").client_credentials("").await.refused("unauthorized_client");
        for _ in 0..2 {
            op.rp("other").redeem(&code).await.refused("invalid_grant");
            op.rp("other").refresh(signed_in.refresh_token()).await.refused("invalid_grant");
            op.rp("other").userinfo(&signed_in.tokens).await.refused("invalid_token");
            inactive(&op, &signed_in.tokens.access_token).await;
            inactive(&op, &own.access_token).await;
            // When it is written again, it begins with nothing.
            op.restart_with(|_| both.clone()).await;
        }
        op.rp("other").authorize("openid").prompt("none").signed_in().await;
        op.rp("other").client_credentials("").await.tokens();
    }
}

/// Processes read a changed file one after the other.
#[tokio::test]
async fn who_is_gone_from_the_file_of_another_process_is_refused_as_anybody_is() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web").set("skip_consent", true)]).on(kind)).await;
        op.rp("web").authorize("openid").login("diana").code().await;
        let refused = async |browser: &signet_certify::Browser, username: &str, password: &str| {
            let page = op.rp("web").at(browser).authorize("openid").login_page().await;
            let page = page.fill("username", username).fill("password", password).submit("sign-in").await;
            let page = page.on_page();
            assert_eq!(page.status, 200);
            assert!(page.has("sign-in") && session_of(browser).is_none(), "{}", page.text());
            page.text().to_owned()
        };
        let mut usual = Vec::new();
        for _ in 0..2 {
            usual.push(refused(&op.another_browser(), "nobody at all", "wrong").await);
        }
        // She is gone there, and this process has not read that file. Here, the password is right.
        starts_with_people(&op, &[client("web")], &["ella"]).await;
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
        let gone = refused(&op.another_browser(), "diana", password("diana")).await;
        assert_eq!(gone, usual[0]);
        assert!(op.log().contains("reload this one"), "{}", op.log());
        // She comes back there: here she is as she was before, which is not who she is there.
        starts_with_people(&op, &[client("web")], &["diana", "ella"]).await;
        assert_eq!(refused(&op.another_browser(), "diana", password("diana")).await, usual[1]);
    }
}
