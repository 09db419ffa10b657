//! OpenID Connect Core §2, §5.5.1.1; Unmet Authentication Requirements 1.0; RFC 9470 §4: authentication
//! contexts (`acr`).
//!
//! Contexts are in order, weakest first, and a sign-in that reaches one reaches all the weaker ones.

use crate::claims::Wanted;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::record::Session;
use crate::settings::authentication::Context;

/// A sign-in, as one request sees it.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// RFC 8176: what the person did.
    pub amr: &'a [String],
    /// Seconds since then.
    pub age: u64,
    /// It was done within this request.
    pub fresh: bool,
}

impl<'a> SignIn<'a> {
    /// The sign-in of a session.
    pub fn of(env: &Env<'_>, session: &'a Session, fresh: bool) -> Self {
        Self { amr: &session.amr, age: env.now.since(session.auth_time), fresh }
    }
}

/// The place of the strongest context that a sign-in reaches.
pub fn reached(contexts: &[Context], sign_in: SignIn<'_>) -> Option<usize> {
    contexts.iter().rposition(|context| is_reached(context, sign_in))
}

fn is_reached(context: &Context, sign_in: SignIn<'_>) -> bool {
    let done = context.amr.iter().all(|method| sign_in.amr.contains(method));
    // What was done for this very request does not grow old while the person reads the next page.
    let in_time = !context.fresh && context.lifetime.is_none_or(|lifetime| sign_in.age < lifetime);
    done && (sign_in.fresh || in_time)
}

/// The `acr` values that are offered, weakest first; several contexts may share one.
pub fn values(contexts: &[Context]) -> Vec<&str> {
    let mut values: Vec<&str> = Vec::new();
    for context in contexts {
        if !values.contains(&context.acr.as_str()) {
            values.push(&context.acr);
        }
    }
    values
}

/// How much a wish weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Told to the application if it is reached anyhow; nobody is asked to sign in for it.
    #[default]
    Preference,
    /// Worth a sign-in; what cannot be had is passed over.
    Voluntary,
    /// The application cannot do without.
    Essential,
}

/// What a request wants of the sign-in. One of the values is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `acr` values, preferred first; empty: whatever there is.
    pub values: Vec<String>,
    /// How much it weighs.
    pub weight: Weight,
}

impl Wish {
    /// A wish that can be passed over.
    pub fn voluntary(values: impl IntoIterator<Item = String>) -> Self {
        Self { values: values.into_iter().collect(), weight: Weight::Voluntary }
    }

    /// The wish of the `acr` member of `claims.id_token`; `None` where any value will do.
    pub fn of_claim(wanted: &Wanted) -> Option<Self> {
        let candidates = match &wanted.value {
            Some(value) if wanted.allows(value) => std::slice::from_ref(value),
            Some(_) => &[],
            None if wanted.values.is_empty() => return None,
            None => &wanted.values,
        };
        // A value that is no string names nothing that could be offered.
        let values =
            candidates.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let weight = if wanted.essential { Weight::Essential } else { Weight::Voluntary };
        Some(Self { values: values.collect(), weight })
    }

    /// Refuses what nobody could fulfil, before a person is asked anything.
    pub fn is_possible(&self, contexts: &[Context]) -> Result<(), Error> {
        if self.weight == Weight::Essential && self.known(contexts).next().is_none() {
            let offered = values(contexts).join(" ");
            return Err(unmet(format!(
                "none of the acr values that claims calls essential is offered here; offered: {offered}"
            )));
        }
        Ok(())
    }

    /// Whether a sign-in that reached so far will do as it is, or the person should be asked for more.
    pub fn is_met(&self, contexts: &[Context], reached: Option<usize>) -> bool {
        let mut known = self.known(contexts).peekable();
        self.weight == Weight::Preference
            || known.peek().is_none()
            || known.any(|place| Some(place) <= reached)
    }

    /// The context to ask a person for: the preferred one of those that are offered.
    pub fn target<'c>(&self, contexts: &'c [Context]) -> Option<&'c Context> {
        self.known(contexts).next().and_then(|place| contexts.get(place))
    }

    /// What the application learns: the strongest of the contexts it asked for that the sign-in reaches, else
    /// simply what it reaches.
    pub fn told<'c>(
        &self,
        contexts: &'c [Context],
        reached: Option<usize>,
    ) -> Result<Option<&'c str>, Error> {
        let asked = self.known(contexts).filter(|place| Some(*place) <= reached).max();
        if asked.is_none() && self.weight == Weight::Essential {
            return Err(unmet(
                "the person could not sign in by any of the acr values that claims calls essential",
            ));
        }
        let place = asked.or(reached);
        Ok(place.and_then(|place| contexts.get(place)).map(|context| context.acr.as_str()))
    }

    /// The places of what is offered of it, preferred first. Where contexts share a value, the weakest is
    /// enough.
    fn known(&self, contexts: &[Context]) -> impl Iterator<Item = usize> {
        self.values.iter().filter_map(|value| contexts.iter().position(|context| context.acr == *value))
    }
}

fn unmet(description: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::UnmetAuthenticationRequirements, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// `low` and `mid` by a password, `mid` for ten minutes, `high` by a password typed now, `top` by a
    /// second factor.
    fn contexts() -> Vec<Context> {
        let context = |acr: &str, amr: &[&str]| Context {
            name: acr.into(),
            acr: acr.into(),
            amr: amr.iter().map(|method| (*method).to_owned()).collect(),
            ..Context::password()
        };
        vec![
            context("low", &["pwd"]),
            Context { lifetime: Some(600), ..context("mid", &["pwd"]) },
            Context { fresh: true, ..context("high", &["pwd"]) },
            context("top", &["pwd", "otp"]),
        ]
    }

    fn wish(values: &str, weight: Weight) -> Wish {
        Wish { values: values.split_whitespace().map(str::to_owned).collect(), weight }
    }

    #[test]
    fn a_sign_in_reaches_what_its_methods_age_and_moment_allow() {
        let reached = |amr: &[&str], age, fresh| {
            let amr: Vec<String> = amr.iter().map(|method| (*method).to_owned()).collect();
            let contexts = contexts();
            let place = reached(&contexts, SignIn { amr: &amr, age, fresh });
            place.map(|place| contexts[place].acr.clone())
        };
        let table: [(&[&str], u64, bool, Option<&str>); 8] = [
            (&["pwd"], 0, true, Some("high")),
            (&["pwd"], 3600, true, Some("high")),
            (&["pwd"], 0, false, Some("mid")),
            (&["pwd"], 599, false, Some("mid")),
            (&["pwd"], 600, false, Some("low")),
            (&["otp", "pwd"], 100_000, false, Some("top")),
            (&["otp"], 0, true, None),
            (&[], 0, true, None),
        ];
        for (amr, age, fresh, expected) in table {
            assert_eq!(reached(amr, age, fresh).as_deref(), expected, "{amr:?} {age} {fresh}");
        }
    }

    #[test]
    fn asked_reached_and_told() {
        use Weight::{Essential, Preference, Voluntary};
        /// Asked, its weight, reached → whether that will do, what is told; a refusal is "".
        type Row = (&'static str, Weight, Option<usize>, bool, Option<&'static str>);
        let (none, low, mid, high, top) = (None, Some(0), Some(1), Some(2), Some(3));
        let table: [Row; 20] = [
            ("", Preference, low, true, Some("low")),
            ("", Preference, high, true, Some("high")),
            ("", Preference, none, true, None),
            ("low", Voluntary, low, true, Some("low")),
            ("low", Voluntary, top, true, Some("low")),
            ("high", Voluntary, low, false, Some("low")),
            ("high", Voluntary, high, true, Some("high")),
            ("high", Voluntary, none, false, None),
            ("high low", Voluntary, low, true, Some("low")),
            ("low high", Voluntary, high, true, Some("high")),
            ("high low", Voluntary, mid, true, Some("low")),
            ("unheard-of", Voluntary, low, true, Some("low")),
            ("unheard-of high", Voluntary, mid, false, Some("mid")),
            ("top", Preference, low, true, Some("low")),
            ("low", Preference, high, true, Some("low")),
            ("high", Essential, high, true, Some("high")),
            ("mid", Essential, top, true, Some("mid")),
            ("high", Essential, low, false, Some("")),
            ("unheard-of mid", Essential, mid, true, Some("mid")),
            ("top high", Essential, none, false, Some("")),
        ];
        for (asked, weight, reached, met, told) in table {
            let (contexts, wish) = (contexts(), wish(asked, weight));
            let row = format!("{asked:?} {weight:?} {reached:?}");
            wish.is_possible(&contexts).unwrap();
            assert_eq!(wish.is_met(&contexts, reached), met, "{row}");
            let answer = wish.told(&contexts, reached).unwrap_or_else(|error| {
                assert_eq!(error.code, ErrorCode::UnmetAuthenticationRequirements);
                Some("")
            });
            assert_eq!(answer, told, "{row}");
        }
    }

    #[test]
    fn only_an_essential_wish_can_be_impossible() {
        let possible = |values, weight| wish(values, weight).is_possible(&contexts());
        assert!(possible("unheard-of", Weight::Voluntary).is_ok());
        assert!(possible("unheard-of top", Weight::Essential).is_ok());
        for values in ["unheard-of", ""] {
            let error = possible(values, Weight::Essential).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnmetAuthenticationRequirements);
            assert!(error.description.contains("offered: low mid high top"), "{error}");
        }
    }

    #[test]
    fn the_preferred_context_that_is_offered_is_the_target() {
        let target = |values| wish(values, Weight::Voluntary).target(&contexts()).map(|c| c.name.clone());
        assert_eq!(target("unheard-of high low").as_deref(), Some("high"));
        assert_eq!(target("low high").as_deref(), Some("low"));
        assert_eq!(target("unheard-of"), None);
    }

    #[test]
    fn contexts_may_share_a_value_and_the_weakest_is_enough() {
        let mut contexts = contexts();
        contexts[2].acr = "low".into();
        assert_eq!(values(&contexts), ["low", "mid", "top"]);
        assert!(wish("low", Weight::Essential).is_met(&contexts, Some(0)));
    }

    #[test]
    fn the_claim_is_read_in_all_its_forms() {
        let read = |wanted: Value| {
            let claims = json!({ "id_token": { "acr": wanted } }).to_string();
            Wish::of_claim(&crate::claims::ClaimsRequest::parse(&claims).unwrap().id_token["acr"])
        };
        assert_eq!(read(json!(null)), None);
        assert_eq!(read(json!({"essential": true})), None);
        assert_eq!(read(json!({"value": "a"})), Some(wish("a", Weight::Voluntary)));
        assert_eq!(read(json!({"values": ["b", "a"]})), Some(wish("b a", Weight::Voluntary)));
        assert_eq!(read(json!({"essential": true, "values": ["a"]})), Some(wish("a", Weight::Essential)));
        let narrowed = json!({"essential": true, "value": "a", "values": ["b"]});
        assert_eq!(read(narrowed), Some(wish("", Weight::Essential)));
        assert_eq!(read(json!({"essential": true, "value": 2})), Some(wish("2", Weight::Essential)));
    }
}
