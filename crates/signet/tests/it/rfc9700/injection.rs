//! RFC 9700 §4.5 to §4.8: codes and tokens that are carried from one session into another, and PKCE taken out
//! of a request.

use signet_certify::assert::{Answered as _, Judged as _};
use signet_certify::rp::Pkce;
use signet_certify::{Code, Landed};

use crate::flow::Rp;
use crate::op::{Op, client};

/// The client at its victim's browser and at the attacker's, where the attacker has an account too.
async fn victim_and_attacker(op: &Op, id: &str) -> (Rp, Rp) {
    let (victim, attacker) = (op.rp(id), op.rp(id).at(&op.another_browser()));
    victim.signed_in("diana", "openid").await;
    attacker.signed_in("ella", "openid").await;
    (victim, attacker)
}

/// §4.5: a stolen code is put into a session that the attacker began. The client adds the verifier of that
/// session.
#[tokio::test]
async fn an_injected_code_meets_another_verifier() {
    let op = Op::with([client("web"), client("spa").public()]).await;
    for id in ["web", "spa"] {
        let (victim, attacker) = (op.rp(id).at(&op.another_browser()), op.rp(id).at(&op.another_browser()));
        let stolen = victim.authorize("openid").login("diana").consent().code().await;
        let mine = attacker.authorize("openid").login("ella").consent().code().await;
        let injected = Code { value: stolen.value.clone(), ..mine.clone() };
        attacker.redeem(&injected).await.refused("invalid_grant");
        // Neither code is lost by that: trying is no way to lock the victim out.
        victim.redeem(&stolen).await.tokens();
        attacker.redeem(&mine).await.tokens();
    }
}

/// §4.5.3.2: a client that does not send a challenge notices by the nonce, which must be that of the victim's
/// request.
#[tokio::test]
async fn an_injected_code_brings_the_nonce_of_its_own_request() {
    let op = Op::with(client("web")).await;
    let (victim, attacker) = victim_and_attacker(&op, "web").await;
    let stolen = victim.authorize("openid").pkce(Pkce::None).code().await;
    let session = attacker.authorize("openid").pkce(Pkce::None).signed_in().await;
    let tokens = attacker.redeem(&stolen).await.tokens();
    let told = attacker.claims(&session.request, &tokens).await.unwrap_err();
    assert!(told.message().contains("nonce"), "{told}");
    session.claims().await;
}

/// §4.7: an attacker's own code is forced upon somebody else, who would then act in the attacker's account.
#[tokio::test]
async fn a_code_forced_upon_another_person_is_worth_nothing() {
    let op = Op::with(client("web")).await;
    let (victim, attacker) = victim_and_attacker(&op, "web").await;
    let forced = attacker.authorize("openid").go().await.unwrap();
    let Landed::Callback(address) = &forced else { panic!("{forced:?}") };
    let request = victim.party.request("openid");
    // The client compares the state, which Signet returns to the letter and never makes up.
    let told = victim.response(&request, &forced).await.unwrap_err();
    assert!(told.message().contains("state"), "{told}");
    // A client that does not, or whose state has leaked, is saved by its verifier.
    let mine = victim.authorize("openid").code().await;
    let code = address.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    victim.redeem(&Code { value: code, ..mine }).await.refused("invalid_grant");
}

/// §4.8: the attacker takes the challenge out of the request that the victim follows, and injects the code
/// into a session of the client that did send one.
#[tokio::test]
async fn pkce_taken_out_of_a_request_is_noticed() {
    let op = Op::with([client("web"), client("spa").public()]).await;
    let (victim, attacker) = victim_and_attacker(&op, "web").await;
    let stripped = victim.authorize("openid").without("code_challenge").without("code_challenge_method");
    let stolen = stripped.code().await;
    let mine = attacker.authorize("openid").code().await;
    assert!(mine.verifier.is_some());
    let reply = attacker.redeem(&Code { value: stolen.value, ..mine }).await.refused("invalid_grant");
    assert!(reply.json["error_description"].as_str().unwrap().contains("code_verifier"));
    // Half of it taken out, or another method written in, is refused where it is still a request.
    let request = || victim.authorize("openid");
    request().without("code_challenge").refused("invalid_request").await;
    request().without("code_challenge_method").refused("invalid_request").await;
    request().set("code_challenge_method", "plain").refused("invalid_request").await;
    // A public client has nothing else, so it never gets as far.
    let bare = op.rp("spa").authorize("openid").pkce(Pkce::None);
    bare.refused("invalid_request").await;
}

/// §4.6, §2.1.2: what does not travel through the browser cannot be injected there.
#[tokio::test]
async fn tokens_come_through_the_browser_only_for_clients_that_opted_in() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    for kind in ["token", "id_token", "id_token token", "code token", "code id_token", "code id_token token"]
    {
        for mode in ["query", "fragment", "form_post"] {
            let landed = web
                .authorize("openid")
                .set("response_type", kind)
                .set("response_mode", mode)
                .go()
                .await
                .unwrap();
            let told = match &landed {
                Landed::Callback(url) => url.as_str().to_owned(),
                Landed::Page(page) => format!("{:?}", page.posts_away().unwrap().1),
                Landed::Posted(..) => panic!("{landed:?}"),
            };
            assert!(
                told.contains("unauthorized_client") || mode == "query" && told.contains("invalid_request"),
                "{kind}: {told}"
            );
            for secret in ["access_token", "id_token=", "code=", "\"code\"", "ey"] {
                assert!(!told.contains(secret), "{kind} {mode}: {told}");
            }
        }
    }
    web.authorize("openid").code().await;
}

/// §2.4: nobody gives their password to a client that knows how to ask for it.
#[tokio::test]
async fn a_client_cannot_sign_a_person_in_by_their_password() {
    let op =
        Op::with(client("web").set("grant_types", serde_json::json!(["authorization_code", "password"])))
            .await;
    let form =
        [("grant_type", "password"), ("username", "diana"), ("password", "krall"), ("scope", "openid")];
    op.rp("web").token_request(&form).await.refused("unsupported_grant_type");
    Ok(op.rp("web").authorize("openid").login("diana").consent().response().await).code();
}
