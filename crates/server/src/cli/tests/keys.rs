//! `signet key`.

use super::*;

#[test]
fn keys_are_made_once_and_rotated_on_demand() {
    let place = Place::with_keys();
    let first = place.json(&["key", "list"], "");
    assert_eq!(first, place.json(&["key", "list"], ""));
    assert_eq!(count(&first, "active"), 4);
    let (_, out, said) = place.try_run(&["key", "rotate", "--json"], "");
    let rotated: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((count(&rotated, "active"), count(&rotated, "next"), count(&rotated, "retired")), (4, 4, 0));
    assert!(said.contains("they sign from 20"), "{said}");
    let (_, out, said) = place.try_run(&["key", "rotate", "--now", "--keep", "7d", "--json"], "");
    let now: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((count(&now, "active"), count(&now, "next"), count(&now, "retired")), (4, 0, 4));
    assert!(said.contains("refuses them until then"), "{said}");
    for key in now.as_array().unwrap().iter().filter(|key| key["state"] == "retired") {
        let seconds = |member: &str| key[member].as_u64().unwrap();
        assert_eq!(seconds("removed_at") - seconds("retired_at"), 7 * 86_400);
    }
    assert!(!now.to_string().contains("\"d\""));
    let table = place.run(&["key", "list"], "");
    assert!(
        table.starts_with("KID ")
            && table.contains("RSA-OAEP RSA-OAEP-256")
            && table.contains("active since")
    );
    assert!(Arguments::try_parse_from(["signet", "key", "rotate", "--keep", "7d"]).is_err());
}

/// Next to a running server, before its reload, or where a rotation is due.
#[test]
fn who_only_looks_at_keys_writes_nothing() {
    let place = Place::with_store();
    let (_, out, said) = place.try_run(&["key", "list", "--json"], "");
    assert!(out.trim() == "[]" && said.contains("there are no keys yet"), "{out}{said}");
    assert_eq!(place.run(&["key", "export"], "").trim(), "{\"keys\":[]}");
    place.make_keys();
    let before = place.json(&["key", "list"], "");
    let private = place.0.join("keys.json");
    place.write(
        "signet.toml",
        &format!(
            "{CONFIG}[keys]\nsigning = [\"RS256\", \"ES256\", \"EdDSA\"]\nprivate_path = \"keys.json\"\n"
        ),
    );
    for _ in 0..2 {
        let (code, out, said) = place.try_run(&["key", "list", "--json"], "");
        assert_eq!(code, format!("{:?}", ExitCode::SUCCESS), "{said}");
        assert!(said.contains("no key serves EdDSA"), "{said}");
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), before);
    }
    assert!(place.run(&["key", "export"], "").contains("\"kid\"") && !private.exists());
}

#[test]
fn keys_go_out_and_come_in_as_key_sets() {
    let place = Place::with_keys();
    let public = place.run(&["key", "export"], "");
    assert!(public.contains("\"kid\"") && !public.contains("\"d\""));
    let backup = place.0.join("backup.json").to_str().unwrap().to_owned();
    assert_eq!(place.run(&["key", "export", "--private", &backup], ""), "wrote FOLDER/backup.json\n");
    assert!(place.json(&["key", "export", "--private", &backup], "")["written"].is_string());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let other = Place::with_store();
    let imported = other.json(&["key", "import", &backup], "");
    assert_eq!((count(&imported, "active"), count(&imported, "retired")), (4, 4));
    let theirs: Value = serde_json::from_str(&public).unwrap();
    let ours: Value = serde_json::from_str(&other.run(&["key", "export"], "")).unwrap();
    let kids = |set: &Value| {
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kids(&ours)[..4], kids(&theirs)[..]);
    let verified = Place::new();
    let retired = verified.json(&["key", "import", "--retired", "-"], &public);
    assert_eq!((count(&retired, "active"), count(&retired, "retired")), (4, 4));
    assert!(verified.fails(&["key", "import", "nowhere.json"]).contains("nowhere.json cannot be read"));
    let broken = verified.write("broken.json", r#"{"keys": [{"kty": "EC", "kid": "x"}]}"#);
    assert!(verified.fails(&["key", "import", &broken]).contains("key 1 (kid \"x\"): an EC key needs crv"));
}

#[test]
fn keys_come_in_as_pem() {
    let place = Place::with_store();
    let p384 = include_str!("../../../../signet/tests/it/pem/p384.pem");
    let rsa = include_str!("../../../../signet/tests/it/pem/rsa.pem");
    let both = place.write("both.pem", &format!("{p384}{rsa}"));
    let kids = |set: &str| {
        let set: Value = serde_json::from_str(set).unwrap();
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (_, _, said) = place.try_run(&["key", "import", &both], "");
    let published = place.run(&["key", "export"], "");
    let thumbprint = |pem: &str| signet_jose::Jwk::from_pem(pem).unwrap().thumbprint();
    assert!(said.contains(&format!("{} is published, but", thumbprint(p384))), "nobody wants ES384: {said}");
    assert!(!said.contains(&thumbprint(rsa)), "{said}");
    for pem in [p384, rsa] {
        assert!(kids(&published).contains(&thumbprint(pem)), "{published}");
    }
    assert!(place.fails(&["key", "import", "--kid", "main", &both]).contains("there are 2 here"));

    let named = Place::new();
    let list = named.json(&["key", "import", "--kid", "main", "-"], rsa);
    assert!(list.as_array().unwrap().iter().any(|key| key["kid"] == "main" && key["state"] == "active"));

    for (text, what) in [
        (rsa.replace("PRIVATE", "ENCRYPTED PRIVATE"), "the PEM key is encrypted"),
        (rsa.replace("PRIVATE KEY", "CERTIFICATE"), "this is a certificate, not a key"),
        (rsa.replace("PRIVATE", "PUBLIC"), "this is a public key"),
        (rsa.replace("PRIVATE", "OPENSSH PRIVATE"), "ssh-keygen -p"),
        (rsa.replace("END", "FIN"), "no whole block"),
        (include_str!("../../../../signet/tests/it/pem/rsa1024.pem").to_owned(), "2048"),
        (
            include_str!("../../../../signet/tests/it/pem/secp256k1.pem").to_owned(),
            "only P-256, P-384 and P-521",
        ),
    ] {
        let file = named.write("wrong.pem", &text);
        let said = named.fails(&["key", "import", &file]);
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn keys_without_an_algorithm_sign_by_each_of_their_type() {
    let place = Place::with_store();
    let key = signet_jose::Jwk::from_pem(include_str!("../../../../signet/tests/it/pem/rsa.pem")).unwrap();
    let mut key = serde_json::to_value(key).unwrap();
    // As oidc-op writes them: neither alg nor the numbers that follow from the others.
    for member in ["dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(member).unwrap();
    }
    key["kid"] = "theirs".into();
    let file = place.write("theirs.json", &serde_json::json!({"keys": [key]}).to_string());
    let list = place.json(&["key", "import", &file], "");
    let rsa = list.as_array().unwrap().iter().find(|key| key["kid"] == "theirs").unwrap();
    assert_eq!((rsa["state"].as_str(), count(&list, "retired")), (Some("active"), 1), "{list}");
    // Its way to another store leaves it as it is.
    let backup = place.0.join("backup.json").to_str().unwrap().to_owned();
    place.run(&["key", "export", "--private", &backup], "");
    let other = Place::with_store();
    let there = other.json(&["key", "import", &backup], "");
    assert!(there.as_array().unwrap().iter().any(|key| key["kid"] == "theirs" && key["state"] == "active"));
}

#[test]
fn a_lost_key_encryption_key_has_a_way_on() {
    let place = Place::with_store();
    let with = |digit: &str| {
        let kek = format!("0123456789abcdef{}", digit.repeat(48));
        place.write("signet.toml", &format!("{CONFIG}[keys]\nkek = \"{kek}\"\nsigning = [\"ES256\"]\n"));
    };
    with("1");
    place.make_keys();
    let before = place.json(&["key", "list"], "");
    with("2");
    let refused = place.fails(&["key", "list"]);
    assert!(refused.contains("`signet key reset --lost-kek`"), "{refused}");
    let unsaid = Arguments::try_parse_from(["signet", "key", "reset"]).unwrap_err().to_string();
    assert!(unsaid.contains("--lost-kek"), "{unsaid}");
    // A server would go on with what it has in memory.
    let server = signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap();
    let beside = place.fails(&["key", "reset", "--lost-kek", "--yes"]);
    assert!(beside.contains("stop every server that uses it"), "{beside}");
    drop(server);
    let unasked = place.fails(&["key", "reset", "--lost-kek"]);
    assert!(unasked.contains("signs everybody out") && unasked.contains("--yes"), "{unasked}");
    let (code, out, err) = place.try_run(&["key", "reset", "--lost-kek", "--yes", "--json"], "");
    assert_eq!(code, format!("{:?}", ExitCode::SUCCESS), "{err}");
    let done: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&done["ring"], &done["users"]), (&true.into(), &1.into()), "{done}");
    assert!(err.contains("restart every server"), "{err}");
    let after = place.json(&["key", "list"], "");
    assert!(after.as_array().is_some_and(|keys| !keys.is_empty()) && after != before);
    assert!(place.fails(&["key", "reset", "--lost-kek", "--yes"]).contains("nothing is lost"));
}

fn count(keys: &Value, state: &str) -> usize {
    keys.as_array().unwrap().iter().filter(|key| key["state"] == state).count()
}

/// A full disk, or a store that is only read.
#[test]
fn keys_that_cannot_be_kept_are_not_rotated_and_none_is_lost() {
    use super::busy::Busy;
    use signet::admin::keys as ring;
    use signet::clock::{Clock as _, SystemClock, SystemRng};
    use signet::keys::Promotion;

    let place = Place::new();
    let loaded = context::load(&place.0.join("signet.toml")).unwrap();
    let store = std::sync::Arc::new(Busy::failing_after(1));
    let context = Context {
        loaded,
        store: store.clone(),
        now: SystemClock.now(),
        rng: SystemRng,
        json: true,
        by: "a test".to_owned(),
    };
    one_thread().unwrap().block_on(async {
        KeyRing::open(&*store, &context.loaded.keys, context.now).await.unwrap();
        let list = async || ring::list(&*store, &context.loaded.keys, context.now).await.unwrap().0;
        let before = serde_json::json!(list().await);
        for promotion in [Promotion::Due, Promotion::Now { keep: None }, Promotion::Now { keep: Some(0) }] {
            let error = super::super::keys::rotate(&context, promotion).await.unwrap_err();
            let (mut console, out, err) = console("", true);
            console.fail(&error);
            assert_eq!(
                err.text(),
                "error: no key was rotated; the present ones stay in use: the disk of the store here is full: free at \
                 least 6 MiB on it (`df -h`); a running server then goes on by itself, a command has to be run again; \
                 what was saved is still there\n"
            );
            let said: Value = serde_json::from_str(&out.text()).unwrap();
            assert_eq!(said["error"]["code"], "store");
            assert_eq!(serde_json::json!(list().await), before);
        }
    });
}
