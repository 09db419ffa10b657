mod value;

use serde::Serialize;
use serde_json::Value;

use super::{Again, Frame, Href, Leads, Lives, Page, Person, Text, Why};

pub use value::Item;

/// Asks whether the application may come to know what would be released to it. Fields: `csrf`, `decision`
/// (`allow` or `deny`), and `optional` once for each optional scope that was left ticked.
#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    /// What all pages share; `frame.csrf` also says what this page showed, so that a yes is a yes to that.
    pub frame: Frame,
    /// Who is asked.
    pub person: Person,
    /// Where somebody else can sign in, relative to the current address.
    pub not_you: Option<String>,
    /// The application signs the person in (`openid`), and does not only ask for access.
    pub signs_in: bool,
    /// It asks for more than the person allowed before: what is new is marked.
    pub more: bool,
    /// What it will see, with values.
    pub sees: Vec<Seen>,
    /// What it will know the person by.
    pub known_as: KnownAs,
    /// The host whose applications all know the person by the same number, where these may be others as well.
    pub sector: Option<String>,
    /// What `openid` is for.
    pub known_for: Option<Text>,
    /// What it would have as well, were it of another value.
    pub differing: Vec<ClaimName>,
    /// What it may have as well, but what is not known here today.
    pub absent: Vec<ClaimName>,
    /// What it may do that shows it nothing about the person.
    pub allows: Vec<Permission>,
    /// What the person may leave out.
    pub optional: Vec<OptionalScope>,
    /// What is known here, and is given neither by this nor by what the person agreed to before.
    pub withheld: Vec<ClaimName>,
}

/// Claims that belong together: those that nothing more is said about, or those of one scope.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Seen {
    /// What the scope is called.
    pub title: Option<Text>,
    /// What the scope is for.
    pub purpose: Option<Text>,
    /// The claims.
    pub claims: Vec<Line>,
}

/// One claim.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// What it is called.
    pub name: ClaimName,
    /// Its value; the beginning of one that is long.
    pub items: Vec<Item>,
    /// All of a value that is long.
    pub whole: Vec<Item>,
    /// Whether the application also sees that the address or number was confirmed, or was not.
    pub verified: Option<bool>,
    /// Who is asked for it, where it is not kept here.
    pub source: Option<String>,
    /// The person has not allowed it before, but has allowed other things.
    pub new: bool,
}

/// What a claim is called.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimName {
    /// On the wire, without a language.
    pub claim: String,
    /// There is a text `claim-NAME`.
    pub known: bool,
    /// The operator's own name for it.
    pub label: Option<Text>,
    /// The language of the value, where there are several.
    pub language: Option<String>,
    /// The same for people.
    pub spoken: Option<Item>,
}

/// The kind of subject identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum KnownAs {
    /// The same number for every application.
    Public,
    /// A number for this application alone, or for those of one sector.
    Pairwise,
    /// Another number at each sign-in.
    Ephemeral,
    /// The user name.
    Username(String),
}

/// Something that an application may do.
#[derive(Debug, Clone, Serialize)]
pub struct Permission {
    /// The word of the scope.
    pub scope: String,
    /// What it means.
    pub title: Option<Text>,
    /// What it is for.
    pub purpose: Option<Text>,
    /// The API where it may, or the APIs; those of one follow each other.
    pub api: Option<String>,
    /// The identifiers of these.
    pub of: Vec<String>,
    /// The person has not allowed it before, but has allowed other things.
    pub new: bool,
}

/// A scope that the person may leave out.
#[derive(Debug, Clone, Serialize)]
pub struct OptionalScope {
    /// The word of the scope.
    pub scope: String,
    /// What the operator says that it means.
    pub title: Option<Text>,
    /// What it is for.
    pub purpose: Option<Text>,
    /// It is in unless the person leaves it out.
    pub ticked: bool,
    /// The person was not asked about it before, but has allowed other things.
    pub new: bool,
}

/// OpenID Connect Core §5.1, and `username`: the claims that have a text `claim-NAME`, in the order to show
/// them.
const CLAIMS: [&str; 21] = [
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "preferred_username",
    "username",
    "picture",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "birthdate",
    "gender",
    "profile",
    "website",
    "zoneinfo",
    "locale",
    "updated_at",
    "groups",
];

impl ClaimName {
    /// The name of a claim; its language, if it has one, follows a `#`.
    pub fn of(name: &str, label: Option<Text>) -> Self {
        let (claim, language) = match name.split_once('#') {
            Some((claim, language)) => (claim, Some(language)),
            None => (name, None),
        };
        let label = label.or_else(|| (claim.is_empty()).then(|| Text::of(("\u{201c}\u{201d}", None))));
        Self {
            claim: value::readable(claim),
            known: CLAIMS.contains(&claim),
            label: label.map(|label| Text { text: value::readable(&label.text), ..label }),
            language: language.map(value::readable),
            spoken: language.and_then(value::language),
        }
    }

    /// Where it is shown among others.
    pub fn place(&self) -> (usize, &str, Option<&str>) {
        let place = CLAIMS.iter().position(|known| *known == self.claim).unwrap_or(CLAIMS.len());
        (place, &self.claim, self.language.as_deref())
    }
}

impl Line {
    /// A claim with its value.
    pub fn of(name: ClaimName, value: &Value) -> Self {
        let value::Shown { first, whole } = value::shown(&name.claim, value);
        Self { name, items: first, whole, verified: None, source: None, new: false }
    }

    /// A claim that somebody else is asked for.
    pub fn from_source(name: ClaimName, source: &str) -> Self {
        let source = Some(value::readable(source));
        Self { name, items: Vec::new(), whole: Vec::new(), verified: None, source, new: false }
    }
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "consent.html";

    fn sample() -> Self {
        let csrf = format!("{}.c2hvd24", Frame::SAMPLE_CSRF);
        let email = Line { verified: Some(true), ..line("email", "diana@example.org") };
        Self {
            frame: Frame { csrf, keeps_typed: true, ..Frame::sample() },
            person: Person::sample(),
            not_you: Some("?switch=1".to_owned()),
            signs_in: true,
            more: false,
            sees: vec![Seen { claims: vec![line("name", "Diana Krall"), email], ..Seen::default() }],
            known_as: KnownAs::Pairwise,
            sector: None,
            known_for: None,
            differing: Vec::new(),
            absent: vec![ClaimName::of("nickname", None), ClaimName::of("picture", None)],
            allows: Vec::new(),
            optional: vec![offline()],
            withheld: vec![ClaimName::of("phone_number", None), ClaimName::of("address", None)],
        }
    }

    fn variants() -> Vec<Self> {
        let unchecked =
            Self { frame: Frame { keeps_typed: true, ..Frame::sample_unchecked() }, ..Self::sample() };
        let bare = Self {
            frame: Frame { keeps_typed: false, ..Self::sample().frame },
            not_you: None,
            sees: Vec::new(),
            known_as: KnownAs::Public,
            absent: Vec::new(),
            optional: Vec::new(),
            withheld: Vec::new(),
            ..Self::sample()
        };
        let again = |why| Frame { again: Some(Again { why, unused: false }), ..Self::sample().frame };
        let left_out = || vec![OptionalScope { ticked: false, ..offline() }];
        let changed = Self { frame: again(Why::DataChanged), optional: left_out(), ..Self::sample() };
        let sector = Some("notes.example.org".to_owned());
        let another = Self { frame: again(Why::AccountChanged), sector, ..Self::sample() };
        let on_a_device = |lives| Self {
            frame: Frame::sample_unchecked_on_a_device(lives, Leads::Answer),
            optional: Vec::new(),
            ..Self::sample()
        };
        let (device, scheme) = (on_a_device(Lives::Device), on_a_device(Lives::Scheme));
        vec![Self::sample(), everything(), unchecked, bare, changed, another, more(), device, scheme]
    }
}

fn line(claim: &str, value: impl Into<Value>) -> Line {
    Line::of(ClaimName::of(claim, None), &value.into())
}

fn offline() -> OptionalScope {
    OptionalScope { scope: "offline_access".to_owned(), title: None, purpose: None, ticked: true, new: false }
}

/// The page of an application that asks for more than before.
fn more() -> ConsentPage {
    let phone = Line { new: true, ..line("phone_number", "+1 250 555 0100") };
    let calendar = Permission {
        scope: "calendar.read".to_owned(),
        title: text("Read your calendar"),
        purpose: None,
        api: None,
        of: Vec::new(),
        new: true,
    };
    ConsentPage {
        more: true,
        sees: vec![Seen { claims: vec![line("name", "Diana Krall"), phone], ..Seen::default() }],
        allows: vec![calendar],
        optional: vec![OptionalScope { new: true, ..offline() }],
        withheld: vec![ClaimName::of("address", None)],
        ..ConsentPage::sample()
    }
}

fn text(text: &str) -> Option<Text> {
    Some(Text::of((text, None)))
}

/// A page with all that a page can have.
fn everything() -> ConsentPage {
    let mut frame = ConsentPage::sample().frame;
    if let Some(client) = &mut frame.client {
        client.logo_uri = Href::web("https://notes.example.org/logo.png");
        client.client_uri = Href::web("https://notes.example.org/");
    }
    let address =
        serde_json::json!({"street_address": "1 Meadow Lane", "locality": "Nanaimo", "country": "Canada"});
    let phone = Line { verified: Some(false), ..line("phone_number", "+1 250 555 0100") };
    let groups = Value::from(vec!["staff", "observability"]);
    let own = |name: &str, label| ClaimName::of(name, text(label));
    let profile = vec![
        line("name", "Diana Krall"),
        line("name#ja", "ダイアナ・クラール"),
        line("birthdate", "1964-11-16"),
        line("picture", "https://example.org/people/diana.png"),
        line("website", format!("https://example.org/{}", "a-long-way-".repeat(30))),
        line("updated_at", 1_700_000_000),
        Line::of(own("member", "Member of the society"), &true.into()),
        Line::from_source(own("credit_score", "Credit score"), "bank.example"),
    ];
    let team = Seen {
        title: text("Your teams"),
        purpose: text("To show you the notes of your teams."),
        claims: vec![Line::of(ClaimName::of("groups", None), &groups)],
    };
    let contact = Seen {
        title: None,
        purpose: text("To send you what you ordered."),
        claims: vec![phone, line("address", address)],
    };
    let permission = |scope: &str, title: Option<&str>, purpose: Option<&str>| Permission {
        scope: scope.to_owned(),
        title: title.and_then(text),
        purpose: purpose.and_then(text),
        api: None,
        of: Vec::new(),
        new: false,
    };
    let of_api = |scope: &str, title: Option<&str>| Permission {
        api: Some("Invoices API".to_owned()),
        of: vec!["https://invoices.example.org".to_owned()],
        ..permission(scope, title, None)
    };
    ConsentPage {
        frame,
        not_you: None,
        sees: vec![Seen { claims: profile, ..Seen::default() }, team, contact],
        known_as: KnownAs::Username("diana".to_owned()),
        known_for: text("To open your notebook."),
        differing: vec![ClaimName::of("email", None)],
        absent: vec![ClaimName::of("department", Some(Text::of(("Abteilung", Some("de")))))],
        allows: vec![
            permission("calendar.read", Some("Read your calendar"), Some("To link notes to your meetings.")),
            permission("https://api.example.org/notes.write", None, None),
            of_api("invoices.read", Some("Read your invoices")),
            of_api("invoices.pay", None),
        ],
        optional: vec![OptionalScope { purpose: text("To sync at night."), ..offline() }],
        withheld: Vec::new(),
        ..ConsentPage::sample()
    }
}
