//! One simulated relying party and browser: the operations that are measured.

mod plan;
mod scenario;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use plan::Plan;
pub use text::decode;
use text::{expand, form, query_value, random, short, unescape};

use crate::config::{Client, Params};
use crate::http::{Conn, Jar, Req, Response};

pub const SCENARIOS: &[&str] = &[
    "discovery",
    "jwks",
    "client_credentials",
    "login",
    "sso",
    "refresh",
    "userinfo",
    "introspection",
    "par",
];

type R<T> = Result<T, String>;

#[derive(Default, Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub id: Option<String>,
}

pub struct Worker {
    plan: Arc<Plan>,
    pub conn: Conn,
    pub resp: Response,
    pub jar: Jar,
    id: usize,
    raw: Vec<u8>,
    pub tokens: Tokens,
    /// HTTP exchanges made.
    pub requests: u64,
    pub trace: bool,
}

impl Worker {
    pub fn new(plan: Arc<Plan>, id: usize) -> Self {
        let conn = Conn::new(&plan.authority);
        Worker {
            plan,
            conn,
            resp: Response::default(),
            jar: Jar::default(),
            id,
            raw: Vec::new(),
            tokens: Tokens::default(),
            requests: 0,
            trace: false,
        }
    }

    fn build(
        &self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<(&str, &str)>,
        cookies: bool,
    ) -> Vec<u8> {
        let cookie = if cookies { self.jar.header(path) } else { None };
        let mut hs: Vec<(&str, &str)> =
            self.plan.t.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        hs.extend_from_slice(extra);
        if let Some(c) = &cookie {
            hs.push(("Cookie", c));
        }
        Req { method, path, host: &self.plan.authority, headers: &hs, body }.bytes()
    }

    async fn raw(&mut self, req: &[u8]) -> R<()> {
        self.requests += 1;
        self.conn.exchange(req, &mut self.resp).await.map_err(|e| format!("io: {e}"))?;
        if self.trace {
            eprintln!("> {}", String::from_utf8_lossy(req).replace("\r\n", "\n  "));
            eprintln!("< {} {:?}", short(&self.resp), self.resp.set_cookies);
        }
        Ok(())
    }

    async fn browse(
        &mut self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<(&str, &str)>,
    ) -> R<()> {
        let req = self.build(method, path, extra, body, true);
        self.raw(&req).await?;
        let sc = std::mem::take(&mut self.resp.set_cookies);
        self.jar.store(&sc);
        Ok(())
    }

    /// A POST with client authentication.
    fn client_post(&self, path: &str, c: &Client, pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut p = pairs.to_vec();
        let mut auth = String::new();
        match c.auth.as_str() {
            "basic" => {
                let enc = |s: &str| form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
                auth = format!("Basic {}", STANDARD.encode(format!("{}:{}", enc(&c.id), enc(&c.secret))));
            }
            "post" => {
                p.push(("client_id", &c.id));
                p.push(("client_secret", &c.secret));
            }
            _ => p.push(("client_id", &c.id)),
        }
        let body = form(p);
        let hs: &[(&str, &str)] = if auth.is_empty() { &[] } else { &[("Authorization", &auth)] };
        self.build("POST", path, hs, Some(("application/x-www-form-urlencoded", &body)), false)
    }

    fn read_tokens(&self, keep: Option<&Tokens>) -> R<Tokens> {
        if self.resp.status != 200 {
            return Err(format!("token: {}", short(&self.resp)));
        }
        let v: Value = serde_json::from_slice(&self.resp.body).map_err(|e| format!("token: {e}"))?;
        let s = |k: &str| v.get(k).and_then(Value::as_str).map(str::to_string);
        Ok(Tokens {
            access: s("access_token").ok_or("no access_token")?,
            refresh: s("refresh_token").or_else(|| keep.and_then(|t| t.refresh.clone())),
            id: s("id_token"),
        })
    }

    /// Authorization request to tokens. With `fresh` the browser starts with an
    /// empty cookie jar and has to log in.
    pub async fn authorize(&mut self, fresh: bool) -> R<Tokens> {
        if fresh {
            self.jar = Jar::default();
        }
        let plan = self.plan.clone();
        let c = plan.client()?;
        let (verifier, state, nonce) = (random(), random(), random());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let hint = HashMap::from([("id_token".to_string(), self.tokens.id.clone().unwrap_or_default())]);
        let sso: Params = plan.t.sso.extra.iter().map(|(k, v)| (k.clone(), expand(v, &hint))).collect();
        let mut q: Vec<(&str, &str)> = vec![
            ("client_id", &c.id),
            ("redirect_uri", &c.redirect_uri),
            ("response_type", "code"),
            ("scope", &c.scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        q.extend(plan.t.flow.extra.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        if !fresh {
            for (k, v) in &sso {
                q.retain(|(n, _)| n != k);
                q.push((k, v));
            }
        }
        let mut url = format!("{}?{}", plan.endpoint("authorization")?, form(q.iter().copied()));
        let authorize_url = url.clone();
        self.browse("GET", &url, &[], None).await?;
        let mut vars: HashMap<String, String> = HashMap::new();
        let callback = 'run: {
            for _ in 0..24 {
                if let (Some(loc), true) = (self.resp.location.take(), matches!(self.resp.status, 200..=399))
                {
                    if loc.starts_with(&c.redirect_uri) {
                        break 'run loc;
                    }
                    url = plan.local(&loc, &url)?;
                    self.browse("GET", &url, &[], None).await?;
                    continue;
                }
                if self.resp.status != 200 {
                    return Err(format!("at {url}: {}", short(&self.resp)));
                }
                self.page(&plan, &mut url, &authorize_url, &q, &mut vars).await?;
            }
            return Err("authorization did not end".into());
        };
        if query_value(&callback, "state").as_deref() != Some(&state) {
            return Err(format!("state: {callback}"));
        }
        let code = query_value(&callback, "code").ok_or_else(|| format!("no code: {callback}"))?;
        let mut p = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &c.redirect_uri),
            ("code_verifier", &verifier),
        ];
        p.extend(c.token.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        let req = self.client_post(plan.endpoint("token")?, c, &p);
        self.raw(&req).await?;
        let t = self.read_tokens(None)?;
        let id = t.id.as_deref().ok_or("no id_token")?;
        if c.encrypted_id_token {
            let whole = id.split('.').count() == 5;
            return if whole { Ok(t) } else { Err("id_token is not encrypted".into()) };
        }
        let claims = decode(id).ok_or("id_token is not a JWT")?.1;
        if claims.get("nonce").and_then(Value::as_str) != Some(&nonce) {
            return Err("nonce does not match".into());
        }
        Ok(t)
    }

    async fn page(
        &mut self,
        plan: &Plan,
        url: &mut String,
        authorize_url: &str,
        request: &[(&str, &str)],
        vars: &mut HashMap<String, String>,
    ) -> R<()> {
        let body = self.resp.text().into_owned();
        let found = plan.pages.iter().position(|p| {
            p.url.as_ref().is_none_or(|r| r.is_match(url))
                && p.body.as_ref().is_none_or(|r| r.is_match(&body))
        });
        let Some(i) = found else {
            return Err(format!("no rule for the page at {url}: {}", short(&self.resp)));
        };
        let (page, pre) = (&plan.t.flow.page[i], &plan.pages[i]);
        let user = plan.t.user.as_ref().ok_or("no [user]")?;
        vars.insert("worker".into(), self.id.to_string());
        vars.insert("username".into(), expand(&user.username, vars));
        vars.insert("password".into(), expand(&user.password, vars));
        vars.insert("authorize_url".into(), authorize_url.to_string());
        vars.insert("authorize_query".into(), authorize_url.split_once('?').map_or("", |x| x.1).to_string());
        for (k, v) in request {
            vars.insert(format!("request.{k}"), v.to_string());
        }
        if let Some((_, q)) = url.split_once('?') {
            for (k, v) in form_urlencoded::parse(q.as_bytes()) {
                vars.insert(format!("query.{k}"), v.into_owned());
            }
        }
        for (k, r) in &pre.capture {
            let m = r
                .captures(&body)
                .and_then(|c| c.get(1))
                .ok_or_else(|| format!("page {}: no {k}", page.name))?;
            vars.insert(format!("cap.{k}"), unescape(m.as_str()));
        }
        for (n, s) in page.send.iter().enumerate() {
            let target = match &s.url {
                Some(u) => expand(u, vars),
                None => plan
                    .action
                    .captures(&body)
                    .and_then(|c| c.get(1).or(c.get(2)).map(|m| unescape(m.as_str())))
                    .unwrap_or_default(),
            };
            let target = plan.local(&target, url)?;
            let hs: Vec<(String, String)> =
                s.headers.iter().map(|(k, v)| (k.clone(), expand(v, vars))).collect();
            let hs: Vec<(&str, &str)> = hs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            if s.method == "GET" {
                self.browse("GET", &target, &hs, None).await?;
            } else if let Some(j) = &s.json {
                let j = expand(j, vars);
                self.browse(&s.method, &target, &hs, Some(("application/json", &j))).await?;
            } else {
                let mut pairs: Vec<(String, String)> = Vec::new();
                for m in plan.hidden.find_iter(&body) {
                    let (mut name, mut value) = (String::new(), String::new());
                    for c in plan.attr.captures_iter(m.as_str()) {
                        let v = unescape(c.get(2).or(c.get(3)).map_or("", |m| m.as_str()));
                        if c[1].eq_ignore_ascii_case("name") {
                            name = v
                        } else {
                            value = v
                        }
                    }
                    if !s.form.contains_key(&name) {
                        pairs.push((name, value));
                    }
                }
                pairs.extend(s.form.iter().map(|(k, v)| (k.clone(), expand(v, vars))));
                let b = form(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())));
                self.browse(&s.method, &target, &hs, Some(("application/x-www-form-urlencoded", &b))).await?;
            }
            if self.resp.status >= 400 {
                return Err(format!("page {} send {n}: {}", page.name, short(&self.resp)));
            }
            if !pre.send_capture[n].is_empty() {
                let text = self.resp.text().into_owned();
                for (k, r) in &pre.send_capture[n] {
                    let m = r
                        .captures(&text)
                        .and_then(|c| c.get(1))
                        .ok_or_else(|| format!("page {} send {n}: no {k}", page.name))?;
                    vars.insert(format!("cap.{k}"), m.as_str().to_string());
                }
            }
            *url = target;
        }
        if let Some(g) = &page.goto {
            *url = plan.local(&expand(g, vars), url)?;
            self.browse("GET", &url.clone(), &[], None).await?;
        }
        Ok(())
    }
}
