//! Who is signed in in a browser, with what a page of theirs asks for.

use signet_core::error::Error;
use signet_core::lookup::{Facts, Lookup, SessionByCookie, SessionFound};

use super::authorization::session_cookie;
use super::{Asking, Visitor};

impl Asking {
    /// The person, and the answers to what is asked of them; nobody where no session lasts, or its person may
    /// not sign in any more.
    pub(crate) async fn account(
        &self,
        visitor: &Visitor,
        asks: impl Fn(&SessionFound) -> Vec<Lookup>,
    ) -> Result<Option<(SessionFound, Facts)>, Error> {
        let Some((id, hash)) = session_cookie(visitor) else { return Ok(None) };
        let mut facts = self.find(&[SessionByCookie { id, hash, client: None }.into()]).await?;
        let Some(person) = facts.signed_in(self.now()).cloned() else { return Ok(None) };
        self.find_more(&mut facts, &asks(&person)).await?;
        Ok(Some((person, facts)))
    }
}
