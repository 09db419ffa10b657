//! What is computed once per target.

use std::collections::HashMap;

use regex::Regex;
use serde_json::Value;

use super::R;
use crate::config::{Client, Params, Target};

/// Everything that is computed once per target.
pub struct Plan {
    pub t: Target,
    pub authority: String,
    pub endpoints: HashMap<String, String>,
    pub(super) pages: Vec<PageRe>,
    pub(super) hidden: Regex,
    pub(super) attr: Regex,
    pub(super) action: Regex,
}

pub(super) struct PageRe {
    pub(super) url: Option<Regex>,
    pub(super) body: Option<Regex>,
    pub(super) capture: Vec<(String, Regex)>,
    pub(super) send_capture: Vec<Vec<(String, Regex)>>,
}

fn re(s: &str) -> R<Regex> {
    Regex::new(s).map_err(|e| e.to_string())
}

fn res(p: &Params) -> R<Vec<(String, Regex)>> {
    p.iter().map(|(k, v)| Ok((k.clone(), re(v)?))).collect()
}

impl Plan {
    pub fn new(t: Target) -> R<Self> {
        let authority = t
            .base
            .strip_prefix("http://")
            .ok_or("base must be an http:// origin")?
            .trim_end_matches('/')
            .to_string();
        let mut pages = Vec::new();
        for p in &t.flow.page {
            pages.push(PageRe {
                url: p.when_url.as_deref().map(re).transpose()?,
                body: p.when_body.as_deref().map(re).transpose()?,
                capture: res(&p.capture)?,
                send_capture: p.send.iter().map(|s| res(&s.capture)).collect::<R<_>>()?,
            });
        }
        Ok(Plan {
            authority,
            endpoints: HashMap::new(),
            pages,
            hidden: re(r#"(?is)<input\b[^>]*type\s*=\s*["']?hidden["']?[^>]*>"#)?,
            attr: re(r#"(?is)\b(name|value)\s*=\s*(?:"([^"]*)"|'([^']*)')"#)?,
            action: re(r#"(?is)<form\b[^>]*\baction\s*=\s*(?:"([^"]*)"|'([^']*)')"#)?,
            t,
        })
    }

    /// The path and query of a URL on the target's origin.
    pub(super) fn local(&self, url: &str, current: &str) -> R<String> {
        if url.starts_with('/') {
            return Ok(url.to_string());
        }
        if let Some(i) = url.find("://") {
            let rest = &url[i + 3..];
            let j = rest.find(['/', '?']).unwrap_or(rest.len());
            let tail = &rest[j..];
            return Ok(if tail.starts_with('/') { tail.to_string() } else { format!("/{tail}") });
        }
        let dir = current.split('?').next().unwrap_or("/");
        if url.is_empty() {
            return Ok(current.to_string());
        }
        if url.starts_with('?') {
            return Ok(format!("{dir}{url}"));
        }
        let cut = dir.rfind('/').map_or(0, |i| i + 1);
        Ok(format!("{}{}", &dir[..cut], url))
    }

    pub fn learn(&mut self, discovery: &Value) -> R<()> {
        for (k, v) in discovery.as_object().ok_or("discovery is not an object")? {
            let key = match k.as_str() {
                "jwks_uri" => "jwks",
                "pushed_authorization_request_endpoint" => "par",
                k => k.strip_suffix("_endpoint").unwrap_or(""),
            };
            if let (false, Some(url)) = (key.is_empty(), v.as_str()) {
                let p = self.local(url, "/")?;
                self.endpoints.insert(key.to_string(), p);
            }
        }
        for (k, v) in &self.t.endpoints {
            let p = self.local(v, "/")?;
            self.endpoints.insert(k.clone(), p);
        }
        Ok(())
    }

    pub(super) fn endpoint(&self, k: &str) -> R<&str> {
        self.endpoints.get(k).map(String::as_str).ok_or_else(|| format!("no {k} endpoint"))
    }

    pub(super) fn client(&self) -> R<&Client> {
        self.t.client.as_ref().ok_or_else(|| "no [client]".into())
    }
}
