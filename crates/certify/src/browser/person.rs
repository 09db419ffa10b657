//! Someone who signs in and says yes, by the ids that every page's controls have.

use super::{Landed, Page};
use crate::Error;

/// Pages a person is willing to go through before giving up.
const PATIENCE: usize = 8;

/// A person with a user name and a password.
#[derive(Clone)]
pub struct Person {
    username: String,
    password: String,
}

impl Person {
    /// Who signs in with what.
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }

    /// Goes through sign-in and consent pages, until the browser is sent away or a page asks for something
    /// else.
    pub async fn walk(&self, mut landed: Landed) -> Result<Landed, Error> {
        let mut asked = false;
        for _ in 0..PATIENCE {
            let Landed::Page(page) = landed else { return Ok(landed) };
            if page.has("password") && page.has("sign-in") {
                if asked {
                    return Err(page.unexpected("the password to be accepted"));
                }
                asked = true;
                landed = self.sign_in(*page).await?;
            } else if page.has("consent-allow") {
                landed = page.submit("consent-allow").await?;
            } else {
                return Ok(Landed::Page(page));
            }
        }
        Err(Error::new(format!("still on a page of the provider after {PATIENCE} steps")))
    }

    /// Fills in the sign-in page and presses its button.
    pub async fn sign_in(&self, page: Page) -> Result<Landed, Error> {
        let named =
            if page.control("username").is_some() { page.fill("username", &self.username) } else { page };
        named.fill("password", &self.password).submit("sign-in").await
    }
}
