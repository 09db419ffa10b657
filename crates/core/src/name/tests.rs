use serde_json::json;

use super::*;
use crate::testing::user;

fn named(username: &str, email: Option<(&str, bool)>) -> Arc<User> {
    let mut person = user(username);
    person.username = username.to_owned();
    person.claims.clear();
    if let Some((email, verified)) = email {
        person.claims.insert("email".into(), json!(email));
        person.claims.insert("email_verified".into(), json!(verified));
    }
    Arc::new(person)
}

fn found(people: &[Arc<User>], typed: &str, by_email: bool) -> String {
    match Answer::of(people, typed, by_email) {
        Answer::Nobody => "nobody".to_owned(),
        Answer::One(user) => user.username.clone(),
        Answer::Several(users) => format!("{} people", users.len()),
    }
}

/// RFC 8265 §3.5.
#[test]
fn a_name_is_the_same_in_every_case_width_and_form() {
    for (written, canonical_form) in [
        ("juliet@example.com", "juliet@example.com"),
        ("Paula", "paula"),
        ("\u{ff50}\u{ff41}\u{ff55}\u{ff4c}\u{ff41}", "paula"),
        ("zoe\u{308}", "zo\u{eb}"),
        ("Fu\u{df}ball", "fu\u{df}ball"),
        ("\u{3a3}\u{391}\u{3a3}", "\u{3c3}\u{3b1}\u{3c2}"),
        ("\u{ff76}\u{ff9e}", "\u{30ac}"),
        (" paula ", "paula"),
        ("\u{130}smail", "ismail"),
        ("I\u{307}SMA\u{130}L", "ismail"),
        ("I\u{15f}\u{131}k", "i\u{15f}\u{131}k"),
        ("i\u{307}smail", "i\u{307}smail"),
    ] {
        assert_eq!(canonical(written), canonical_form, "{written:?}");
        assert_eq!(canonical(&canonical(written)), canonical_form, "{written:?}");
    }
}

#[test]
fn the_exact_name_comes_first_and_what_is_ambiguous_finds_nobody() {
    let people = [named("paula", None), named("Paula", None), named("Zo\u{eb}", None)];
    assert_eq!(found(&people, "paula", false), "paula");
    assert_eq!(found(&people, "Paula", false), "Paula");
    assert_eq!(found(&people, "PAULA", false), "2 people");
    assert_eq!(found(&people, "zoe\u{308}", false), "Zo\u{eb}");
    assert_eq!(found(&people, "pau1a", false), "nobody", "what looks alike is another name");
}

#[test]
fn an_address_finds_the_one_person_who_has_shown_that_it_is_theirs() {
    let people = [
        named("paula", Some(("Paula@Example.org", true))),
        named("nina", Some(("nina@example.org", false))),
        named("ella", Some(("us@example.org", true))),
        named("elvis", Some(("us@example.org", true))),
        named("name@example.org", None),
        named("other", Some(("name@example.org", true))),
        named("zoe", Some(("zoe@ex\u{e4}mple.org", true))),
        named("\u{130}smail", Some(("\u{130}smail@istanbul.example", true))),
    ];
    for (typed, whom) in [
        ("\u{130}SMA\u{130}L", "\u{130}smail"),
        ("ismail", "\u{130}smail"),
        ("ismail@istanbul.example", "\u{130}smail"),
        ("ismail@\u{130}stanbul.example", "nobody"),
    ] {
        assert_eq!(found(&people, typed, true), whom, "{typed}");
    }
    assert_eq!(found(&people, "paula@example.ORG", true), "paula");
    assert_eq!(found(&people, "paula@example.org", false), "nobody");
    assert_eq!(found(&people, "nina@example.org", true), "nobody");
    assert_eq!(found(&people, "us@example.org", true), "2 people");
    for typed in ["Name@example.org", "name@example.org"] {
        assert_eq!(found(&people, typed, true), "2 people", "a name that is another's address is nobody's");
        assert_eq!(found(&people, typed, false), "name@example.org");
    }
    assert_eq!(found(&people, "zoe@xn--exmple-cua.org", true), "zoe");
}

#[test]
fn a_new_name_is_of_one_script_and_of_characters_that_names_have() {
    for name in [
        "paula",
        "\u{43f}\u{430}\u{432}\u{435}\u{43b}",
        "n.s-1933_+",
        "zo\u{eb}@example.org",
        "\u{43f}\u{430}\u{432}\u{435}\u{43b}@example.org",
        "\u{5c71}\u{7530}\u{305f}\u{308d}\u{3046}",
        "\u{d64d}\u{ae38}\u{b3d9}",
        "\u{62f}\u{627}\u{646}\u{627}",
        "diana krall",
    ] {
        assert_eq!(objection(name), None, "{name}");
    }
    for name in ["p\u{430}ul\u{430}", "paul\u{3b1}"] {
        assert_eq!(objection(name), Some(Objection::MixedScripts), "{name}");
    }
    for name in ["pau\u{200b}la", "\u{1f600}", "\u{2163}", "a\u{b7}b", "\u{202e}anin", "\u{62f}a"] {
        assert_eq!(objection(name), Some(Objection::Characters), "{name:?}");
    }
}

/// UTS 39 §5.4.
#[test]
fn a_new_name_has_no_marks_but_those_that_its_script_needs() {
    for name in [
        "d\u{332}iana",
        "di\u{304}\u{304}ana",
        "diana\u{332}",
        "\u{331}diana",
        "dian\u{20d0}a",
        "di\u{335}ana",
        "diana1\u{332}",
        "paula_\u{332}",
        "d\u{307}\u{307}iana",
        "d\u{64e}iana",
        "\u{43f}\u{332}\u{430}\u{432}\u{435}\u{43b}",
        "\u{3b4}\u{332}\u{3b9}",
        "\u{5d3}\u{332}\u{5d5}\u{5d3}",
        "\u{5c71}\u{332}\u{7530}",
        // The mark is Arabic, and there twice.
        "\u{645}\u{64e}\u{64e}\u{62d}",
    ] {
        assert!(matches!(objection(name), Some(Objection::Marks | Objection::MixedScripts)), "{name}");
    }
    for name in [
        // Letters of their own, as they are written and in parts.
        "jose\u{301}",
        "nguye\u{302}\u{303}n",
        "ng\u{1ecd}c",
        "a\u{304}nanda",
        "z\u{307}aneta",
        "\u{130}smail",
        "I\u{307}brahim",
        "\u{391}\u{3bb}\u{3ad}\u{3be}\u{3b7}\u{3c2}",
        "\u{430}\u{43d}\u{434}\u{440}\u{435}\u{438}\u{306}",
        // Vowels and the like.
        "\u{92a}\u{94d}\u{930}\u{93f}\u{92f}\u{93e}",
        "\u{9aa}\u{9cd}\u{9b0}\u{9bf}\u{9af}\u{9bc}\u{9be}",
        "\u{baa}\u{bbf}\u{bb0}\u{bbf}\u{baf}\u{bbe}",
        "\u{c30}\u{c35}\u{c3f}",
        "\u{d2e}\u{d40}\u{d30}",
        "\u{dc3}\u{dd4}\u{db1}\u{dd2}\u{dbd}\u{dca}",
        "\u{e1b}\u{e34}\u{e48}\u{e19}",
        "\u{ea7}\u{eb4}\u{ec4}\u{ea5}",
        "\u{178f}\u{17bb}\u{179b}\u{17b6}",
        "\u{1019}\u{103c}\u{1004}\u{1037}\u{103a}",
        "\u{f56}\u{f66}\u{f7c}\u{f51}",
        "\u{645}\u{64f}\u{62d}\u{64e}\u{645}\u{651}\u{64e}\u{62f}",
        "\u{5d3}\u{5bc}\u{5b8}\u{5d5}\u{5b4}\u{5d3}",
        "\u{721}\u{72a}\u{73a}\u{71d}",
        "\u{304b}\u{3099}\u{304f}",
        "\u{31f7}\u{309a}",
    ] {
        assert_eq!(objection(name), None, "{name}");
    }
}

/// UTS 39 §3.1.
#[test]
fn a_new_name_has_letters_that_names_are_written_with() {
    for name in [
        "\u{1d05}\u{26a}\u{1d00}\u{274}\u{1d00}",
        "di\u{1d00}na",
        "dian\u{250}",
        "di\u{2c8}ana",
        "p\u{1c0}ula",
        "\u{461}\u{435}\u{43d}",
        "\u{10330}\u{10331}\u{10332}",
        "paula@ex\u{1d00}mple.org",
    ] {
        assert_eq!(objection(name), Some(Objection::Uncommon), "{name}");
    }
    // Hausa, Azerbaijani, Icelandic, Danish, Northern Sami, Turkish, Ewe, German, Romanian; then Cherokee,
    // Tifinagh and N'Ko.
    for name in [
        "\u{257}iana",
        "s\u{259}b\u{259}h",
        "\u{fe}\u{f3}r\u{f0}ur",
        "s\u{f8}ren",
        "\u{e1}\u{14b}\u{167}e",
        "\u{131}\u{15f}\u{131}k",
        "\u{192}\u{254}\u{25b}",
        "stra\u{df}er",
        "ionu\u{163}",
        "\u{13a0}\u{13b3}",
        "\u{2d30}\u{2d4e}",
        "\u{7ca}\u{7d9}",
    ] {
        assert_eq!(objection(name), None, "{name}");
    }
}

#[test]
fn a_name_that_looks_like_another_shares_a_key_with_it() {
    for (taken, new) in
        [("pauline", "PAUL1NE"), ("pauline", "PAULlNE"), ("Paypal", "PaypaI"), ("paula", "PAU1A")]
    {
        let new = to_take(new);
        assert!(keys(&named(taken, None)).iter().any(|key| new.contains(key)), "{taken} {new:?}");
    }
    let address = named("paula", Some(("paula@example.org", true)));
    assert!(to_take("paula\u{ff20}example.org").iter().any(|key| keys(&address).contains(key)));
    let shares =
        |name: &str, with: &str| to_take(name).iter().any(|key| keys(&named(with, None)).contains(key));
    for (name, with) in [
        ("paula", "Paula"),
        ("pau1a", "paula"),
        ("BiII", "bill"),
        ("bern", "bem"),
        ("\u{440}\u{430}\u{443}\u{440}\u{430}", "paypa"),
        ("\u{ff50}\u{ff41}\u{ff55}\u{ff4c}\u{ff41}", "paula"),
    ] {
        assert!(shares(name, with), "{name} {with}");
    }
    // UTS 39 §5.4: marks that hide on their letter.
    for (name, with) in [
        ("di\u{307}ana", "diana"),
        ("d\u{131}\u{307}ana", "diana"),
        ("di\u{327}\u{307}ana", "di\u{327}ana"),
        ("j\u{307}ohn", "john"),
        ("al\u{307}i", "ali"),
        ("\u{130}stanbul", "istanbul"),
        ("diana\u{335}", "diana"),
        ("dia\u{336}na", "diana"),
        ("dia\u{337}na", "diana"),
        ("dia\u{338}na", "diana"),
        ("bjo\u{338}rn", "bj\u{f8}rn"),
    ] {
        assert!(shares(name, with), "{name} {with}");
    }
    // Marks of letters count: these are names of different people.
    for (name, with) in [
        ("bj\u{f8}rn", "bjorn"),
        ("\u{142}ukasz", "lukasz"),
        ("d\u{227}na", "dana"),
        ("d\u{101}na", "dana"),
        ("zo\u{eb}", "zoe"),
        ("jos\u{e9}", "jose"),
    ] {
        assert!(!shares(name, with), "{name} {with}");
    }
    assert!(!shares("\u{43f}\u{430}\u{432}\u{435}\u{43b}", "paula") && !shares("paul", "paula"));
    let addressed = named("x", Some(("paula@example.org", true)));
    assert!(to_take("Paula@example.org").iter().any(|key| keys(&addressed).contains(key)));
}

#[test]
fn names_of_the_operator_are_reserved() {
    let reserved: Vec<String> = RESERVED.iter().map(|&word| word.to_owned()).collect();
    for name in [
        "postmaster\u{ff20}example.org",
        "ADM1N",
        "ADMlN",
        "R00T",
        "\u{ff21}\u{ff24}\u{ff2d}\u{ff29}\u{ff2e}",
    ] {
        assert!(is_reserved(name, &reserved), "{name}");
    }
    let reserved: Vec<String> = RESERVED.iter().map(|word| (*word).to_owned()).collect();
    for name in ["admin", "Admin", "postmaster", "postmaster@example.org", "R00t", "webrnaster"] {
        assert!(is_reserved(name, &reserved), "{name}");
    }
    for name in [
        "adm1n",
        "ADM1N",
        "4dmin",
        "web-master",
        "web.master",
        "support-team",
        "it-support",
        "support_7",
        "root_",
        "-root",
        "adm.in",
        "r.0.0.t",
        "admin1",
        "admin2024",
        "0admin",
        "the.real.admin",
        "no.reply",
        "s3curity",
        "5upport",
        "help-desk",
        "adm1n@example.org",
        "admi\u{307}n",
        "adm\u{131}\u{307}n",
        "ro\u{338}ot",
        "support\u{335}-team",
    ] {
        assert!(is_reserved(name, &reserved), "{name}");
    }
    for name in [
        "paula",
        "rosupport",
        "admiral",
        "ali",
        "al",
        "41",
        "1234",
        "christopher.guest",
        "elihu.root",
        "kristen-stewart",
        "badminton",
        "supporter",
        "meg",
        "m.e",
        "ann.sales",
        "information",
        "rootabaga",
        "allan.1984",
        "sysop",
    ] {
        assert!(!is_reserved(name, &reserved), "{name}");
    }
    assert!(!is_reserved("admin", &["boss".to_owned()]) && is_reserved("b0ss", &["boss".to_owned()]));
}

#[test]
fn a_name_and_an_address_cross_only_where_they_are_of_two_people() {
    let own = named("paula@example.org", Some(("Paula@Example.org", true)));
    assert!(crossed_by(&own).is_empty(), "their own address may be their name");
    let addressed = named("nina", Some(("Paula@example.ORG", true)));
    let called = named("PAULA@example.org", None);
    assert!(crossed_by(&addressed).iter().any(|key| keys(&called).contains(key)));
    assert!(crossed_by(&called).iter().any(|key| keys(&addressed).contains(key)));
    let unverified = named("nina", Some(("paula@example.org", false)));
    assert!(crossed_by(&unverified).is_empty());
}
