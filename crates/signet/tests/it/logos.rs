//! OpenID Connect Dynamic Client Registration 1.0 §2: logos are shown without telling the applications'
//! servers who looks.

use ::http::Request;
use ::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use serde_json::json;
use signet_certify::browser::Page;
use signet_core::settings::registration::Mode;

use crate::attacks::{registered, spec};
use crate::elsewhere::Elsewhere;
use crate::op::{Op, World, client};

const GIF: &str = "GIF89a, and whatever comes then";

/// The address of the picture on a page.
fn picture(page: &Page) -> String {
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let img = html.split("<img src=\"").nth(1).unwrap_or_else(|| panic!("{html}"));
    img.split('"').next().unwrap().replace("&amp;", "&").replace("&#x2f;", "/")
}

async fn get(op: &Op, address: &str) -> signet_certify::Reply {
    op.send(Request::get(address).body("").unwrap()).await
}

#[tokio::test]
async fn a_logo_comes_from_here_whoever_registered_it() {
    let elsewhere = Elsewhere::start().await;
    elsewhere.put_text("/logo.gif", GIF);
    let written = client("web").set("logo_uri", elsewhere.at("/logo.gif"));
    let world = World::of([written]).trusting(elsewhere.authority.clone());
    let op = Op::with(world.settings(|settings| settings.registration.mode = Mode::Open)).await;
    let metadata = json!({
        "redirect_uris": ["https://app.example/cb"], "logo_uri": elsewhere.at("/logo.gif"), "client_name": "App",
    });
    let app = registered(&op, &metadata).await;
    let stranger = op.party(&spec(&app));
    for rp in [op.rp("web"), stranger] {
        let page = rp.at(&op.another_browser()).authorize("openid").login_page().await;
        let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("img-src 'self';"), "{policy}");
        let address = picture(&page);
        assert!(address.starts_with(&op.url("/logo/")), "{address}");
        let logo = get(&op, &address).await;
        assert_eq!((logo.status, logo.header(CONTENT_TYPE)), (::http::StatusCode::OK, "image/gif".into()));
        assert_eq!(logo.body, GIF);
        assert_eq!(logo.header(X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(logo.header(CACHE_CONTROL), "private, max-age=3600");
        let policy = logo.header(CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    }
    // Whoever looked at the page, its server saw one request of ours.
    assert_eq!(elsewhere.asked(), 1);
}

#[tokio::test]
async fn the_address_of_a_logo_is_no_way_to_fetch_anything_else() {
    let elsewhere = Elsewhere::start().await;
    elsewhere.put_text("/logo.gif", GIF);
    elsewhere.put_text("/other.gif", GIF);
    let written = client("web").set("logo_uri", elsewhere.at("/logo.gif"));
    let op = Op::with(World::of([written]).trusting(elsewhere.authority.clone())).await;
    let address = picture(&op.rp("web").authorize("openid").login_page().await);
    let (_, query) = address.split_once('?').unwrap();
    for other in [
        address.replace("logo.gif", "other.gif"),
        address.replace("letter=", "letter=x"),
        format!("{}?{query}", op.url("/logo/00000000000000000000000000000000")),
        format!("{}?uri={}", op.url("/logo/x"), elsewhere.at("/other.gif")),
        op.url("/logo/x"),
    ] {
        assert_eq!(get(&op, &other).await.status, 404, "{other}");
    }
    assert_eq!(elsewhere.asked(), 0);
    op.advance(3 * 86_400);
    assert_eq!(get(&op, &address).await.status, 404);
}

#[tokio::test]
async fn a_logo_that_cannot_be_shown_is_the_initial_letter() {
    let elsewhere = Elsewhere::start().await;
    elsewhere
        .put_text("/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
    for path in ["/logo.svg", "/none.png"] {
        let written = client("web").set("client_name", "meadow").set("logo_uri", elsewhere.at(path));
        let op = Op::with(World::of([written]).trusting(elsewhere.authority.clone())).await;
        let page = op.rp("web").authorize("openid").login_page().await;
        let mark = get(&op, &picture(&page)).await;
        assert_eq!(
            (mark.status, mark.header(CONTENT_TYPE)),
            (::http::StatusCode::OK, "image/svg+xml".into())
        );
        let text = String::from_utf8_lossy(&mark.body).into_owned();
        assert!(text.contains(">M</text>") && !text.contains("script"), "{text}");
        assert!(op.log().contains("failed to fetch a logo"));
    }
    // Without leave to reach this machine nothing is reached.
    let op = Op::with(client("web").set("logo_uri", elsewhere.at("/logo.svg"))).await;
    let before = elsewhere.asked();
    let page = op.rp("web").authorize("openid").login_page().await;
    assert_eq!(get(&op, &picture(&page)).await.header(CONTENT_TYPE), "image/svg+xml");
    assert_eq!(elsewhere.asked(), before);
}
