//! Every read that a decision can ask for: questions, each with an answer of its own. Answers come joined:
//! one read each.

mod attempts;
mod client;
mod consent;
mod document;
mod fetch;
mod jti;
mod keys;
mod session;
mod token;
mod user;

use std::sync::Arc;

use crate::env::ClientKeys;
use crate::id::UserId;
use crate::record::{Attempts, Consent, Document, User};

pub use attempts::AttemptsOf;
pub use client::{ClientById, ClientFound, TitlesTaken};
pub use consent::ConsentOf;
pub use document::DocumentNamed;
pub use fetch::{Chosen, Expected, Fetch};
pub use jti::JtiSeen;
pub use keys::{KeysOfClient, KeysOfIssuer};
pub use session::{SessionByCookie, SessionFound, SessionOfChain};
pub use token::{TokenById, TokenFound};
pub use user::{UserById, UserByName, UsersByKeys};

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
        /// One read. Several are answered together from one snapshot. The shell alone answers `ClientKeys`,
        /// `IssuerKeys` and `Fetch`, no store does.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Lookup {
            $(#[doc = concat!("See [`", stringify!($question), "`].")] $name($question),)*
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
    Client(ClientById) -> ClientFound,
    Titles(TitlesTaken) -> Vec<String>,
    User(UserById) -> Option<Arc<User>>,
    Username(UserByName) -> Option<Arc<User>>,
    Named(UsersByKeys) -> Vec<Arc<User>>,
    Session(SessionByCookie) -> Option<Box<SessionFound>>,
    Chain(SessionOfChain) -> Option<Box<SessionFound>>,
    Consent(ConsentOf) -> Option<Consent>,
    Token(TokenById) -> Option<Box<TokenFound>>,
    Jti(JtiSeen) -> bool,
    Attempts(AttemptsOf) -> Vec<Attempts>,
    Document(DocumentNamed) -> Option<Document>,
    ClientKeys(KeysOfClient) -> Option<Arc<dyn ClientKeys>>,
    IssuerKeys(KeysOfIssuer) -> Option<Arc<dyn ClientKeys>>,
    Fetch(Fetch) -> Result<Arc<str>, String>,
}

/// Questions with their answers. Expired and revoked rows are found like others: decisions judge them.
#[derive(Clone, Default)]
pub struct Facts {
    answers: Vec<Fact>,
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.answers).finish()
    }
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

    /// Adds the answers to other questions.
    pub fn extend(&mut self, more: Facts) {
        self.answers.extend(more.answers);
    }

    /// Forgets people whom nobody should meet.
    pub fn retain_people(&mut self, keep: impl Fn(&User) -> bool) {
        let forget = |user: &mut Option<Arc<User>>| *user = user.take().filter(|user| keep(user));
        for fact in &mut self.answers {
            match fact {
                Fact::User(_, user) | Fact::Username(_, user) => forget(user),
                fact => fact.joined().into_iter().for_each(|(_, user)| forget(user)),
            }
        }
    }

    /// Who should have come with a token or session, and is kept somewhere else than they are.
    pub fn missing_people(&mut self) -> Vec<UserId> {
        let joined = self.answers.iter_mut().filter_map(Fact::joined);
        joined.filter(|(_, user)| user.is_none()).map(|(id, _)| id.clone()).collect()
    }

    /// Whether a session or token of somebody has come that is not ended.
    pub fn is_live(&self, id: &UserId) -> bool {
        self.answers.iter().any(|fact| match fact {
            Fact::Session(_, Some(found)) | Fact::Chain(_, Some(found)) => found.session.user == *id,
            Fact::Token(_, Some(found)) => {
                found.grant.as_ref().is_some_and(|grant| grant.user.as_ref() == Some(id) && !grant.revoked)
            }
            _ => false,
        })
    }

    /// Joins a person who was missing.
    pub fn join(&mut self, person: &Arc<User>) {
        for (id, user) in self.answers.iter_mut().filter_map(Fact::joined) {
            if *id == person.id {
                user.get_or_insert_with(|| person.clone());
            }
        }
    }
}

impl Fact {
    /// Whose token or session it is, and what is known of them.
    fn joined(&mut self) -> Option<(&UserId, &mut Option<Arc<User>>)> {
        match self {
            Fact::Session(_, Some(found)) | Fact::Chain(_, Some(found)) => {
                let SessionFound { session, user, .. } = &mut **found;
                Some((&session.user, user))
            }
            Fact::Token(_, Some(found)) => {
                let TokenFound { grant, user, .. } = &mut **found;
                Some((grant.as_ref()?.user.as_ref()?, user))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Grant, TokenKind};
    use crate::testing::{World, client, keys, user};
    use crate::token::refresh_token;

    fn jti(jti: &str) -> JtiSeen {
        JtiSeen { issuer: "web".to_owned(), jti: jti.to_owned() }
    }

    #[test]
    fn each_question_has_an_answer_of_its_own() {
        let mut facts = Facts::default().with(jti("1"), true).with(jti("2"), false);
        let answers = ["1", "2", "3"].map(|id| facts.get(&jti(id)));
        assert_eq!(answers, [Some(&true), Some(&false), None]);
        assert_eq!(facts.unanswered(vec![jti("3").into(), jti("2").into()]), [jti("3").into()]);
        facts.answer(jti("2"), true);
        assert!(facts.seen(&jti("2")));
        assert_eq!((facts.take(&jti("1")), facts.take(&jti("1"))), (Some(true), None));
        assert!(facts.seen(&jti("2")) && !facts.seen(&jti("1")));
    }

    #[test]
    fn two_clients_two_fetches_and_two_sets_of_keys_stay_apart() {
        let fetch = |url: &str| Fetch {
            url: url.to_owned(),
            what: Expected::RequestObject,
            chosen: Chosen::ByStranger,
        };
        let of = |id: &str| KeysOfClient { client: id.into(), kid: None };
        let facts = Facts::default()
            .with_client(client("web").into())
            .with(ClientById("gone".into()), ClientFound::Unusable("it is no JSON".to_owned()))
            .with_client(client("other").into())
            .with(fetch("https://a.example"), Ok("a".into()))
            .with(fetch("https://b.example"), Err("no route".to_owned()))
            .with(of("web"), None)
            .with(of("other"), keys("k-1"));
        let known = |id: &str| facts.client(&id.into()).map(|client| client.client_id.0.as_str());
        assert_eq!(["web", "gone", "other", "none"].map(known), [Some("web"), None, Some("other"), None]);
        let unusable = |id: &str| facts.unusable(&id.into());
        assert_eq!(["web", "gone", "none"].map(unusable), [None, Some("it is no JSON"), None]);
        assert_eq!(facts.get(&fetch("https://a.example")), Some(&Ok("a".into())));
        assert!(facts.get(&fetch("https://b.example")).is_some_and(Result::is_err));
        assert!(facts.keys_of(&"web".into()).is_none() && facts.keys_of(&"other".into()).is_some());
    }

    #[test]
    fn each_of_two_tokens_brings_its_grant_and_person() {
        let (world, client) = (World::new(), client("web"));
        let issued = |name: &str| {
            let grant = world.grant(&client, &user(name), "openid");
            (refresh_token::mint(&world.env(), &grant, &client, None).record, grant)
        };
        let tokens = ["diana", "elvis"].map(issued);
        let asked = |id| TokenById { kind: TokenKind::RefreshToken, id, hash: None };
        let mut facts = Facts::default();
        for (token, grant) in &tokens {
            let found = TokenFound { token: token.clone(), grant: Some(grant.clone()), user: None };
            facts.answer(asked(token.id), Some(Box::new(found)));
        }
        // Neither is kept in the store.
        let written = ["diana", "elvis"].map(|name| Arc::new(user(name)));
        let missing = facts.missing_people();
        assert_eq!(missing, written.each_ref().map(|user| user.id.clone()));
        written.iter().for_each(|person| facts.join(person));
        assert_eq!(facts.missing_people(), []);
        for ((token, grant), person) in tokens.iter().zip(&written) {
            assert_eq!(facts.grant_of(&asked(token.id)), Some(grant));
            let TokenFound { token: found, user, .. } = facts.take_token(&asked(token.id)).unwrap();
            assert_eq!((found.id, user.map(|user| user.id.clone())), (token.id, Some(person.id.clone())));
        }
        let none: Option<&Grant> = facts.grant_of(&asked(tokens[0].0.id));
        assert_eq!(none, None, "it was taken out");
    }
}
