//! The operations that are measured, by name.

use super::text::short;
use super::{Tokens, Worker, R};

impl Worker {
    /// Fresh tokens, from the live session if there is one.
    async fn signed_in(&mut self, refresh: bool) -> R<Tokens> {
        if !self.jar.is_empty() {
            match self.authorize(false).await {
                Ok(t) if t.refresh.is_some() || !refresh => return Ok(t),
                _ => {}
            }
        }
        self.authorize(true).await
    }

    /// Brings the worker into the state in which `op` can be repeated.
    pub async fn prepare(&mut self, scenario: &str) -> R<()> {
        let plan = self.plan.clone();
        let bearer;
        self.raw = match scenario {
            "discovery" => self.build("GET", &plan.t.discovery, &[], None, false),
            "jwks" => self.build("GET", plan.endpoint("jwks")?, &[], None, false),
            "client_credentials" => {
                let c = plan.t.service_client.as_ref().ok_or("no [service_client]")?;
                let mut p = vec![("grant_type", "client_credentials")];
                if !c.scope.is_empty() {
                    p.push(("scope", &c.scope));
                }
                p.extend(c.token.iter().map(|(k, v)| (k.as_str(), v.as_str())));
                self.client_post(plan.endpoint("token")?, c, &p)
            }
            "login" => Vec::new(),
            "sso" => {
                self.tokens = self.signed_in(false).await?;
                Vec::new()
            }
            "refresh" => {
                self.tokens = self.signed_in(true).await?;
                self.tokens.refresh.as_ref().ok_or("no refresh_token")?;
                Vec::new()
            }
            "userinfo" => {
                self.tokens = self.signed_in(false).await?;
                bearer = format!("Bearer {}", self.tokens.access);
                self.build("GET", plan.endpoint("userinfo")?, &[("Authorization", &bearer)], None, false)
            }
            "introspection" => {
                self.tokens = self.signed_in(false).await?;
                let c = plan.t.introspection_client.as_ref().map_or_else(|| plan.client(), Ok)?;
                self.client_post(plan.endpoint("introspection")?, c, &[("token", &self.tokens.access)])
            }
            "par" => {
                let c = plan.client()?;
                let mut p = vec![
                    ("client_id", c.id.as_str()),
                    ("redirect_uri", &c.redirect_uri),
                    ("response_type", "code"),
                    ("scope", &c.scope),
                    ("state", "af0ifjsldkj-af0ifjsldkj-af0ifjsldkj-af0ifjs"),
                    ("nonce", "n-0S6_WzA2Mj-n-0S6_WzA2Mj-n-0S6_WzA2Mj-n-0S"),
                    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                    ("code_challenge_method", "S256"),
                ];
                p.extend(plan.t.flow.extra.iter().map(|(k, v)| (k.as_str(), v.as_str())));
                self.client_post(plan.endpoint("par")?, c, &p)
            }
            s => return Err(format!("unknown scenario {s}")),
        };
        Ok(())
    }

    pub async fn op(&mut self, scenario: &str) -> R<()> {
        match scenario {
            "login" => {
                self.tokens = self.authorize(true).await?;
            }
            "sso" => {
                self.tokens = self.authorize(false).await?;
            }
            "refresh" => {
                let plan = self.plan.clone();
                let c = plan.client()?;
                let rt = self.tokens.refresh.clone().ok_or("no refresh_token")?;
                let mut p = vec![("grant_type", "refresh_token"), ("refresh_token", rt.as_str())];
                p.extend(c.token.iter().map(|(k, v)| (k.as_str(), v.as_str())));
                let req = self.client_post(plan.endpoint("token")?, c, &p);
                self.raw(&req).await?;
                let old = self.tokens.clone();
                self.tokens = self.read_tokens(Some(&old))?;
            }
            _ => {
                let raw = std::mem::take(&mut self.raw);
                let r = self.raw(&raw).await;
                self.raw = raw;
                r?;
                let ok = match scenario {
                    "par" => {
                        matches!(self.resp.status, 200 | 201) && self.resp.text().contains("request_uri")
                    }
                    "introspection" => {
                        self.resp.status == 200 && {
                            let t = self.resp.text();
                            t.contains("\"active\":true") || t.contains("\"active\": true")
                        }
                    }
                    _ => self.resp.status == 200,
                };
                if !ok {
                    return Err(format!("{scenario}: {}", short(&self.resp)));
                }
            }
        }
        Ok(())
    }
}
