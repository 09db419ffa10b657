//! RFC 9700 §4.15: a client that acts for itself under a name that is a person's.

use signet_certify::assert::Judged as _;

use crate::op::{Op, World, client};

#[tokio::test]
async fn a_client_named_like_a_person_is_not_that_person() {
    let mut op = Op::with(client("web")).await;
    let diana = op.rp("web").signed_in("diana", "openid email").await;
    let sub = diana.claims().await["sub"].as_str().unwrap().to_owned();
    // By user name, by the directory's id, and, if an operator could be brought to it, by the very subject.
    let names = ["ella", "id-of-ella", sub.as_str()];
    let namesakes = names.map(|name| client(name).service("email phone"));
    op.restart_with(|_| World::of(namesakes.into_iter().chain([client("web").set("may_introspect", true)])))
        .await;
    let ella = op.rp("web").at(&op.another_browser()).signed_in("ella", "openid email").await;
    let persons = [sub.clone(), ella.claims().await["sub"].as_str().unwrap().to_owned()];
    for name in names {
        let tokens = op.rp(name).client_credentials("email").await.tokens();
        op.rp(name).client_credentials("openid email").await.refused("invalid_scope");
        op.rp(name).userinfo(&tokens).await.refused("insufficient_scope");
        let about = op.rp("web").introspect(&tokens).await.succeeded().json;
        // Wherever the names are not the same to the letter, the subjects differ; where they are, a client's
        // own token says so.
        assert_eq!(persons.contains(&about["sub"].as_str().unwrap().to_owned()), name == sub, "{about}");
        assert_eq!((&about["sub"], about.get("auth_time")), (&about["client_id"], None), "{about}");
    }
    let about = op.rp("web").introspect(&ella.tokens).await.succeeded().json;
    assert!(about["sub"] != about["client_id"] && about["auth_time"].is_u64(), "{about}");
}
