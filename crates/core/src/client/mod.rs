//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2: client metadata: one table of members, and
//! one judge, no matter who wrote them: an operator, in the configuration or at the command line, a client
//! that registers, or a metadata document.
//!
//! The judge reads each member by its row, then applies the rules about what members require of each other.
//! What differs by who asks is data: [`Who`](members::Who) may set a member, what a fault means to them
//! ([`fault`]), and the lists from which they can choose ([`Judge::lists`]).

mod algorithms;
mod authentication;
mod faults;
mod flows;
mod hashed;
mod keys;
pub mod kind;
pub mod members;
mod metadata;
mod operator;
mod presentation;
mod reading;
mod redirects;
mod remedy;
mod request_objects;
mod scopes;
mod subjects;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client_auth::{OFFERED, Proof};
use crate::env::{Env, KeyJudge};
use crate::error::Error;
use crate::fault::{Fault, Place, Severity};
use crate::near::nearest;
use crate::record::Client;
use crate::record::client::SubjectType;
use crate::response_type::ResponseType;
use crate::settings::{ScopeMeaning, Settings};
use crate::token::protect::{KINDS, NONE};

pub use algorithms::computes_with_secret;
pub use keys::wrong_key_set;
pub use metadata::{MAX_BODY, Metadata};
pub(crate) use presentation::taken;
pub(crate) use redirects::unusable;
pub use remedy::Remedy;

use faults::{Faults, Weight};
use members::{MEMBERS, Member, Who};
use reading::Reading;

/// Who says what a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An operator.
    Operator,
    /// A file that was written for another provider.
    Import,
    /// The store: it was judged when it was written.
    Stored,
    /// The client registers, and may be given a secret.
    Registration,
    /// The client publishes its metadata at its own address, where no secret can be kept.
    Document,
}

impl Origin {
    /// Nobody has looked at what it says.
    pub fn is_stranger(self) -> bool {
        matches!(self, Self::Registration | Self::Document)
    }
}

/// Which scopes there are for a client.
#[derive(Clone, Copy, Debug)]
pub enum Scopes<'a> {
    /// Those that are open to strangers: the client gets what is among them.
    Open(&'a Settings),
    /// Those of the configuration.
    Known(&'a BTreeMap<String, ScopeMeaning>, Others),
}

/// What a scope is that only a client names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// It is offered too.
    Offered,
    /// The list of scopes is closed.
    Refused,
    /// It is never granted, as the client is not in the configuration.
    Unknown,
}

/// By which a client is judged.
pub struct Judge<'a> {
    /// Who says what it is.
    pub origin: Origin,
    /// From what it can choose: lists by their names in the provider's metadata.
    pub lists: Cow<'a, Value>,
    /// Which scopes there are.
    pub scopes: Scopes<'a>,
    /// The type of subjects of clients that do not say.
    pub subject_type: SubjectType,
    /// How a value that is not offered comes to be.
    pub remedy: Remedy<'a>,
    /// Whether a key can be used.
    pub key: KeyJudge,
}

/// What came of it.
#[derive(Debug)]
pub struct Judged {
    /// The record, without what is wrong.
    pub client: Client,
    /// What is wrong or doubtful.
    pub faults: Vec<Fault>,
}

impl Judged {
    /// RFC 7591 §3.2.2: the client, or the first fault that stops it.
    pub(crate) fn accept(self) -> Result<Client, Error> {
        match self.faults.iter().find(|fault| fault.severity == Severity::Error) {
            Some(fault) => Err(fault.into()),
            None => Ok(self.client),
        }
    }
}

type Rule = fn(&Judge<'_>, &mut Client, &mut Faults);

/// What members require of each other, in the order in which they are read: later rules look at what earlier
/// ones have filled in.
static RULES: &[Rule] = &[
    operator::identity,
    presentation::rule,
    flows::rule,
    scopes::rule,
    authentication::rule,
    // Who is answered where depends on how the client authenticates.
    redirects::rule,
    operator::secret,
    algorithms::rule,
    request_objects::rule,
    subjects::rule,
    operator::fapi,
    operator::claims,
    bounded,
];

impl<'a> Judge<'a> {
    /// The judge of clients that nobody has looked at.
    pub(crate) fn of_strangers(env: &Env<'a>, origin: Origin) -> Self {
        let possible = (env.lists)(env.settings, env.jose);
        let mut lists = possible.clone();
        env.settings.offer.narrow(&mut lists);
        let mut lists = Value::Object(lists);
        let policy = &env.settings.registration;
        let may = |grant: &str| policy.grant_types.iter().any(|allowed| allowed == grant);
        narrow(&mut lists, "grant_types_supported", may);
        narrow(&mut lists, "response_types_supported", |name| {
            ResponseType::find(name).is_some_and(|found| found.grant_types().all(may))
        });
        for kind in KINDS.iter().filter(|_| !policy.unsigned) {
            narrow(&mut lists, &format!("{}_signing_alg_values_supported", kind.name), |alg| alg != NONE);
        }
        if origin == Origin::Document {
            narrow(&mut lists, OFFERED, |method| !Proof::of(method).is_some_and(Proof::needs_secret));
        }
        Self {
            origin,
            lists: Cow::Owned(lists),
            scopes: Scopes::Open(env.settings),
            subject_type: env.settings.subjects.default_type,
            remedy: Remedy::Ask(env.settings, possible),
            key: env.jose.key_judge(),
        }
    }

    /// The judge of what operators write outside the configuration: what is in these lists can be chosen.
    pub fn of_operators(
        origin: Origin,
        lists: Value,
        scopes: &'a BTreeMap<String, ScopeMeaning>,
        key: KeyJudge,
    ) -> Self {
        Self {
            origin,
            lists: Cow::Owned(lists),
            scopes: Scopes::Known(scopes, Others::Unknown),
            subject_type: SubjectType::default(),
            remedy: Remedy::None,
            key,
        }
    }

    /// Reads what is said about a client into its record. Nothing that no row knows gets there.
    pub fn read(&self, metadata: &Metadata, client: Client) -> Judged {
        let mut faults = Faults::new(self.origin);
        let mut record = match serde_json::to_value(&client) {
            Ok(Value::Object(record)) => record,
            _ => Map::new(),
        };
        for (name, value) in metadata.iter() {
            self.member(metadata, name, value, &mut record, &mut faults);
        }
        let mut client = match serde_json::from_value(Value::Object(record)) {
            Ok(client) => client,
            Err(error) => {
                faults.wrong(Place::default(), error.to_string(), "correct the member that it names");
                client
            }
        };
        if self.origin.is_stranger() && metadata.text("application_type").is_none_or(str::is_empty) {
            redirects::unsaid(&mut client);
        }
        for rule in RULES {
            rule(self, &mut client, &mut faults);
        }
        Judged { client, faults: faults.into_found() }
    }

    /// What is wrong or doubtful about a client that is stored.
    pub fn review(&self, client: &Client) -> Vec<Fault> {
        let Ok(Value::Object(mut record)) = serde_json::to_value(client) else { return Vec::new() };
        for member in MEMBERS {
            if let kind::Kind::Several(_, others) = member.kind
                && let Some(Value::Array(others)) = record.get(others).cloned()
            {
                let all = record.get(member.name).into_iter().cloned().chain(others).collect();
                record.insert(member.name.to_owned(), all);
            }
        }
        self.read(&Metadata::from(record), Client::new(client.client_id.as_str())).faults
    }

    fn member(
        &self,
        metadata: &Metadata,
        name: &str,
        value: &Value,
        record: &mut Map<String, Value>,
        faults: &mut Faults,
    ) {
        let Some((member, single)) = self.row(name) else { return self.unknown(name, value, faults) };
        if member.who != Who::Anybody && self.origin.is_stranger() {
            return;
        }
        let own = name == member.name || name.contains('#');
        if !own && metadata.get(member.name).is_some() {
            let what = format!("this is written as {} too", member.name);
            return faults.add(Weight::Careless, name, what, "keep one of them");
        }
        let name = if own { name } else { member.name };
        let mut reading = Reading { judge: self, name, faults };
        match value {
            Value::String(_) if single => {
                reading.read(member.kind, &Value::Array(vec![value.clone()]), record);
            }
            _ => {
                reading.read(member.kind, value, record);
            }
        }
    }

    /// The row of a member, and whether one value is a list of one.
    fn row(&self, name: &str) -> Option<(&'static Member, bool)> {
        if let Some(member) = members::find(name) {
            return Some((member, false));
        }
        if let Some(member) = MEMBERS.iter().find(|member| member.singular == Some(name)) {
            return Some((member, true));
        }
        let alias = |member: &&Member| member.aliases.contains(&name) && !self.origin.is_stranger();
        MEMBERS.iter().find(alias).map(|member| (member, false))
    }

    /// RFC 7591 §2: clients may say more than anybody knows. A member whose name says that it asks for
    /// protection, by the way in which the specifications name such members, is no such thing.
    fn unknown(&self, name: &str, value: &Value, faults: &mut Faults) {
        const ENDS: &[&str] = &[
            "_bound_access_tokens",
            "_signed_response_alg",
            "_encrypted_response_alg",
            "_encrypted_response_enc",
        ];
        let protects = name.starts_with("require_") || ENDS.iter().any(|end| name.ends_with(end));
        if self.origin.is_stranger() && protects {
            Reading { judge: self, name, faults }.not_given(value);
        } else if matches!(self.origin, Origin::Operator | Origin::Import) {
            let names = MEMBERS.iter().flat_map(|member| member.aliases.iter().copied().chain([member.name]));
            let near = nearest(name, names);
            let instead = near.map_or_else(
                || "`signet config default` shows all keys".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            faults.wrong(name, "this key is not known", instead);
        }
    }

    /// A list of the provider's metadata.
    fn list(&self, name: &str) -> Vec<&str> {
        let values = self.lists.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// RFC 7591 §3.2.1: all registered metadata with the values in force, as the record has them.
pub(crate) fn shown(client: &Client) -> Map<String, Value> {
    let Ok(Value::Object(record)) = serde_json::to_value(client) else { return Map::new() };
    let known = |name: &str| members::find(name).is_some_and(|member| member.who != Who::Operator);
    record.into_iter().filter(|(name, _)| known(name)).collect()
}

fn narrow(lists: &mut Value, list: &str, keep: impl Fn(&str) -> bool) {
    if let Some(values) = lists.get_mut(list).and_then(Value::as_array_mut) {
        values.retain(|value| value.as_str().is_some_and(&keep));
    }
}

/// What is kept of a client that nobody has looked at, without its software statement, whose signer is known
/// and which has a bound of its own; the usual ones take less than two.
const MAX_RECORD: usize = 16 * 1024;

fn bounded(_: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    // A record always can be written down.
    let record = serde_json::to_vec(client).map_or(0, |record| record.len());
    let statement = client.software_statement.as_ref().map_or(0, String::len);
    let size = record.saturating_sub(statement);
    if size > MAX_RECORD {
        let advice = "publish keys at jwks_uri, and name fewer addresses or languages";
        let what = "the metadata is longer than 16 KiB together";
        faults.add(Weight::Trust, Place::default(), what, advice);
    }
}
