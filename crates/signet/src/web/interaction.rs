//! The pages on which a person signs in, chooses an account, and agrees.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{Request, StatusCode};
use signet_core::params::Params;
use signet_core::prompt::{Ask, Why};
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_login::sign_up::{Fault, Wish};

use super::cookies::Name;
use super::frame::{self, frame, locale};
use super::reply::After;
use super::request::{self, Named, Received};
use super::{Reach, Web, consent, csrf, headers, notice, oidc, reply};
use crate::engine::{Form, Problem, Resumed, Shown, SignedIn, Typed, Visitor};
use crate::pages::{self, Account, LoginPage, Notice, Person, SelectAccountPage, SignUpFault, SignUpPage};

/// Shows the page; `switch=1` is the link of a person who is not the one signed in, `account=new` of one who
/// has no account yet, and `account=mine` of one who has.
pub(super) async fn open(State(web): State<Web>, Named(handle): Named, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let query = received.query_params().unwrap_or_default();
    let form = match (query.get("switch"), query.get("account")) {
        (Some(_), _) => Form::AnotherAccount,
        (_, Some("new")) => Form::NewAccount,
        (_, Some("mine")) => Form::HaveAccount,
        _ => Form::Open,
    };
    resume(&web, &received, &handle, &form, &query).await
}

/// Takes the person's answer.
pub(super) async fn answer(State(web): State<Web>, Named(handle): Named, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let query = received.query_params().unwrap_or_default();
    let params = match request::form(&received, body).await {
        Ok(params) => params,
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    let marker = web.cookies.read(&received.headers, Name::Browser);
    let Some(marker) = marker else {
        // A form of another site comes without our Lax cookies; fetched by GET, the page shows whose browser
        // it is. What is in the address stays, so that a browser without cookies goes round once at most.
        let again = query.get("restarted").map(|_| "?restarted=1").unwrap_or_default();
        return reply::redirect(&format!("{}/interaction/{handle}{again}", web.base));
    };
    let (sent, _) = csrf::parts(params.get("csrf"));
    if let Some(tag) = params.get("ui_locales")
        && csrf::matches(Some(marker), sent)
    {
        return reply::redirect(&spoken(&web, &handle, tag, &params, &query));
    }
    let sign_in = csrf::of_sign_in(marker, web.cookies.read(&received.headers, Name::Session));
    let of_this_sign_in = csrf::matches(Some(&sign_in), sent);
    // Without the right token the form did not come from our page in this browser: it is shown again instead.
    let form = match read(&params) {
        form if of_this_sign_in => form,
        // What somebody says of their own account counts for nobody else's, who may have signed in in another
        // tab meanwhile.
        Form::Allow { .. } | Form::ThisAccount => return reply::redirect(&changed(&web, &handle, &query)),
        form if csrf::matches(Some(marker), sent) => form,
        _ => Form::Open,
    };
    resume(&web, &received, &handle, &form, &query).await
}

fn read(params: &Params) -> Form {
    let text = |name| params.get(name).unwrap_or_default().trim().to_owned();
    match (params.get("decision"), params.get("password")) {
        (Some("allow"), _) => Form::Allow {
            optional: params.all("optional").map(str::to_owned).collect(),
            mark: csrf::parts(params.get("csrf")).1.unwrap_or_default().to_owned(),
        },
        (Some("deny"), _) => Form::Deny,
        (Some("other"), _) => Form::AnotherAccount,
        (Some("sign-up"), password) => Form::SignUp(Wish {
            username: text("username"),
            password: Secret::new(password.unwrap_or_default().to_owned()),
            name: text("name"),
            email: text("email"),
        }),
        (_, Some(password)) => {
            Form::Password { username: text("username"), password: Secret::new(password.to_owned()) }
        }
        _ if params.get("account").is_some() => Form::ThisAccount,
        _ => Form::Open,
    }
}

async fn resume(web: &Web, received: &Received, handle: &str, form: &Form, query: &Params) -> Response {
    let visitor = received.visitor(web);
    let resumed = match web.provider.resume(handle, &visitor, form).await {
        Ok(resumed) => resumed,
        Err(error) => return reply::error_page(web, received, &error),
    };
    let state = web.provider.state();
    let settings = &state.config.settings;
    match resumed {
        Resumed::Answer(answer, signed_in) => {
            let mut response = reply::to_browser(web, received, answer, After::Form);
            sign_in(web, settings, &mut response, signed_in);
            response
        }
        // Its page was opened without a cookie once more: another round would end here again.
        Resumed::Restart(_) if visitor.browser.is_none() && query.get("restarted").is_some() => {
            reply::without_cookies(web, received, handle)
        }
        Resumed::Restart(record) => oidc::restart(web, received, &record).await,
        Resumed::Gone => reply::gone(web, received),
        Resumed::Show(mut shown) => {
            // After a form the page is fetched anew, so that going back or reloading never sends it twice.
            let now = web.provider.inner.clock.now();
            let again =
                if matches!(form, Form::Open) { None } else { again(settings, received, now, &shown, query) };
            let mut response = if let Some(again) = again {
                reply::redirect(&format!("{}/interaction/{}{again}", web.base, shown.interact.address))
            } else {
                if matches!(form, Form::Open)
                    && let Some((problem, typed)) =
                        notice::open(settings, handle, now, query.get(notice::NAME))
                {
                    shown.problem = problem;
                    shown.typed = Some(typed);
                }
                show(web, received, settings, &shown, &visitor, query)
            };
            sign_in(web, settings, &mut response, shown.signed_in);
            response
        }
    }
}

/// The same page in another language, with what was typed, but for the password, and with what was said about
/// it.
fn spoken(web: &Web, handle: &str, tag: &str, params: &Params, query: &Params) -> String {
    let state = web.provider.state();
    let (settings, now) = (&state.config.settings, web.provider.inner.clock.now());
    let said = notice::open(settings, handle, now, query.get(notice::NAME)).and_then(|(problem, _)| problem);
    let text = |name| params.get(name).unwrap_or_default().trim().to_owned();
    let typed = Typed { username: text("username"), name: text("name"), email: text("email") };
    let kept = query.pairs().iter().filter(|(name, _)| name != "ui_locales" && name != notice::NAME).cloned();
    let sealed = notice::seal(settings, handle, now, said.as_ref(), Some(&typed));
    let sealed = sealed.map(|sealed| (notice::NAME.to_owned(), sealed));
    let pairs = kept.chain([("ui_locales".to_owned(), tag.to_owned())]).chain(sealed).collect();
    format!("{}/interaction/{handle}?{}", web.base, Params::from_pairs(pairs).encode())
}

/// The same page again, for the account that is signed in now.
fn changed(web: &Web, handle: &str, query: &Params) -> String {
    let spoken = query.get("ui_locales").map(|tag| ("ui_locales".to_owned(), tag.to_owned()));
    let pairs = [("changed".to_owned(), "1".to_owned())].into_iter().chain(spoken).collect();
    format!("{}/interaction/{handle}?{}", web.base, Params::from_pairs(pairs).encode())
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
    settings: &Settings,
    shown: &Shown,
    visitor: &Visitor,
    query: &Params,
) -> Response {
    let marker = visitor.browser.as_deref().unwrap_or_default();
    let pages = web.provider.inner.pages.load();
    let interact = &shown.interact;
    let locale =
        locale(&pages, query.get("ui_locales").or(shown.params.get("ui_locales")), &received.headers);
    let csrf = match interact.reason.ask {
        Ask::Consent => {
            consent::token(settings, interact, &csrf::of_sign_in(marker, visitor.session.as_deref()))
        }
        Ask::SelectAccount => csrf::token(&csrf::of_sign_in(marker, visitor.session.as_deref())),
        Ask::Login | Ask::CreateAccount => csrf::token(marker),
    };
    let mut frame = frame(web, settings, Some(&interact.client), &locale, csrf);
    frame.changed =
        query.get("changed").is_some() && matches!(interact.reason.ask, Ask::Consent | Ask::SelectAccount);
    frame.keeps_typed = matches!(interact.reason.ask, Ask::Login | Ask::CreateAccount);
    frame::answer_to(&mut frame, &interact.client, &interact.redirect_uri);
    let reach = Reach::answering(&interact.redirect_uri);
    let rendered = match interact.reason.ask {
        Ask::CreateAccount => pages.render(&locale, &sign_up(settings, shown, frame, query)),
        Ask::Login => pages.render(
            &locale,
            &LoginPage {
                frame,
                username: username(settings, shown),
                notice: told(shown, query),
                links: Vec::new(),
                // Where the application names the person, a new one would only be turned away; who signs in
                // again has an account.
                sign_up: (settings.sign_up && !matches!(interact.reason.why, Why::AnotherPerson | Why::Acr))
                    .then(|| door("new", query)),
            },
        ),
        Ask::SelectAccount => pages.render(
            &locale,
            &SelectAccountPage { frame, accounts: interact.user.iter().map(|user| account(user)).collect() },
        ),
        Ask::Consent => pages.render(&locale, &consent::page(settings, interact, frame, &locale)),
    };
    let Some(Problem::Wait(seconds)) = shown.problem else {
        return reply::page(StatusCode::OK, rendered, &reach);
    };
    let mut response = reply::page(StatusCode::TOO_MANY_REQUESTS, rendered, &reach);
    headers::put(&mut response, RETRY_AFTER, &seconds.to_string());
    response
}

fn told(shown: &Shown, query: &Params) -> Option<Notice> {
    match shown.problem {
        Some(Problem::Wrong(left)) => {
            // Early on a count would only alarm.
            let tries_left = (left <= 3).then_some(left);
            Some(Notice::WrongCredentials { tries_left })
        }
        Some(Problem::Wait(seconds)) => Some(Notice::Wait { seconds }),
        None if query.get("restarted").is_some() => Some(Notice::PageExpired),
        Some(Problem::SignUp(_)) => None,
        None => match shown.interact.reason.why {
            Why::PromptLogin | Why::MaxAge | Why::SignInExpired => Some(Notice::SignInAgain),
            Why::AnotherPerson => Some(Notice::AnotherPerson),
            Why::Acr => {
                let context = shown.interact.context.as_ref();
                Some(Notice::Stronger { label: context.and_then(|context| context.label.clone()) })
            }
            _ => None,
        },
    }
}

/// What the name field begins with.
fn username(settings: &Settings, shown: &Shown) -> String {
    let interact = &shown.interact;
    match (&shown.typed, shown.params.get("login_hint"), &interact.user) {
        (Some(typed), ..) => typed.username.clone(),
        (None, Some(hint), _) => settings.login_hints.typed(hint).into_owned(),
        // The same person is to prove more: their name is known in this browser.
        (None, None, Some(user)) if interact.reason.why == Why::Acr => user.username.clone(),
        (None, None, _) => String::new(),
    }
}

fn sign_up(settings: &Settings, shown: &Shown, frame: pages::Frame, query: &Params) -> SignUpPage {
    let hint = settings.login_hints.typed(shown.params.get("login_hint").unwrap_or_default());
    let Typed { username, name, email } = match &shown.typed {
        Some(typed) => typed.clone(),
        None if hint.contains('@') => Typed { email: hint.into_owned(), ..Typed::default() },
        None => Typed { username: hint.into_owned(), ..Typed::default() },
    };
    let (faults, wait) = match &shown.problem {
        Some(Problem::SignUp(faults)) => (faults.iter().copied().map(fault).collect(), None),
        Some(Problem::Wait(seconds)) => (Vec::new(), Some(*seconds)),
        _ => (Vec::new(), None),
    };
    SignUpPage { frame, username, name, email, faults, wait, sign_in: door("mine", query) }
}

fn fault(fault: Fault) -> SignUpFault {
    match fault {
        Fault::UsernameTaken => SignUpFault::UsernameTaken,
        Fault::UsernameReserved => SignUpFault::UsernameReserved,
        Fault::UsernameMalformed => SignUpFault::UsernameMalformed,
        Fault::PasswordShort => SignUpFault::PasswordShort,
        Fault::PasswordLong => SignUpFault::PasswordLong,
        Fault::PasswordCommon => SignUpFault::PasswordCommon,
        Fault::NameMalformed => SignUpFault::NameMalformed,
        Fault::EmailMalformed => SignUpFault::EmailMalformed,
        Fault::EmailTaken => SignUpFault::EmailTaken,
    }
}

/// The link between the sign-in and the sign-up page, in the language of this one.
fn door(account: &str, query: &Params) -> String {
    let spoken = query.get("ui_locales").map(|tag| ("ui_locales".to_owned(), tag.to_owned()));
    let pairs = std::iter::once(("account".to_owned(), account.to_owned())).chain(spoken).collect();
    format!("?{}", Params::from_pairs(pairs).encode())
}

/// The query of the page that is fetched after a form: the language that was chosen, and what is said about
/// the form. A program that does not read pages is answered at once instead, with a status.
fn again(
    settings: &Settings,
    received: &Received,
    now: Timestamp,
    shown: &Shown,
    query: &Params,
) -> Option<String> {
    let mut kept: Vec<(String, String)> = Vec::new();
    kept.extend(query.get("ui_locales").map(|tag| ("ui_locales".to_owned(), tag.to_owned())));
    if let Some(problem) = &shown.problem {
        let sealed =
            notice::seal(settings, &shown.interact.address, now, Some(problem), shown.typed.as_ref());
        kept.push((notice::NAME.to_owned(), sealed.filter(|_| received.takes_pages())?));
    }
    Some(if kept.is_empty() { String::new() } else { format!("?{}", Params::from_pairs(kept).encode()) })
}

pub(super) fn person(user: &User) -> Person {
    let name = user.display_name().to_owned();
    let username = (name != user.username).then(|| user.username.clone());
    Person { name, username }
}

fn account(user: &User) -> Account {
    Account { id: "current".to_owned(), person: person(user) }
}
