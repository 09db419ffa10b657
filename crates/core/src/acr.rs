//! OpenID Connect Core §2, §5.5.1.1; Unmet Authentication Requirements 1.0; RFC 9470 §4: authentication
//! contexts (`acr`).
//!
//! Contexts are in order, weakest first, and a sign-in that reaches one reaches all the weaker ones.

use crate::claims::Wanted;
use crate::error::{Error, ErrorCode};
use crate::record::Proven;
use crate::settings::authentication::Context;
use crate::time::Timestamp;

/// A sign-in, as one request sees it.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// What the person did, and when.
    pub proofs: &'a [Proven],
    /// The methods by which they did it within this request.
    pub fresh: &'a [String],
    /// The instant.
    pub now: Timestamp,
}

impl SignIn<'_> {
    /// What a person must still do for a context (RFC 8176), in its order.
    pub fn missing<'c>(&self, context: &'c Context) -> impl Iterator<Item = &'c str> {
        context.amr.iter().filter(|amr| !self.says(context, amr)).map(String::as_str)
    }

    /// Whether a proof that counts for the context says this.
    fn says(&self, context: &Context, amr: &String) -> bool {
        self.proofs.iter().filter(|proof| proof.amr.contains(amr)).any(|proof| {
            // What was done for this very request does not grow old while the person reads the next page.
            let age = self.now.since(proof.at);
            let in_time = !context.fresh && context.lifetime.is_none_or(|lifetime| age < lifetime);
            in_time || self.fresh.contains(&proof.method)
        })
    }
}

/// The place of the strongest context that a sign-in reaches.
pub fn reached(contexts: &[Context], sign_in: SignIn<'_>) -> Option<usize> {
    contexts.iter().rposition(|context| is_reached(context, sign_in))
}

fn is_reached(context: &Context, sign_in: SignIn<'_>) -> bool {
    sign_in.missing(context).next().is_none()
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
                "none of the acr values that claims marks as essential is offered here; offered: {offered}"
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

    /// The contexts to ask a person for: those that are offered, preferred first.
    pub fn targets<'c>(&self, contexts: &'c [Context]) -> impl Iterator<Item = &'c Context> {
        self.known(contexts).filter_map(|place| contexts.get(place))
    }

    /// What the application learns: the strongest of the contexts it asked for that the sign-in reaches, else
    /// simply what it reaches. Who reaches none is not signed in.
    pub fn told<'c>(&self, contexts: &'c [Context], reached: Option<usize>) -> Result<&'c str, Error> {
        let asked = self.known(contexts).filter(|place| Some(*place) <= reached).max();
        if asked.is_none() && self.weight == Weight::Essential {
            return Err(unmet(
                "the user could not sign in by any of the acr values that claims marks as essential",
            ));
        }
        match asked.or(reached).and_then(|place| contexts.get(place)) {
            Some(context) => Ok(&context.acr),
            None => Err(unmet("the user could not sign in by any of the ways that are enough here")),
        }
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
    use crate::testing::NOW;
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
        let reached = |amr: &[&str], age, fresh: bool| {
            let proofs: Vec<Proven> = amr.iter().map(|amr| proof(amr, age)).collect();
            let fresh =
                if fresh { proofs.iter().map(|proof| proof.method.clone()).collect() } else { vec![] };
            of(&proofs, &fresh)
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
    fn each_method_is_in_time_by_its_own_proof() {
        let both = |pwd, otp| [proof("pwd", pwd), proof("otp", otp)];
        let now = |method: &str| vec![format!("by {method}")];
        // The code of a moment ago makes the password of yesterday no younger.
        assert_eq!(of(&both(90_000, 0), &[]).as_deref(), Some("top"));
        let contexts = |contexts: &mut Vec<Context>| contexts[3].lifetime = Some(600);
        assert_eq!(within(contexts, &both(599, 599), &[]).as_deref(), Some("top"));
        assert_eq!(within(contexts, &both(600, 0), &[]).as_deref(), Some("low"));
        assert_eq!(within(contexts, &both(600, 0), &now("pwd")).as_deref(), Some("top"));
        // A context that wants all of it done now takes no older half.
        let contexts = |contexts: &mut Vec<Context>| contexts[3].fresh = true;
        assert_eq!(within(contexts, &both(0, 0), &now("otp")).as_deref(), Some("mid"));
        assert_eq!(within(contexts, &both(0, 0), &[now("otp"), now("pwd")].concat()).as_deref(), Some("top"));
    }

    fn proof(amr: &str, age: u64) -> Proven {
        Proven { method: format!("by {amr}"), amr: vec![amr.to_owned()], at: NOW.minus(age) }
    }

    fn of(proofs: &[Proven], fresh: &[String]) -> Option<String> {
        within(|_| {}, proofs, fresh)
    }

    fn within(change: impl Fn(&mut Vec<Context>), proofs: &[Proven], fresh: &[String]) -> Option<String> {
        let mut contexts = contexts();
        change(&mut contexts);
        let place = reached(&contexts, SignIn { proofs, fresh, now: NOW });
        place.map(|place| contexts[place].acr.clone())
    }

    #[test]
    fn asked_reached_and_told() {
        use Weight::{Essential, Preference, Voluntary};
        /// Asked, its weight, reached → whether that will do, what is told; a refusal is "".
        type Row = (&'static str, Weight, Option<usize>, bool, &'static str);
        let (none, low, mid, high, top) = (None, Some(0), Some(1), Some(2), Some(3));
        let table: [Row; 20] = [
            ("", Preference, low, true, "low"),
            ("", Preference, high, true, "high"),
            ("", Preference, none, true, ""),
            ("low", Voluntary, low, true, "low"),
            ("low", Voluntary, top, true, "low"),
            ("high", Voluntary, low, false, "low"),
            ("high", Voluntary, high, true, "high"),
            ("high", Voluntary, none, false, ""),
            ("high low", Voluntary, low, true, "low"),
            ("low high", Voluntary, high, true, "high"),
            ("high low", Voluntary, mid, true, "low"),
            ("unheard-of", Voluntary, low, true, "low"),
            ("unheard-of high", Voluntary, mid, false, "mid"),
            ("top", Preference, low, true, "low"),
            ("low", Preference, high, true, "low"),
            ("high", Essential, high, true, "high"),
            ("mid", Essential, top, true, "mid"),
            ("high", Essential, low, false, ""),
            ("unheard-of mid", Essential, mid, true, "mid"),
            ("top high", Essential, none, false, ""),
        ];
        for (asked, weight, reached, met, told) in table {
            let (contexts, wish) = (contexts(), wish(asked, weight));
            let row = format!("{asked:?} {weight:?} {reached:?}");
            wish.is_possible(&contexts).unwrap();
            assert_eq!(wish.is_met(&contexts, reached), met, "{row}");
            let answer = wish.told(&contexts, reached).unwrap_or_else(|error| {
                assert_eq!(error.code, ErrorCode::UnmetAuthenticationRequirements);
                ""
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
        let target =
            |values| wish(values, Weight::Voluntary).targets(&contexts()).next().map(|c| c.name.clone());
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
