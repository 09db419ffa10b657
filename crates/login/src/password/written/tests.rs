use super::*;

fn judged(text: &str) -> Result<Written, Refused> {
    Written::judge(Secret::new(text.to_owned()))
}

#[test]
fn a_hash_that_is_not_verified_is_refused_by_name() {
    for (text, scheme) in [
        ("$1$Ab1cD2eF$0000000000000000000000", "md5-crypt"),
        ("$apr1$Ab1cD2eF$0000000000000000000000", "Apache"),
        ("$2x$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "crypt_blowfish"),
        ("$y$j9T$c29tZXNhbHQ$0000000000000000000000000000000000000000000", "yescrypt"),
        ("$P$BDh4nkS8zXpzU3nBnvnBHR1BEbqEBX/", "phpass"),
        ("$fresh-scheme$v=1$c29tZXNhbHQ$00000000", "$fresh-scheme$"),
        ("{MD5}X03MO1qnZdYdgyfeuILPmQ==", "{MD5}"),
        ("{SMD5}8HJb0eOiTZgyQZUGWpY2OXNhbHQ=", "{SMD5}"),
        ("{cleartext}krall", "{cleartext}"),
        ("{PKCS5S2}jXBQMTqaOmAh9ZNuRErmH6oAHnZ3", "{PKCS5S2}"),
        ("sha1$c29tZXNhbHQ$8843d7f92416211de9ebb963ff4ce28125932878", "SHA-1"),
        ("md5$c29tZXNhbHQ$5f4dcc3b5aa765d61d8327deb882cf99", "MD5"),
        ("whirlpool_x$20$c29t$8843d7f92416211de9ebb963ff4ce28125932878", "whirlpool_x"),
        ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "MySQL"),
        ("md532e12f215ba27cb750c9e093ce4b5127", "PostgreSQL"),
        ("SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "SCRAM"),
        (" $2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "around"),
        ("\"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy\"", "around"),
        ("$$2b$$10$$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "doubled"),
        ("$2B$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "capitals"),
        ("{noop}krall", "{noop}"),
        ("$1$abc$def", "md5-crypt"),
        ("$H$9PE8jEklgZhgLmZl5.HYJAzfGCQtzi1", "phpBB"),
        ("$S$DkIkdKLIvRK0iVHm99X7B/M8QC17E1Tp/kMOd1Ie8V/PgWjtAZld", "Drupal"),
        ("grub.pbkdf2.sha512.10000.7D391EF48645F626.2A9B54C7E1D0", "GRUB"),
        ("$A$005$;\u{1}sr\u{b}.\u{6}z0jOXNMSs3ZtL9rD0aFqzvBnBDgR8yQbLcPKPmnBdt0", "caching_sha2"),
        ("$8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs", "Cisco"),
        ("$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM", "Cisco"),
        ("$SHA$7218532375810603$bfede293ecf6539211a7305ea218b9f3f608953130405cda9eaba6fb6250f824", "digest"),
        ("{FOO}krall", "{FOO}"),
        ("{SSHA224}c2hvcnQ=", "{SSHA224}"),
        ("{x-issha, 1024}C0624bSFV4PFEkj0QQFY2KmwLvhHjnqg", "{x-issha, 1024}"),
        ("{pbkdf2@SpringSecurity_v5_8}8a21fe", "{pbkdf2@SpringSecurity_v5_8}"),
        (
            "0x0100CF465B7B12625EF019E157120D58DD46569AC7BF4118455D12625EF019E157120D58DD46569AC7BF4118455D",
            "SQL Server",
        ),
        (
            "0x02000102030434EA1B17802FD95EA6316BD61D2C94622CA3812793E8FB1672487B5C904A45A31B2AB4A78890D563D2FCF5663E46FE797D71550494BE50CF4915D3F4D55EC375",
            "SQL Server",
        ),
        ("S:2BFCFDF5895014EE9BB2B9BA067B01E0389BB5711B7B5F82B7235E9E182C", "Oracle"),
        (
            "H:DC9894A01797D91D92ECA1DA66242209;S:2BFCFDF5895014EE9BB2B9BA067B01E0389BB5711B7B5F82B7235E9E182C",
            "Oracle",
        ),
        ("AQAAAAEAACcQAAAAEGhd8BwMfNEbvRHFEZ5RZIbGyvWhEm9sKZBMXGAVVmvZHLrRpPGEZzTLnKVPvFaBWg==", "ASP.NET"),
        ("_9G..8147mpcfKT8g0U.", "bsdicrypt"),
        ("48c/R8JAv757A", "DES crypt"),
        ("(GDpOtD35gGlyDksQRxEU)", "Domino"),
        ("e1NTSEF9QUdWM1o2S3JnNEFzUVNxZDBaWUJpT2JIMnNGelpXRnpZV3gwT0E9PQ==", "LDIF"),
        (r#"{"type":"password","secretData":"{}"}"#, "JSON"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "hexadecimal"),
        ("5F4DCC3B5AA765D61D8327DEB882CF99", "hexadecimal"),
        ("0x5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "hexadecimal"),
        ("X03MO1qnZdYdgyfeuILPmQ==", "base64"),
        ("W6ph5Mm5Pz8GgiULbPgzG37mj9g", "base64"),
        ("XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", "base64"),
        ("5f4dcc3b5aa765d61d8327deb882cf99:ab", "salt"),
        ("5f4dcc3b5aa765d61d8327deb882cf99:", "salt"),
        ("sha256:1000:MTc3MTA0MTQwMjQxNzY=:PYjCU215Mi57AYPKva9j7mvF4Rc5bCnt", "function"),
        ("HMACSHA1:AAAD6A:Xw1P133xrwk=:dtQBXQRiR/No5A8Ip3JFGF/qUC0=", "function"),
        ("diana:$apr1$Ab1cD2eF$0000000000000000000000", "around"),
        (
            "diana:$6$saltstring$PLXjNFF4PMp2DYOlNkYLF0iXJ1UaMq1JHgLApjKRgayFBMYuUC2XuvJyqMSujvLEgB/lwIX0NhyX1JldbCKBf.:19000:0:::",
            "around",
        ),
        ("5 $1$Ab1cD2eF$0000000000000000000000", "around"),
        ("{plaintext}krall", "{plaintext}"),
    ] {
        match judged(text) {
            Err(Refused::Unknown(named)) => assert!(named.contains(scheme), "{text}: {named}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_hash_that_is_too_dear_or_malformed_is_refused_with_the_reason() {
    for (text, scheme, why) in [
        ("$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "bcrypt", "15"),
        ("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92", "bcrypt", "malformed"),
        (
            "pbkdf2_sha256$1000000000$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0=",
            "PBKDF2",
            "5,000,000",
        ),
        ("$pbkdf2-md5$1000$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0", "PBKDF2", "SHA-1"),
        (
            "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0",
            "scrypt",
            "256 MiB",
        ),
        ("scrypt:32768:8:1$c29tZXNhbHQ$0000", "scrypt", "16 to 64"),
        ("$6$rounds=999999999$salt$0000", "SHA-crypt", "1,000,000"),
        (
            "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "Argon2",
            "256 MiB",
        ),
        (
            "$argon2id$v=19$m=65536,t=100000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "Argon2",
            "1 GiB",
        ),
        (
            "$argon2id$v=19$m=1048576,t=1,p=4$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "Argon2",
            "256 MiB",
        ),
        (
            "$scrypt$ln=20,r=8,p=1$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0",
            "scrypt",
            "256 MiB",
        ),
        (
            "pbkdf2_sha256$10000000$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0=",
            "PBKDF2",
            "5,000,000",
        ),
        ("$argon2id$v=19$m=64,t=1,p=1$c2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "Argon2", "salt"),
        ("{SSHA}c2hvcnQ=", "LDAP SHA", "malformed"),
    ] {
        match judged(text) {
            Err(Refused::Unusable { scheme: named, why: said }) => {
                assert!(named == scheme && said.contains(why), "{text}: {named}: {said}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn passwords_that_look_a_little_like_hashes_stay_passwords() {
    for text in [
        "krall",
        "$ecret",
        "$1$00",
        "{braces}",
        "{a}",
        "100$ a day keeps $ away from $ home",
        "a$b$c",
        "md5sum",
        "*starstarstar*",
        "scrypt is a fine thing",
        "  ",
        "correcthorsebatterystaple",
        "CorrectHorseBatteryStaple9",
        "correcthorse1",
        "Tr0ub4dor&3xxx",
        "kiQ8vT2mWx9zLp4RnB6y",
        "31415926535897932384626433832795",
        "(Great password, that)",
        "www.example.org:8443",
        "sha-la-la:la",
        "crypto: the best of passwords",
        "😀 👩‍👩‍👧",
        "$my$",
        "correct horse battery staple",
    ] {
        assert!(matches!(judged(text), Ok(Written::Plain(_))), "{text}");
    }
}

#[test]
fn who_says_what_it_is_is_believed() {
    let hash = "$1$Ab1cD2eF$0000000000000000000000";
    assert!(matches!(Written::plain(Secret::new(hash.to_owned())), Ok(Written::Plain(_))));
    assert!(matches!(Given::Hash(Secret::new("krall".to_owned())).judge(), Err(Refused::NoHash)));
    assert!(matches!(Given::Hash(Secret::new(hash.to_owned())).judge(), Err(Refused::Unknown(_))));
    assert_eq!(judged("").unwrap_err(), Refused::Empty);
    assert_eq!(judged(&"x".repeat(MAX_PASSWORD + 1)).unwrap_err(), Refused::TooLong);
    assert_eq!(judged("a\tb").unwrap_err(), Refused::Control);
}

#[test]
fn a_refusal_never_holds_the_text() {
    let shown = format!("{0:?} {0}", judged("$1$Ab1cD2eF$secretsecretsecret").unwrap_err());
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn the_marks_of_closed_accounts_are_no_passwords() {
    for text in [
        "!",
        "*LK*",
        "x",
        "!iYx7bO3Kq2vT9wLmNc5RsPzUaEdHgJf1kWnXoQyB",
        "!$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
        "!!$1$Ab1cD2eF$0000000000000000000000",
    ] {
        assert_eq!(judged(text).unwrap_err(), Refused::Closed, "{text}");
    }
}

/// The maker of the file knows what is in it; here nobody does.
#[test]
fn a_bare_text_from_another_system_is_never_a_password() {
    let foreign = |text: &str| Given::Foreign(Secret::new(text.to_owned())).judge();
    for text in ["krall", "correct horse battery staple", "a\tb", "deadbeef", &"x".repeat(MAX_PASSWORD + 1)] {
        assert_eq!(foreign(text).unwrap_err(), Refused::Bare, "{text}");
    }
    assert_eq!(foreign("").unwrap_err(), Refused::Empty);
    assert_eq!(foreign("!").unwrap_err(), Refused::Closed);
    assert!(matches!(foreign("$1$Ab1cD2eF$0000000000000000000000"), Err(Refused::Unknown(_))));
    assert!(matches!(foreign("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="), Ok(Written::Hash(_))));
}
