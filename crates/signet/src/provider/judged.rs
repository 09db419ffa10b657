//! What is configured in code is judged as what is written in a configuration file, by the same rules.

use signet_core::acr;
use signet_core::claims::kept;
use signet_core::client::{Judge, Origin, Remedy};
use signet_core::endpoint::{self, ENDPOINTS};
use signet_core::fault::{Fault, Severity};
use signet_core::id::UserId;
use signet_core::name::{self, canonical};
use signet_core::near::nearest;
use signet_core::record::user::is_username;
use signet_core::record::{Client, User};
use signet_core::resource::{self, Among};
use signet_core::settings::Settings;
use signet_core::time::Timestamp;

use super::{BuildError, LoginOptions, StaticUser};
use crate::known;
use crate::routes::path_fault;

/// Applications: each by itself, and that each has its own name.
pub(super) fn clients(clients: &[Client], settings: &Settings, signing: &[String]) -> Result<(), BuildError> {
    let contexts = acr::values(&settings.authentication);
    let lists = known::lists(&settings.offer, signing, &contexts);
    let judge = Judge {
        subject_type: settings.subjects.default_type,
        remedy: Remedy::Write(known::remedy),
        ..Judge::of_operators(Origin::Stored, lists, &settings.scopes, crate::keys::judge)
    };
    for (index, client) in clients.iter().enumerate() {
        let id = client.client_id.as_str();
        let named = |fault: &Fault| format!("client {id:?}: {fault}");
        if clients.iter().take(index).any(|other| other.client_id == client.client_id) {
            let fault = Fault::new("client_id", "another client has this name").instead("give each its own");
            return Err(BuildError::Clients(named(&fault)));
        }
        heed(judge.review(client), named).map_err(|fault| BuildError::Clients(named(&fault)))?;
    }
    Ok(())
}

/// People: their names and claims. Passwords are judged when they are hashed.
pub(super) fn people(users: &[StaticUser]) -> Result<(), BuildError> {
    let mut before: Vec<User> = Vec::new();
    for user in users {
        let user = found_by(user);
        let named = |fault: &Fault| format!("user {:?}: {fault}", user.username);
        heed(person_faults(&user, &before), named).map_err(|fault| BuildError::People(named(&fault)))?;
        before.push(user);
    }
    Ok(())
}

/// What is wrong or doubtful about a person who is written down, after these others.
pub fn person_faults(user: &User, before: &[User]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let alike = |other: &&User| canonical(&other.username) == canonical(&user.username);
    if let Err(what) = is_username(&user.username) {
        faults.push(Fault::new("username", what).instead("write what the user types"));
    } else if before.iter().any(|other| other.username == user.username) {
        faults.push(Fault::new("username", "another user has this name").instead("give each their own"));
    } else if let Some(other) = before.iter().find(alike) {
        let what = format!("this name and {} differ only in case or Unicode form", other.username);
        let advice = "each of the two signs in by the exact name only";
        faults.push(Fault::new("username", what).instead(advice).warning());
    }
    faults.extend(kept::faults(&user.claims).into_iter().map(|fault| fault.within(["claims".into()])));
    let crossed = name::crossed_by(user);
    let crosses = |other: &&User| name::keys(other).iter().any(|key| crossed.contains(key));
    if let Some(other) = before.iter().find(crosses) {
        let what = format!(
            "the user name of one of this user and {} is the verified e-mail address of the other",
            other.username
        );
        let advice = "give one of them another name or address: nobody could say who signs in by it";
        faults.push(Fault::new("username", what).instead(advice));
    }
    faults
}

/// Settings, and how passwords are treated.
pub(super) fn settings(
    settings: &Settings,
    clients: &[Client],
    login: &LoginOptions,
) -> Result<(), BuildError> {
    let Settings { issuer, paths: places, scopes, release, .. } = settings;
    let among = Among { issuer, paths: places, scopes, clients, release };
    let resources = resource::faults(&settings.resources, &among).into_iter();
    let faults = settings.faults().into_iter();
    let faults = faults
        .chain(paths(settings))
        .chain(resources.map(|fault| fault.within(["resources".into()])))
        .chain(login.faults().into_iter().map(|fault| fault.within(["login".into()])));
    Ok(heed(faults, ToString::to_string)?)
}

/// Of paths, those that are not as by default.
fn paths(settings: &Settings) -> Vec<Fault> {
    let defaults = endpoint::paths();
    let changed = settings.paths.all().filter(|place| defaults.of(place.name) != place.path);
    let wrong = changed.filter_map(|place| {
        let (what, advice) = path_fault(&place.path)?;
        Some(Fault::new(["paths", place.name], what).instead(advice))
    });
    let unknown = settings.paths.unknown().iter().map(|name| {
        let names: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.name()).collect();
        let advice = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there are {}", names.join(", ")),
        };
        Fault::new(["paths", name.as_str()], "there is no such endpoint").instead(advice)
    });
    wrong.chain(unknown).collect()
}

/// The first fault that stops is the error; what is only doubtful is logged.
fn heed(faults: impl IntoIterator<Item = Fault>, named: impl Fn(&Fault) -> String) -> Result<(), Fault> {
    for fault in faults {
        match fault.severity {
            Severity::Error => return Err(fault),
            Severity::Warning => tracing::warn!("{}", named(&fault)),
        }
    }
    Ok(())
}

/// The record by which a person is found; it has no password.
fn found_by(user: &StaticUser) -> User {
    User {
        id: UserId::configured(&user.username),
        username: user.username.clone(),
        password: None,
        claims: user.claims.clone(),
        locked: user.locked,
        password_epoch: 0,
        imported: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
    }
}
