//! The pages on which a person signs in, chooses an account, and agrees.

use axum::body::Body;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{Request, StatusCode};
use signet_core::params::Params;
use signet_core::prompt::{Ask, Why};
use signet_core::record::User;
use signet_core::reply::Interact;
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_login::sign_up::Wish;
use signet_login::{Fields, Method, USUAL};

use super::again::{self, Seen};
use super::cookies::Name;
use super::frame::{self, frame, locale};
use super::notice::{self, Kept, Typed};
use super::reply::{After, Way};
use super::request::{self, Named, Received};
use super::{Reach, Web, consent, csrf, headers, language, oidc, reply};
use crate::engine::{Form, Problem, Resumed, Shown, SignedIn, Visitor};
use crate::pages::{
    self, Account, Link, Locale, LoginPage, Notice, Person, SelectAccountPage, SignUpPage, Span, Text,
};

/// Seconds after which a sign-in is worth another try, where too many others were signing in.
const BUSY: u64 = 5;

/// Shows the page; `switch=1` is the link of a person who is not the one signed in, `account=new` of one who
/// has no account yet, and `account=mine` of one who has.
pub(super) async fn open(mut web: Web, Named(handle): Named, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let query = received.query_params().unwrap_or_default();
    let form = match (query.get("switch"), query.get("account"), query.get("method")) {
        (Some(_), _, _) => Form::AnotherAccount,
        (_, Some("new"), _) => Form::NewAccount,
        (_, Some("mine"), _) => Form::HaveAccount,
        (_, _, Some(method)) if web.asking().has_method(method) => Form::Choose(method.to_owned()),
        // Nobody can tell a first look from one before which somebody has signed in elsewhere.
        _ => Form::Again,
    };
    let seen = Seen::of(&web, &received, &handle, &query);
    resume(&mut web, &received, &form, &seen).await
}

/// Takes the person's answer.
pub(super) async fn answer(mut web: Web, Named(handle): Named, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let query = received.query_params().unwrap_or_default();
    let params = match request::form(&received, body).await {
        Ok(params) => params,
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    let marker = web.cookies.read(&received.headers, Name::Browser);
    let sent = csrf::Sent::of(params.get("csrf"));
    let of_no_account = csrf::matches(marker, sent.token);
    // Who is signed in is asked for pages only that were about somebody's account.
    let present = match marker {
        Some(_) if !of_no_account => web.asking().signed_in(&received.visitor(&web)).await,
        _ => Ok(None),
    };
    let present = match present {
        Ok(present) => present,
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    let of_this_person = marker
        .is_some_and(|marker| csrf::matches(Some(&csrf::of_account(marker, present.as_ref())), sent.token));
    let of_this_browser = of_this_person || of_no_account;
    // A page of ours whose cookie was lost, or that was about somebody who is not signed in any more: what
    // was typed is shown again, and nothing more is done with it.
    let ours = of_this_browser || received.is_from(&web.asking().settings().issuer);
    let page = Seen::of(&web, &received, &handle, &query);
    let seen = if ours { Seen { kept: Kept::of(&params, sent, page.kept), ..page } } else { page };
    // A client that sends every button of a form has answered by the one that says something.
    let answers = ["decision", "account"].iter().any(|name| params.get(name).is_some());
    if let Some(tag) = params.get("ui_locales").filter(|_| ours && !answers) {
        return language::chosen(&web, &received.headers, tag, &seen.spoken(&web, tag));
    }
    let person = sent.person.filter(|_| present.is_none());
    if marker.is_none() {
        // A form of another site comes without our Lax cookies; fetched by GET, the page shows whose browser
        // it is. What is in the address stays, so that a browser without cookies goes round once at most.
        return reply::redirect(&seen.unused(&web, ours));
    }
    let form = read(&web, &params, sent);
    // What somebody says of their own account counts for nobody else's, who may have signed in in another tab
    // meanwhile. Without the right token the form did not come from our page in this browser: it is shown
    // again instead.
    let form = if of_this_person || of_no_account && !form.speaks_for_account() {
        form
    } else if !ours {
        Form::Again
    } else if let Some(left) = form.stripped_of_session() {
        left
    } else {
        return reply::redirect(&seen.changed(&web, person));
    };
    let seen = Seen { posted: ours, ..seen };
    resume(&mut web, &received, &form, &seen).await
}

fn read(web: &Web, params: &Params, sent: csrf::Sent<'_>) -> Form {
    let text = |name| params.get(name).unwrap_or_default().trim().to_owned();
    // Pages that were made before there were other methods name none.
    let method = params.get("method").or(params.get("password").map(|_| USUAL.name()));
    let method = method.filter(|method| web.asking().has_method(method));
    match (params.get("decision"), method) {
        _ if params.get("account") == Some("new") => Form::NewAccount,
        _ if params.get("account") == Some("mine") => Form::HaveAccount,
        (Some("allow"), _) => Form::Allow {
            optional: params.all("optional").map(str::to_owned).collect(),
            mark: sent.shown.unwrap_or_default().to_owned(),
        },
        (Some("deny"), _) => Form::Deny,
        (Some("other"), _) => Form::AnotherAccount,
        (Some("sign-up"), _) => Form::SignUp(Wish {
            username: text("username"),
            password: Secret::new(params.get("password").unwrap_or_default().to_owned()),
            name: text("name"),
            email: text("email"),
        }),
        (_, Some(method)) => Form::Method { method: method.to_owned(), fields: Fields::of(params) },
        _ if params.get("account").is_some() => Form::ThisAccount,
        _ => Form::Again,
    }
}

async fn resume(web: &mut Web, received: &Received, form: &Form, seen: &Seen<'_>) -> Response {
    let visitor = received.visitor(web);
    let mut asking = web.take_asking();
    let resumed = asking.resume(seen.handle, &visitor, form).await;
    web.asking = asking.into();
    let web = &*web;
    let resumed = match resumed {
        Ok(resumed) => resumed,
        Err(error) => return reply::error_page(web, received, &error),
    };
    let settings = web.asking().settings();
    match resumed {
        Resumed::Answer(answer, signed_in, asked) => {
            let spoken = seen.query.get("ui_locales").map(str::to_owned).or(asked);
            let mut response = reply::to_browser(web, received, *answer, &Way { after: After::Form, spoken });
            sign_in(web, settings, &mut response, signed_in);
            response
        }
        // It was asked to keep a cookie once more: another round would end here again.
        Resumed::Restart(..) if visitor.browser.is_none() && seen.was_asked(web) => {
            reply::without_cookies(web, received, &seen.begun_again(web))
        }
        Resumed::Restart(record, ended) => {
            let query = |address: &str, browser: &str| seen.restarted(web, address, browser, ended);
            oidc::restart(web, received, &record, ended, form, query).await
        }
        // That is fetched too, so that a reload sends nothing again.
        Resumed::Gone(_) if seen.posted && received.takes_pages() && is_plain(seen.handle) => {
            reply::redirect(&web.interaction(seen.handle))
        }
        Resumed::Gone(client) => reply::gone(web, received, client.as_deref()),
        Resumed::Show(shown) => {
            // After a form the page is fetched anew, so that going back or reloading never sends it twice.
            let is_open = form.is_nothing() && !seen.posted;
            let again = if is_open { None } else { seen.again(web, received, form, &shown) };
            let mut response = if let Some(again) = again {
                reply::redirect(&again)
            } else {
                let problem = shown.problem.clone().or_else(|| seen.kept.problem.clone());
                let kept = Kept { problem, ..seen.kept.clone() };
                show(web, received, &shown, &visitor, seen.query, &kept)
            };
            sign_in(web, settings, &mut response, shown.signed_in);
            response
        }
    }
}

/// Whether it can be the end of an address of ours.
fn is_plain(handle: &str) -> bool {
    handle.bytes().all(|byte| byte.is_ascii_graphic())
}

fn sign_in(web: &Web, settings: &Settings, response: &mut Response, signed_in: Option<SignedIn>) {
    let Some(SignedIn { session, known }) = signed_in else { return };
    reply::set_cookie(response, &web.cookies.write(Name::Session, &session, settings.lifetimes.session));
    if let Some(known) = known {
        reply::set_cookie(response, &web.cookies.write(Name::Known, &known, csrf::MARKER_LIFETIME));
    }
}

fn show(
    web: &Web,
    received: &Received,
    shown: &Shown,
    visitor: &Visitor,
    query: &Params,
    kept: &Kept,
) -> Response {
    let settings = web.asking().settings();
    let marker = visitor.browser.as_deref().unwrap_or_default();
    let pages = web.pages();
    let interact = &shown.interact;
    let locale = locale(web, query.get("ui_locales").or(shown.params.get("ui_locales")), &received.headers);
    let csrf = match interact.reason.ask {
        Ask::Consent | Ask::SelectAccount => of_person(web, interact, marker),
        Ask::Login | Ask::CreateAccount => csrf::token(marker),
    };
    let mut frame = frame(web, settings, Some(&interact.client), &locale, csrf);
    frame.again = again::said(query, interact).filter(|_| kept.problem.is_none());
    frame.keeps_typed = matches!(interact.reason.ask, Ask::Login | Ask::CreateAccount);
    frame::answer_to(&mut frame, &interact.client, interact.returns_to.as_deref());
    let reach = interact.returns_to.as_deref().map(Reach::answering).unwrap_or_default();
    let rendered = match interact.reason.ask {
        Ask::CreateAccount => pages.render(&locale, &sign_up(settings, shown, frame, kept)),
        Ask::Login => pages.render(&locale, &login(web, shown, frame, &locale, query, kept)),
        Ask::SelectAccount => pages.render(
            &locale,
            &SelectAccountPage { frame, accounts: interact.user.iter().map(|user| account(user)).collect() },
        ),
        Ask::Consent => {
            pages.render(&locale, &consent::page(settings, interact, frame, &locale, query, kept))
        }
    };
    let (status, seconds) = match kept.problem {
        Some(Problem::Wait { seconds, .. }) => (StatusCode::TOO_MANY_REQUESTS, seconds),
        Some(Problem::Busy) => (StatusCode::SERVICE_UNAVAILABLE, BUSY),
        _ => return reply::page(StatusCode::OK, rendered, &reach),
    };
    let mut response = reply::page(status, rendered, &reach);
    headers::put(&mut response, RETRY_AFTER, &seconds.to_string());
    response
}

/// The field of a form that says something of an account: the token is for its person, and for what the page
/// shows of them.
fn of_person(web: &Web, interact: &Interact, marker: &str) -> String {
    let user = interact.user.as_deref();
    let token = csrf::token(&csrf::of_account(marker, user.map(|user| &user.id)));
    let shown = match interact.reason.ask {
        Ask::Consent => interact.disclosure(web.asking().settings()).map(|disclosure| disclosure.mark()),
        _ => None,
    };
    let name = user.map(|user| notice::seal_name(web.asking().secrets(), &user.username));
    [token, shown.unwrap_or_default(), name.unwrap_or_default()].join(".")
}

fn login(
    web: &Web,
    shown: &Shown,
    frame: pages::Frame,
    locale: &Locale,
    query: &Params,
    kept: &Kept,
) -> LoginPage {
    let (settings, interact) = (web.asking().settings(), &shown.interact);
    let method = interact.method.unwrap_or(USUAL.name());
    let page = web.asking().page_of(method, &shown.state, to_prove(shown));
    let others = web.asking().identifying().filter(|other| other.name() != method);
    let to = |other: &dyn Method| Link {
        label: other.label().to_owned(),
        href: link("method", other.name(), query),
    };
    LoginPage {
        notice: frame.again.is_none().then(|| told(shown, kept, locale)).flatten(),
        frame,
        method,
        step: page.step,
        shown: page.shown,
        username: username(settings, shown, kept),
        person: to_prove(shown).or_else(|| unexpected(shown)).map(person),
        not_you: to_prove(shown).map(|_| link("switch", "1", query)),
        links: others.map(to).collect(),
        deny: unexpected(shown).is_some(),
        by_email: settings.sign_in_by_email,
        // Where the application names the person, a new one would only be turned away; who signs in again has
        // an account.
        sign_up: settings.sign_up && !matches!(interact.reason.why, Why::AnotherPerson | Why::Acr),
    }
}

fn told(shown: &Shown, kept: &Kept, locale: &Locale) -> Option<Notice> {
    match kept.problem {
        Some(Problem::Wrong(left)) => {
            // Early on a count would only alarm.
            let tries_left = (left <= 3).then_some(left);
            Some(Notice::WrongCredentials { tries_left })
        }
        Some(Problem::Wait { seconds, network }) => Some(Notice::wait(seconds, network)),
        Some(Problem::Busy) => Some(Notice::Busy),
        Some(Problem::SignUp(_)) => None,
        None => match shown.interact.reason.why {
            Why::PromptLogin | Why::MaxAge | Why::SignInExpired => Some(Notice::SignInAgain),
            Why::AnotherPerson => Some(Notice::AnotherPerson { now: shown.interact.authenticated_now }),
            Why::Acr => {
                let context = shown.interact.context.as_ref();
                let label = context.and_then(|context| context.label.on_page(locale.tag()));
                Some(Notice::Stronger { label: label.map(Text::of) })
            }
            _ => None,
        },
    }
}

/// Who is signed in, where the same person is to prove it again, or to prove more.
fn to_prove(shown: &Shown) -> Option<&User> {
    let again =
        matches!(shown.interact.reason.why, Why::PromptLogin | Why::MaxAge | Why::SignInExpired | Why::Acr);
    shown.interact.user.as_deref().filter(|_| again)
}

/// Who is signed in, where the application expects somebody else.
fn unexpected(shown: &Shown) -> Option<&User> {
    shown.interact.user.as_deref().filter(|_| shown.interact.reason.why == Why::AnotherPerson)
}

/// What the name field begins with.
fn username(settings: &Settings, shown: &Shown, kept: &Kept) -> String {
    match (&kept.typed, shown.params.get("login_hint")) {
        (Some(typed), _) => typed.username.clone(),
        (None, Some(hint)) => settings.login_hints.typed(hint).into_owned(),
        (None, None) => {
            let known = to_prove(shown).map(|user| &user.username);
            shown.interact.expected.as_ref().or(known).cloned().unwrap_or_default()
        }
    }
}

fn sign_up(settings: &Settings, shown: &Shown, frame: pages::Frame, kept: &Kept) -> SignUpPage {
    let hint = settings.login_hints.typed(shown.params.get("login_hint").unwrap_or_default());
    let Typed { username, name, email } = match &kept.typed {
        // On the sign-in page an address may have been typed for a name.
        Some(typed) if kept.problem.is_none() && typed.email.is_empty() && typed.username.contains('@') => {
            Typed { email: typed.username.clone(), ..Typed::default() }
        }
        Some(typed) => typed.clone(),
        None if hint.contains('@') => Typed { email: hint.into_owned(), ..Typed::default() },
        None => Typed { username: hint.into_owned(), ..Typed::default() },
    };
    let (faults, wait) = match &kept.problem {
        Some(Problem::SignUp(faults)) => (faults.clone(), None),
        Some(Problem::Wait { seconds, .. }) => (Vec::new(), Some(Span::of(*seconds))),
        _ => (Vec::new(), None),
    };
    // Who has followed the link to this page may have said that they are somebody else.
    let is_asked = shown.interact.reason.why == Why::PromptCreate;
    let person = shown.interact.user.as_deref().filter(|_| is_asked).map(person);
    SignUpPage { frame, person, username, name, email, faults, wait }
}

/// A link from the page to the next, such as between sign-in and sign-up, in the language of this one.
pub(super) fn link(name: &str, value: &str, query: &Params) -> String {
    let spoken = frame::spoken(query);
    let pairs = std::iter::once((name.to_owned(), value.to_owned())).chain(spoken).collect();
    format!("?{}", Params::from_pairs(pairs).encode())
}

pub(super) fn person(user: &User) -> Person {
    let name = user.display_name().to_owned();
    let username = (name != user.username).then(|| user.username.clone());
    Person { name, username }
}

fn account(user: &User) -> Account {
    Account { id: "current".to_owned(), person: person(user) }
}
