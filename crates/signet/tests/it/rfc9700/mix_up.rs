//! RFC 9700 §4.4: a client of two providers is led to take the answer of one for the answer of the other.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use signet_certify::assert::Arrived as _;
use signet_certify::{Answer, Error, RelyingParty, Transport, Wire};

use crate::op::{Op, client, issuer, password};

const EVIL: &str = "https://evil.example";

/// The network with a second provider on it: its metadata sends people on to the honest one, and its token
/// endpoint collects codes.
struct Internet {
    honest: Wire,
}

impl Transport for Internet {
    fn send(&self, request: Request<Bytes>) -> Answer<'_> {
        Box::pin(async move {
            if request.uri().host() != Some("evil.example") {
                return self.honest.send("victim", request).await;
            }
            assert_eq!(
                request.uri().path(),
                "/.well-known/openid-configuration",
                "a code was on its way to the thief"
            );
            let metadata = json!({
                "issuer": EVIL,
                "authorization_endpoint": format!("{}/authorize", issuer()),
                "token_endpoint": format!("{EVIL}/token"),
                "jwks_uri": format!("{EVIL}/jwks.json"),
            });
            Response::builder()
                .header("content-type", "application/json")
                .body(metadata.to_string().into())
                .map_err(Error::transport)
        })
    }
}

/// The client's side of the attack: it is registered at both, believes to talk to the evil one, and would
/// send the code there.
fn mixed_up(op: &Op) -> RelyingParty {
    let (clock, chance) = (op.wire.clone(), op.wire.clone());
    let internet = Internet { honest: op.wire.clone() };
    let random = move |bytes: &mut [u8]| {
        bytes.iter_mut().zip(chance.token().bytes()).for_each(|(to, from)| *to = from)
    };
    let wire = Wire::new(internet, move || clock.now(), random);
    RelyingParty::new(&wire, EVIL, "web", "https://web.example/cb")
}

#[tokio::test]
async fn an_answer_names_its_issuer_so_that_a_mixed_up_client_stops() {
    for mode in ["query", "fragment", "form_post"] {
        let op = Op::with(client("web").public()).await;
        let party = mixed_up(&op);
        let refusal = party.request("openid").response_mode(mode).prompt("none");
        let landed = party.authorize(op.browser(), &refusal).await.unwrap();
        let told = party.response(&refusal, &landed).await.unwrap_err();
        assert!(told.message().contains(&format!("iss is {:?}", issuer())), "{mode}: {told}");

        let request = party.request("openid").response_mode(mode);
        let login = party.authorize(op.browser(), &request).await.on_page();
        let login = login.fill("username", "diana").fill("password", password("diana"));
        let landed = login.submit("sign-in").await.on_page().submit("consent-allow").await.unwrap();
        // The person is signed in and the code has arrived; only `iss` tells whose it is.
        let told = party.response(&request, &landed).await.unwrap_err();
        assert!(told.message().contains(&format!("iss is {:?}", issuer())), "{mode}: {told}");
        // The client that asked the honest one has no such doubt.
        let honest = RelyingParty::new(&op.wire, issuer(), "web", "https://web.example/cb");
        honest.response(&request, &landed).await.unwrap().code().unwrap();
    }
}

/// RFC 8414 §3.3: who publishes another's name in their metadata is found out, so the honest provider must
/// publish exactly its own.
#[tokio::test]
async fn metadata_carries_the_exact_issuer() {
    let op = Op::with(client("web")).await;
    op.rp("web").discover().await.unwrap();
    for near in
        ["https://op.example/", "https://OP.example", "http://op.example", "https://op.example/tenant"]
    {
        let party = RelyingParty::new(&op.wire, near, "web", "https://web.example/cb");
        assert!(party.discover().await.is_err(), "{near}");
    }
}
