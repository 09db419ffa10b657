//! Several questions of one kind in one read: each gets an answer of its own.

use signet_core::lookup::{ClientById, JtiSeen};

use super::commit;
use super::fixtures::*;
use crate::Store;

pub(super) async fn each_answered(store: &dyn Store) {
    commit(store, vec![see("a", "1"), put_client("web"), put_client("other")]).await;
    let [seen, unseen] = ["1", "2"].map(|jti| JtiSeen { issuer: "a".to_owned(), jti: jti.to_owned() });
    let [web, other, none] = ["web", "other", "none"].map(|id| ClientById(id.into()));
    let mut lookups = vec![
        seen.clone().into(),
        unseen.clone().into(),
        web.clone().into(),
        none.clone().into(),
        other.clone().into(),
    ];
    for _ in 0..2 {
        let facts = store.find(&lookups).await.unwrap();
        assert_eq!((facts.get(&seen), facts.get(&unseen)), (Some(&true), Some(&false)));
        let is = |asked: &ClientById| facts.client(&asked.0).map(|client| client.client_id == asked.0);
        assert_eq!((is(&web), is(&other), is(&none)), (Some(true), Some(true), None));
        assert_eq!(facts.unanswered(lookups.clone()), []);
        lookups.reverse();
    }
}
