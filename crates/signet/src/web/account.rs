//! Pages of the person who is signed in. Which there are is in the table of `pages::account`.

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};

use super::frame::{self, frame, locale};
use super::{Reach, Web, reply, request};
use crate::pages::account::AccountPage;

/// Shows a page to its person; anybody else learns that they are not signed in.
pub(super) async fn show(page: &dyn AccountPage, web: Web, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let visitor = received.visitor(&web);
    let (person, facts) = match web.asking().account(&visitor, |person| page.lookup(person)).await {
        Ok(Some(found)) => found,
        Ok(None) => return reply::sign_in_needed(&web, &received),
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    let (settings, query) = (web.asking().settings(), received.query_params().unwrap_or_default());
    let locale = locale(&web, query.get("ui_locales"), &received.headers);
    let mut frame = frame(&web, settings, None, &locale, String::new());
    frame::keep_query(&mut frame, &query);
    let rendered = web.pages().render_of_account(&locale, &frame, page, page.show(&person, &facts));
    reply::page(StatusCode::OK, rendered, &Reach::default())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::to_bytes;
    use http::header::{ACCEPT, COOKIE};
    use minijinja::{Value, context};
    use signet_core::change::Change;
    use signet_core::handle::{Handle, Kind};
    use signet_core::id::{SessionId, UserId};
    use signet_core::lookup::{ConsentOf, Facts, Lookup, SessionFound};
    use signet_core::record::Session;
    use signet_core::time::Timestamp;
    use tower::ServiceExt as _;

    use super::*;
    use crate::engine::Asking;
    use crate::provider::{Provider, StaticUser};
    use crate::routes::Serves;
    use crate::web::cookies::{Cookies, Name};
    use crate::web::{House, served};

    const ISSUER: &str = "http://localhost:8080";

    /// Borrows a template that shows what the sample shows.
    struct Sample;

    impl AccountPage for Sample {
        fn name(&self) -> &'static str {
            "signed_out"
        }

        fn template(&self) -> &'static str {
            ""
        }

        fn lookup(&self, person: &SessionFound) -> Vec<Lookup> {
            vec![ConsentOf { user: person.session.user.clone(), client: "web".into() }.into()]
        }

        fn show(&self, person: &SessionFound, facts: &Facts) -> Value {
            assert_eq!(facts.all::<ConsentOf>().count(), 1);
            let username = person.user.as_ref().map(|user| user.username.clone());
            context! { nobody => false, back => format!("/{}", username.unwrap_or_default()) }
        }

        fn samples(&self) -> Vec<Value> {
            Vec::new()
        }
    }

    /// A provider, and the cookie of a session that ends so many seconds from now.
    async fn signed_in(user: StaticUser, lasts: i64) -> (Provider, String) {
        let id = UserId::configured(&user.username);
        let provider = Provider::builder(ISSUER)
            .signing_algs(vec!["ES256".to_owned()])
            .users(vec![user])
            .build()
            .await
            .unwrap();
        let asking = Asking::of(&provider);
        let handle = Handle::mint(&asking.env(), Kind::Session, 7);
        let session = Session {
            id: SessionId(7),
            hash: handle.hash(),
            root: SessionId(7),
            user: id,
            proofs: Vec::new(),
            created_at: asking.now(),
            expires_at: Timestamp(asking.now().0.saturating_add_signed(lasts)),
            agent: None,
            address: None,
        };
        provider.store().commit(vec![Change::InsertSession(session)]).await.unwrap();
        let cookie = Cookies::of(ISSUER).write(Name::Session, &handle.encode(), 60);
        (provider, cookie.split(';').next().unwrap().to_owned())
    }

    async fn shown(provider: &Provider, cookie: &str) -> (StatusCode, String) {
        let methods = served(Serves::Account(&Sample)).unwrap();
        let router = Router::new().route("/account/sample", methods).with_state(House::of(provider));
        let request = Request::get("/account/sample").header(ACCEPT, "text/html").header(COOKIE, cookie);
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 100_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn diana(locked: bool) -> StaticUser {
        StaticUser { username: "diana".to_owned(), password: None, claims: serde_json::Map::new(), locked }
    }

    #[tokio::test]
    async fn a_page_is_shown_to_its_person_with_what_it_asks_for() {
        let (provider, cookie) = signed_in(diana(false), 60).await;
        let (status, html) = shown(&provider, &cookie).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("href=\"/diana\"") && html.contains("ui_locales=de"), "{html}");
    }

    #[tokio::test]
    async fn who_is_not_signed_in_or_no_more_or_locked_sees_nothing_of_it() {
        for (user, lasts, with_cookie) in
            [(diana(false), 60, false), (diana(false), -1, true), (diana(true), 60, true)]
        {
            let (provider, cookie) = signed_in(user, lasts).await;
            let (status, html) = shown(&provider, if with_cookie { &cookie } else { "a=b" }).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert!(html.contains("data-error=\"login_required\"") && !html.contains("diana"), "{html}");
        }
    }
}
