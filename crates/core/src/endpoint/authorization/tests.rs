//! The whole way of a request to a destination that is no callback: a device that shows a code, and fetches
//! the answer under it.

use std::sync::Arc;

use serde_json::json;

use super::{Browser, Parsed, Turn};
use crate::authorization::destination::Destination;
use crate::authorization::{At, Request, denied};
use crate::change::Change;
use crate::claims::Point;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::event::kind;
use crate::lookup::Facts;
use crate::params::Params;
use crate::prompt::{Ask, Why};
use crate::record::{Client, Document};
use crate::reply::{Contents, Interact};
use crate::response_type::{Granted, ResponseType};
use crate::secret::TokenHash;
use crate::testing::{self, World};
use crate::waiting::{self, Authentication, By, Ended, Interaction, Stage, Stale, Unfit, Waiting, Yes};

/// Keeps the answer for the device under its code, and shows the person a page.
struct Device {
    client: Arc<Client>,
}

const CODE: &str = "WDJB-MJHT";

impl Device {
    fn keeps(&self, answer: &str, page: &str) -> Decision {
        let kept = Document { name: CODE.into(), value: answer.as_bytes().to_vec(), version: 0 };
        let reply = Contents::Json(json!({ "page": page }));
        Decision { changes: vec![Change::PutDocument(kept)], ..Decision::answer(reply) }
    }
}

impl Destination for Device {
    fn client(&self) -> &Arc<Client> {
        &self.client
    }

    fn at(&self) -> At {
        At::Authorization
    }

    fn gives(&self) -> &'static str {
        "device_code"
    }

    fn points(&self, openid: bool) -> &'static [Point] {
        ResponseType::find("code").unwrap().points(openid)
    }

    fn returns_to(&self) -> Option<&str> {
        None
    }

    fn is_anyones(&self) -> bool {
        true
    }

    fn grant(&self, _env: &Env<'_>, granted: Granted<'_>) -> Result<Decision, Error> {
        let mut kept = self.keeps(&granted.grant.id.to_string(), "done");
        kept.changes.insert(0, Change::InsertGrant(granted.grant));
        Ok(kept)
    }

    fn refuse(&self, error: &Error) -> Decision {
        self.keeps(error.code.as_str(), "refused")
    }
}

/// A person at a browser, with a request for the device.
struct Scene {
    world: World,
    device: Device,
    facts: Facts,
    request: Request,
}

fn scene(more: &[(&str, &str)]) -> Scene {
    let client = Arc::new(testing::client("web"));
    let mut pairs = vec![("client_id", "web"), ("response_type", "code"), ("scope", "openid email")];
    pairs.extend_from_slice(more);
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let Parsed::Request(request) = Request::parse(Params::from_pairs(pairs)).unwrap() else { panic!() };
    let facts = Facts::default().with_client(client.clone());
    Scene { world: World::new(), device: Device { client }, facts, request }
}

fn browser() -> TokenHash {
    TokenHash::of(b"browser")
}

impl Scene {
    fn comes(&self) -> Result<Decision, Error> {
        let turn = Turn { env: &self.world.env(), facts: &self.facts, browser: Browser::New(&browser) };
        self.request.decide(&self.device, &turn)
    }

    fn goes_on(&self, waiting: &Waiting) -> Decision {
        self.goes_on_with(&Request::resume(&waiting.record), waiting)
    }

    fn goes_on_with(&self, request: &Request, waiting: &Waiting) -> Decision {
        let browser = Browser::Waiting(waiting);
        request.decide(&self.device, &Turn { env: &self.world.env(), facts: &self.facts, browser }).unwrap()
    }

    /// The page at this address, in this browser.
    fn opens(&self, address: &str, browser: &[u8]) -> Result<Waiting, Stale> {
        let env = self.world.env();
        let sealed = waiting::unseal(&env, address).unwrap();
        Waiting::open(&env, &sealed, &self.facts, Some(TokenHash::of(browser)))
    }

    /// The page that waits for the person.
    fn waits(&self) -> Waiting {
        self.opens(&asked(self.comes().unwrap()).address, b"browser").unwrap()
    }

    fn signs_in(&mut self, waiting: &mut Waiting, username: &str) {
        let authentication = Authentication {
            user: Arc::new(testing::user(username)),
            method: "password".into(),
            amr: vec!["pwd".into()],
            agent: None,
            address: None,
        };
        let (changes, _) = waiting.signed_in(&self.world.env(), &mut self.facts, authentication);
        assert!(changes.iter().any(|change| matches!(change, Change::InsertSession(_))));
    }

    fn agrees(&mut self, waiting: &mut Waiting, page: &Interact) -> Result<Vec<Change>, Unfit> {
        let claims = page.names(&self.world.settings, &page.scope);
        let (allowed, returns_to) = (page.scope.clone(), page.returns_to.as_deref());
        let yes = Yes { client: &page.client, returns_to, allowed, left_out: Default::default(), claims };
        waiting.consented(&self.world.env(), &mut self.facts, yes)
    }
}

#[track_caller]
fn asked(decision: Decision) -> Interact {
    assert!(decision.changes.is_empty(), "{:?}", decision.changes);
    let Contents::Interact(interact) = decision.reply.body else { panic!("{:?}", decision.reply.body) };
    assert_eq!(interact.returns_to, None, "pages name no address, and their forms end here");
    *interact
}

/// What is kept for the device, and whether the page can be answered once more.
#[track_caller]
fn answered(decision: &Decision, page: &str) -> (String, bool) {
    let Contents::Json(shown) = &decision.reply.body else { panic!("{:?}", decision.reply.body) };
    assert_eq!(shown["page"], page);
    let kept = decision.changes.iter().find_map(|change| match change {
        Change::PutDocument(document) if document.name == CODE => Some(document.value.clone()),
        _ => None,
    });
    let ends = decision.changes.iter().any(|change| matches!(change, Change::SeeJti { .. }));
    (String::from_utf8(kept.unwrap()).unwrap(), ends)
}

#[test]
fn a_device_gets_what_a_person_grants_at_another_browser() {
    let mut scene = scene(&[]);
    let page = asked(scene.comes().unwrap());
    assert_eq!((page.reason.ask, page.reason.why), (Ask::Login, Why::NoSession));
    let mut waiting = scene.opens(&page.address, b"browser").unwrap();
    assert_eq!(waiting.account_chosen(&scene.world.env(), &scene.facts), Err(Unfit::NobodyThere));
    assert_eq!(waiting.account_declined(&scene.facts), Err(Unfit::NobodyThere));
    assert_eq!(scene.agrees(&mut waiting, &page).unwrap_err(), Unfit::NobodyThere);
    assert_eq!(waiting.address(&scene.world.env()).unwrap(), page.address, "nothing was answered");

    scene.signs_in(&mut waiting, "diana");
    let diana = scene.facts.session().unwrap().session.root;
    // They look at it once more, in another language: that agrees to nothing.
    let page = asked(scene.goes_on_with(&Request::resume(&waiting.record).shown_again(), &waiting));
    assert_eq!(page.reason.ask, Ask::Consent, "of two reasons the first");
    let address = waiting.address(&scene.world.env()).unwrap();
    let mut waiting = scene.opens(&address, b"browser").unwrap();
    assert_eq!(waiting.record.stage.by(diana), Some(By::SignIn));

    let page = asked(scene.goes_on(&waiting));
    assert_eq!((page.reason.ask, page.scope.to_string()), (Ask::Consent, "openid email".into()));
    let settings = &scene.world.settings;
    assert!(page.disclosure(settings).unwrap().names.has("email"), "it says what the device will know");
    let written = scene.agrees(&mut waiting, &page).unwrap();
    assert!(written.iter().any(|change| matches!(change, Change::PutConsent(_))));

    let decision = scene.goes_on(&waiting);
    let grant = decision.changes.iter().find_map(|change| match change {
        Change::InsertGrant(grant) => Some(grant),
        _ => None,
    });
    let grant = grant.unwrap();
    assert_eq!(answered(&decision, "done"), (grant.id.to_string(), true));
    assert_eq!(
        (grant.scope.to_string(), grant.amr.as_slice()),
        ("openid email".into(), &["pwd".to_owned()][..])
    );
    let what = &decision.events[0].what;
    assert_eq!(*what.kind(), kind::AUTHORIZATION_GRANTED);
    let said =
        [("response_type", "device_code".into()), ("scope", "openid email".into()), ("page", true.into())];
    assert_eq!(*what.said(), said);
    // Of all pages that there are of it none goes on.
    let sealed = waiting::unseal(&scene.world.env(), &address).unwrap();
    scene.facts = scene.facts.clone().with(sealed.lookup(), true);
    assert!(matches!(scene.opens(&address, b"browser"), Err(Stale::Restart(_, Ended::Answered))));
}

#[test]
fn another_account_is_asked_for_and_the_first_is_not_taken_back() {
    let mut scene = scene(&[("prompt", "select_account")]);
    let mut first = scene.waits();
    scene.signs_in(&mut first, "diana");
    // The device asks anew, while diana is signed in.
    let mut waiting = scene.waits();
    let page = asked(scene.goes_on(&waiting));
    assert_eq!(page.reason.ask, Ask::SelectAccount);
    waiting.account_declined(&scene.facts).unwrap();
    assert_eq!(asked(scene.goes_on(&waiting)).reason.ask, Ask::Login);
    assert_eq!(waiting.account_chosen(&scene.world.env(), &scene.facts), Err(Unfit::Declined));
    assert_eq!(scene.agrees(&mut waiting, &page).unwrap_err(), Unfit::Declined);
    scene.signs_in(&mut waiting, "bob");
    let page = asked(scene.goes_on(&waiting));
    assert_eq!(page.reason.ask, Ask::Consent, "who has signed in need not choose");
    assert_eq!(page.user.unwrap().username, "bob");

    let mut waiting = scene.waits();
    waiting.account_chosen(&scene.world.env(), &scene.facts).unwrap();
    assert_eq!(waiting.record.stage.by(scene.facts.session().unwrap().session.root), Some(By::Choice));
    assert_eq!(asked(scene.goes_on(&waiting)).reason.ask, Ask::Consent);
}

#[test]
fn what_was_agreed_to_before_is_shown_all_the_same() {
    let mut scene = scene(&[]);
    let mut waiting = scene.waits();
    scene.signs_in(&mut waiting, "diana");
    let page = asked(scene.goes_on(&waiting));
    scene.agrees(&mut waiting, &page).unwrap();
    answered(&scene.goes_on(&waiting), "done");
    // Anybody could have begun the next one.
    assert_eq!(asked(scene.comes().unwrap()).reason.why, Why::NativeClient);
}

#[test]
fn a_no_is_kept_for_the_device() {
    let mut scene = scene(&[]);
    let mut waiting = scene.waits();
    scene.signs_in(&mut waiting, "diana");
    let (env, request) = (scene.world.env(), Request::resume(&waiting.record));
    let turn = Turn { env: &env, facts: &scene.facts, browser: Browser::Waiting(&waiting) };
    let decision = request.abort(Some(&scene.device), &turn, denied()).unwrap();
    assert_eq!(answered(&decision, "refused"), ("access_denied".into(), true));
    // Without a place where it could be kept, the person is all who is left.
    let error = request.abort(None, &turn, denied()).unwrap_err();
    assert_eq!((error.code, error.client.is_some()), (ErrorCode::AccessDenied, true));
}

#[test]
fn what_nobody_can_be_asked_about_is_kept_too() {
    let silent = scene(&[("prompt", "none")]).comes().unwrap();
    assert_eq!(answered(&silent, "refused"), ("login_required".into(), false));
    // RFC 9700 §4.11.2 is about browsers that are sent away: here none is.
    let mut wrong = scene(&[("max_age", "soon")]);
    let mut stranger = testing::client("web");
    stranger.registered = true;
    wrong.device.client = Arc::new(stranger);
    assert_eq!(answered(&wrong.comes().unwrap(), "refused"), ("invalid_request".into(), false));
}

#[test]
fn a_page_that_ended_or_is_anothers_begins_again() {
    let mut scene = scene(&[]);
    let address = asked(scene.comes().unwrap()).address;
    let restarts = |scene: &Scene, browser: &[u8]| match scene.opens(&address, browser) {
        Err(Stale::Restart(record, ended)) => (record, ended),
        other => panic!("{other:?}"),
    };
    let (record, ended) = restarts(&scene, b"another");
    assert_eq!(ended, Ended::OtherBrowser);
    begins_again(&mut scene, &record, ended);
    scene.world.now = record.expires_at;
    let (record, ended) = restarts(&scene, b"browser");
    assert_eq!(ended, Ended::Expired);
    begins_again(&mut scene, &record, ended);
}

fn begins_again(scene: &mut Scene, record: &Interaction, ended: Ended) {
    scene.request = Request::again(record, ended);
    let waiting = scene.waits();
    assert_eq!(waiting.record.stage, Stage::Asked { declined: None });
    assert_ne!(waiting.record.id, record.id);
}
