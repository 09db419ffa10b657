//! Small texts: templates, parameters, tokens.

use std::collections::HashMap;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use form_urlencoded::Serializer;
use rand::RngCore;
use serde_json::Value;

use crate::http::Response;

pub(super) fn unescape(s: &str) -> String {
    if !s.contains('&') {
        return s.to_string();
    }
    s.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#x2F;", "/")
        .replace("&#61;", "=")
        .replace("&#x3D;", "=")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

pub(super) fn expand(s: &str, vars: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(i) = rest.find("${") {
        out.push_str(&rest[..i]);
        let Some(j) = rest[i..].find('}') else { break };
        let key = &rest[i + 2..i + j];
        out.push_str(vars.get(key).map(String::as_str).unwrap_or(""));
        rest = &rest[i + j + 1..];
    }
    out.push_str(rest);
    out
}

pub(super) fn random() -> String {
    let mut b = [0u8; 32];
    rand::thread_rng().fill_bytes(&mut b);
    URL_SAFE_NO_PAD.encode(b)
}

pub(super) fn query_value(url: &str, key: &str) -> Option<String> {
    let (_, q) = url.split_once(['?', '#'])?;
    let q = q.split('#').next().unwrap_or(q);
    form_urlencoded::parse(q.as_bytes()).find(|(k, _)| k == key).map(|(_, v)| v.into_owned())
}

pub(super) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut s = Serializer::new(String::new());
    for (k, v) in pairs {
        s.append_pair(k, v);
    }
    s.finish()
}

pub(super) fn short(r: &Response) -> String {
    let t: String = r.text().chars().take(300).collect();
    format!("HTTP {} {} {}", r.status, r.location.as_deref().unwrap_or(""), t)
}

/// Header and claims of a JWT, not verified.
pub fn decode(jwt: &str) -> Option<(Value, Value)> {
    let mut it = jwt.split('.');
    let mut part = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(it.next()?).ok()?).ok();
    Some((part()?, part()?))
}
