//! RFC 6749 §2.1, §3.2.1: public clients only identify themselves, in the body or by HTTP Basic with an empty
//! secret.

use super::client_secret_basic::{self, BasicId};
use super::{Credentials, Method, Proof, Proved, refused};
use crate::env::Env;
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::{AUTHORIZATION, Incoming};
use crate::lookup::Facts;
use crate::record::Client;
use crate::rule::{self, Rule};

/// `none`
pub(super) struct None;

struct Named(BasicId);

impl Method for None {
    fn name(&self) -> &'static str {
        "none"
    }

    fn proof(&self) -> Proof {
        Proof::Nothing
    }

    fn rule(&self) -> &'static Rule {
        &rule::NONE
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let params = &incoming.params;
        if params.get("client_secret").is_some() || params.get("client_assertion").is_some() {
            return Ok(Option::None);
        }
        let named = match incoming.headers.get(AUTHORIZATION) {
            Some(_) => client_secret_basic::read(incoming)?
                .and_then(|(id, secret)| secret.expose().is_empty().then_some(id)),
            Option::None => {
                params.get("client_id").map(|id| BasicId { id: ClientId::from(id), undecoded: Option::None })
            }
        };
        Ok(named.map(|id| Box::new(Named(id)) as Box<dyn Credentials>))
    }
}

impl Credentials for Named {
    fn client_id(&self) -> &ClientId {
        &self.0.id
    }

    fn undecoded_id(&self) -> Option<&ClientId> {
        self.0.undecoded.as_ref()
    }

    fn prove(&self, _env: &Env<'_>, client: Option<&Client>, _facts: &Facts) -> Result<Proved, Error> {
        match client {
            Some(client) if client.is_public() => Ok(Proved::default()),
            Some(_) => Err(refused("a confidential client did not authenticate")),
            Option::None => Err(refused("unknown client")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{incoming, incoming_basic};

    #[test]
    fn it_is_used_only_when_nothing_proves_more() {
        let used = |request: Incoming| None.parse(&request).unwrap().is_some();
        assert!(used(incoming(&[("client_id", "spa")])));
        assert!(used(incoming(&[("client_id", "spa"), ("client_secret", "")])));
        assert!(!used(incoming(&[])));
        assert!(!used(incoming(&[("client_id", "spa"), ("client_secret", "x")])));
        assert!(!used(incoming(&[("client_id", "spa"), ("client_assertion", "x")])));
        assert!(!used(incoming_basic("spa", "x", &[("client_id", "spa")])));
        assert!(!used(incoming_basic("spa", "", &[("client_secret", "x")])));
        assert!(used(incoming_basic("spa", "", &[("client_id", "spa")])));
        assert!(used(incoming_basic("spa", "", &[])));
        assert!(None.parse(&incoming_basic("spa", "", &[("client_id", "web")])).is_err());
    }
}
