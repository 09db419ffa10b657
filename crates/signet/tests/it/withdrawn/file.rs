//! What a changed configuration file takes away, in this process and in others.

use std::sync::Arc;

use serde_json::json;
use signet::admin::{Window, events};
use signet::{LoginOptions, Provider, StaticUser};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::lookup::UserByName;
use signet_core::record::Recorded;
use signet_core::secret::Secret;
use signet_store::EventFilter;

use crate::op::{CHEAP, ClientSpec, Op, World, client, password, session_of};
use crate::outside::StoreKind;

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

#[tokio::test]
async fn what_a_changed_file_does_to_people_and_clients_is_an_event() {
    for kind in StoreKind::BOTH {
        let both = || World::of([client("web"), client("other")]).on(kind);
        let mut op = Op::with(both()).await;
        op.restart().await;
        let told = async |op: &Op| -> Vec<(String, Option<String>)> {
            let listed = events::list(&**op.store(), &EventFilter::default(), &Window::default()).await;
            let listed = listed.unwrap().entries.into_iter();
            let by_file = listed.filter(|event| event.detail.get("by") == Some(&json!("configuration file")));
            let whose =
                |event: &Recorded| event.username.clone().or(event.client.as_ref().map(|id| id.0.clone()));
            by_file.map(|event| (event.kind.clone(), whose(&event))).collect()
        };
        assert_eq!(told(&op).await, [], "nothing was known before, and nothing has changed");
        op.put_user("nina", "Nina").await;
        let mut known = 0;
        for (people, clients, expected) in [
            (
                vec![("diana", true, "diana")],
                vec!["web"],
                vec![("user.locked", "diana"), ("client.removed", "other")],
            ),
            (
                vec![("diana", false, "elvis"), ("nina", false, "nina")],
                vec!["web", "third"],
                vec![
                    ("user.unlocked", "diana"),
                    ("user.password_set", "diana"),
                    ("user.added", "nina"),
                    ("client.added", "third"),
                    ("user.signed_out", "nina"),
                ],
            ),
            (vec![("diana", false, "elvis"), ("nina", false, "nina")], vec!["web", "third"], vec![]),
            (vec![("diana", false, "elvis")], vec!["web", "third"], vec![("user.removed", "nina")]),
        ] {
            let people = people.into_iter().map(|(name, locked, secret)| StaticUser {
                username: name.to_owned(),
                password: Some(Secret::new(password(secret).to_owned()).into()),
                claims: serde_json::Map::new(),
                locked,
            });
            let provider = Provider::builder(op.url(""))
                .store(op.store().clone())
                .clients(clients.into_iter().map(|name| client(name).record()))
                .users(people)
                .login(LoginOptions { parameters: CHEAP, threads: 1, ..LoginOptions::default() });
            provider.build().await.unwrap();
            // The first difference that this file makes is that it has no addresses.
            let mut all = told(&op).await.split_off(known);
            known += all.len();
            all.retain(|(kind, _)| kind != "user.changed");
            let expected: Vec<_> =
                expected.into_iter().map(|(kind, whose)| (kind.to_owned(), Some(whose.to_owned()))).collect();
            assert_eq!(all, expected);
            for (kind, _) in &expected {
                assert!(op.log().contains(&format!("message={kind}")), "{kind}: {}", op.log());
            }
        }
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
        for said in [
            "the store has a client with this client_id too, which is not used; `signet client rm web`",
            "the stored user nina, which loses 1 session, 1 authorization and 1 consent for good",
        ] {
            assert!(op.log().contains(said), "{said}: {}", op.log());
        }
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
        assert!(op.store().ask(UserByName("Nina".to_owned())).await.unwrap().is_none());
        // Others do, though this process has not read that file.
        let page = page.fill("username", "eunice").fill("password", password("nina"));
        page.submit("sign-up").await.on_page();
        assert!(op.store().ask(UserByName("eunice".to_owned())).await.unwrap().is_some());
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
