//! OpenID Connect Dynamic Client Registration 1.0 §2: what applications that register themselves are
//! called, and where they say that they live.

use std::sync::Arc;

use ::http::Method;
use serde_json::{Value, json};
use signet_core::change::Change;
use signet_core::record::Client;
use signet_core::settings::registration::Mode;
use url::Url;

use super::{open, register, registered, send, with};
use crate::op::{Op, World, client};
use crate::outside::StoreKind;

/// On a page next to the operator's own words a name is a claim to be somebody.
#[tokio::test]
async fn nobody_registers_under_the_name_of_this_provider_or_a_known_application() {
    let known = client("field-guide").set("client_name", "Meadow Notes").set("client_name#de", "Wiesenbuch");
    let op = Op::with(World::of([known]).settings(|settings| settings.registration.mode = Mode::Open)).await;
    let host = Url::parse(&op.url("/")).unwrap().host_str().unwrap().to_owned();
    for name in [
        "Meadow Notes",
        "MEADOW NOTES",
        "meadow-notes",
        "Me\u{430}dow Notes",
        "Meadow Notes\u{ae}",
        "\u{2714} Meadow Notes",
        "Meadow Notes (official)",
        "Meadovv Notes",
        "Meadow No\u{307}tes",
        "Meadow Notes Meadow Notes",
        "Meadow Notes \u{a9} 2026",
        "Sign in with Meadow Notes",
        "Anmelden bei Meadow Notes",
        "Votre compte Meadow Notes",
        "Meadow Notes Reader",
        "\u{24c2}eadow Notes",
        "\u{1d0d}\u{1d07}\u{1d00}\u{1d05}\u{1d0f}\u{1d21} notes",
        "M\u{454}adow Notes",
        "wiesenbuch",
        // By their id the operator knows them.
        "Field Guide",
        &format!("Sign in at {host}"),
        &host,
        &host.to_uppercase(),
    ] {
        for member in ["client_name", "client_name#fr"] {
            let refused = register(&op, &with(member, name)).await;
            assert_eq!(refused.json["error"], "invalid_client_metadata", "{member} {name}");
            let why = refused.json["error_description"].as_str().unwrap();
            assert!(why.contains(member) && why.contains("choose another"), "{why}");
        }
    }
    for name in ["Meadowlark Journal", "Field Notes", "Wiesen und Felder"] {
        registered(&op, &with("client_name", name)).await;
    }
    let app = registered(&op, &with("client_name", "Meadow Walks")).await;
    // Nor later.
    let place = app.text("registration_client_uri");
    let mut update = with("client_name", "Meadow Notes");
    update["client_id"] = app.id().into();
    let refused =
        send(&op, Method::PUT, place, Some(app.text("registration_access_token")), Some(&update)).await;
    assert_eq!(refused.json["error"], "invalid_client_metadata", "{}", refused.json);
}

/// UTS 39 §5: the words of the sign-in pages are the provider's, and a word has letters of one alphabet.
#[tokio::test]
async fn nobody_registers_under_words_of_signing_in_or_of_several_alphabets() {
    let op = Op::with(open()).await;
    for (name, why) in [
        ("Sign in", "sign-in pages"),
        ("Ihr Konto", "sign-in pages"),
        ("Mot de passe", "sign-in pages"),
        ("Inloggen", "sign-in pages"),
        ("Passwort vergessen", "sign-in pages"),
        ("\u{767b}\u{5f55}", "sign-in pages"),
        ("Zaloguj si\u{119}", "sign-in pages"),
        ("\u{24c1}ogin", "sign-in pages"),
        ("P\u{448}st", "several alphabets"),
        ("Orch\u{3b1}rd", "several alphabets"),
    ] {
        for member in ["client_name", "client_name#fr"] {
            let refused = register(&op, &with(member, name)).await;
            assert_eq!(refused.json["error"], "invalid_client_metadata", "{member} {name}");
            let told = refused.json["error_description"].as_str().unwrap();
            assert!(told.contains(member) && told.contains(why) && told.contains("choose another"), "{told}");
        }
    }
    for name in ["My App", "Account Manager", "IT-\u{448}\u{43a}\u{43e}\u{43b}\u{430}", "iPhone\u{7248}"] {
        registered(&op, &with("client_name", name)).await;
    }
    let mut many = with("client_name", "Orchard");
    for number in 0..20 {
        many[format!("client_name#x-{number}")] = "Orchard".into();
    }
    let refused = register(&op, &many).await;
    assert!(refused.json["error_description"].as_str().unwrap().contains("more than 20"), "{}", refused.json);
}

/// UAX #15 §3: one character can be a sentence. What it takes to compare a name grows with all that is in it.
#[tokio::test]
async fn names_that_take_much_to_compare_and_names_that_nobody_sees_are_refused() {
    let op = Op::with(open()).await;
    for (name, why) in [
        ("\u{fdfa}".repeat(98), "24 words"),
        ("a ".repeat(50), "24 words"),
        (format!("a{}", "\u{301}".repeat(98)), "4 marks on one letter"),
        ("\u{fe0f}".to_owned(), "people can see"),
        ("\u{1d173}\u{e000}\u{17b4}".to_owned(), "people can see"),
    ] {
        for member in ["client_name", "client_name#fr"] {
            let refused = register(&op, &with(member, &*name)).await;
            assert_eq!(refused.json["error"], "invalid_client_metadata", "{member} {name}");
            let told = refused.json["error_description"].as_str().unwrap();
            assert!(told.contains(member) && told.contains(why), "{told}");
        }
    }
}

/// Names in 20 languages take as much to compare as those of a few applications, whatever is in them.
#[tokio::test]
async fn all_names_of_an_application_together_have_a_bound() {
    type Named<'a> = &'a dyn Fn(u32) -> String;
    let op = Op::with(open()).await;
    let named = |name: Named<'_>| {
        let mut metadata = with("client_name", name(0));
        for (at, language) in (1..).zip("de fr nl it es pt pl cs da sv fi hu ro el tr ru uk bg ko".split(' '))
        {
            metadata[format!("client_name#{language}")] = name(at).into();
        }
        metadata
    };
    let hangul = |at: u32| (0xac01 + at * 111..).take(100).filter_map(char::from_u32).collect::<String>();
    let words = |at: u32| {
        let letter = |at: u32| char::from_u32(u32::from('a') + at % 26).unwrap();
        (0..24).map(|word| format!("{} ", letter(at + word * 5))).collect::<String>()
    };
    for (name, why) in
        [(&hangul as Named<'_>, "too many characters"), (&words as Named<'_>, "too many words")]
    {
        let refused = register(&op, &named(name)).await;
        assert_eq!(refused.json["error"], "invalid_client_metadata", "{}", refused.json);
        let told = refused.json["error_description"].as_str().unwrap();
        assert!(told.contains("client_name") && told.contains(why), "{told}");
    }
    // Long names are as good as others, and one name in all languages is one.
    registered(&op, &with("client_name", hangul(1))).await;
    registered(&op, &named(&|_| hangul(2))).await;
    registered(&op, &named(&|at| format!("Meadow Walks, edition {at}"))).await;
}

/// The same of clients that operators add while Signet runs; those that registered themselves keep nobody
/// away.
#[tokio::test]
async fn nobody_registers_under_the_name_of_an_application_of_the_store() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind)).await;
        let put = async |client: Client| {
            op.store().commit(vec![Change::PutClient(Arc::new(client))]).await.unwrap()
        };
        let app = registered(&op, &with("client_name", "Meadow Walks")).await;
        registered(&op, &with("client_name", "Meadow Notes")).await;
        put(Client { client_name: Some("Meadow Notes".into()), ..Client::new("field-guide") }).await;
        for name in [
            "Meadow Notes",
            "meadow-notes",
            "Me\u{430}dow Notes",
            "Meadow Notes \u{a9} 2026",
            "Meadow Notes Konto",
            "Field Guide",
        ] {
            for member in ["client_name", "client_name#fr"] {
                let refused = register(&op, &with(member, name)).await;
                assert_eq!(refused.json["error"], "invalid_client_metadata", "{member} {name}");
                let why = refused.json["error_description"].as_str().unwrap();
                assert!(why.contains(member) && why.contains("choose another"), "{why}");
            }
        }
        let refused = app.ask(&op, Method::PUT, Some(&app.update("client_name", "Meadow Notes"))).await;
        assert_eq!(refused.json["error"], "invalid_client_metadata", "{}", refused.json);
        op.store().commit(vec![Change::DeleteClient("field-guide".into())]).await.unwrap();
        registered(&op, &with("client_name", "Meadow Notes")).await;
    }
}

/// A configured client without a name is called by its id, and the provider by its host and port.
#[tokio::test]
async fn nobody_registers_under_what_people_see_instead_of_a_name() {
    let nameless = |id: &str| client(id).set("client_name", Value::Null);
    let known = [nameless("field-guide"), nameless("atlas").set("client_name#de", "Kartenwerk")];
    let world = World::of(known).issuer("https://op.example:8443");
    let op = Op::with(world.settings(|settings| settings.registration.mode = Mode::Open)).await;
    for name in [
        "field-guide",
        "Field Guide",
        "atlas",
        "Kartenwerk",
        "op.example:8443",
        "op.example",
        "OP.EXAMPLE 8443",
        "Sign in at op.example:8443",
        "Accounts (op.example)",
        "Notes for op.example",
        "Meadow Walks at OP.example:8443",
    ] {
        let refused = register(&op, &with("client_name", name)).await;
        assert_eq!(refused.json["error"], "invalid_client_metadata", "{name}");
    }
    registered(&op, &with("client_name", "Meadow Walks")).await;
}

/// People recognise a site by its host: who answers there speaks for the provider.
#[tokio::test]
async fn no_stranger_has_people_sent_to_the_providers_own_host() {
    let op = Op::with(open()).await;
    for own in [
        "https://op.example/cb",
        "https://op.example:9443/cb",
        "https://OP.example/cb",
        "https://op.example./cb",
    ] {
        for member in ["redirect_uris", "post_logout_redirect_uris"] {
            let refused = register(&op, &with(member, json!([own]))).await;
            assert!(refused.json["error"].is_string(), "{member} {own}: {}", refused.json);
        }
    }
    for other in ["https://app.op.example/cb", "https://op.example.org/cb"] {
        registered(&op, &with("redirect_uris", json!([other]))).await;
    }
    // On this machine everybody is.
    let op = Op::with(open().issuer("http://127.0.0.1:9400")).await;
    registered(&op, &json!({"redirect_uris": ["http://127.0.0.1:3000/cb"], "application_type": "native"}))
        .await;
}

/// RFC 8252 §7.1: on a device the scheme says where the answer goes; what follows it is nobody's name.
#[tokio::test]
async fn people_see_the_scheme_of_a_native_application_and_no_id_that_we_made_up() {
    let op = Op::with(open()).await;
    for redirect_uri in ["com.example.app:/cb", "com.example.app://bank.example/cb"] {
        let metadata = json!({"redirect_uris": [redirect_uri], "application_type": "native", "token_endpoint_auth_method": "none"});
        let app = registered(&op, &metadata).await;
        let spec = app.spec().redirect_uri(redirect_uri).public();
        let flow = op.party(&spec).at(&op.another_browser()).authorize("openid").login("diana");
        let text = flow.consent_page().await.text().to_owned();
        assert!(
            text.contains("that opens com.example.app: links") && !text.contains("bank.example"),
            "{text}"
        );
        assert!(text.contains("Let an unnamed application know") && !text.contains(app.id()), "{text}");
    }
}
