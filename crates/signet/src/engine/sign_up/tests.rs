//! A new account whose name somebody else may take.

use signet_login::password::Parameters;

use super::*;
use crate::{LoginOptions, Provider};

fn wish() -> Wish {
    let password = Secret::new("feeling good".to_owned());
    Wish { username: "nina".to_owned(), password, name: String::new(), email: String::new() }
}

#[tokio::test]
async fn after_a_lost_race_an_account_is_made_while_its_name_is_free() {
    let parameters = Parameters { memory_kib: 8, iterations: 1, parallelism: 1 };
    let login = LoginOptions { parameters, ..LoginOptions::default() };
    let provider = Provider::builder("https://op.example").login(login).build().await.unwrap();
    let (asking, visitor, client) = (Asking::of(&provider), Visitor::default(), ClientId::from("web"));
    let wish = wish();
    let first = asking.sign_up(&Applicant { visitor: &visitor, client: &client, wish: &wish }).await.unwrap();
    let (Ok(Progress::Made(user, _)), writes) = (&first.outcome, first.writes.len()) else { panic!() };
    let (id, free) = (user.id.clone(), asking.made_again(&wish, first).await.unwrap());
    let Ok(Progress::Made(user, _)) = &free.outcome else { panic!() };
    assert_eq!((&user.id, free.writes.len()), (&id, writes), "the same account, written once");

    let another = User { id: UserId("another".into()), version: 0, ..user.duplicate() };
    provider.inner.store.commit(vec![Change::PutUser(Arc::new(another))]).await.unwrap();
    let taken = asking.made_again(&wish, free).await.unwrap();
    assert!(taken.writes.is_empty());
    assert_eq!(taken.outcome.err(), Some(Problem::SignUp(vec![Fault::UsernameTaken])));
}
