//! What every way to sign in can do: show a page, say who is meant, judge an answer.
//!
//! A method computes; what only the shell can do it asks for as a value ([`Work`]) and judges what came of
//! it. The shell counts each answer as a try before a method sees it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use signet_core::params::Params;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;

use crate::Login;
use crate::password::Checked;

/// A way to prove who one is.
pub trait Method: Send + Sync {
    /// What operators and forms call it: one word.
    fn name(&self) -> &'static str;

    /// What people read on the link to its page.
    fn label(&self) -> &'static str {
        self.name()
    }

    /// RFC 8176: what its proof says. Authentication contexts ask for these values.
    fn amr(&self) -> &'static [&'static str];

    /// Whether it finds out by itself who somebody is. The others prove more of a person who is signed in.
    fn identifies(&self) -> bool {
        true
    }

    /// Whether this person can use it.
    fn offered(&self, person: &User) -> bool;

    /// The template of its page, which extends `layout.html` as those of Signet's own pages do, and whose
    /// form sends `csrf` and `method` along. None: the usual page, which asks for a name and a password.
    fn template(&self) -> Option<&'static str> {
        None
    }

    /// What its page shows at this step. The first begins with an empty state.
    fn begin(&self, state: &str, person: Option<&User>) -> Page {
        let _ = (state, person);
        Page::default()
    }

    /// Whether it compares passwords: those who wait for that wait before their try is counted.
    fn compares(&self) -> bool {
        false
    }

    /// Who is meant by what was sent; none where the form lacks a field, and the page is shown again.
    fn whom<'a>(&self, sent: &Sent<'a>) -> Option<Whom<'a>>;

    /// Judges what was sent, for the person who is meant if there is one. What it takes must not show whether
    /// there is. The try is counted already.
    fn answer(&self, sent: &Sent<'_>, person: Option<&User>) -> Answer;

    /// Judges what came of the work that an answer asked for.
    fn after(&self, sent: &Sent<'_>, person: Option<&User>, done: Done) -> Answer {
        let _ = (sent, person, done);
        Answer::Retry("the method asked for no work")
    }
}

/// What a person sent to the page of a method.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The fields of the form.
    pub fields: &'a Fields,
    /// What the last step left; empty at the first. Only we can have written it.
    pub state: &'a str,
    /// The instant.
    pub now: Timestamp,
    /// Chance, for what a step makes up.
    pub chance: [u8; 16],
}

/// The fields of a form. People type secrets into them.
#[derive(Default)]
pub struct Fields(BTreeMap<String, Secret<String>>);

/// What a page shows besides what all pages of methods do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Which step it is; the template's `step`.
    pub step: &'static str,
    /// Texts by name; the template's `shown`.
    pub shown: BTreeMap<&'static str, String>,
}

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// Who answers to this name.
    Named(Cow<'a, str>),
    /// Who is signed in.
    Present,
}

/// What becomes of an answer.
#[derive(Debug)]
pub enum Answer {
    /// The shell has to do something first.
    Work(Work),
    /// A next step, with what has to be known then. It travels sealed in the page's address.
    Next(String),
    /// They have shown who they are; and what is left to do behind their back.
    Proof(Login, Option<FollowUp>),
    /// They have not, for this reason, which only the log says.
    Retry(&'static str),
}

/// What only the shell can do.
#[derive(Debug)]
pub enum Work {
    /// Say whether it is the person's password, by the stored hash or whoever else keeps it.
    Verify(Secret<String>),
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// Of [`Work::Verify`].
    Verified(Checked),
}

/// What is left to do after a proof.
#[derive(Debug)]
pub enum FollowUp {
    /// Hash the same password anew: its hash was made in another way than it would be now.
    Rehash(Secret<String>),
}

impl Fields {
    /// Of a form as it came.
    pub fn of(form: &Params) -> Self {
        let pairs = form.pairs().iter().rev().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
        Self(pairs.collect())
    }

    /// A field; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&Secret<String>> {
        self.0.get(name).filter(|value| !value.expose().is_empty())
    }

    /// What is no secret, without the spaces around it.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.expose().trim())
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_the_first_of_their_name_and_show_no_secret() {
        let form = Params::parse("username=+diana+&password=krall&password=x&empty=").unwrap();
        let fields = Fields::of(&form);
        assert_eq!(fields.get("password").unwrap().expose(), "krall");
        assert_eq!((fields.text("username"), fields.text("empty"), fields.text("none")), ("diana", "", ""));
        assert!(fields.get("empty").is_none() && fields.get("none").is_none());
        assert!(!format!("{fields:?}").contains("krall"));
    }
}
