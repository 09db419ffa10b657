//! OpenID Connect Core §3.1.2.4: the consent page. Its lines are what would be released, with values.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_core::claims::{Names, VERIFIED};
use signet_core::localised::Localised;
use signet_core::params::Params;
use signet_core::record::client::SubjectType;
use signet_core::record::{Client, Consent, User};
use signet_core::release;
use signet_core::release::Disclosure;
use signet_core::reply::Interact;
use signet_core::resource;
use signet_core::settings::Settings;
use signet_core::settings::resources::Resource;
use signet_core::subject;

use super::frame::{host, place};
use super::interaction::{link, person};
use super::notice::Kept;
use crate::engine::OPTIONAL_SCOPES;
use crate::pages::{
    ClaimName, ConsentPage, Frame, KnownAs, Line, Locale, OptionalScope, Permission, Seen, Text,
};

/// The page.
pub(super) fn page(
    settings: &Settings,
    interact: &Interact,
    frame: Frame,
    locale: &Locale,
    query: &Params,
    kept: &Kept,
) -> ConsentPage {
    let mut page = ConsentPage {
        frame,
        person: interact.user.as_deref().map(person).unwrap_or_default(),
        not_you: Some(link("switch", "1", query)),
        signs_in: interact.scope.contains("openid"),
        more: false,
        sees: Vec::new(),
        known_as: KnownAs::Public,
        sector: None,
        known_for: None,
        differing: Vec::new(),
        absent: Vec::new(),
        allows: Vec::new(),
        optional: Vec::new(),
        withheld: Vec::new(),
    };
    if let (Some(disclosure), Some(user)) = (interact.disclosure(settings), interact.user.as_deref()) {
        let words = Words { settings, client: &interact.client, language: locale.tag() };
        page.known_as = known_as(&disclosure);
        page.sector = subject::shared_sector(&interact.client).filter(|_| page.known_as == KnownAs::Pairwise);
        (page.differing, page.absent) = words.absent(&disclosure, user);
        page.withheld = words.withheld(&disclosure, user, &interact.given);
        let mut claims = words.claims(&disclosure);
        for scope in interact.scope.iter() {
            words.scope(scope, &disclosure, &mut claims, &mut page);
        }
        page.allows.sort_by(|one, other| (&one.api, &one.of).cmp(&(&other.api, &other.of)));
        if !claims.is_empty() {
            page.sees.insert(0, Seen { claims: sorted(claims), ..Seen::default() });
        }
    }
    for choice in &mut page.optional {
        choice.ticked = kept.ticks(&choice.scope).unwrap_or(!interact.left_out.contains(&choice.scope));
    }
    if let Some(agreed) = &interact.agreed {
        mark_new(&mut page, agreed);
    }
    page.frame.keeps_typed = !page.optional.is_empty();
    page
}

/// What the person has not agreed to before.
fn mark_new(page: &mut ConsentPage, agreed: &Consent) {
    let claims = page.sees.iter_mut().flat_map(|seen| &mut seen.claims);
    let claims = claims.map(|line| (!agreed.claims.has(&line.name.claim), &mut line.new));
    let was_asked = |scope: &str| agreed.scope.contains(scope) || agreed.left_out.contains(scope);
    let allows = page.allows.iter_mut().map(|of| (!was_asked(&of.scope), &mut of.new));
    let optional = page.optional.iter_mut().map(|of| (!was_asked(&of.scope), &mut of.new));
    for (is_new, mark) in claims.chain(allows).chain(optional) {
        *mark = is_new;
        page.more |= is_new;
    }
}

/// The claims that are not yet on the page, by name.
type Claims = BTreeMap<String, Line>;

/// What things are called.
struct Words<'a> {
    settings: &'a Settings,
    client: &'a Client,
    language: &'a str,
}

impl Words<'_> {
    fn claim(&self, name: &str) -> ClaimName {
        let stem = name.split('#').next().unwrap_or(name);
        let label = self.settings.claim_labels.get(stem).and_then(|label| label.on_page(self.language));
        ClaimName::of(name, label.map(Text::of))
    }

    fn description(&self, scope: &str) -> Option<Text> {
        let meaning = self.settings.scopes.get(scope)?;
        meaning.description.on_page(self.language).map(Text::of)
    }

    /// What the APIs that a scope is of are called, and their identifiers.
    fn apis(&self, scope: &str) -> (Option<String>, Vec<String>) {
        let all: Vec<&Resource> = resource::of_scope(self.settings, self.client, scope).collect();
        let names: Vec<String> = all.iter().map(|resource| self.api(resource)).collect();
        let identifiers = all.iter().map(|resource| resource.identifier.clone()).collect();
        ((!names.is_empty()).then(|| names.join(", ")), identifiers)
    }

    /// What an API is called, as no other one is: two that share a name or a host are two on the page.
    fn api(&self, resource: &Resource) -> String {
        let name = |of: &Resource| of.name.on_page(self.language).map(|(name, _)| name.to_owned());
        let called = |of: &Resource| name(of).or_else(|| host(&of.identifier));
        let others = || self.settings.resources.iter().filter(|of| of.identifier != resource.identifier);
        let called_alone = called(resource).filter(|own| others().all(|of| called(of).as_ref() != Some(own)));
        called_alone.unwrap_or_else(|| {
            let place = place(&resource.identifier)
                .filter(|own| others().all(|of| place(&of.identifier).as_ref() != Some(own)))
                .unwrap_or_else(|| resource.identifier.clone());
            name(resource).map(|name| format!("{name} ({place})")).unwrap_or(place)
        })
    }

    /// What the operator says that a scope is for; what a stranger says of itself would be read as ours.
    fn purpose(&self, scope: &str) -> Option<Text> {
        let written = self.client.purpose.iter().filter(|_| !self.client.registered);
        let purpose = Localised::of(scope, written.map(|(name, text)| (name.as_str(), text.as_str())));
        purpose.on_page(self.language).map(Text::of)
    }

    fn claims(&self, disclosure: &Disclosure<'_>) -> Claims {
        let line = |(name, value): (&&str, _)| ((*name).to_owned(), Line::of(self.claim(name), value));
        let mut claims: Claims =
            disclosure.released.iter().map(|(name, value)| line((name, &**value))).collect();
        if let Some(username) = disclosure.username {
            claims.insert("username".to_owned(), line((&"username", &Value::from(username))).1);
        }
        for (name, from) in &disclosure.elsewhere {
            let source = from.endpoint.and_then(host).unwrap_or_else(|| from.source.to_owned());
            let line = Line::from_source(self.claim(name), &source);
            // It may be known here for one place, and elsewhere for another.
            claims
                .entry((*name).to_owned())
                .and_modify(|known| known.source.clone_from(&line.source))
                .or_insert(line);
        }
        for (name, verified) in VERIFIED {
            let value = disclosure.released.get(verified).and_then(|value| value.as_bool());
            if let (Some(line), Some(_)) = (claims.get_mut(name), value) {
                line.verified = value;
                claims.remove(verified);
            }
        }
        claims
    }

    /// What is asked for and not released: where it is known here with another value, and where it is not.
    fn absent(&self, disclosure: &Disclosure<'_>, user: &User) -> (Vec<ClaimName>, Vec<ClaimName>) {
        let is_told =
            |name: &str| VERIFIED.iter().any(|(of, verified)| *verified == name && disclosure.names.has(of));
        let names = disclosure.absent().filter(|name| !is_told(name));
        let (differing, absent): (Vec<String>, _) =
            names.partition(|name| Disclosure::is_on_file(self.settings, self.client, user, name));
        let named = |names: Vec<String>| in_order(names.iter().map(|name| self.claim(name)).collect());
        (named(differing), named(absent))
    }

    /// What people would ask about first, as far as it is known and was not `given` to the application
    /// before.
    fn withheld(&self, disclosure: &Disclosure<'_>, user: &User, given: &Names) -> Vec<ClaimName> {
        const ASKED_ABOUT: [&str; 4] = ["email", "phone_number", "address", "birthdate"];
        let known = |name: &str| {
            user.claims.get(name).is_some_and(|value| !matches!(value.as_str(), Some("")) && !value.is_null())
        };
        let is_given = |name: &str| disclosure.names.has(name) || given.has(name);
        let kept = ASKED_ABOUT.into_iter().filter(|name| known(name) && !is_given(name));
        kept.map(|name| self.claim(name)).collect()
    }

    /// What one word of the scope means: claims, or something that is allowed.
    fn scope(&self, scope: &str, disclosure: &Disclosure<'_>, claims: &mut Claims, page: &mut ConsentPage) {
        let (title, purpose) = (self.description(scope), self.purpose(scope));
        if OPTIONAL_SCOPES.contains(&scope) {
            return page.optional.push(OptionalScope {
                scope: scope.to_owned(),
                title,
                purpose,
                ticked: true,
                new: false,
            });
        }
        if scope == "openid" && title.is_none() {
            page.known_for = purpose;
            return;
        }
        let brings_claims = disclosure.brings_claims(self.settings, self.client, scope);
        if title.is_none() && purpose.is_none() && brings_claims {
            return;
        }
        let own: Vec<&str> = release::of_scope(self.settings, self.client, scope).collect();
        let of_scope =
            |name: &String| own.iter().any(|claim| *claim == name || Some(*claim) == name.split('#').next());
        let names: Vec<String> = claims.keys().filter(|name| of_scope(name)).cloned().collect();
        let of_scope: Claims = names.into_iter().filter_map(|name| claims.remove_entry(&name)).collect();
        if !of_scope.is_empty() {
            page.sees.push(Seen { title, purpose, claims: sorted(of_scope) });
        } else if title.is_some() || !brings_claims {
            let (api, of) = self.apis(scope);
            page.allows.push(Permission { scope: scope.to_owned(), title, purpose, api, of, new: false });
        }
    }
}

fn sorted(claims: Claims) -> Vec<Line> {
    let mut lines: Vec<Line> = claims.into_values().collect();
    lines.sort_by(|a, b| a.name.place().cmp(&b.name.place()));
    lines
}

fn in_order(mut names: Vec<ClaimName>) -> Vec<ClaimName> {
    names.sort_by(|a, b| a.place().cmp(&b.place()));
    names
}

fn known_as(disclosure: &Disclosure<'_>) -> KnownAs {
    match (disclosure.raw_subject, disclosure.subject) {
        (Some(name), _) => KnownAs::Username(name.to_owned()),
        (None, SubjectType::Public) => KnownAs::Public,
        (None, SubjectType::Pairwise) => KnownAs::Pairwise,
        (None, SubjectType::Ephemeral) => KnownAs::Ephemeral,
    }
}
