//! OpenID Connect Core §3.1, §5.5, §6, §8, §9, §10 at once: a sign-in as providers of national identities
//! have it, where all that travels by the browser is signed and encrypted, and so is every answer.

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use signet_certify::ClientAuth;
use signet_certify::assert::Judged as _;
use signet_certify::rp::{Encrypted, Protection};
use signet_core::record::client::SubjectType;
use signet_core::settings::ScopeMeaning;
use signet_jose::alg::KeyType;
use signet_jose::jwe::{DecryptionKey, DecryptionKeys};
use signet_jose::{ContentEncryption, JwkSet, KeyManagementAlg, SigningAlg, SigningKey};

use crate::claims::put_claims;
use crate::flow::{Flow, Rp};
use crate::op::{ClientSpec, Op, World, client};

const HOW: Encrypted = Encrypted { alg: KeyManagementAlg::RsaOaep, enc: ContentEncryption::A128CbcHs256 };
const NATIONALITY: &str = "tag:eid.example,2016-06:claim_nationality";
const CARD: &str = "tag:eid.example,2016-06:claim_eid";
const SERVICE: &str = "service:client.registration";

struct Partner {
    signs: SigningKey,
    opens: DecryptionKey,
}

impl Partner {
    fn new() -> Self {
        Self {
            signs: SigningKey::generate(SigningAlg::Rs256).unwrap(),
            opens: DecryptionKey::generate(KeyType::Rsa).unwrap(),
        }
    }

    fn spec(&self, id: &str) -> ClientSpec {
        let protected = ["id_token", "userinfo"].iter().fold(client(id).public(), |spec, kind| {
            spec.set(&format!("{kind}_signed_response_alg"), "RS256")
                .set(&format!("{kind}_encrypted_response_alg"), HOW.alg.as_str())
                .set(&format!("{kind}_encrypted_response_enc"), HOW.enc.as_str())
        });
        protected
            .set("token_endpoint_auth_method", "private_key_jwt")
            .set("request_object_signing_alg", "RS256")
            .set("request_object_encryption_alg", HOW.alg.as_str())
            .set("request_object_encryption_enc", HOW.enc.as_str())
            .set("require_signed_request_object", true)
            .set("grant_types", json!(["authorization_code"]))
            .set("scope", format!("openid profile email {SERVICE}"))
            .set("lifetimes", json!({"code": 180, "access_token": 180}))
            .set(
                "jwks",
                json!({"keys": [self.signs.public_jwk().unwrap(), self.opens.public_jwk().unwrap()]}),
            )
    }

    fn rp(&self, op: &Op, id: &str) -> Rp {
        let rp = op.rp(id);
        let keys: DecryptionKeys = [self.opens.clone()].into_iter().collect();
        let party = rp.party.with_auth(ClientAuth::PrivateKeyJwt(self.signs.clone()));
        Rp { party: party.with_id_token_alg("RS256").with_decryption_keys(keys), browser: rp.browser }
    }

    /// A request all of which is signed, then encrypted.
    async fn asks(&self, rp: &Rp, scope: &str, claims: &Value) -> Flow {
        let request = rp.authorize(scope).claims(claims).request().clone();
        let object = rp.request_object(&request, Protection::Key(&self.signs), &json!({})).unwrap();
        let sealed = rp.sealed(&object, HOW.alg, HOW.enc).await.unwrap();
        rp.authorize(scope).with(|_| request.by_value(&sealed))
    }
}

async fn userinfo(rp: &Rp, token: &signet_certify::Tokens) -> Value {
    let reply = rp.userinfo(token).await.unwrap();
    assert_eq!(reply.header(CONTENT_TYPE), "application/jwt");
    let keys = JwkSet::from_json(&rp.jwks().await.unwrap().body).unwrap();
    let opened = rp.open(std::str::from_utf8(&reply.body).unwrap(), Some("RS256"), Some(HOW), &keys).unwrap();
    serde_json::from_slice(&opened.payload).unwrap()
}

#[tokio::test]
async fn everything_is_signed_and_encrypted() {
    let (one, other) = (Partner::new(), Partner::new());
    let world = World::of([one.spec("one"), other.spec("other")]).settings(|settings| {
        settings.subjects.default_type = SubjectType::Pairwise;
        settings.scopes.insert(SERVICE.into(), ScopeMeaning::default());
    });
    let op = Op::with(world).await;
    let card = json!({"serial": "1", "validity_to": "2030-01-01"});
    put_claims(&op, "ella", json!({"name": "Ella", "email": "e@example.org", NATIONALITY: "BE", CARD: card}))
        .await;
    let rp = one.rp(&op, "one");
    let claims = json!({
        "userinfo": {NATIONALITY: {"essential": true}, CARD: null, "picture": null},
        "id_token": {"auth_time": {"essential": true}},
    });
    let scope = format!("openid profile {SERVICE}");
    let signed_in = one.asks(&rp, &scope, &claims).await.login("ella").consent().signed_in().await;
    let id_token = signed_in.claims().await;
    assert!(id_token["auth_time"].is_u64() && id_token["acr"].is_string(), "{id_token}");
    // What a scope asks for comes by UserInfo alone.
    assert!(id_token.get("name").is_none());
    let info = userinfo(&rp, &signed_in.tokens).await;
    assert_eq!((&info["sub"], &info["name"]), (&id_token["sub"], &json!("Ella")));
    assert_eq!((&info[NATIONALITY], &info[CARD]), (&json!("BE"), &card));
    assert!(info.get("picture").is_none() && info.get("email").is_none(), "{info}");
    assert!(signed_in.tokens.refresh_token.is_none());

    // Another partner knows the same person by another name.
    let rp = other.rp(&op, "other");
    let elsewhere = other.asks(&rp, "openid", &json!({})).await.consent().signed_in().await.claims().await;
    assert_ne!(elsewhere["sub"], id_token["sub"]);
    // Anyone who expects somebody else gets nobody.
    let expected = json!({"id_token": {"sub": {"value": id_token["sub"]}}});
    other.asks(&rp, "openid", &expected).await.login_page().await;
    let rp = one.rp(&op, "one");
    one.asks(&rp, "openid", &expected).await.signed_in().await;

    op.advance(180);
    rp.userinfo(&signed_in.tokens).await.refused("invalid_token");
}

#[tokio::test]
async fn nothing_less_is_taken() {
    let (partner, stranger) = (Partner::new(), Partner::new());
    let world = World::of([partner.spec("one")]).settings(|settings| {
        settings.deny_unknown_scopes = true;
        let algs = vec![HOW.alg.as_str().to_owned()];
        settings.offer.only("request_object_encryption_alg_values_supported", algs);
    });
    let op = Op::with(world).await;
    let rp = partner.rp(&op, "one");
    rp.authorize("openid").refused("invalid_request").await;
    let object = |signs: &SigningKey| {
        rp.request_object(rp.authorize("openid").request(), Protection::Key(signs), &json!({})).unwrap()
    };
    let strange = rp.sealed(&object(&stranger.signs), HOW.alg, HOW.enc).await.unwrap();
    rp.authorize("openid")
        .with(|request| request.by_value(&strange))
        .error_page("invalid_request_object")
        .await;
    let otherwise = rp.sealed(&object(&partner.signs), KeyManagementAlg::RsaOaep256, HOW.enc).await.unwrap();
    rp.authorize("openid")
        .with(|request| request.by_value(&otherwise))
        .error_page("invalid_request_object")
        .await;
    // A service and a refresh token that the partner was not given.
    partner.asks(&rp, "openid service:other", &json!({})).await.refused("invalid_scope").await;
    let code = partner.asks(&rp, "openid", &json!({})).await.login("diana").consent().code().await;
    op.rp("one").redeem(&code).await.refused("invalid_client");
    op.advance(181);
    rp.redeem(&code).await.refused("invalid_grant");
}
