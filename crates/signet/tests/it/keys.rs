//! OpenID Connect Core §10.1.1: the life of keys as applications see it, protection at rest, and oidc-op's
//! key files.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};
use signet::clock::Clock as _;
use signet::keys::{KeyDef, KeyFiles, KeyRing, LEAD, Promotion, Purpose};
use signet::{BuildError, Kek, Keks, Provider};
use signet_core::lookup::DocumentNamed;
use signet_jose::alg::KeyType;
use signet_jose::{SigningAlg, SigningKey};

use crate::flow::{Rp, SignedIn};
use crate::op::{Op, World, client};

const DAY: u64 = 86_400;

fn kid(jwt: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Ids of the published keys with this use.
async fn published(rp: &Rp, purpose: &str) -> Vec<String> {
    let set = rp.jwks().await.unwrap().ok().json;
    let keys = set["keys"].as_array().unwrap().iter().filter(|key| key["use"] == purpose);
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// A sign-in in a browser of its own.
async fn sign_in(op: &Op, client: &str) -> SignedIn {
    op.rp(client).at(&op.another_browser()).signed_in_quietly("diana").await
}

/// The key that signs for a client; the relying party fetches the keys and verifies.
async fn signer(op: &Op, client: &str) -> String {
    let signed_in = sign_in(op, client).await;
    signed_in.claims().await;
    kid(signed_in.id_token())
}

/// Every node asks so every few seconds.
async fn tend(op: &Op) -> bool {
    op.provider().refresh_keys().await.unwrap()
}

#[tokio::test]
async fn a_new_key_is_published_beside_the_old_one_before_it_signs() {
    let op = Op::with(client("web").set("skip_consent", true)).await;
    let web = op.rp("web");
    let (old, before) = (signer(&op, "web").await, published(&web, "sig").await);
    let options = signet::keys::KeyOptions::default();
    KeyRing::rotate(&**op.store(), &options, op.clock.now(), Promotion::Due).await.unwrap();
    assert!(tend(&op).await && !tend(&op).await);

    let after = published(&web, "sig").await;
    assert_eq!((after.len(), &after[..before.len()]), (4, &before[..]));
    assert_eq!(signer(&op, "web").await, old);

    // Anyone who keeps the set as long as it may be kept has seen the key when it begins to sign.
    let reply = web.jwks().await.unwrap();
    let kept = reply.header(CACHE_CONTROL).split("max-age=").nth(1).unwrap().to_owned();
    let kept: u64 = kept.parse().unwrap();
    assert!(LEAD > kept);
    op.advance(LEAD - 1);
    assert!(!tend(&op).await);
    assert_eq!(signer(&op, "web").await, old);
    op.advance(1);
    assert!(tend(&op).await);
    let new = signer(&op, "web").await;
    assert!(after.contains(&new) && !before.contains(&new));
    assert!(published(&web, "sig").await.contains(&old));
}

#[tokio::test]
async fn keys_are_replaced_by_the_clock_and_what_they_signed_stays_good() {
    let op = Op::with(client("web").set("skip_consent", true)).await;
    let web = op.rp("web");
    let mut seen = vec![signer(&op, "web").await];
    let encryption = published(&web, "enc").await;
    for _ in 0..2 {
        op.advance(90 * DAY - LEAD);
        assert!(tend(&op).await, "the next keys are published");
        op.advance(LEAD - 60);
        let late = sign_in(&op, "web").await;
        assert_eq!(kid(late.id_token()), *seen.last().unwrap());
        op.advance(60);
        assert!(tend(&op).await, "they sign");
        late.claims().await;
        let again = late.rp.authorize("openid").set("prompt", "none").set("id_token_hint", late.id_token());
        let new = again.signed_in().await;
        new.claims().await;
        assert!(!seen.contains(&kid(new.id_token())));
        seen.push(kid(new.id_token()));
    }
    // Of three only the last one and the one before it are still published; nobody encrypts to an old one.
    let kids = published(&web, "sig").await;
    assert_eq!(seen.iter().map(|kid| kids.contains(kid)).collect::<Vec<_>>(), [false, true, true]);
    let now = published(&web, "enc").await;
    assert_eq!((now.len(), now.iter().any(|kid| encryption.contains(kid))), (2, false));
    op.advance(14 * DAY + LEAD);
    assert!(tend(&op).await, "and then only the last one");
    assert_eq!(published(&web, "sig").await.len(), 2);
}

#[tokio::test]
async fn a_new_key_can_sign_at_once_and_the_old_one_be_gone() {
    let op = Op::with(client("web").set("skip_consent", true)).await;
    let web = op.rp("web");
    let leaked = sign_in(&op, "web").await;
    let options = signet::keys::KeyOptions::default();
    let at_once = Promotion::Now { keep: Some(0) };
    KeyRing::rotate(&**op.store(), &options, op.clock.now(), at_once).await.unwrap();
    assert!(tend(&op).await);
    assert!(!published(&web, "sig").await.contains(&kid(leaked.id_token())));
    assert_ne!(signer(&op, "web").await, kid(leaked.id_token()));
}

fn keks(current: Option<char>, previous: &[char]) -> Keks {
    let kek =
        |digit: char| Kek::parse(&format!("0123456789abcdef{}", String::from(digit).repeat(48))).unwrap();
    Keks { current: current.map(kek), previous: previous.iter().copied().map(kek).collect() }
}

/// The stored documents, as somebody with the file reads them.
async fn stored(op: &Op) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for name in ["keys", "subject_salt", "handle_key"] {
        let found = op.store().ask(DocumentNamed(name.into())).await.unwrap();
        values.extend(found.map(|document| document.value));
    }
    values
}

#[tokio::test]
async fn protection_at_rest_changes_nothing_for_anybody() {
    let web = client("web").set("skip_consent", true).set("refresh_without_offline_access", true);
    let mut op =
        Op::with(World::from(web.set("grant_types", json!(["authorization_code", "refresh_token"])))).await;
    let web = op.rp("web");
    let first = sign_in(&op, "web").await;
    let (sub, jwks) = (first.claims().await["sub"].clone(), web.jwks().await.unwrap().json);
    let (clear, mut token) = (stored(&op).await, first.refresh_token().to_owned());
    assert!(clear.iter().any(|value| String::from_utf8_lossy(value).contains("\"d\"")));
    for (current, previous) in [(Some('1'), &[][..]), (Some('2'), &['1']), (None, &['2'])] {
        op.restart_with(|world| world.keys(|keys| keys.at_rest = keks(current, previous))).await;
        let web = op.rp("web");
        assert_eq!(web.jwks().await.unwrap().json, jwks);
        let again = sign_in(&op, "web").await;
        assert_eq!(again.claims().await["sub"], sub);
        token = web.refresh(&token).await.unwrap().tokens().refresh().unwrap().to_owned();
        let now = stored(&op).await;
        if current.is_some() {
            for value in now {
                let text = String::from_utf8(value).unwrap();
                assert!(!text.contains("\"d\"") && text.contains("eyJ"), "{text}");
            }
        } else {
            assert_eq!(
                now.iter().map(Vec::len).collect::<Vec<_>>(),
                clear.iter().map(Vec::len).collect::<Vec<_>>()
            );
        }
    }
}

#[tokio::test]
async fn without_the_key_encryption_key_nothing_starts() {
    let op = Op::with(World::from(client("web")).keys(|keys| keys.at_rest = keks(Some('1'), &[]))).await;
    for at_rest in [keks(None, &[]), keks(Some('2'), &[])] {
        let options = signet::keys::KeyOptions { at_rest, ..Default::default() };
        let built =
            Provider::builder(super::op::issuer()).store(op.store().clone()).keys(options).build().await;
        let Err(BuildError::Keys(why)) = built else { panic!("it started") };
        let why = why.to_string();
        assert!(
            why.contains(keks(Some('1'), &[]).current.unwrap().id()) && why.contains("keys.kek"),
            "{why}"
        );
    }
}

/// A folder for key files; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keys-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn files(&self, read_only: bool) -> KeyFiles {
        let path = |name: &str| Some(self.0.join(name));
        KeyFiles { private: path("private/jwks.json"), public: path("static/jwks.json"), read_only }
    }

    fn write(&self, keys: &[Value]) {
        std::fs::create_dir_all(self.0.join("private")).unwrap();
        std::fs::write(self.0.join("private/jwks.json"), json!({"keys": keys}).to_string()).unwrap();
    }

    fn read(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.0.join(name)).unwrap()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is in the target folder and harms nobody.
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

/// A private key as oidc-op writes it: no algorithm, and of RSA neither `dp` nor `dq` nor `qi`.
fn theirs(alg: SigningAlg, kid: &str) -> Value {
    let mut jwk =
        serde_json::to_value(SigningKey::generate(alg).unwrap().with_kid(kid).to_jwk().unwrap()).unwrap();
    for member in ["alg", "dp", "dq", "qi"] {
        jwk.as_object_mut().unwrap().remove(member);
    }
    jwk
}

fn kids(set: &Value) -> Vec<&str> {
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap_or("none")).collect()
}

#[tokio::test]
async fn the_key_file_of_oidc_op_goes_on_signing() {
    let folder = Folder::new("file");
    let secret = json!({"kty": "oct", "k": "AAAA"});
    let (rsa, ec) = (theirs(SigningAlg::Rs256, "their-rsa"), theirs(SigningAlg::Es256, "their-ec"));
    folder.write(&[rsa.clone(), ec.clone(), secret.clone()]);
    let specs = [
        client("web").set("skip_consent", true),
        client("es").set("skip_consent", true).set("id_token_signed_response_alg", "ES256"),
    ];
    let mut op = Op::with(World::from(specs).keys(|keys| keys.files = folder.files(false))).await;
    assert_eq!(signer(&op, "web").await, "their-rsa");
    assert_eq!(signer(&op, "es").await, "their-ec");
    let set = op.rp("web").jwks().await.unwrap().json;
    assert_eq!(kids(&set)[..2], ["their-rsa", "their-ec"]);
    assert_eq!(folder.read("static/jwks.json"), set);
    let written = folder.read("private/jwks.json");
    assert_eq!(
        (kids(&written)[..2].to_vec(), written["keys"].as_array().unwrap().last()),
        (vec!["their-rsa", "their-ec"], Some(&secret))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("private/jwks.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // A start that changes nothing writes nothing; a rotation is written.
    let before = std::fs::metadata(folder.0.join("private/jwks.json")).unwrap().modified().unwrap();
    op.restart().await;
    assert_eq!(std::fs::metadata(folder.0.join("private/jwks.json")).unwrap().modified().unwrap(), before);
    op.advance(90 * DAY);
    assert!(tend(&op).await);
    let next = folder.read("private/jwks.json");
    let count = |set: &Value| kids(set).len();
    // A successor for each of the four active keys; the two whose place the file's keys took are gone.
    assert_eq!(count(&next), count(&written) + 4 - 2);

    // What the operator takes out retires.
    let keys: Vec<Value> =
        next["keys"].as_array().unwrap().iter().filter(|key| key["kid"] != "their-ec").cloned().collect();
    folder.write(&keys);
    op.restart().await;
    let es = signer(&op, "es").await;
    assert_ne!(es, "their-ec");
    assert!(kids(&op.rp("es").jwks().await.unwrap().json).contains(&"their-ec"), "it is still verified");
}

#[tokio::test]
async fn a_file_that_is_only_read_says_alone_which_keys_there_are() {
    let folder = Folder::new("read-only");
    folder.write(&[theirs(SigningAlg::Es256, "one")]);
    let before = std::fs::read(folder.0.join("private/jwks.json")).unwrap();
    let only = |keys: &mut signet::keys::KeyOptions| {
        keys.files = folder.files(true);
        keys.encryption = Vec::new();
    };
    let web = client("web").set("skip_consent", true).set("id_token_signed_response_alg", "ES256");
    let mut op = Op::with(World::from(web).signing(&["ES256"]).keys(only)).await;
    assert_eq!(signer(&op, "web").await, "one");
    op.advance(400 * DAY);
    tend(&op).await;
    assert_eq!(signer(&op, "web").await, "one");
    assert_eq!(std::fs::read(folder.0.join("private/jwks.json")).unwrap(), before);
    let options = signet::keys::KeyOptions { files: folder.files(true), ..Default::default() };
    let refused =
        KeyRing::rotate(&**op.store(), &options, op.clock.now(), Promotion::Due).await.err().unwrap();
    assert!(refused.to_string().contains("keys.read_only"), "{refused}");
    // The operator rotates by the file.
    folder.write(&[
        theirs(SigningAlg::Es256, "two"),
        serde_json::from_slice::<Value>(&before).unwrap()["keys"][0].clone(),
    ]);
    op.restart().await;
    assert_eq!(signer(&op, "web").await, "two");
    assert_eq!(published(&op.rp("web"), "sig").await, ["two", "one"]);
}

#[tokio::test]
async fn key_defs_make_what_is_missing_and_retire_what_is_too_much() {
    let folder = Folder::new("defs");
    folder.write(&[theirs(SigningAlg::Es256, "their-ec"), theirs(SigningAlg::EdDsa, "too-much")]);
    let def = |purpose, key_type| KeyDef { purpose, key_type, size: 0, kid: None, pem: None };
    let web = client("web").set("skip_consent", true).set("id_token_signed_response_alg", "ES256");
    let world = World::from(web).signing(&["ES256"]).keys(|keys| {
        keys.files = folder.files(false);
        keys.encryption = vec!["ECDH-ES".into()];
        keys.defs = vec![def(Purpose::Sig, SigningAlg::Es256.key_type()), def(Purpose::Enc, KeyType::X25519)];
    });
    let op = Op::with(world).await;
    assert_eq!(signer(&op, "web").await, "their-ec");
    let set = op.rp("web").jwks().await.unwrap().json;
    let of = |purpose: &str, crv: &str| {
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|key| key["use"] == purpose && key["crv"] == crv)
            .count()
    };
    assert_eq!((of("enc", "X25519"), of("enc", "P-256")), (1, 0));
    assert!(kids(&set).contains(&"too-much"), "it is published for what it signed");
}

#[tokio::test]
async fn what_is_wrong_with_a_key_file_is_said() {
    let folder = Folder::new("wrong");
    let start = async || {
        let options = signet::keys::KeyOptions { files: folder.files(true), ..Default::default() };
        let built = Provider::builder("https://op.example").keys(options).build().await;
        built.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(start().await.contains("keys.read_only forbids to make it"));
    let mut bad = theirs(SigningAlg::Es256, "bad");
    bad["d"] = "AAAA".into();
    folder.write(&[theirs(SigningAlg::Es256, "good"), bad]);
    let said = start().await;
    assert!(said.contains("jwks.json: key 2 (kid \"bad\"): x, y and d of an EC key"), "{said}");
    folder.write(&[json!({"kty": "EC", "crv": "P-256", "kid": "public", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})]);
    let said = start().await;
    assert!(said.contains("\"public\" has no private part"), "{said}");
}
