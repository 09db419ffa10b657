//! RFC 8265, UTS 39: people are found by their name in every form, and nobody new is given one that could be
//! taken for another's.

use std::sync::Arc;

use serde_json::json;
use signet_certify::Page;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::lookup::UserByName;
use signet_core::record::User;

use crate::op::{ClientSpec, Op, World, client, password};
use crate::outside::StoreKind;

/// An application that asks nobody for consent.
fn quiet() -> ClientSpec {
    client("web").set("skip_consent", true)
}

async fn refused(op: &Op, username: &str, password: &str) -> Page {
    let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    let shown = page.fill("username", username).fill("password", password).submit("sign-in").await.on_page();
    assert!(shown.has("sign-in"), "{username} got on: {}", shown.text());
    shown
}

async fn signs_in(op: &Op, username: &str, password: &str) -> serde_json::Value {
    let elsewhere = op.rp("web").at(&op.another_browser());
    let signed_in = elsewhere.authorize("openid").login_as(username, password).signed_in().await;
    signed_in.claims().await["sub"].clone()
}

async fn ella(op: &Op) -> User {
    op.stored("ella").await.duplicate()
}

#[tokio::test]
async fn a_name_is_found_without_regard_to_case_width_and_form() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([quiet()]).on(kind)).await;
        let elsewhere = |name: &'static str, person: &'static str| {
            let rp = op.rp("web").at(&op.another_browser());
            async move { rp.authorize("openid").login_as(name, password(person)).code().await }
        };
        // Diana is in the configuration, Ella in the store.
        for name in ["diana", "Diana", "DIANA", "\u{ff44}\u{ff49}\u{ff41}\u{ff4e}\u{ff41}", "diana "] {
            elsewhere(name, "diana").await;
        }
        for name in ["ella", "Ella", "eLLA"] {
            elsewhere(name, "ella").await;
        }
        refused(&op, "el1a", password("ella")).await;
    }
}

#[tokio::test]
async fn of_two_names_that_differ_in_case_each_is_found_by_the_exact_one_only() {
    let op = Op::with(quiet()).await;
    let first = ella(&op).await;
    let second =
        User { id: "id-of-Ella".into(), username: "Ella".to_owned(), version: 0, ..first.duplicate() };
    op.store().commit(vec![Change::PutUser(Arc::new(second))]).await.unwrap();
    let (lower, upper) =
        (signs_in(&op, "ella", password("ella")).await, signs_in(&op, "Ella", password("ella")).await);
    assert_ne!(lower, upper);
    refused(&op, "ELLA", password("ella")).await;
    assert!(op.log().contains("several accounts match"), "{}", op.log());
}

#[tokio::test]
async fn guesses_at_one_name_in_several_forms_count_together() {
    let op = Op::with(client("web")).await;
    for name in ["ella", "Ella", "eLLa", "ELLA", "\u{ff45}lla"] {
        refused(&op, name, "wrong").await;
    }
    refused(&op, "ella", password("ella")).await;
}

/// Else who has an account could be found out in two posts.
#[tokio::test]
async fn tries_at_a_name_that_nobody_has_count_together_in_all_its_forms() {
    let names = [["ella", "Ella", "\u{ff45}LLA", " ella"], ["paul", "Paul", "\u{ff50}AUL", " paul"]];
    let addresses = ["ella", "paul"].map(|name| {
        ["example.org", "EXAMPLE.org", "ex%61mple.org", "Example.Org"].map(|host| format!("{name}@{host}"))
    });
    for (by_email, forms) in [
        (false, names.map(|forms| forms.map(str::to_owned))),
        (true, names.map(|forms| forms.map(str::to_owned))),
        (true, addresses),
    ] {
        let op = Op::with(World::of([client("web")]).settings(move |s| s.sign_in_by_email = by_email)).await;
        let mut told = Vec::new();
        for forms in &forms {
            let mut alerts = Vec::new();
            for form in forms {
                alerts.push(refused(&op, form, "wrong").await.document.alert);
            }
            told.push(alerts);
        }
        assert_eq!(told[0], told[1], "{forms:?}");
        assert_ne!(told[0][2], told[0][3], "{forms:?}");
    }
}

#[tokio::test]
async fn what_is_logged_of_a_name_that_several_answer_to_is_throttled_too() {
    let op = Op::with(World::of([quiet()]).login(|login| login.limits.account = 2)).await;
    op.come_from("192.0.2.7");
    let second = User { id: "id-of-Ella".into(), username: "Ella".into(), version: 0, ..ella(&op).await };
    op.store().commit(vec![Change::PutUser(Arc::new(second))]).await.unwrap();
    for _ in 0..6 {
        refused(&op, "ELLA", password("ella")).await;
    }
    assert_eq!(op.log().matches("several accounts match").count(), 2, "{}", op.log());
    assert!(
        op.log().lines().all(|line| !line.starts_with("WARN") || line.contains("throttled")),
        "{}",
        op.log()
    );
}

#[tokio::test]
async fn guesses_by_address_count_as_guesses_at_its_owner() {
    let op = Op::with(World::of([client("web")]).settings(|settings| settings.sign_in_by_email = true)).await;
    for _ in 0..5 {
        refused(&op, "ella@example.org", "wrong").await;
    }
    refused(&op, "ella", password("ella")).await;
}

#[tokio::test]
async fn a_verified_address_signs_in_where_the_operator_says_so() {
    let by_email = |yes: bool| World::of([quiet()]).settings(move |settings| settings.sign_in_by_email = yes);
    let op = Op::with(by_email(false)).await;
    refused(&op, "ella@example.org", password("ella")).await;
    let label = async |op: &Op| {
        op.rp("web")
            .at(&op.another_browser())
            .authorize("openid")
            .login_page()
            .await
            .text()
            .contains("User name or e‑mail address")
    };
    assert!(!label(&op).await);
    let op = Op::with(by_email(true)).await;
    assert!(label(&op).await);
    let by_name = signs_in(&op, "ella", password("ella")).await;
    assert_eq!(signs_in(&op, "Ella@Example.org", password("ella")).await, by_name);
    assert_eq!(
        signs_in(&op, "diana@example.org", password("diana")).await,
        signs_in(&op, "diana", password("diana")).await
    );
    // An address that two people have is nobody's, and so is one that nobody has shown to be theirs.
    let mut elvis = op.stored("elvis").await.duplicate();
    elvis.claims.insert("email".to_owned(), json!("ella@example.org"));
    op.store().commit(vec![Change::PutUser(Arc::new(elvis))]).await.unwrap();
    refused(&op, "ella@example.org", password("ella")).await;
    let mut elvis = op.stored("elvis").await.duplicate();
    elvis.claims.insert("email_verified".to_owned(), json!(false));
    op.store().commit(vec![Change::PutUser(Arc::new(elvis))]).await.unwrap();
    assert_eq!(signs_in(&op, "ella@example.org", password("ella")).await, by_name);
}

#[tokio::test]
async fn an_address_that_nobody_has_verified_looks_like_an_unknown_name() {
    let op = Op::with(World::of([quiet()]).settings(|settings| settings.sign_in_by_email = true)).await;
    op.put_user("nina", "Nina Simone").await;
    // Elvis has an address that is not shown to be his; that of Ella is Nina's too.
    for (username, email, verified) in
        [("elvis", "elvis@far.example", false), ("nina", "ella@example.org", true)]
    {
        let found = op.store().ask(UserByName(username.to_owned())).await.unwrap();
        let mut user = found.unwrap_or_else(|| panic!("{username}")).duplicate();
        user.claims.insert("email".to_owned(), json!(email));
        user.claims.insert("email_verified".to_owned(), json!(verified));
        op.store().commit(vec![Change::PutUser(Arc::new(user))]).await.unwrap();
    }
    let mut told = Vec::new();
    for (number, typed) in
        ["nobody@far.example", "elvis@far.example", "ella@example.org"].into_iter().enumerate()
    {
        let browser = op.browser_at(&format!("192.0.2.{number}"));
        let mut said = Vec::new();
        for _ in 0..7 {
            let page = op.rp("web").at(&browser).authorize("openid").login_page().await;
            let page = page.fill("username", typed).fill("password", "wrong").submit("sign-in").await;
            let page = page.on_page();
            said.push((
                page.status,
                page.text().replace(typed, ""),
                page.headers.get("retry-after").cloned(),
            ));
        }
        told.push(said);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

#[tokio::test]
async fn nobody_new_gets_a_name_that_could_be_taken_for_anothers() {
    let open = |settings: &mut signet_core::settings::Settings| settings.sign_up = true;
    let op = Op::with(World::of([client("web")]).settings(open)).await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    let wish = async |name: &str| {
        let page = page.clone().fill("username", name).fill("password", "a long enough phrase");
        page.submit("sign-up").await.on_page()
    };
    for name in ["Ella", "el1a", "D\u{131}ana", "\u{ff45}\u{ff4c}\u{ff4c}\u{ff41}", "diana@example.org"] {
        let page = wish(name).await;
        assert!(page.text().contains("taken") && page.has("sign-up"), "{name}: {}", page.text());
    }
    for name in ["admin", "Admin", "r00t", "adm1n", "web-master", "support-team"] {
        let page = wish(name).await;
        assert!(page.text().contains("reserved") && page.has("sign-up"), "{name}: {}", page.text());
    }
    for name in ["\u{435}ll\u{430}", "d\u{456}ana", "\u{1f600}", "d\u{332}iana", "ella\u{332}", "el\u{338}la"]
    {
        let page = wish(name).await;
        assert!(page.text().contains("letters of one alphabet"), "{name}: {}", page.text());
    }
    // UTS 39 §3.1: small capitals and the like are no letters of names; those of Hausa are.
    for name in ["\u{1d05}\u{26a}\u{1d00}\u{274}\u{1d00}", "di\u{1d00}na"] {
        let page = wish(name).await;
        assert!(page.text().contains("ordinary letters"), "{name}: {}", page.text());
    }
    assert!(wish("\u{43f}\u{430}\u{432}\u{435}\u{43b}").await.has("consent-allow"));
}

#[tokio::test]
async fn the_name_of_the_account_is_the_preferred_one_where_the_directory_has_no_other() {
    let op = Op::with(World::of([
        quiet(),
        client("apart").set("subject_type", "pairwise").set("skip_consent", true),
    ]))
    .await;
    let told = async |rp: &str| {
        let rp = op.rp(rp).at(&op.another_browser());
        let tokens = rp.authorize("openid profile").login("ella").signed_in().await.tokens;
        rp.userinfo(&tokens).await.succeeded().json["preferred_username"].clone()
    };
    assert_eq!(told("web").await, "ella");
    // Pairwise subjects keep apart what a name would join.
    assert!(told("apart").await.is_null());
    let mut known = ella(&op).await;
    known.claims.insert("preferred_username".to_owned(), json!("lady.ella"));
    op.store().commit(vec![Change::PutUser(Arc::new(known))]).await.unwrap();
    assert_eq!(told("web").await, "lady.ella");
}

/// Whatever the operator says about addresses today: tomorrow they may sign people in by them.
#[tokio::test]
async fn nobody_new_has_an_address_that_is_anothers_name() {
    for kind in StoreKind::BOTH {
        let open = |settings: &mut signet_core::settings::Settings| settings.sign_up = true;
        let op = Op::with(World::of([client("web")]).on(kind).settings(open)).await;
        let mut named = ella(&op).await;
        named.id = "id-of-address".into();
        named.username = "name@example.org".to_owned();
        named.claims.clear();
        named.version = 0;
        op.store().commit(vec![Change::PutUser(Arc::new(named))]).await.unwrap();
        let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
        let wish = page.fill("username", "nina").fill("password", "a long enough phrase");
        let page = wish.fill("email", "Name@example.org").submit("sign-up").await.on_page();
        assert!(page.text().contains("has this address as their user name"), "{}", page.text());
    }
}

#[tokio::test]
async fn an_address_that_is_anothers_name_signs_nobody_in() {
    let op = Op::with(World::of([quiet()]).settings(|settings| settings.sign_in_by_email = true)).await;
    let by_name = signs_in(&op, "ella", password("ella")).await;
    assert_eq!(signs_in(&op, "ella@example.org", password("ella")).await, by_name);
    let named = User {
        id: "id-of-address".into(),
        username: "ella@example.org".to_owned(),
        claims: serde_json::Map::new(),
        version: 0,
        ..ella(&op).await
    };
    op.store().commit(vec![Change::PutUser(Arc::new(named))]).await.unwrap();
    refused(&op, "ella@example.org", password("ella")).await;
    assert!(op.log().contains("several accounts match"), "{}", op.log());
    assert_eq!(signs_in(&op, "ella", password("ella")).await, by_name);
}
