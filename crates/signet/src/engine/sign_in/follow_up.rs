//! OWASP Password Storage: what a sign-in method has left to do after a right answer.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::lookup::UserById;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_login::FollowUp;
use signet_login::password;

use crate::engine::Asking;
use crate::pool::{Cost, Lane};
use crate::provider::Provider;

impl Asking {
    /// Does what a method has left to do after a right answer.
    pub(in crate::engine) fn follow_up(&self, user: Arc<User>, follow_up: FollowUp) {
        match follow_up {
            FollowUp::Rehash(password) => self.rehash(user, password),
        }
    }

    /// Keeps the same password under the cost that is configured now. This happens behind the person's back,
    /// so that a right password takes no longer than a wrong one; people in the configuration are left alone.
    /// What goes wrong is tried again at the next sign-in.
    fn rehash(&self, user: Arc<User>, password: Secret<String>) {
        if self.state.config.people.by_id.contains_key(&user.id) {
            return;
        }
        let asking = Asking::of(&Provider { inner: self.inner.clone() });
        tokio::spawn(async move {
            let env = asking.env();
            let (method, salt, another) = (asking.state.config.password.clone(), env.random(), env.random());
            let replaced = user.password.as_ref().filter(|_| user.imported.is_none()).map(Secret::duplicate);
            let metrics = asking.inner.metrics.clone();
            let job = move |memory: &mut password::Memory| {
                metrics.password_hashed();
                // Of a text that is too long there is none: the same import is a new password then.
                let mark = replaced.and_then(|replaced| method.hash(memory, &replaced, another).ok());
                method.hash(memory, &password, salt).map(|hash| (hash, mark))
            };
            let Ok(place) = asking.inner.pool.enter(Lane::Background, Cost::Usual).await else { return };
            let Ok(Ok((hash, mark))) = asking.inner.pool.run(place, job).await else { return };
            // Only that very hash is replaced, of the person as they are by now.
            let Ok(found) = asking.ask(UserById(user.id.clone())).await else { return };
            let kept = |user: &User| user.password.as_ref().map(|hash| hash.expose().clone());
            let Some(found) = found.filter(|found| kept(found) == kept(&user)) else { return };
            let mut renewed = found.duplicate();
            renewed.renew_hash(Secret::new(hash), mark.map(Secret::new));
            renewed.updated_at = asking.now();
            if let Err(error) = asking.commit(vec![Change::PutUser(Arc::new(renewed))]).await {
                tracing::warn!(detail = error.detail.as_deref(), "failed to rehash a password");
            }
        });
    }
}
