//! OpenID Connect Core §3.1.2.1 `ui_locales`: the language that a person chose is kept.

use signet_certify::assert::Arrived as _;

use crate::op::{Op, client, cookie_of};

/// An application's wish comes first, then what a person has chosen, then what their browser asks for.
#[tokio::test]
async fn a_chosen_language_is_kept() {
    let op = Op::with(client("web")).await;
    let browser = op.another_browser().speaking("nl");
    let lang = async |asked: &str| {
        let page = op.rp("web").at(&browser).authorize("openid").set("ui_locales", asked).login_page().await;
        page.lang().unwrap().to_owned()
    };
    // An application's wish is for its own request.
    assert_eq!([lang("fr").await, lang("").await], ["fr", "nl"]);
    let page = op.rp("web").at(&browser).authorize("openid").login_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = [("csrf", &*csrf), ("ui_locales", "de"), ("username", "")];
    assert_eq!(browser.post_form(page.url.as_str(), &form).await.on_page().lang(), Some("de"));
    let kept = cookie_of(&browser, "__Host-signet-lang-").unwrap();
    assert_eq!((kept.value.as_str(), kept.secure, kept.http_only), ("de", true, true));
    assert_eq!([lang("").await, lang("fr").await, lang("xx").await], ["de", "fr", "de"]);
    let other = browser.get(&op.url("/end_session")).await.on_page();
    assert_eq!(other.lang(), Some("de"));
    // By a link on a page of ours, and by none elsewhere.
    let url = |tag: &str| {
        let mut links = other.document.links.iter().map(|link| other.url.join(&link.href).unwrap());
        links.find(|url| url.as_str().contains(&format!("ui_locales={tag}"))).unwrap()
    };
    let french = browser.follow("https://web.example/", url("fr").as_str()).await.on_page();
    assert_eq!([french.lang(), Some(&*lang("").await)], [Some("fr"), Some("de")]);
    let french = browser.follow(other.url.as_str(), url("fr").as_str()).await.on_page();
    assert_eq!([french.lang(), Some(&*lang("").await)], [Some("fr"), Some("fr")]);
    let unknown = url("nl").as_str().replace("ui_locales=nl", "ui_locales=xx");
    browser.follow(other.url.as_str(), &unknown).await.on_page();
    assert_eq!(lang("").await, "fr");
    // The back button opens the address of a page that was chosen before: that chooses nothing.
    browser.follow(other.url.as_str(), url("nl").as_str()).await.on_page();
    let back = browser.follow(other.url.as_str(), french.url.as_str()).await.on_page();
    assert_eq!([back.lang(), Some(&*lang("").await)], [Some("fr"), Some("nl")]);
}
