//! OpenID Connect Core §5.4, §5.5: which claims about a user are released where.

mod disclosure;
mod known;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::claims::{ClaimsRequest, Names, Point, VERIFIED, Wanted, is_empty, is_protocol, sources, stem};
use crate::record::client::SubjectType;
use crate::record::{Client, Grant, User};
use crate::scope::Scope;
use crate::settings::Settings;

pub use disclosure::Disclosure;
use known::is_known;

/// Claims by name, ready to be written.
pub type Released<'a> = BTreeMap<&'a str, Cow<'a, Value>>;

/// The claims to release under a grant, without `sub`; nothing null or empty, nothing that Signet itself
/// says, and nothing that the person was not asked about where they had to be.
///
/// A claim is taken from what is always released, from the granted scopes, and from the request. Where
/// several name it, the last says which values will do; a person who has none of these keeps the claim. Names
/// may carry a language (`name#de`) when they are asked so, or when several languages are asked for. What
/// somebody else vouches for is not released itself: the answer tells where it is.
pub fn release<'a>(
    settings: &'a Settings,
    client: &'a Client,
    user: &'a User,
    grant: &'a Grant,
    scope: &'a Scope,
    point: Point,
) -> Released<'a> {
    let request = grant.claims.as_ref();
    let mut wanted = wanted(settings, client, scope, request, point);
    let (mut released, elsewhere) = found(settings, client, user, request, &mut wanted, point);
    let agreed = |name: &str| grant.agreed.as_ref().is_none_or(|agreed| agreed.has(name));
    released.retain(|name, _| agreed(name));
    let elsewhere = elsewhere.into_iter().filter(|name| agreed(name));
    if let Some([names, where_from]) = sources::of(&settings.offer, &user.claims, elsewhere) {
        released.insert(sources::NAMES, Cow::Owned(names));
        released.insert(sources::SOURCES, Cow::Owned(where_from));
    }
    released
}

/// The claims that come to a client at a point, by name, each with the values that will do; most people have
/// a few of them.
fn wanted<'a>(
    settings: &'a Settings,
    client: &'a Client,
    scope: &'a Scope,
    request: Option<&'a ClaimsRequest>,
    point: Point,
) -> Vec<(&'a str, &'a Wanted)> {
    let mut wanted = selected(settings, client, scope, point);
    wanted.extend(requested(request, point));
    wanted
}

/// Those of them that the operator selected: always, or by a scope.
fn selected<'a>(
    settings: &'a Settings,
    client: &'a Client,
    scope: &'a Scope,
    point: Point,
) -> Vec<(&'a str, &'a Wanted)> {
    const ANY: &Wanted = &Wanted { essential: false, value: None, values: Vec::new() };
    let rules = settings.release.at(point);
    let own = rules.enable_claims_per_client.then_some(&client.add_claims);
    let always =
        [Some(&rules.base_claims), Some(&rules.always_add_claims), own.map(|own| own.always.at(point))];
    let mut selected: Vec<(&str, &Wanted)> = Vec::new();
    let always = always.into_iter().flatten().flat_map(|selection| &selection.0);
    selected.extend(always.map(|(name, how)| (name.as_str(), how)));
    let by_scope = own.and_then(|own| *own.by_scope.at(point));
    if by_scope.unwrap_or(point == Point::IdTokenAlone || rules.add_claims_by_scope) {
        let claims = scope.iter().flat_map(|word| of_scope(settings, client, word));
        selected.extend(claims.map(|name| (name, ANY)));
    }
    selected
}

/// Those of them that the `claims` parameter names.
fn requested(request: Option<&ClaimsRequest>, point: Point) -> impl Iterator<Item = (&str, &Wanted)> {
    let asked = request.map(|request| match point {
        Point::UserInfo => &request.userinfo,
        Point::IdToken | Point::IdTokenAlone => &request.id_token,
        Point::Introspection => &request.introspection,
        Point::AccessToken => &request.access_token,
    });
    asked.into_iter().flatten().map(|(name, how)| (name.as_str(), how))
}

/// What of these the person has, and the names of those that somebody else may vouch for, where that is
/// released.
fn found<'a>(
    settings: &Settings,
    client: &Client,
    user: &'a User,
    request: Option<&'a ClaimsRequest>,
    wanted: &mut Vec<(&'a str, &'a Wanted)>,
    point: Point,
) -> (Released<'a>, Vec<&'a str>) {
    wanted.sort_by_key(|(name, _)| *name);
    wanted.dedup_by(|later, first| {
        let again = later.0 == first.0;
        if again {
            first.1 = later.1;
        }
        again
    });
    let locales = request.map_or(&[][..], |request| &request.locales);
    let mut released = Released::new();
    let mut add = |name: &'a str, value: &'a Value, how: &Wanted| {
        if how.allows(value) && !is_empty(value) && !is_protocol(name) && is_about_something(user, name) {
            released.insert(name, Cow::Borrowed(value));
        }
    };
    for (asked, how) in &*wanted {
        in_languages(&user.claims, asked, locales).for_each(|(name, value)| add(name, value, how));
    }
    if let Ok(place) = wanted.binary_search_by_key(&PREFERRED, |(name, _)| name)
        && let Some((name, how)) = wanted.get(place)
        && !released.contains_key(name)
        && let Some(username) = preferred_username(settings, client, user)
        && how.allows(&username)
    {
        released.insert(name, Cow::Owned(username));
    }
    let told = sources::are_kept(&user.claims)
        && matches!(point, Point::UserInfo | Point::IdToken | Point::IdTokenAlone);
    // Whether a value that somebody else knows will do, only the client can see.
    let elsewhere =
        wanted.iter().filter(|(name, how)| told && how.allows_any() && !released.contains_key(name));
    let elsewhere = elsewhere.map(|(name, _)| *name).collect();
    (released, elsewhere)
}

/// An address or a number was confirmed, or was not, only where there is one.
fn is_about_something(user: &User, name: &str) -> bool {
    let of = VERIFIED.iter().find(|(_, verified)| *verified == name);
    of.is_none_or(|(of, _)| user.claims.iter().any(|(claim, value)| stem(claim) == *of && !is_empty(value)))
}

/// OpenID Connect Core §5.1: the name by which a person whose record has no other wishes to be referred to is
/// the one they sign in by. Not where clients know people by pairwise subjects: the username would join what
/// these keep apart.
fn preferred_username(settings: &Settings, client: &Client, user: &User) -> Option<Value> {
    let is_said = user.claims.get(PREFERRED).is_some_and(|said| !is_empty(said));
    let is_public = settings.subjects.type_for(client) == SubjectType::Public;
    (!is_said && is_public).then(|| user.username.as_str().into())
}

/// Whether a person has no preferred name but the one that is kept from this client. That says nothing of
/// them that is missing here; should they get a name of that kind, they are asked about it.
fn withholds_username(settings: &Settings, client: &Client, user: &User) -> bool {
    let is_public = settings.subjects.type_for(client) == SubjectType::Public;
    let is_said = |(claim, value): (&String, &Value)| stem(claim) == PREFERRED && !is_empty(value);
    let elsewhere = || user.claims.get(sources::NAMES).and_then(|names| names.get(PREFERRED)).is_some();
    !is_public && !user.claims.iter().any(is_said) && !elsewhere()
}

const PREFERRED: &str = "preferred_username";

/// The claims about the person in an answer about a token of this scope: those of access tokens and those of
/// introspection.
pub fn introspected(
    settings: &Settings,
    client: &Client,
    user: &User,
    grant: &Grant,
    scope: &Scope,
) -> Map<String, Value> {
    let at = |point| release(settings, client, user, grant, scope, point);
    let mut released = at(Point::AccessToken);
    released.extend(at(Point::Introspection));
    let mut claims: Map<String, Value> = owned(released).collect();
    let agreed = grant.agreed.as_ref().is_none_or(|agreed| agreed.has(USERNAME));
    if agreed && tells_username(settings, client) {
        claims.insert(USERNAME.into(), user.username.as_str().into());
    }
    claims
}

/// RFC 7662 §2.2: a member of introspection answers, which only the operator can select.
const USERNAME: &str = "username";

/// Whether the operator selected it.
fn tells_username(settings: &Settings, client: &Client) -> bool {
    let rules = &settings.release.introspection;
    let own = rules.enable_claims_per_client.then_some(&client.add_claims.always.introspection);
    let selected = [Some(&rules.base_claims), Some(&rules.always_add_claims), own];
    selected.into_iter().flatten().any(|selection| selection.0.contains_key(USERNAME))
}

/// Released claims that outlive what they were read from.
pub(crate) fn owned(released: Released<'_>) -> impl Iterator<Item = (String, Value)> {
    released.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()))
}

/// The claims that a word releases to a client.
pub fn of_scope<'a>(settings: &'a Settings, client: &'a Client, word: &str) -> impl Iterator<Item = &'a str> {
    let claims = match &client.scopes_to_claims {
        Some(own) => own.get(word),
        None => settings.scopes.get(word).map(|meaning| &meaning.claims),
    };
    claims.into_iter().flatten().map(String::as_str)
}

/// The names of the claims that can come to a client at these points, whether the person has them or not:
/// what consent is about. What nobody here knows is not among them, as it can be any text.
pub fn names(
    settings: &Settings,
    client: &Client,
    user: Option<&User>,
    scope: &Scope,
    request: Option<&ClaimsRequest>,
    points: &[Point],
) -> Names {
    let known = |name: &str| is_known(settings, client, user, name);
    let at = |point: &Point| {
        let requested = requested(request, *point).filter(|(name, _)| known(name));
        selected(settings, client, scope, *point).into_iter().chain(requested)
    };
    let wanted = points.iter().flat_map(at);
    let withheld = user.is_some_and(|user| withholds_username(settings, client, user));
    let is_kept_back = |name: &str| is_protocol(name) || withheld && stem(name) == PREFERRED;
    wanted.map(|(name, _)| name).filter(|name| !is_kept_back(name)).collect()
}

/// Discovery's `claims_supported`: those of the general scopes and release points.
pub fn supported(settings: &Settings) -> Vec<&str> {
    const ALWAYS: &[&str] = &["sub", "iss", "auth_time", "acr"];
    if !settings.claims_supported.is_empty() {
        return settings.claims_supported.iter().map(String::as_str).collect();
    }
    let by_scope = settings.scopes.values().flat_map(|meaning| &meaning.claims);
    let rules = settings.release.all().into_iter();
    let always = rules.flat_map(|rules| rules.base_claims.0.keys().chain(rules.always_add_claims.0.keys()));
    let mut names: Vec<&str> = ALWAYS.to_vec();
    for name in by_scope.chain(always).map(|name| stem(name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// OpenID Connect Core §5.2: a claim in the languages that are asked for. In a single one it comes under its
/// plain name, as the application expects nothing else; in several each comes under its own, next to the
/// plain one.
fn in_languages<'a>(
    known: &'a Map<String, Value>,
    name: &'a str,
    locales: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let plain = known_as(known, name).map(|value| (name, value));
    // A request may name thousands of claims that nobody has, and each language of each would be looked for
    // part by part.
    let is_localised =
        || known.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('#')));
    let locales = if !locales.is_empty() && is_localised() { locales } else { &[] };
    let localised = locales.iter().filter_map(move |locale| in_language(known, name, locale));
    let single =
        if locales.len() == 1 { localised.clone().next().map(|(_, value)| (name, value)) } else { None };
    let several = localised.filter(move |_| locales.len() > 1);
    single.or(plain).into_iter().chain(several)
}

/// OpenID Connect Core §5.2: a claim by the name by which it is asked for, whose language may be written in
/// another way (`name#DE`, `name#de`).
fn known_as<'a>(known: &'a Map<String, Value>, asked: &str) -> Option<&'a Value> {
    let otherwise = || {
        let (claim, language) = asked.split_once('#')?;
        let mut others = known.iter().filter_map(|(key, value)| Some((key.split_once('#')?, value)));
        let is_same = |of: &str, tag: &str| of == claim && tag.eq_ignore_ascii_case(language);
        others.find(|((of, tag), _)| is_same(of, tag)).map(|(_, value)| value)
    };
    known.get(asked).or_else(otherwise)
}

/// RFC 4647 §3.4: `de-CH` finds `name#de-CH`, else `name#de`.
fn in_language<'a>(known: &'a Map<String, Value>, name: &str, locale: &str) -> Option<(&'a str, &'a Value)> {
    let mut range = locale;
    loop {
        let fits = |key: &str| {
            let language = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('#'));
            language.is_some_and(|language| language.eq_ignore_ascii_case(range))
        };
        if let Some((key, value)) = known.iter().find(|(key, value)| fits(key) && !is_empty(value)) {
            return Some((key, value));
        }
        range = range.rsplit_once('-')?.0;
    }
}
