//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: configured clients. `signet_core::client`
//! judges them; here each fault finds its line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value as Json};
use signet::keys::judge as judge_key;
use signet::program::known;
use signet_core::acr;
use signet_core::client::{Judge, Judged, Metadata, Origin, Others, Remedy, Scopes};
use signet_core::fault::Fault;
use signet_core::record::Client;
use signet_core::record::client::SubjectType;
use signet_core::settings::ScopeMeaning;

use super::tree::Step;
use super::written::{ClientWritten, Config};
use super::{Format, Loaded, Problem, Report, check, oidc_op};

/// What clients can choose from.
pub(super) struct Terms {
    /// Lists by their names in the provider's metadata.
    pub(super) lists: Json,
    /// The type of subjects of clients that do not say.
    pub(super) subject_type: SubjectType,
    /// No scope but those that `allowed_scopes` names is offered.
    pub(super) closed: bool,
}

/// The configured clients. Scopes that only a client names become known, unless the list is closed.
pub(super) fn judge_all(
    written: Vec<ClientWritten>,
    terms: &Terms,
    scopes: &mut BTreeMap<String, ScopeMeaning>,
    report: &mut Report,
) -> Vec<Client> {
    let origin = if report.theirs { Origin::Import } else { Origin::Operator };
    let others = if terms.closed && !report.theirs { Others::Refused } else { Others::Offered };
    let mut names = BTreeSet::new();
    let mut clients: Vec<Client> = Vec::new();
    for (index, written) in written.into_iter().enumerate() {
        let judge = Judge {
            origin,
            lists: Cow::Borrowed(&terms.lists),
            scopes: Scopes::Known(scopes, others),
            subject_type: terms.subject_type,
            remedy: Remedy::Write(known::remedy),
            key: judge_key,
        };
        let Judged { client, faults } = judge.read(&Metadata::from(written.0), Client::new(""));
        report.found(&[Step::Key("clients"), Step::Index(index)], faults);
        if client.client_id.as_str() != client.client_id.as_str().trim() {
            let at = [Step::Key("clients"), Step::Index(index), Step::Key("client_id")];
            let what = "this begins or ends with white space, which applications have to send too";
            report.warn(&at, what, "leave it out, unless it is meant");
        }
        if !names.insert(client.client_id.clone()) {
            let at = [Step::Key("clients"), Step::Index(index), Step::Key("client_id")];
            report.error(&at, "another client has this name", "give each its own");
        }
        let own = |word: &&str| client.scopes_to_claims.as_ref().is_some_and(|own| own.contains_key(*word));
        let words = client.scope.iter().flat_map(|scope| scope.iter()).filter(|word| !own(word));
        for word in words.filter(|_| others == Others::Offered) {
            scopes.entry(word.to_owned()).or_default();
        }
        clients.push(client);
    }
    clients
}

impl Loaded {
    /// The judge of clients outside the configuration: those of the command line, and those that are stored.
    pub fn judge(&self, origin: Origin) -> Judge<'_> {
        let settings = &self.settings;
        let lists = known::lists(&settings.offer, &self.signing, &acr::values(&settings.authentication));
        Judge {
            subject_type: self.settings.subjects.default_type,
            remedy: Remedy::Write(known::remedy),
            ..Judge::of_operators(origin, lists, &settings.scopes, judge_key)
        }
    }
}

/// The metadata of one client as an operator writes it, perhaps for oidc-op and with secrets in files, in the
/// form that is judged; and what is doubtful about how it was written.
pub fn client_metadata(written: Map<String, Json>) -> Result<(Json, Vec<Fault>), Vec<Fault>> {
    let mut problems = Vec::new();
    let mut node = Format::Json.read(&Json::Object(written).to_string(), &mut problems);
    node.label(String::new());
    oidc_op::client(&mut node, &mut problems);
    check::client(&mut node, &Config::schema(), Path::new(""), &mut problems);
    let failed = problems.iter().any(Problem::is_error);
    let faults = problems.into_iter().map(|problem| problem.fault).collect();
    if failed { Err(faults) } else { Ok((node.to_json(), faults)) }
}
