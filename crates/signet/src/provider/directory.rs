//! People whom an application keeps itself, instead of Signet's store.

use std::sync::Arc;

use signet_core::error::{Error, ErrorCode};
use signet_core::id::UserId;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::Answer;

use crate::pool::LONGEST;

/// An application's own users, instead of Signet's: Signet stores no people then, and asks for each request
/// who somebody is now. Who is locked, or found no more, has no session and no token that goes on.
pub trait Directory: Send + Sync {
    /// Who answers to what was typed into the name field. Nobody else may answer to it later: what the person
    /// agreed to and their subject belong to the `id`.
    fn by_name<'a>(&'a self, name: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>>;

    /// The person of this id, as they are now.
    fn by_id<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>>;

    /// Whether this is their password. Without an id nobody answers to the name: do the same work, and say
    /// no, so that nobody learns by the time it takes which names there are. Signet has counted the try
    /// before.
    fn check<'a>(
        &'a self,
        id: Option<&'a str>,
        password: &'a Secret<String>,
    ) -> Answer<'a, Result<bool, DirectoryError>>;
}

/// A person of a [`Directory`].
#[derive(Clone, Debug, Default)]
pub struct DirectoryUser {
    /// What never changes and is nobody else's, ever; not empty. Applications see a subject that is made from
    /// it.
    pub id: String,
    /// What they are called on pages and in the log.
    pub username: String,
    /// OpenID Connect Core §5.1, without `sub`.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Whether they are kept out.
    pub locked: bool,
}

/// Why a directory cannot answer; for the log.
pub type DirectoryError = Box<dyn std::error::Error + Send + Sync>;

/// The person of this id, if the directory has them.
pub(crate) async fn by_id(directory: &dyn Directory, id: &UserId) -> Result<Option<Arc<User>>, Error> {
    let Some(own) = id.in_directory() else { return Ok(None) };
    let found = heard(directory.by_id(own)).await?;
    Ok(found.filter(|found| found.id == own).map(record))
}

/// Who answers to a name.
pub(crate) async fn by_name(directory: &dyn Directory, name: &str) -> Result<Option<Arc<User>>, Error> {
    match heard(directory.by_name(name)).await? {
        Some(found) if found.id.is_empty() => Err(silent(format!(
            "the user directory has no id for {:?}; give each user one of their own",
            found.username
        ))),
        found => Ok(found.map(record)),
    }
}

/// Whether it is their password.
pub(crate) async fn check(
    directory: &dyn Directory,
    user: Option<&User>,
    password: &Secret<String>,
) -> Result<bool, Error> {
    let id = user.and_then(|user| user.id.in_directory());
    let right = heard(directory.check(id, password)).await?;
    Ok(right && id.is_some())
}

fn record(found: DirectoryUser) -> Arc<User> {
    Arc::new(User {
        id: UserId::of_directory(&found.id),
        username: found.username,
        password: None,
        password_epoch: 0,
        imported: None,
        claims: found.claims,
        locked: found.locked,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
    })
}

fn silent(why: String) -> Error {
    Error::new(ErrorCode::TemporarilyUnavailable, "the service is busy; try again in a moment").because(why)
}

/// What the directory says, or that it says nothing.
async fn heard<T>(answer: Answer<'_, Result<T, DirectoryError>>) -> Result<T, Error> {
    match tokio::time::timeout(LONGEST, answer).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => Err(silent(format!("the user directory failed: {error}"))),
        Err(_) => Err(silent("the user directory did not answer in time".into())),
    }
}
