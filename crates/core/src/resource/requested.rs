//! RFC 8707 §2: the resources that a request names, in their configured spelling.

use std::cell::OnceCell;

use url::Url;

use super::{invalid_target, is_ours};
use crate::env::Env;
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::params::Params;
use crate::record::{Client, Grant};
use crate::settings::Settings;

/// More than any request needs: each one is compared with all that are known.
pub(super) const MOST_RESOURCES: usize = 20;

/// The resources that the request names: each one that the client may name.
pub fn requested(env: &Env<'_>, client: &Client, params: &Params) -> Result<Vec<String>, Error> {
    let mut asked: Vec<&str> = Vec::new();
    for resource in params.all("resource") {
        if !asked.contains(&resource) {
            asked.push(resource);
        }
    }
    if asked.len() > MOST_RESOURCES {
        return Err(invalid_target(format!("at most {MOST_RESOURCES} resources may be named")));
    }
    let nameable = Nameable::by(env.settings, client);
    let mut resources: Vec<String> = Vec::new();
    for resource in asked {
        if Url::parse(resource).is_err() || resource.contains('#') {
            return Err(invalid_target("resource must be an absolute URI without a fragment"));
        }
        let known = if is_ours(env.settings, resource) { Some(resource) } else { nameable.find(resource) };
        let known = known.ok_or_else(|| nameable.unknown())?;
        if !resources.iter().any(|earlier| earlier == known) {
            resources.push(known.to_owned());
        }
    }
    Ok(resources)
}

/// The resource that a request means by `audience`, which some other servers read and RFC 6749 §3.1 has us
/// ignore, where it names none by `resource`: for the log, as the token is for something else.
pub fn audience_ignored(settings: &Settings, client: &Client, params: &Params) -> Option<Event> {
    let resource = meant_by_audience(settings, client, params)?;
    Some(Event::new(What::of(&kind::AUDIENCE_IGNORED, [("resource", resource.into())]), client, None))
}

fn meant_by_audience<'a>(settings: &'a Settings, client: &'a Client, params: &Params) -> Option<&'a str> {
    if params.get("resource").is_some() {
        return None;
    }
    let mut asked = params.all("audience").take(MOST_RESOURCES).peekable();
    asked.peek()?;
    let nameable = Nameable::by(settings, client);
    asked.find_map(|asked| nameable.find(asked))
}

/// The resources of a grant that its client may still name, in the spelling of today: what the operator took
/// away since counts no more. A grant that is left without any gives nothing, and no other audience instead.
pub fn left(settings: &Settings, client: &Client, grant: &Grant) -> Result<Vec<String>, Error> {
    let nameable = Nameable::by(settings, client);
    let mut left: Vec<String> = Vec::new();
    for resource in &grant.resources {
        let known =
            if is_ours(settings, resource) { Some(resource.as_str()) } else { nameable.find(resource) };
        if let Some(known) = known.filter(|known| !left.iter().any(|earlier| earlier == known)) {
            left.push(known.to_owned());
        }
    }
    if left.is_empty() && !grant.resources.is_empty() {
        return Err(invalid_target(format!(
            "the client may no longer ask for any resource that was granted: {}",
            grant.resources.join(" ")
        )));
    }
    Ok(left)
}

/// What a client may name beyond this provider itself: its own list, and what is open to it.
pub(super) struct Nameable<'a> {
    names: Vec<&'a str>,
    /// Each as URLs are written; found out where a request needs it, once.
    urls: OnceCell<Vec<Option<String>>>,
}

impl<'a> Nameable<'a> {
    pub(super) fn by(settings: &'a Settings, client: &'a Client) -> Self {
        let open = settings.resources.iter().filter(|resource| resource.is_open_to(client));
        let own = client.resources.iter().map(String::as_str);
        let names = own.chain(open.map(|resource| resource.identifier.as_str())).collect();
        Self { names, urls: OnceCell::new() }
    }

    /// What the client means: the very text, or else the one that differs only in how URLs are written.
    pub(super) fn find(&self, asked: &str) -> Option<&'a str> {
        let exact = self.names.iter().find(|known| **known == asked).copied();
        exact.or_else(|| {
            let asked = written(asked)?;
            let urls = self.urls.get_or_init(|| self.names.iter().map(|known| written(known)).collect());
            let same = urls.iter().position(|known| known.as_ref() == Some(&asked))?;
            self.names.get(same).copied()
        })
    }

    fn unknown(&self) -> Error {
        const MOST: usize = 10;
        match self.names.get(..MOST).unwrap_or(&self.names) {
            [] => invalid_target(
                "resource is unknown, and this client may name none; the operator lists them in [[resources]], or for the client alone",
            ),
            known => invalid_target(format!(
                "resource is none that this client may name, which are {}",
                known.join(" ")
            )),
        }
    }
}

/// Whether two texts are so much alike that they are meant as one resource: case of scheme and host, the
/// default port and slashes at the end do not count. A request has to be nearer to what it names.
pub fn same(one: &str, other: &str) -> bool {
    one == other || loosely(one).is_some_and(|one| loosely(other) == Some(one))
}

fn loosely(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| url.fragment().is_none() && url.has_host())?;
    let text = url.to_string();
    Some(if url.query().is_none() { text.trim_end_matches('/').to_owned() } else { text })
}

/// RFC 3986 §6.2.2, §6.2.3: scheme and host in any case, the default port, and a slash for a path that is
/// empty. Client libraries write the address of an API as their URL parser does. A path is compared to the
/// letter: what is behind `/v1/` may be another API than what is behind `/v1`.
fn written(text: &str) -> Option<String> {
    // What a parser would drop, or read as a slash, is no other spelling.
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '#' | '@');
    let url = Url::parse(text).ok().filter(|_| !text.contains(odd))?;
    let (_, behind) = text.split_once("://")?;
    let path = behind.find(['/', '?']).and_then(|at| behind.get(at..)).unwrap_or_default();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{}://{}{port}{slash}{path}", url.scheme(), url.host_str()?))
}
