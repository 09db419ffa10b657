//! A browser without script: cookies, redirects, forms, tabs, and an eye for what no provider should send.

mod cookie;
mod date;
mod navigation;
mod page;
mod person;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, header};
use url::{Origin, Url};

pub use cookie::{Cookie, SameSite};
pub use page::Page;
pub use person::Person;

use cookie::{Context, Jar};
use navigation::Navigation;

use crate::csp::FormAction;
use crate::finding::{self, Finding, Seen};
use crate::wire::locked;
use crate::{Error, Transcript, Wire, html};

/// Redirects followed in one navigation, as in common browsers.
const REDIRECTS: usize = 20;

/// A browser of one person; clones share cookies and findings, as tabs do.
#[derive(Clone)]
pub struct Browser {
    wire: Wire,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    jar: Jar,
    homes: Vec<Origin>,
    languages: String,
    passwords: Vec<String>,
    findings: Vec<Finding>,
}

/// Where a navigation ended.
#[derive(Clone, Debug)]
pub enum Landed {
    /// On a page of the provider (or of another origin that the browser was told to enter), whatever its
    /// status.
    Page(Box<Page>),
    /// Sent away to another origin, most often a relying party's redirect URI; it was not visited.
    Callback(Url),
    /// A form was about to be posted to another origin; it was not sent.
    Posted(Url, Vec<(String, String)>),
}

impl Landed {
    /// The page, or an error that tells where the browser is instead.
    pub fn page(self) -> Result<Page, Error> {
        match self {
            Self::Page(page) => Ok(*page),
            Self::Callback(url) => Err(Error::new(format!("expected a page, but was sent to {url}"))),
            Self::Posted(url, _) => Err(Error::new(format!("expected a page, but a form goes to {url}"))),
        }
    }

    /// The address on another origin, or an error that tells which page came instead.
    pub fn callback(self) -> Result<Url, Error> {
        match self {
            Self::Callback(url) => Ok(url),
            Self::Page(page) => Err(page.unexpected("a redirect to another origin")),
            Self::Posted(url, _) => Err(Error::new(format!("expected a redirect, but a form goes to {url}"))),
        }
    }
}

impl Browser {
    /// A browser with an empty profile that follows redirects within the origin of this provider.
    pub fn new(wire: &Wire, provider: &str) -> Self {
        let browser = Self { wire: wire.clone(), state: Arc::default() };
        browser.also(provider)
    }

    /// Lets redirects and forms lead to this origin too, for example to an application under test; it is
    /// judged alike.
    pub fn also(self, origin: &str) -> Self {
        locked(&self.state).homes.extend(Url::parse(origin).ok().map(|url| url.origin()));
        self
    }

    /// Sends this `Accept-Language` from now on.
    pub fn speaking(self, languages: &str) -> Self {
        languages.clone_into(&mut locked(&self.state).languages);
        self
    }

    /// Opens an address as if typed; also what `back` and a second tab do.
    pub async fn get(&self, url: &str) -> Result<Landed, Error> {
        self.navigate(Navigation::get(Url::parse(url)?)).await
    }

    /// Follows a link that stands on the page `from`.
    pub async fn follow(&self, from: &str, url: &str) -> Result<Landed, Error> {
        self.navigate(Navigation::get(Url::parse(url)?).from(Url::parse(from)?)).await
    }

    /// Posts a form from a page of the same origin as its target.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Landed, Error> {
        self.post_form_from(url, url, fields).await
    }

    /// Posts a form from the page `from`, which may belong to another site.
    pub async fn post_form_from(
        &self,
        from: &str,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Landed, Error> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.navigate(Navigation::post(Url::parse(url)?, fields).from(Url::parse(from)?)).await
    }

    /// What was wrong with the responses so far, each thing once.
    pub fn findings(&self) -> Vec<Finding> {
        locked(&self.state).findings.clone()
    }

    /// The cookies that are alive now.
    pub fn cookies(&self) -> Vec<Cookie> {
        locked(&self.state).jar.live(self.wire.now()).cloned().collect()
    }

    /// The live cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<Cookie> {
        locked(&self.state).jar.live(self.wire.now()).find(|cookie| cookie.name == name).cloned()
    }

    /// Deletes a cookie by hand.
    pub fn forget_cookie(&self, name: &str) {
        locked(&self.state).jar.remove(name);
    }

    /// Puts a cookie in by hand, as an attacker or a copied profile would.
    pub fn plant_cookie(&self, cookie: Cookie) {
        locked(&self.state).jar.plant(cookie);
    }

    /// Closes all windows: cookies without a lifetime are gone, the others stay.
    pub fn restart(&self) {
        locked(&self.state).jar.close();
    }

    /// What was said on this browser's wire so far.
    pub fn transcript(&self) -> Transcript {
        self.wire.transcript()
    }

    fn is_home(&self, url: &Url) -> bool {
        locked(&self.state).homes.contains(&url.origin())
    }

    fn remember_password(&self, password: &str) {
        locked(&self.state).passwords.push(password.to_owned());
    }

    /// Goes where the navigation leads until there is a page or another origin.
    async fn navigate(&self, mut going: Navigation) -> Result<Landed, Error> {
        for _ in 0..REDIRECTS {
            let request = self.request(&going)?;
            let response = self.wire.send("browser", request).await?;
            self.keep_cookies(&going.url, &response);
            let location =
                redirect(&going.url, &response).map_err(|error| error.after(|| self.wire.tail()))?;
            let document = is_html(&response).then(|| html::parse(&String::from_utf8_lossy(response.body())));
            let refresh = location.is_none().then(|| refresh(&going.url, &response)).flatten();
            self.judge(&going, &response, document.as_ref(), location.as_ref().or(refresh.as_ref()));
            if let Some(next) = refresh {
                going = going.refreshed(next, &response);
                if !self.is_home(&going.url) {
                    return Ok(going.left());
                }
                continue;
            }
            let Some(location) = location else {
                let page = Page::new(self.clone(), going.url, response, document.unwrap_or_default());
                return Ok(Landed::Page(Box::new(page)));
            };
            let home = self.is_home(&location);
            going = going.redirected(location, response.status());
            if !home {
                return Ok(going.left());
            }
        }
        Err(Error::new(format!("more than {REDIRECTS} redirects, last to {}", going.url))
            .after(|| self.wire.tail()))
    }

    fn request(&self, going: &Navigation) -> Result<Request<Bytes>, Error> {
        let state = locked(&self.state);
        let context = Context {
            url: &going.url,
            method: &going.method,
            initiator: going.initiator.as_ref(),
            now: self.wire.now(),
        };
        let mut request = going.request()?;
        let headers = request.headers_mut();
        if let Some(cookies) = state.jar.header(context) {
            headers.insert(header::COOKIE, cookies.try_into().map_err(http::Error::from)?);
        }
        if !state.languages.is_empty() {
            headers.insert(
                header::ACCEPT_LANGUAGE,
                state.languages.as_str().try_into().map_err(http::Error::from)?,
            );
        }
        Ok(request)
    }

    fn keep_cookies(&self, url: &Url, response: &Response<Bytes>) {
        let mut state = locked(&self.state);
        for header in response.headers().get_all(header::SET_COOKIE) {
            let text = String::from_utf8_lossy(header.as_bytes()).into_owned();
            let name = text.split('=').next().unwrap_or_default().trim().to_owned();
            let problem = match state.jar.store(&text, url, self.wire.now()) {
                Err(why) => Some(("cookie-refused", format!("{name}: {why}"))),
                Ok(cookie) if cookie.expires.is_some_and(|expires| expires <= self.wire.now()) => None,
                Ok(cookie) if url.scheme() == "https" && !cookie.secure => {
                    Some(("cookie-not-secure", format!("{name} lacks Secure")))
                }
                Ok(cookie) if cookie.same_site.is_none() => {
                    Some(("cookie-without-same-site", format!("{name} leaves SameSite to the browser")))
                }
                Ok(_) => None,
            };
            if let Some((rule, detail)) = problem {
                let mut at = url.clone();
                at.set_query(None);
                state.note(Finding { rule, spec: "RFC 6265bis §5.7", at: at.to_string(), detail });
            }
        }
    }

    fn judge(
        &self,
        going: &Navigation,
        response: &Response<Bytes>,
        page: Option<&html::Document>,
        location: Option<&Url>,
    ) {
        if !self.is_home(&going.url) {
            return;
        }
        let anywhere = FormAction::default();
        let mut state = locked(&self.state);
        let cookies =
            state.jar.live(self.wire.now()).map(|cookie| cookie.value.clone()).filter(|v| v.len() >= 8);
        let secrets: Vec<String> = cookies.chain(state.passwords.iter().cloned()).collect();
        let found = finding::judge(&Seen {
            method: &going.method,
            url: &going.url,
            fields: !going.fields.is_empty(),
            status: response.status(),
            headers: response.headers(),
            page,
            location,
            // A page that moves on by itself begins a navigation of its own.
            form_action: if redirects(response) { &going.form_action } else { &anywhere },
            secrets: &secrets,
        });
        found.into_iter().for_each(|finding| state.note(finding));
    }
}

impl State {
    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// RFC 9110 §15.4: where a response sends the browser, with the fragment carried over.
fn redirect(url: &Url, response: &Response<Bytes>) -> Result<Option<Url>, Error> {
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    if !redirects(response) {
        return Ok(None);
    }
    let text = std::str::from_utf8(location.as_bytes()).map_err(|_| Error::new("Location is not UTF-8"))?;
    let mut target = url.join(text).map_err(|cause| Error::new(format!("Location {text:?}: {cause}")))?;
    if target.fragment().is_none() {
        target.set_fragment(url.fragment());
    }
    Ok(Some(target))
}

fn redirects(response: &Response<Bytes>) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// HTML, "shared declarative refresh steps": where a page moves on to by itself, at once.
fn refresh(url: &Url, response: &Response<Bytes>) -> Option<Url> {
    let text = response.headers().get(header::REFRESH)?.to_str().ok()?;
    let (seconds, rest) = text.split_once([';', ','])?;
    let (name, target) = rest.trim().split_once('=')?;
    let now = seconds.trim() == "0" && name.trim().eq_ignore_ascii_case("url");
    now.then(|| url.join(target.trim().trim_matches(['"', '\''])).ok()).flatten()
}

fn is_html(response: &Response<Bytes>) -> bool {
    let kind =
        response.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    kind.is_some_and(|kind| kind.starts_with(b"text/html") || kind.starts_with(b"application/xhtml+xml"))
}

fn encode(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests;
