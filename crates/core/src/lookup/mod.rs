//! Every read that a decision can ask for: questions, each with an answer of its own. Answers come joined: one
//! read each.

mod client;
mod fetch;
mod jti;
mod keys;

use std::sync::Arc;

use crate::env::ClientKeys;
use crate::id::{ClientId, SessionId, TokenId, UserId};
use crate::record::{Attempts, Consent, Document, Grant, Session, Token, TokenKind, User};
use crate::secret::TokenHash;

pub use client::{ClientById, ClientFound};
pub use fetch::{Expected, Fetch};
pub use jti::JtiSeen;
pub use keys::{KeysOfClient, KeysOfIssuer};

/// A question: the key of one read, with the type of what it finds. The table of [`Lookup`] lists all.
pub trait Question: Clone + PartialEq + Into<Lookup> + Send + Sync + 'static {
    /// What is found.
    type Found: Send;
    #[doc(hidden)]
    fn answered(self, found: Self::Found) -> Fact;
    #[doc(hidden)]
    fn of(fact: &Fact) -> Option<(&Self, &Self::Found)>;
    #[doc(hidden)]
    fn found(fact: Fact) -> Option<Self::Found>;
}

/// The table of questions makes `Lookup`, and pairs each question with the type of its answer.
macro_rules! questions {
    ($($name:ident($question:ident) -> $found:ty,)*) => {
        /// One read. Several are answered together from one snapshot.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Lookup {
            $(#[doc = concat!("See [`", stringify!($question), "`].")] $name($question),)*
    /// By the exact username → `user`
    Username(String),
    /// By keys that `name` makes: everybody who has one of them, by username, at most eight people for each →
    /// `named`
    Named(Vec<String>),
    /// → `user`
    User(UserId),
    /// By the cookie → `session`, its `user`, and the `consent` of that user for a client. A wrong hash finds
    /// nothing.
    Session {
        /// From the handle.
        id: SessionId,
        /// From the handle.
        hash: TokenHash,
        /// Whose consent to join.
        client: Option<ClientId>,
    },
    /// The session that is alive in a chain (`Session::root`), and its `user` → `session`. For what proves
    /// the chain without a cookie.
    Chain(SessionId),
    /// What a person agreed to give a client → `consent`
    Consent(UserId, ClientId),
    /// → `token`, its `grant`, the grant's `user`. A wrong hash finds nothing.
    Token {
        /// Which table.
        kind: TokenKind,
        /// From the handle, or a JWT's `jti`.
        id: TokenId,
        /// From the handle; none for JWTs and refresh tokens, whose signature or MAC was checked before.
        hash: Option<TokenHash>,
    },
    /// → `attempts`, one per key that has a row
    Attempts(Vec<String>),
    /// → `documents`
    Document(String),
        }

        /// A question and its answer.
        #[doc(hidden)]
        #[derive(Clone, Debug)]
        pub enum Fact {
            $(#[doc = concat!("Of [`", stringify!($question), "`].")] $name($question, $found),)*
        }

        impl Fact {
            fn answers(&self, lookup: &Lookup) -> bool {
                match (self, lookup) {
                    $((Fact::$name(answered, _), Lookup::$name(asked)) => answered == asked,)*
                    _ => false,
                }
            }
        }

        $(
            impl From<$question> for Lookup {
                fn from(question: $question) -> Self {
                    Lookup::$name(question)
                }
            }

            impl Question for $question {
                type Found = $found;

                fn answered(self, found: $found) -> Fact {
                    Fact::$name(self, found)
                }

                fn of(fact: &Fact) -> Option<(&Self, &$found)> {
                    match fact {
                        Fact::$name(question, found) => Some((question, found)),
                        _ => None,
                    }
                }

                fn found(fact: Fact) -> Option<$found> {
                    match fact {
                        Fact::$name(_, found) => Some(found),
                        _ => None,
                    }
                }
            }
        )*
    };
}

questions! {
    ClientKeys(KeysOfClient) -> Option<Arc<dyn ClientKeys>>,
    IssuerKeys(KeysOfIssuer) -> Option<Arc<dyn ClientKeys>>,
    Fetch(Fetch) -> Result<Arc<str>, String>,
    Client(ClientById) -> ClientFound,
    Jti(JtiSeen) -> bool,
}

/// What was found; a missing row is `None`. Expired and revoked rows are found like others: decisions judge
/// them.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The person.
    pub user: Option<Arc<User>>,
    /// The people who answer to a name.
    pub named: Vec<Arc<User>>,
    /// The signed-in browser.
    pub session: Option<Session>,
    /// What this person agreed to give this client.
    pub consent: Option<Consent>,
    /// The token.
    pub token: Option<Token>,
    /// What it was minted under.
    pub grant: Option<Grant>,
    /// How full the buckets are that bound the tries of strangers.
    pub attempts: Vec<Attempts>,
    /// Named values.
    pub documents: Vec<Document>,
    #[doc(hidden)]
    pub answers: Vec<Fact>,
}

impl Facts {
    /// The answer to a question; none when it was not asked.
    pub fn get<Q: Question>(&self, question: &Q) -> Option<&Q::Found> {
        self.all::<Q>().find(|(asked, _)| *asked == question).map(|(_, found)| found)
    }

    /// What a question found, where nothing may be found.
    pub fn found<T, Q: Question<Found = Option<T>>>(&self, question: &Q) -> Option<&T> {
        self.get(question)?.as_ref()
    }

    /// All answers to one kind of question.
    pub fn all<Q: Question>(&self) -> impl Iterator<Item = (&Q, &Q::Found)> {
        self.answers.iter().filter_map(Q::of)
    }

    /// The answer to a question, taken out.
    pub fn take<Q: Question>(&mut self, question: &Q) -> Option<Q::Found> {
        let is_it = |fact: &Fact| Q::of(fact).is_some_and(|(asked, _)| asked == question);
        let place = self.answers.iter().position(is_it)?;
        Q::found(self.answers.swap_remove(place))
    }

    /// Answers a question; a later answer takes the place of an earlier one.
    pub fn answer<Q: Question>(&mut self, question: Q, found: Q::Found) {
        let is_it = |fact: &&mut Fact| Q::of(fact).is_some_and(|(asked, _)| *asked == question);
        match self.answers.iter_mut().find(is_it) {
            Some(known) => *known = question.answered(found),
            None => self.answers.push(question.answered(found)),
        }
    }

    /// The same, to write facts down.
    pub fn with<Q: Question>(mut self, question: Q, found: Q::Found) -> Self {
        self.answer(question, found);
        self
    }

    /// Of these questions, those without an answer.
    pub fn unanswered(&self, mut lookups: Vec<Lookup>) -> Vec<Lookup> {
        lookups.retain(|lookup| !self.has(lookup));
        lookups
    }

    /// Whether a question has its answer.
    pub fn has(&self, lookup: &Lookup) -> bool {
        self.answers.iter().any(|fact| fact.answers(lookup))
    }

    /// Adds what a later read found.
    pub fn absorb(&mut self, later: Facts) {
        fn take<T>(known: &mut Option<T>, later: Option<T>) {
            if later.is_some() {
                *known = later;
            }
        }
        take(&mut self.user, later.user);
        self.named.extend(later.named);
        take(&mut self.session, later.session);
        take(&mut self.consent, later.consent);
        take(&mut self.token, later.token);
        take(&mut self.grant, later.grant);
        self.attempts.extend(later.attempts);
        self.documents.extend(later.documents);
        self.answers.extend(later.answers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jti(jti: &str) -> JtiSeen {
        JtiSeen { issuer: "web".to_owned(), jti: jti.to_owned() }
    }

    #[test]
    fn each_question_has_an_answer_of_its_own() {
        let mut facts = Facts::default().with(jti("1"), true).with(jti("2"), false);
        assert_eq!(
            (facts.get(&jti("1")), facts.get(&jti("2")), facts.get(&jti("3"))),
            (Some(&true), Some(&false), None)
        );
        assert!(facts.has(&jti("2").into()) && !facts.has(&jti("3").into()));
        facts.answer(jti("2"), true);
        assert!(facts.seen(&jti("2")));
        assert_eq!((facts.take(&jti("1")), facts.take(&jti("1"))), (Some(true), None));
        assert!(facts.seen(&jti("2")) && !facts.seen(&jti("1")));
    }
}
