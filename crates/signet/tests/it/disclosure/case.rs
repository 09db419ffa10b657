//! Everything that a consent page can depend on, drawn at random, and the judgement of what came of it.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use signet_certify::Page;
use signet_certify::assert::Arrived as _;
use signet_core::claims::{At, PointRules, Selection};
use signet_core::localised::Localised;
use signet_core::settings::{ScopeMeaning, Settings};

use crate::claims::{put_claims, told};
use crate::op::{Op, World, client};

const POINTS: [&str; 4] = ["userinfo", "id_token", "introspection", "access_token"];
const CLAIMS: [&str; 14] = [
    "name",
    "given_name",
    "nickname",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "birthdate",
    "groups",
    "department",
    "badge number",
    "member",
    "desk",
];
const SCOPES: [&str; 6] = ["profile", "email", "phone", "address", "team", "offline_access"];

/// What people call these claims on an English page.
fn label(claim: &str) -> &str {
    match claim {
        "name" => "Name",
        "given_name" => "Given name",
        "nickname" => "Nickname",
        "email" => "E‑mail address",
        "phone_number" => "Phone number",
        "address" => "Postal address",
        "birthdate" => "Date of birth",
        "groups" => "Groups",
        "username" => "Sign-in name",
        "department" => "Department of hers",
        other => other,
    }
}

/// How the page says a value.
fn shown(claim: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(date) if claim == "birthdate" => {
            let parts: Vec<&str> = date.split('-').collect();
            vec![format!("{} November {}", parts[2], parts[0])]
        }
        Value::String(text) => vec![text.clone()],
        Value::Bool(yes) => vec![if *yes { "yes" } else { "no" }.to_owned()],
        Value::Array(values) => values.iter().flat_map(|value| shown(claim, value)).collect(),
        Value::Object(members) => members.values().flat_map(|value| shown(claim, value)).collect(),
        other => vec![other.to_string()],
    }
}

/// A value of the claim's type; `seed` makes it another.
fn value_of(claim: &str, seed: u32) -> Value {
    match claim {
        "email_verified" | "phone_number_verified" | "member" => json!(seed.is_multiple_of(2)),
        "address" => json!({"street_address": format!("Lane {seed}"), "country": format!("Land {seed}")}),
        "birthdate" => json!(format!("{}-11-{}", 1900 + seed % 100, 10 + seed % 18)),
        "groups" => json!([format!("g{seed}"), format!("h{seed}")]),
        "desk" => json!({"floor": seed, "room": format!("r{seed}")}),
        "badge number" => json!(100_000 + seed),
        _ => json!(format!("{claim} {seed} <b>&amp;</b>")),
    }
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(of, 0..=of.len() / 2)
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

/// Claims in the form of a `claims` request, some of them only with a value that she has, or has not.
fn wanted(her: &Map<String, Value>, names: &[String], how: u32) -> Value {
    let wanted = |(place, name): (usize, &String)| {
        let how = match (how as usize + place) % 5 {
            0 => json!({"essential": true}),
            1 => json!({"value": her.get(name).cloned().unwrap_or(json!("x"))}),
            2 => json!({"values": ["something else"]}),
            _ => Value::Null,
        };
        (name.clone(), how)
    };
    Value::Object(names.iter().enumerate().map(wanted).collect())
}

/// Everything that a case varies.
#[derive(Clone, Debug)]
pub(super) struct Case {
    seed: u32,
    known: Vec<String>,
    in_german: Vec<String>,
    by_scope: Vec<Vec<String>>,
    base: Vec<Vec<String>>,
    always: Vec<Vec<String>>,
    points_by_scope: [bool; 4],
    client_by_scope: [Option<bool>; 4],
    asked: Vec<Vec<String>>,
    scope: Vec<String>,
    locales: Option<&'static str>,
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let four = || prop::collection::vec(some(&CLAIMS), 4);
    let person = (0..10_000_u32, prop::sample::subsequence(&CLAIMS[..], 5..=14), some(&CLAIMS[..3]));
    let scopes = (prop::collection::vec(some(&CLAIMS), SCOPES.len()), some(&SCOPES));
    let locales = prop::sample::select(vec![None, Some("de"), Some("de fr")]);
    (person, four(), four(), four(), scopes, any::<[bool; 4]>(), any::<[Option<bool>; 4]>(), locales)
        .prop_map(
            |((seed, known, in_german), base, always, asked, (by_scope, scope), points, client, locales)| {
                Case {
                    seed,
                    known: known.into_iter().map(str::to_owned).collect(),
                    in_german,
                    by_scope,
                    base,
                    always,
                    points_by_scope: points,
                    client_by_scope: client,
                    asked,
                    scope,
                    locales,
                }
            },
        )
}

impl Case {
    fn person(&self) -> Map<String, Value> {
        let plain = self.known.iter().map(|name| (name.clone(), value_of(name, self.seed)));
        let german = self
            .in_german
            .iter()
            .map(|name| (format!("{name}#de"), json!(format!("{name} auf {}", self.seed))));
        plain.chain(german).collect()
    }

    fn settings(&self, settings: &mut Settings) {
        for (scope, claims) in SCOPES.iter().zip(&self.by_scope) {
            let meaning = ScopeMeaning { claims: claims.clone(), ..ScopeMeaning::default() };
            settings.scopes.insert((*scope).to_owned(), meaning);
        }
        let label = Localised::of("", [("", "Department of hers"), ("#de", "Abteilung")]);
        settings.claim_labels.insert("department".to_owned(), label);
        let point = |place: usize| PointRules {
            base_claims: Selection::of(self.base[place].iter().map(String::as_str)),
            add_claims_by_scope: self.points_by_scope[place],
            ..PointRules::default()
        };
        settings.release =
            At { userinfo: point(0), id_token: point(1), introspection: point(2), access_token: point(3) };
        if self.seed.is_multiple_of(3) {
            settings.release.introspection.always_add_claims = Selection::of(["username"]);
        }
    }

    fn add_claims(&self) -> Value {
        let each = |of: &dyn Fn(usize) -> Value| -> Value {
            POINTS.iter().enumerate().map(|(place, point)| ((*point).to_owned(), of(place))).collect()
        };
        json!({
            "always": each(&|place| json!(self.always[place])),
            "by_scope": each(&|place| json!(self.client_by_scope[place])),
        })
    }

    fn request(&self) -> Value {
        let her = self.person();
        let asked = POINTS.iter().zip(&self.asked);
        asked.map(|(point, names)| ((*point).to_owned(), wanted(&her, names, self.seed))).collect()
    }

    pub(super) async fn judge(&self) -> usize {
        let web = client("web").set("access_token_format", "jwt").set("add_claims", self.add_claims());
        let case = self.clone();
        let op = Op::with(World::of([web]).settings(move |settings| case.settings(settings))).await;
        put_claims(&op, "ella", Value::Object(self.person())).await;
        let rp = op.rp("web");
        let flow = |scope: &str| {
            let flow = rp.authorize(scope).claims(&self.request());
            self.locales.iter().fold(flow, |flow, locales| flow.set("claims_locales", locales))
        };
        let scope = format!("openid {}", self.scope.join(" "));
        let page = flow(&scope).login("ella").consent_page().await;
        page.submit("consent-allow").await.sent_away();
        let signed_in = flow(&scope).prompt("none").signed_in().await;
        let mut released = 0;
        for (point, claims) in told(&signed_in).await {
            let about = claims
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| !signet_core::claims::is_protocol(name));
            for (name, value) in about {
                is_on(&page, name, value, point);
                released += 1;
            }
        }
        released
    }
}

/// What the page's lines say of whether an address or number is confirmed: in its own line, or in one for
/// that alone.
fn confirmed(page: &Page, label: &str) -> Vec<bool> {
    let html = std::str::from_utf8(&page.body).unwrap();
    let lines =
        html.split("<div><dt>").skip(1).filter_map(|rest| rest.split("</div>").next()?.split_once("</dt>"));
    let said = |(name, values): (&str, &str)| {
        let (yes, no) = if name == label {
            ("<span class=\"tag\">confirmed</span>", "<span class=\"tag\">not confirmed</span>")
        } else if name.strip_suffix(" confirmed") == Some(label) {
            ("<dd>yes</dd>", "<dd>no</dd>")
        } else {
            return Vec::new();
        };
        [(yes, true), (no, false)]
            .into_iter()
            .filter(|(word, _)| values.contains(word))
            .map(|(_, said)| said)
            .collect()
    };
    lines.flat_map(said).collect()
}

fn is_on(page: &Page, name: &str, value: &Value, point: &str) {
    let text = page.text();
    let (claim, language) = name.split_once('#').map_or((name, None), |(claim, tag)| (claim, Some(tag)));
    if let Some(of) = claim.strip_suffix("_verified") {
        assert_eq!(confirmed(page, label(of)), [value == &json!(true)], "{name} at {point}: {text}");
        return;
    }
    assert!(text.contains(label(claim)), "{name} at {point} is not on the page: {text}");
    for part in shown(claim, value) {
        assert!(text.contains(&part), "{name}: {part:?} at {point} is not on the page: {text}");
    }
    if let Some(tag) = language {
        let language = if tag == "de" { "German" } else { tag };
        assert!(text.contains(&format!("({language})")), "{name} at {point}: {text}");
    }
}
