//! People that are written down rather than stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use signet_core::claims::sources;
use signet_core::env::Rng;
use signet_core::id::UserId;
use signet_core::name;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_login::password::{Given, Memory, Password, Written};

use super::BuildError;

/// People written in the configuration; all others are in the store.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) by_id: BTreeMap<UserId, Arc<User>>,
    pub(crate) by_name: BTreeMap<String, Arc<User>>,
    /// By the keys of their names, as stores keep them.
    by_key: BTreeMap<String, Vec<Arc<User>>>,
}

impl People {
    /// Those who have one of these keys, and of the people that the store has found those whom no namesake here hides.
    pub(crate) fn named(&self, keys: &[String], stored: Vec<Arc<User>>) -> Vec<Arc<User>> {
        let ours = keys.iter().filter_map(|key| self.by_key.get(key)).flatten();
        let mut found: BTreeMap<_, _> = ours.map(|user| (user.id.clone(), user.clone())).collect();
        let visible = stored.into_iter().filter(|user| !self.by_name.contains_key(&user.username));
        found.extend(visible.map(|user| (user.id.clone(), user)));
        found.into_values().collect()
    }
}

/// A person written in the configuration.
pub struct StaticUser {
    /// What the person types.
    pub username: String,
    /// In clear or as a hash; none closes the password method to them. A text is judged by its look (`secret.into()`).
    pub password: Option<Given>,
    /// OpenID Connect Core §5.1.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Whether they are kept out.
    pub locked: bool,
}

impl std::fmt::Debug for StaticUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticUser")
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &sources::redacted(&self.claims))
            .field("locked", &self.locked)
            .finish()
    }
}

/// Makes their records. Passwords in clear are hashed, which takes a while: away from the threads that answer requests.
pub(super) async fn people(
    users: Vec<StaticUser>,
    password: Password,
    rng: Arc<dyn Rng>,
    now: Timestamp,
) -> Result<(Password, People), BuildError> {
    let hashing = tokio::task::spawn_blocking(move || {
        let people = hashed(users, &password, &*rng, now)?;
        Ok((password, people))
    });
    hashing.await.map_err(|error| BuildError::Password(format!("passwords cannot be hashed: {error}")))?
}

fn hashed(
    users: Vec<StaticUser>,
    password: &Password,
    rng: &dyn Rng,
    now: Timestamp,
) -> Result<People, BuildError> {
    let mut people = People::default();
    let mut memory = Memory::default();
    for user in users {
        let named =
            |error: &dyn std::fmt::Display| BuildError::Password(format!("user {}: {error}", user.username));
        let judged = user.password.map(Given::judge).transpose().map_err(|refused| named(&refused))?;
        let hash = match judged {
            Some(Written::Hash(hash)) => Some(hash),
            Some(Written::Plain(clear)) => {
                let mut salt = [0; 16];
                rng.fill(&mut salt);
                let hash = password.hash(&mut memory, &clear, salt).map_err(|error| named(&error))?;
                Some(Secret::new(hash))
            }
            None => None,
        };
        let user = Arc::new(User {
            id: UserId::configured(&user.username),
            username: user.username,
            password: hash,
            claims: user.claims,
            locked: user.locked,
            created_at: now,
            updated_at: now,
            version: 0,
        });
        for key in name::keys(&user) {
            people.by_key.entry(key).or_default().push(user.clone());
        }
        people.by_name.insert(user.username.clone(), user.clone());
        people.by_id.insert(user.id.clone(), user);
    }
    Ok(people)
}
