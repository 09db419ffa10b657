//! An application whose own users sign in: `cargo run -p signet --example directory`.

use std::sync::Arc;

use serde_json::json;
use signet::serve::{self, Background, Options, Server, told_to_stop};
use signet::{Directory, DirectoryError, DirectoryUser, Provider};
use signet_core::secret::Secret;
use signet_store::Answer;

/// The users of the application: here a list, in earnest a table.
struct Staff(Vec<Member>);

struct Member {
    number: u32,
    name: &'static str,
    password: &'static str,
    has_left: bool,
}

impl Member {
    fn user(&self) -> DirectoryUser {
        DirectoryUser {
            id: self.number.to_string(),
            username: self.name.to_owned(),
            claims: json!({ "name": self.name }).as_object().cloned().unwrap_or_default(),
            locked: self.has_left,
        }
    }
}

impl Directory for Staff {
    fn by_name<'a>(&'a self, name: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        Box::pin(async move { Ok(self.0.iter().find(|member| member.name == name).map(Member::user)) })
    }

    fn by_id<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        let is = move |member: &&Member| member.number.to_string() == id;
        Box::pin(async move { Ok(self.0.iter().find(is).map(Member::user)) })
    }

    fn check<'a>(
        &'a self,
        id: Option<&'a str>,
        password: &'a Secret<String>,
    ) -> Answer<'a, Result<bool, DirectoryError>> {
        let is = move |member: &&Member| Some(member.number.to_string().as_str()) == id;
        // In earnest a slow hash is compared here, for nobody too.
        Box::pin(
            async move { Ok(self.0.iter().find(is).is_some_and(|member| password.matches(member.password))) },
        )
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let staff = Staff(vec![
        Member { number: 1, name: "diana", password: "krall", has_left: false },
        Member { number: 2, name: "elvis", password: "costello", has_left: true },
    ]);
    let provider = Provider::builder("http://127.0.0.1:8080").directory(Arc::new(staff)).build().await?;
    let options = Options::local(vec!["127.0.0.1:8080".parse()?]);
    let server = Server::bind(&options).await?.observed(serve::observer(&provider, &options));
    let background = Background::start(&provider);
    server.run(serve::routes(&provider, &options), told_to_stop()?).await?;
    background.stop().await;
    Ok(())
}
