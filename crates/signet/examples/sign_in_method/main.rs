//! An application that lets people sign in with a code by e-mail, besides the password:
//! `cargo run -p signet --example sign_in_method`, then open what it prints.

#![expect(clippy::print_stderr, reason = "an example tells its reader what happens")]

mod mailed_code;

use std::sync::Arc;

use mailed_code::MailedCode;
use serde_json::json;
use signet::serve::{self, Background, Options, Server, told_to_stop};
use signet::{Provider, StaticUser};
use signet_core::record::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let diana = StaticUser {
        username: "diana".to_owned(),
        password: Some("krall".to_owned().into()),
        claims: json!({ "email": "diana@example.org", "email_verified": true })
            .as_object()
            .cloned()
            .unwrap_or_default(),
        locked: false,
    };
    let mut client = Client::new("web");
    client.redirect_uris = vec!["http://127.0.0.1:9999/callback".to_owned()];
    let send = |address: &str, code: &str| eprintln!("to {address}: your code is {code}");
    let provider = Provider::builder("http://127.0.0.1:8080")
        .clients([client])
        .users([diana])
        .sign_in_method(Arc::new(MailedCode { send }))
        .build()
        .await?;
    let options = Options::local(vec!["127.0.0.1:8080".parse()?]);
    let server = Server::bind(&options).await?.observed(serve::observer(&provider, &options));
    let background = Background::start(&provider);
    eprintln!(
        "http://127.0.0.1:8080/authorize?client_id=web&response_type=code&scope=openid\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A9999%2Fcallback\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    server.run(serve::routes(&provider, &options), told_to_stop()?).await?;
    background.stop().await;
    Ok(())
}
