//! People of the application's own: Signet stores none of them, and what the application takes away is gone.

use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex};

use serde_json::json;
use signet::{Directory, DirectoryError, DirectoryUser, Provider, StaticUser};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::{Code, Landed};
use signet_core::secret::Secret;
use signet_login::throttle::Limits;
use signet_store::{Answer, List, Listed};

use crate::flow::SignedIn;
use crate::op::{Op, World, client, password};

/// Who there is, or none where it is down.
#[derive(Clone, Default)]
struct Staff(Arc<Mutex<Option<Vec<DirectoryUser>>>>);

impl Staff {
    fn of(names: &[&str]) -> Self {
        let user = |name: &&str| DirectoryUser {
            id: format!("no-{name}"),
            username: (*name).to_owned(),
            claims: json!({"name": "Diana K.", "email": "d@example.org"}).as_object().unwrap().clone(),
            locked: false,
        };
        Self(Arc::new(Mutex::new(Some(names.iter().map(user).collect()))))
    }

    fn change(&self, change: impl FnOnce(&mut DirectoryUser)) {
        change(&mut self.0.lock().unwrap().as_mut().unwrap()[0]);
    }

    fn find(&self, is: impl Fn(&DirectoryUser) -> bool) -> Result<Option<DirectoryUser>, DirectoryError> {
        let people = self.0.lock().unwrap();
        let people = people.as_ref().ok_or("connection refused")?;
        Ok(people.iter().find(|user| is(user)).cloned())
    }
}

impl Directory for Staff {
    fn by_name<'a>(&'a self, name: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        Box::pin(async move { self.find(|user| user.username == name) })
    }

    fn by_id<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        Box::pin(async move { self.find(|user| user.id == id) })
    }

    fn check<'a>(
        &'a self,
        id: Option<&'a str>,
        typed: &'a Secret<String>,
    ) -> Answer<'a, Result<bool, DirectoryError>> {
        Box::pin(async move {
            let found = self.find(|user| Some(user.id.as_str()) == id)?;
            Ok(found.is_some_and(|user| typed.matches(password(&user.username))))
        })
    }
}

async fn op(staff: &Staff) -> Op {
    let limits = Limits { account: 3, account_refill: 10, ..Limits::default() };
    let world = World::of([client("web")]).directory(Arc::new(staff.clone()));
    Op::with(world.login(|login| login.limits = limits)).await
}

/// Diana is signed in at an application that has another code, which it has not used yet.
async fn given(staff: &Staff) -> (Op, SignedIn, Code) {
    let op = op(staff).await;
    let asked = || op.rp("web").authorize("openid offline_access");
    let given = asked().login("diana").consent().signed_in().await;
    let unused = asked().code().await;
    (op, given, unused)
}

#[tokio::test]
async fn people_of_a_directory_sign_in_agree_and_are_remembered() {
    let staff = Staff::of(&["diana"]);
    let op = op(&staff).await;
    let web = op.rp("web");
    let asked = || web.authorize("openid profile email offline_access");
    let first = asked().login("diana").consent().signed_in().await;
    assert_eq!(first.claims().await["amr"], json!(["pwd"]));
    let told = web.userinfo(&first.tokens).await.succeeded().json;
    assert_eq!((&told["name"], &told["email"]), (&json!("Diana K."), &json!("d@example.org")));
    // Claims are those of today, the subject is that of before, and nobody is asked again.
    staff.change(|diana| {
        diana.username = "elvis".into();
        diana.claims.insert("name".into(), "Elvis Costello".into());
    });
    let next = web.refresh(first.refresh_token()).await.tokens();
    let told = web.userinfo(&next).await.succeeded().json;
    assert_eq!((&told["name"], &told["sub"]), (&json!("Elvis Costello"), &first.claims().await["sub"]));
    asked().prompt("none").code().await;
    // Of the people themselves nothing is stored.
    let users = op.provider().store().list(List::first(Listed::Users, 100)).await.unwrap().users;
    assert!(users.iter().all(|user| user.id.in_directory().is_none()), "{users:?}");
}

#[tokio::test]
async fn what_the_application_takes_away_is_gone() {
    for locked in [true, false] {
        let staff = Staff::of(&["diana"]);
        let (op, given, unused) = given(&staff).await;
        let web = op.rp("web");
        let asked = || web.authorize("openid offline_access");
        staff.change(|diana| match locked {
            true => diana.locked = true,
            false => diana.id = "another".into(),
        });
        web.refresh(given.refresh_token()).await.refused("invalid_grant");
        web.redeem(&unused).await.refused("invalid_grant");
        assert_eq!(web.userinfo(&given.tokens).await.unwrap().status, 401);
        assert_eq!(web.introspect(&given.tokens).await.succeeded().json["active"], false);
        asked().prompt("none").refused("login_required").await;
        assert!(asked().login_page().await.has("password"));
    }
}

/// As after `signet user lock`: whoever was shut out because of a stolen session does not find it again.
#[tokio::test]
async fn what_ended_with_a_lock_is_not_there_after_it() {
    for by_browser in [true, false] {
        let staff = Staff::of(&["diana"]);
        let (op, given, unused) = given(&staff).await;
        let web = op.rp("web");
        let asked = || web.authorize("openid offline_access");
        staff.change(|diana| diana.locked = true);
        match by_browser {
            true => drop(asked().prompt("none").refused("login_required").await),
            false => assert_eq!(web.userinfo(&given.tokens).await.unwrap().status, 401),
        }
        staff.change(|diana| diana.locked = false);
        assert_eq!(web.userinfo(&given.tokens).await.unwrap().status, 401);
        web.refresh(given.refresh_token()).await.refused("invalid_grant");
        web.redeem(&unused).await.refused("invalid_grant");
        asked().prompt("none").refused("login_required").await;
        asked().login("diana").signed_in().await;
    }
}

#[tokio::test]
async fn a_user_without_an_id_is_nobody() {
    let staff = Staff::of(&["diana"]);
    staff.change(|diana| diana.id = String::new());
    // The end of a scenario wants neither a 503 nor an error in the log: here they belong.
    let op = ManuallyDrop::new(op(&staff).await);
    let page = op.rp("web").authorize("openid").login_page().await;
    let tried = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    assert_eq!(tried.on_page().status, 503);
    assert!(op.log().contains("has no id for"));
}

#[tokio::test]
async fn wrong_passwords_count_and_nobody_of_the_store_gets_in() {
    let staff = Staff::of(&["diana"]);
    let op = op(&staff).await;
    // Ella is in the store, which is not asked for people.
    for name in ["ella", "diana", "nobody"] {
        let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
        let typed = if name == "ella" { password("ella") } else { "wrong" };
        let mut told = String::new();
        for _ in 0..3 {
            let tried = page.clone().fill("username", name).fill("password", typed).submit("sign-in").await;
            told = tried.on_page().document.alert;
        }
        assert!(told.contains("10"), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_an_outage() {
    let staff = Staff::of(&["diana"]);
    // The end of a scenario wants neither a 503 nor an error in the log: here they belong.
    let op = ManuallyDrop::new(op(&staff).await);
    let web = op.rp("web");
    let given = web.authorize("openid").login("diana").consent().signed_in().await;
    let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    let people = staff.0.lock().unwrap().take();
    assert_eq!(web.userinfo(&given.tokens).await.unwrap().status, 503);
    let tried = page.clone().fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    assert_eq!(tried.on_page().status, 503);
    *staff.0.lock().unwrap() = people;
    web.userinfo(&given.tokens).await.succeeded();
    let tried = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    assert!(matches!(tried, Ok(Landed::Callback(_))), "{tried:?}");
    assert!(op.log().contains("the user directory failed: connection refused"));
}

#[tokio::test]
async fn all_people_come_from_one_place() {
    let builder = || Provider::builder("https://op.example").directory(Arc::new(Staff::of(&[])));
    let diana =
        StaticUser { username: "diana".into(), password: None, claims: Default::default(), locked: false };
    let error = builder().users([diana]).build().await.err().unwrap().to_string();
    assert!(error.contains("all users come from the directory"), "{error}");
    let error =
        builder().settings(|settings| settings.sign_up = true).build().await.err().unwrap().to_string();
    assert!(error.contains("nobody can create an account"), "{error}");
}
