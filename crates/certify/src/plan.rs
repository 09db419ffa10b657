//! Plans: lists of checks, run in order, each with a browser of its own.

use serde_json::Value;

use crate::check::{Check, Outcome, Report, Row, Subject};
use crate::{Browser, Error, Landed};

/// A named list of checks.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Its name.
    pub name: &'static str,
    /// Its checks, in the order in which they run.
    pub checks: &'static [Check],
}

/// The code flow with one registered client.
pub const BASIC: Plan = Plan {
    name: "basic",
    checks: &[
        Check {
            id: "discovery-exact-issuer",
            spec: "OpenID Connect Discovery §4.3",
            run: |s, b| Box::pin(exact_issuer(s, b)),
        },
        Check {
            id: "jwks-public-and-distinct",
            spec: "RFC 7517 §4.5, §9.2",
            run: |s, b| Box::pin(public_keys(s, b)),
        },
        Check { id: "code-flow", spec: "OpenID Connect Core §3.1", run: |s, b| Box::pin(code_flow(s, b)) },
        Check {
            id: "code-once",
            spec: "RFC 6749 §4.1.2, RFC 9700 §2.1.1",
            run: |s, b| Box::pin(code_once(s, b)),
        },
        Check { id: "code-bound-to-verifier", spec: "RFC 7636 §4.6", run: |s, b| Box::pin(verifier(s, b)) },
        Check {
            id: "redirect-uri-exact", spec: "RFC 9700 §4.1.3", run: |s, b| Box::pin(redirect_uri(s, b))
        },
        Check {
            id: "errors-return-state",
            spec: "OpenID Connect Core §3.1.2.6",
            run: |s, b| Box::pin(error_state(s, b)),
        },
        Check { id: "userinfo-needs-token", spec: "RFC 6750 §3.1", run: |s, b| Box::pin(userinfo(s, b)) },
    ],
};

impl Plan {
    /// Runs every check and tells how each ended.
    pub async fn run(&self, subject: &Subject) -> Report {
        let mut rows = Vec::new();
        for check in self.checks {
            let browser = Browser::new(subject.wire(), &subject.rp.issuer);
            let outcome = match (check.run)(subject, &browser).await {
                Ok(()) => Outcome::Passed,
                Err(error) => Outcome::Failed(error.message().to_owned()),
            };
            rows.push(Row { id: check.id, spec: check.spec, outcome, findings: browser.findings() });
        }
        Report { plan: self.name, issuer: subject.rp.issuer.clone(), rows }
    }
}

/// The metadata names exactly the issuer that was asked for, and what the code flow needs.
async fn exact_issuer(subject: &Subject, _: &Browser) -> Result<(), Error> {
    let metadata = subject.rp.discover().await?;
    let needed = [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ];
    if let Some(name) = needed.iter().find(|name| metadata.get(**name).is_none_or(Value::is_null)) {
        return Err(Error::new(format!("the metadata has no {name}")));
    }
    match metadata.as_object().and_then(|members| members.iter().find(|(_, value)| value.is_null())) {
        Some((name, _)) => Err(Error::new(format!("{name} is null in the metadata"))),
        None => Ok(()),
    }
}

/// Published keys have distinct names and no private or symmetric part.
async fn public_keys(subject: &Subject, _: &Browser) -> Result<(), Error> {
    let reply = subject.rp.jwks().await?;
    let keys = reply.json_object()?.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    if keys.is_empty() {
        return Err(reply.wrong("there are no keys"));
    }
    let mut seen = Vec::new();
    for key in &keys {
        let kid = key.get("kid").and_then(Value::as_str).ok_or_else(|| reply.wrong("a key has no kid"))?;
        if seen.contains(&kid) {
            return Err(reply.wrong(format!("kid {kid} comes twice")));
        }
        seen.push(kid);
        // RFC 7518 §6.2.2, §6.3.2, §6.4: the members that only the provider may know.
        if let Some(name) =
            ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().find(|name| key.get(**name).is_some())
        {
            return Err(reply.wrong(format!("key {kid} publishes its private member {name}")));
        }
    }
    Ok(())
}

/// Sign-in, tokens, ID token and userinfo fit together.
async fn code_flow(subject: &Subject, browser: &Browser) -> Result<(), Error> {
    let request = subject.rp.request("openid");
    let tokens = subject.tokens(browser, &request).await?;
    let claims = subject.rp.claims(&request, &tokens).await?;
    let userinfo = subject.rp.userinfo(&tokens).await?;
    let (told, expected) = (userinfo.json_object()?.get("sub"), claims.get("sub"));
    if told != expected {
        return Err(userinfo.wrong(format!("sub is {told:?}, in the ID token {expected:?}")));
    }
    Ok(())
}

/// A code works once; when it comes again, the tokens it gave die.
async fn code_once(subject: &Subject, browser: &Browser) -> Result<(), Error> {
    let code = subject.sign_in(browser, &subject.rp.request("openid")).await?.code()?;
    let tokens = subject.rp.redeem(&code).await?.token_set()?;
    subject.rp.userinfo(&tokens).await?.success()?;
    subject.rp.redeem(&code).await?.refusal("invalid_grant")?;
    subject.rp.userinfo(&tokens).await?.refusal("invalid_token")?;
    Ok(())
}

/// A wrong PKCE verifier is refused.
async fn verifier(subject: &Subject, browser: &Browser) -> Result<(), Error> {
    let request = subject.rp.request("openid");
    let good = subject.sign_in(browser, &request).await?.code()?;
    let mut wrong = good.clone();
    wrong.verifier = Some(subject.wire().token());
    subject.rp.redeem(&wrong).await?.refusal("invalid_grant")?;
    Ok(())
}

/// A redirect URI that is not registered gets a page, never a redirect.
async fn redirect_uri(subject: &Subject, browser: &Browser) -> Result<(), Error> {
    let good = &subject.rp.redirect_uri;
    let elsewhere = format!("{}/signet-certify", good.trim_end_matches('/'));
    let joint = if good.contains('?') { '&' } else { '?' };
    for bad in
        [elsewhere, format!("{good}{joint}signet-certify=1"), "https://signet-certify.invalid/cb".to_owned()]
    {
        let request = subject.rp.request("openid").set("redirect_uri", &bad);
        match subject.rp.authorize(browser, &request).await? {
            Landed::Page(page) if page.status.is_client_error() && page.posts_away().is_none() => {}
            Landed::Page(page) => {
                return Err(page.unexpected(&format!("an error page for redirect_uri {bad}")));
            }
            Landed::Callback(url) | Landed::Posted(url, _) => {
                return Err(Error::new(format!(
                    "redirect_uri {bad} is not registered, but the browser was sent to {url}"
                )));
            }
        }
    }
    Ok(())
}

/// Without a session, `prompt=none` comes back as an error with the state.
async fn error_state(subject: &Subject, browser: &Browser) -> Result<(), Error> {
    let request = subject.rp.request("openid").prompt("none");
    let landed = subject.rp.authorize(browser, &request).await?;
    subject.rp.response(&request, &landed).await?.refusal("login_required")?;
    Ok(())
}

/// Userinfo challenges a request without a token and refuses one it never issued.
async fn userinfo(subject: &Subject, _: &Browser) -> Result<(), Error> {
    let url = subject.rp.endpoint("userinfo").await?;
    subject.rp.raw(http::Request::get(url).body(bytes::Bytes::new())?).await?.challenge()?;
    subject.rp.userinfo("not-a-token").await?.refusal("invalid_token")?;
    Ok(())
}
