use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::id::UserId;
use crate::secret::{MacKey, Secret};
use crate::testing::{self, World};

const ROOT: SessionId = SessionId(7);

fn of_type(id: &str, subject_type: SubjectType) -> Client {
    let mut client = testing::client(id);
    client.subject_type = Some(subject_type);
    client
}

/// A pairwise client with these redirect URIs.
fn pairwise(id: &str, redirect_uris: &[&str]) -> Client {
    let mut client = of_type(id, SubjectType::Pairwise);
    client.redirect_uris = redirect_uris.iter().map(|uri| (*uri).to_owned()).collect();
    client
}

fn salt(text: &str) -> Secret<Vec<u8>> {
    Secret::new(text.as_bytes().to_vec())
}

#[test]
fn a_public_sub_is_stable_opaque_and_the_same_at_every_client_and_session() {
    let world = World::new();
    let (web, other) = (testing::client("web"), of_type("other", SubjectType::Public));
    let diana = testing::user("diana");
    let first = sub(&world.env(), &web, &diana, ROOT);
    assert_eq!(first, sub(&world.env(), &web, &diana, SessionId(8)));
    assert_eq!(first, sub(&world.env(), &other, &diana, ROOT));
    assert_ne!(first, sub(&world.env(), &web, &testing::user("babs"), ROOT));
    assert_eq!(first.len(), 27);
    let renamed = User { username: "diana.krall".into(), ..diana };
    assert_eq!(first, sub(&world.env(), &web, &renamed, ROOT));
}

#[test]
fn a_sub_depends_on_the_salt() {
    let world = World::new();
    let mut resalted = World::new();
    resalted.secrets.subject_salt = MacKey::new(b"another salt");
    let diana = testing::user("diana");
    for subject_type in [SubjectType::Public, SubjectType::Pairwise, SubjectType::Ephemeral] {
        let web = of_type("web", subject_type);
        assert_ne!(sub(&world.env(), &web, &diana, ROOT), sub(&resalted.env(), &web, &diana, ROOT));
    }
}

#[test]
fn the_general_type_is_for_clients_without_their_own() {
    let mut world = World::new();
    world.settings.subjects.default_type = SubjectType::Pairwise;
    let diana = testing::user("diana");
    let at = |client: &Client| sub(&world.env(), client, &diana, ROOT);
    assert_eq!(at(&testing::client("web")), at(&of_type("web", SubjectType::Pairwise)));
    assert_ne!(at(&testing::client("web")), at(&of_type("web", SubjectType::Public)));
}

#[test]
fn a_sector_is_one_host() {
    let of = |uris: &[&str]| sector(&pairwise("web", uris));
    assert_eq!(of(&["https://RP.example/a", "https://rp.example:8443/b"]).as_deref(), Ok("rp.example"));
    for none in
        [&["https://a.example/", "https://b.example/"][..], &["com.example.app:/cb"], &["not a URI"], &[]]
    {
        assert!(of(none).unwrap_err().contains("sector_identifier_uri"), "{none:?}");
    }
    let mut named = pairwise("web", &["https://a.example/", "com.example.app:/cb"]);
    named.sector_identifier_uri = Some("https://sector.example/list.json".into());
    assert_eq!(sector(&named).as_deref(), Ok("sector.example"));
    named.sector_identifier_uri = Some("sector.example".into());
    assert!(sector(&named).is_err());
}

#[test]
fn a_private_scheme_does_not_join_the_sector_of_a_host_that_follows_it() {
    let world = World::new();
    let diana = testing::user("diana");
    let honest = pairwise("web", &["https://rp.example/cb"]);
    let joiner = pairwise("app", &["com.example.app://rp.example/cb"]);
    assert!(sector(&joiner).unwrap_err().contains("sector_identifier_uri"));
    assert!(fits(world.settings.subjects.default_type, &joiner).is_err());
    assert_ne!(sub(&world.env(), &honest, &diana, ROOT), sub(&world.env(), &joiner, &diana, ROOT));
}

#[test]
fn a_client_that_meets_no_people_needs_no_sector() {
    let mut world = World::new();
    world.settings.subjects.default_type = SubjectType::Pairwise;
    let mut job = pairwise("job", &[]);
    assert!(fits(world.settings.subjects.default_type, &job).is_err(), "it says that it has subjects");
    job.subject_type = None;
    assert_eq!(fits(world.settings.subjects.default_type, &job), Ok(()));
    job.redirect_uris.push("com.example.app:/cb".into());
    assert!(fits(world.settings.subjects.default_type, &job).is_err());
}

#[test]
fn loopback_is_nobodys_sector() {
    let world = World::new();
    let diana = testing::user("diana");
    let ways = ["http://127.0.0.1/cb", "http://localhost:3000/cb", "https://[::1]/cb"];
    let one = pairwise("one", &ways);
    assert_eq!(fits(world.settings.subjects.default_type, &one), Ok(()), "all of them are the same device");
    let at = |client: &Client| sub(&world.env(), client, &diana, ROOT);
    for way in ways {
        assert_eq!(at(&pairwise("one", &[way])), at(&one), "{way}");
        assert_ne!(at(&pairwise("two", &[way])), at(&one), "{way}");
    }
    assert!(sector(&pairwise("one", &[ways[0], "https://rp.example/cb"])).is_err());
    let mut listed = pairwise("one", &ways);
    listed.sector_identifier_uri = Some("https://rp.example/uris".into());
    assert_eq!(at(&listed), at(&pairwise("web", &["https://rp.example/cb"])));
}

#[test]
fn a_client_without_a_sector_shares_its_subjects_with_nobody() {
    let world = World::new();
    let diana = testing::user("diana");
    let lost =
        |id| sub(&world.env(), &pairwise(id, &["https://a.example/", "https://b.example/"]), &diana, ROOT);
    assert_eq!(lost("one"), lost("one"));
    assert_ne!(lost("one"), lost("two"));
    assert_ne!(lost("one"), sub(&world.env(), &pairwise("one", &["https://a.example/"]), &diana, ROOT));
}

#[test]
fn an_ephemeral_sub_is_as_old_as_the_sign_in() {
    let world = World::new();
    let (web, other) = (of_type("web", SubjectType::Ephemeral), of_type("other", SubjectType::Ephemeral));
    let diana = testing::user("diana");
    let first = sub(&world.env(), &web, &diana, ROOT);
    assert_eq!(first, sub(&world.env(), &web, &diana, ROOT));
    assert_ne!(first, sub(&world.env(), &web, &diana, SessionId(8)));
    assert_ne!(first, sub(&world.env(), &other, &diana, ROOT));
}

#[test]
fn salted_subjects_are_those_of_oidc_op() {
    let mut world = World::new();
    world.settings.subjects.public = Public::Salted(salt("sdfsdfdsf"));
    world.settings.subjects.pairwise_salt = Some(salt("sdfsdfdsf"));
    let diana = testing::user("diana");
    let web = pairwise("web", &["https://rp.example/cb"]);
    // Computed by oidc-op 2.4.3's PublicID and PairWiseID.
    let public = "98df9351ce3cd546038c8e6e20ce92e4780265913d1689f24c18b523170ae9a0";
    let pair = "58b275d2477c60fb77486a72c34060b91384e9e105f01bd4a120223fd7a28aa1";
    assert_eq!(sub(&world.env(), &testing::client("web"), &diana, ROOT), public);
    assert_eq!(sub(&world.env(), &web, &diana, ROOT), pair);
    world.settings.subjects.public = Public::Salted(salt("s\u{e4}l t\n"));
    let bjorn = User { username: "bj\u{f8}rn".into(), ..diana };
    let accented = "56114fc19c8e403841322485f50d2a013423e0f6483082bec3414b483179e639";
    assert_eq!(sub(&world.env(), &testing::client("web"), &bjorn, ROOT), accented);
}

#[test]
fn a_raw_subject_is_the_username() {
    let mut world = World::new();
    world.settings.subjects.public = Public::Raw;
    let diana = testing::user("diana");
    assert_eq!(sub(&world.env(), &testing::client("web"), &diana, ROOT), "diana");
    let web = pairwise("web", &["https://rp.example/cb"]);
    assert_ne!(sub(&world.env(), &web, &diana, ROOT), "diana", "other types stay as they are");
}

#[test]
fn a_sid_differs_by_session_and_client() {
    let world = World::new();
    let at = |session, client: &str| sid(&world.secrets, SessionId(session), &ClientId::from(client));
    assert_eq!(at(1, "web"), at(1, "web"));
    assert_ne!(at(1, "web"), at(2, "web"));
    assert_ne!(at(1, "web"), at(1, "other"));
    assert_eq!(at(1, "web").len(), 32);
}

#[test]
fn a_sid_tells_its_session_to_us_alone() {
    let world = World::new();
    let web = ClientId::from("web");
    for root in [0, 1, -1, i64::MAX, i64::MIN] {
        let text = sid(&world.secrets, SessionId(root), &web);
        assert_eq!(root_of(&world.secrets, &text, &web), Some(SessionId(root)));
        assert_eq!(root_of(&world.secrets, &text, &ClientId::from("other")), None);
        for at in 0..text.len() {
            let mut forged = text.clone();
            forged.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            assert_eq!(root_of(&world.secrets, &forged, &web), None, "{at}");
        }
    }
    for text in ["", "x", &"A".repeat(32), &"A".repeat(22)] {
        assert_eq!(root_of(&world.secrets, text, &web), None);
    }
}

proptest! {
    /// Whatever hosts and ids there are: one subject within a sector, others outside it, and none is ever one
    /// of another type.
    #[test]
    fn pairwise_subjects_differ_by_sector_and_no_two_types_meet(
        hosts in proptest::collection::btree_set("[a-z]{1,8}\\.example", 2..5),
        people in proptest::collection::btree_set("[ -~]{1,12}", 1..4),
        root in any::<i64>(),
    ) {
        let world = World::new();
        let mut seen = BTreeSet::new();
        for person in &people {
            let user = User { id: UserId(person.clone()), ..testing::user("diana") };
            for host in &hosts {
                let uris = [format!("https://{host}/a"), format!("https://{host}:444/b?c")];
                let at = |id, uri: &str| sub(&world.env(), &pairwise(id, &[uri]), &user, SessionId(root));
                prop_assert_eq!(at("one", &uris[0]), at("two", &uris[1]));
                prop_assert!(seen.insert(at("one", &uris[0])));
                let own = sub(&world.env(), &of_type(host, SubjectType::Ephemeral), &user, SessionId(root));
                prop_assert!(seen.insert(own));
            }
            prop_assert!(seen.insert(sub(&world.env(), &testing::client("web"), &user, SessionId(root))));
        }
    }
}
