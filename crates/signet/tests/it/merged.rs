//! The router among the routes of an application.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use http::{Request, StatusCode};
use signet::Provider;
use tower::ServiceExt as _;

async fn answer(app: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn an_application_keeps_its_own_routes_its_health_and_its_fallback() {
    let builder = Provider::builder("https://op.example/login").signing_algs(vec!["ES256".to_owned()]);
    let provider = builder.build().await.unwrap();
    let app = Router::new()
        .route("/", get(async || "mine"))
        .route("/health/ready", get(async || "mine"))
        .fallback(async || (StatusCode::IM_A_TEAPOT, "mine"))
        .merge(provider.router());
    assert_eq!(answer(&app, "/").await, (StatusCode::OK, "mine".to_owned()));
    assert_eq!(answer(&app, "/health/ready").await, (StatusCode::OK, "mine".to_owned()));
    for nothing in ["/nothing", "/login/nothing"] {
        assert_eq!(answer(&app, nothing).await, (StatusCode::IM_A_TEAPOT, "mine".to_owned()), "{nothing}");
    }
    let (status, metadata) = answer(&app, "/login/.well-known/openid-configuration").await;
    assert!(status.is_success() && metadata.contains("https://op.example/login/token"), "{metadata}");
    assert_eq!(answer(&app, "/login/token").await.0, StatusCode::METHOD_NOT_ALLOWED);
}
