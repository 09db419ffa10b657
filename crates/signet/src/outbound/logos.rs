//! OpenID Connect Dynamic Client Registration 1.0 §2: the image at a client's `logo_uri`, fetched by Signet
//! so that the client's server does not see who looks at a page.
//!
//! Strangers can make Signet fetch by it, so it is bounded like documents are: one request to an address at a
//! time, few in all and to one site, what failed is not tried again at once, and what is kept has an end in
//! number and in bytes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use signet_login::network::Network;

use super::client_keys::locked;
use super::flights::Flights;
use super::gate::{Crowded, Gate, Places, host};
use super::shelf::{Bounds, Shelf};
use super::{Fetch, Fetched};
use crate::clock::Clock;

/// Requests for them.
const FETCHES: Places = Places { all: 16, to_one_host: 4, to_one_site: 8, at_once: 60, refill: 1000 };
/// A picture of 44 points; nothing longer is read.
const LONGEST: usize = 256 * 1024;
/// What is kept.
const KEPT: Bounds = Bounds { most: 400, most_of_one_host: 20, most_bytes: 8 * 1024 * 1024 };
/// For how many seconds, when its server does not say, and the bounds of what it may say.
const USUAL: u64 = 3600;
const FRESH: (u64, u64) = (300, 86_400);
/// How long a failure counts.
const PAUSE: u64 = 60;

/// A picture.
#[derive(Debug)]
pub(crate) struct Logo {
    /// Its media type, by its own first bytes: what its server says of it does not count.
    pub(crate) kind: &'static str,
    pub(crate) bytes: Bytes,
}

type Outcome = Option<Arc<Logo>>;
/// What was found and for how long it is good.
type Found = (Outcome, u64);

/// Logos of clients.
pub(crate) struct Logos {
    fetch: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    gate: Gate,
    under_way: Flights<Found>,
    kept: Mutex<Shelf<String, Outcome>>,
}

impl Logos {
    pub(crate) fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch: Box::new(fetch),
            clock,
            gate: Gate::new(FETCHES),
            under_way: Flights::default(),
            kept: Mutex::new(Shelf::new(KEPT)),
        }
    }

    /// The picture at this address, perhaps as it was a while ago; none where there is none that can be
    /// shown, or where too many others are fetched.
    pub(crate) async fn at(&self, address: &str, asker: Option<Network>) -> Outcome {
        let (key, now) = (address.to_owned(), self.clock.now());
        if let Some(outcome) = locked(&self.kept).find(&key, now) {
            return outcome;
        }
        let (outcome, seconds) = self.under_way.join(address, || self.fetch(address, asker)).await.ok()?;
        let bytes = outcome.as_ref().map_or(0, |logo| logo.bytes.len());
        locked(&self.kept).keep(key, host(address), (outcome.clone(), bytes), now, now.plus(seconds));
        outcome
    }

    async fn fetch(&self, address: &str, asker: Option<Network>) -> Result<Found, Crowded> {
        let _pass = self.gate.pass(address, asker, self.clock.now_ms())?;
        let found = match self.fetch.get(address).await {
            Ok(Fetched { body, .. }) if body.len() > LONGEST => {
                Err(format!("it is longer than {LONGEST} bytes"))
            }
            Ok(Fetched { body, max_age }) => match kind(&body) {
                Some(kind) => Ok((Logo { kind, bytes: body }, max_age)),
                None => Err("it is no PNG, JPEG, GIF or WebP picture".to_owned()),
            },
            Err(error) => Err(error.to_string()),
        };
        Ok(match found {
            Ok((logo, max_age)) => {
                let (least, most) = FRESH;
                (Some(Arc::new(logo)), max_age.unwrap_or(USUAL).clamp(least, most))
            }
            Err(why) => {
                tracing::info!(address, why, "failed to fetch a logo");
                (None, PAUSE)
            }
        })
    }
}

/// By the bytes with which such files begin. SVG is none of them: it is a document, which may hold script and
/// references.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    const GIF: &[u8] = b"GIF89a and so on";

    impl Logos {
        async fn shown(&self, address: &str) -> Outcome {
            self.at(address, None).await
        }
    }

    fn logos(world: &Arc<World>) -> Logos {
        Logos::new(world.clone(), Arc::new(world.clone()))
    }

    #[tokio::test]
    async fn pictures_are_known_by_their_first_bytes() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n..."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF87a", Some("image/gif")),
            (GIF, Some("image/gif")),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<!doctype html>", None),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"", None),
        ] {
            let world = World::new();
            world.serve(bytes, None);
            let found = logos(&world).shown("https://app.example/logo").await;
            assert_eq!(found.map(|logo| logo.kind), kind, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_not_shown() {
        let world = World::new();
        let logos = logos(&world);
        world.serve([GIF, &vec![0; LONGEST - GIF.len()]].concat(), None);
        assert!(logos.shown("https://app.example/a").await.is_some());
        world.serve([GIF, &vec![0; LONGEST]].concat(), None);
        assert!(logos.shown("https://app.example/b").await.is_none());
    }

    #[tokio::test]
    async fn a_logo_is_fetched_once_and_a_failure_is_not_repeated_at_once() {
        let world = World::new();
        let logos = logos(&world);
        let at = "https://app.example/logo.gif";
        world.fail();
        assert!(logos.shown(at).await.is_none() && logos.shown(at).await.is_none());
        assert_eq!(world.fetches(), 1);
        world.pass(PAUSE);
        world.serve(GIF, None);
        assert!(logos.shown(at).await.is_some());
        world.fail();
        world.pass(USUAL - 1);
        assert!(logos.shown(at).await.is_some());
        assert_eq!(world.fetches(), 2);
        world.pass(1);
        assert!(logos.shown(at).await.is_none());
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_all_and_of_one_host() {
        let world = World::new();
        let logos = logos(&world);
        let Bounds { most_of_one_host, most_bytes, .. } = KEPT;
        world.serve([GIF, &vec![0; LONGEST - GIF.len()]].concat(), None);
        let kept = |logos: &Logos| locked(&logos.kept).size();
        for number in 0..2 * most_of_one_host {
            logos.shown(&format!("https://one.example/{number}")).await.unwrap();
        }
        assert_eq!(kept(&logos).0, most_of_one_host);
        for number in 0..2 * most_bytes / LONGEST {
            logos.shown(&format!("https://host-{number}.example/")).await.unwrap();
        }
        assert_eq!(kept(&logos).1, most_bytes);
    }
}
