//! OpenID Connect Core §2, `sub`: where subjects are made from names, a name is given once: never to anybody
//! after the person who had it, in no other case, width or Unicode form either.

use signet_core::change::Change;
use signet_core::lookup::{JtiSeen, Lookup, UsersByKeys};
use signet_core::{name, subject};
use signet_store::{Store, StoreError};

/// The writes by which a name is given, each of which requires that it has not been; none where it was
/// somebody's who is gone. Who is there keeps their own, whatever others are called.
pub(crate) async fn given(store: &dyn Store, username: &str) -> Result<Option<Vec<Change>>, StoreError> {
    let [exact, spelling] = [subject::used_name(username), subject::used_spelling(username)];
    let namesakes = UsersByKeys(name::to_sign_in(username, false));
    let facts =
        store.find(&[exact.clone().into(), spelling.clone().into(), namesakes.clone().into()]).await?;
    let namesakes = facts.get(&namesakes).map(Vec::as_slice).unwrap_or_default();
    let is_there = namesakes.iter().any(|user| user.username == username);
    let (exact_used, spelling_used) = (facts.seen(&exact), facts.seen(&spelling));
    if (exact_used && !is_there) || (spelling_used && namesakes.is_empty()) {
        return Ok(None);
    }
    let spelling = (!spelling_used).then_some(spelling);
    Ok(Some(std::iter::once(exact).chain(spelling).map(subject::remember).collect()))
}

/// The same for somebody in the store: a name of the configuration is or was that of somebody else.
pub(crate) async fn given_in_the_store(
    store: &dyn Store,
    username: &str,
) -> Result<Option<Vec<Change>>, StoreError> {
    let configured = [subject::used_configured_name(username), subject::used_configured_spelling(username)];
    let facts = store.find(&configured.clone().map(Lookup::from)).await?;
    match configured.iter().any(|used| facts.seen(used)) {
        true => Ok(None),
        false => given(store, username).await,
    }
}

/// The writes after which it is given to nobody any more.
pub(crate) async fn taken_away(store: &dyn Store, username: &str) -> Result<Vec<Change>, StoreError> {
    remembered(store, [subject::used_name(username), subject::used_spelling(username)]).await
}

/// The writes that remember names which are not remembered yet.
pub(crate) async fn remembered(store: &dyn Store, used: [JtiSeen; 2]) -> Result<Vec<Change>, StoreError> {
    let facts = store.find(&used.clone().map(Lookup::from)).await?;
    Ok(used.into_iter().filter(|used| !facts.seen(used)).map(subject::remember).collect())
}
