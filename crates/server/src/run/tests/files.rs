//! Files that a configuration names: what is said of those that cannot be used.

use super::*;

#[tokio::test]
async fn a_file_of_keys_is_at_fault_under_its_own_key() {
    let folder = Folder::new("key-files");
    for (more, key) in [
        ("private_path = 'templates'", "private_path"),
        ("private_path = 'text.txt'", "private_path"),
        ("private_path = 'nowhere.json'\nread_only = true", "private_path"),
        ("private_path = 'text.txt/keys.json'", "private_path"),
        ("public_path = 'templates'", "public_path"),
        ("public_path = 'text.txt/keys.json'", "public_path"),
    ] {
        let text = format!(
            "issuer = 'https://op.example'\nstore = 'memory:'\n[keys]\nsigning = ['ES256']\nencryption = []\n{more}\n"
        );
        for purpose in [Purpose::Checking, Purpose::Serving] {
            let said = folder.verdict(&text, purpose).await.join("\n");
            let start = format!("line 6, column {}: `keys.{key}`: ", key.len() + 4);
            assert!(said.contains(&start), "{more} {purpose:?}: {said}");
        }
    }
}

/// A certificate, valid in these years, for this host.
fn issue(folder: &Folder, host: &str, years: (i32, i32)) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
    (params.not_before, params.not_after) =
        (rcgen::date_time_ymd(years.0, 1, 1), rcgen::date_time_ymd(years.1, 1, 1));
    folder.write("of.pem", &params.self_signed(&key).unwrap().pem());
    folder.write("of-key.pem", &key.serialize_pem());
}

/// It is served all the same: it can be replaced while Signet runs.
#[tokio::test]
async fn a_certificate_that_clients_refuse_is_a_warning() {
    let folder = Folder::new("doubtful");
    for (host, years, said) in [
        ("op.example", (2020, 3000), vec![]),
        ("op.example", (2001, 2002), vec!["the certificate expired on 2002-01-01"]),
        ("op.example", (2900, 3000), vec!["the certificate is not valid before 2900-01-01"]),
        (
            "other.example",
            (2001, 2002),
            vec!["the certificate names other.example, and not op.example", "expired on 2002-01-01"],
        ),
    ] {
        issue(&folder, host, years);
        let text = format!(
            "{HEAD}store = 'memory:'\nlisten = '127.0.0.1:0'\ntls = {{ cert = 'of.pem', key = 'of-key.pem' }}\n"
        );
        for purpose in [Purpose::Checking, Purpose::Serving] {
            let warnings = prepare(folder.load(&text).unwrap(), purpose).await.map(|ready| ready.warnings);
            let warnings: Vec<String> = warnings.ok().unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(warnings.len(), said.len(), "{warnings:?}");
            for (warning, said) in warnings.iter().zip(&said) {
                assert!(warning.contains(said) && warning.contains("`tls.cert`: "), "{warning}");
            }
        }
    }
    issue(&folder, "other.example", (2020, 3000));
    let proxied = format!(
        "{HEAD}store = 'memory:'\nlisten = '127.0.0.1:0'\nproxy.trusted = ['192.0.2.1']\ntls = {{ cert = 'of.pem', key = 'of-key.pem' }}\n"
    );
    let prepared = prepare(folder.load(&proxied).unwrap(), Purpose::Checking).await;
    assert!(prepared.ok().unwrap().warnings.is_empty(), "the proxy knows it by another name");
}

/// The page goes on with the text that was to be replaced.
#[tokio::test]
async fn a_text_that_no_page_uses_is_named_with_the_key_that_may_be_meant() {
    let folder = Folder::new("misnamed");
    std::fs::create_dir_all(folder.0.join("own/locales")).unwrap();
    folder.write(
        "own/locales/en.ftl",
        "sign-up-title = Join us\nsign-up-tilte = Join us\nown-part = mine { own-word }\nown-word = x\n\
         shop-a = x\nneither-here-nor-there = x\n",
    );
    folder.write("own/_part.html", "{{ t('own-part') }}{{ t(\"shop-\" ~ shop) }}");
    let text = format!("{HEAD}store = 'memory:'\ntemplate_dir = 'own'\n");
    for purpose in [Purpose::Checking, Purpose::Serving] {
        let warnings = prepare(folder.load(&text).unwrap(), purpose).await.map(|ready| ready.warnings);
        let warnings: Vec<String> = warnings.ok().unwrap().iter().map(ToString::to_string).collect();
        for said in [
            "own/locales/en.ftl:2: no page has a text `sign-up-tilte`; did you mean `sign-up-title`?",
            "own/locales/en.ftl:6: no page has a text `neither-here-nor-there`; take it out, or use it",
        ] {
            assert!(warnings.iter().any(|warning| warning.contains(said)), "{said}: {warnings:?}");
        }
        let count = warnings.iter().filter(|warning| warning.contains("no page has")).count();
        assert_eq!(count, 2, "{warnings:?}");
    }
}
