//! RFC 7519 §4.1: the registered claims, checked against the caller's expectations at a time that the caller
//! provides.

use super::Claims;
use crate::error::Error;

/// Whether `exp` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// `exp` must be there and must not have passed.
    #[default]
    Required,
    /// `exp` may be absent; where present it must not have passed.
    Optional,
    /// A token past its time is as good: `id_token_hint` (OpenID Connect Core §3.1.2.1).
    Ignored,
}

/// Expectations; what is not set is not checked.
#[derive(Debug, Clone, Default)]
pub struct Validation<'a> {
    now: i64,
    leeway: u32,
    issuer: Option<&'a str>,
    audiences: Option<&'a [&'a str]>,
    expiry: Expiry,
    max_age: Option<u32>,
}

impl<'a> Validation<'a> {
    /// Starts from an instant in seconds since the epoch: `exp` is required, `nbf` and `iat` are checked
    /// where present.
    #[must_use]
    pub fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    /// How many seconds clocks may differ, in either direction.
    #[must_use]
    pub fn leeway(self, seconds: u32) -> Self {
        Self { leeway: seconds, ..self }
    }

    /// `iss` must be exactly this text.
    #[must_use]
    pub fn issuer(self, issuer: &'a str) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// `aud` must name at least one of these.
    #[must_use]
    pub fn audiences(self, accepted: &'a [&'a str]) -> Self {
        Self { audiences: Some(accepted), ..self }
    }

    /// Whether `exp` counts.
    #[must_use]
    pub fn expiry(self, expiry: Expiry) -> Self {
        Self { expiry, ..self }
    }

    /// `iat` must be there and at most this many seconds ago.
    #[must_use]
    pub fn max_age(self, seconds: u32) -> Self {
        Self { max_age: Some(seconds), ..self }
    }

    /// Checks `iss`, `aud`, `exp`, `nbf`, `iat`, in this order.
    pub fn check(&self, claims: &Claims) -> Result<(), Error> {
        let (now, leeway) = (self.now, i64::from(self.leeway));
        if let Some(expected) = self.issuer
            && claims.text("iss")?.ok_or(Error::MissingClaim("iss"))? != expected
        {
            return Err(Error::WrongIssuer);
        }
        if let Some(accepted) = self.audiences {
            let named = claims.audiences()?;
            if named.is_empty() {
                return Err(Error::MissingClaim("aud"));
            }
            if !named.iter().any(|name| accepted.contains(name)) {
                return Err(Error::WrongAudience);
            }
        }
        match (self.expiry, claims.instant("exp")?) {
            (Expiry::Required, None) => return Err(Error::MissingClaim("exp")),
            (Expiry::Required | Expiry::Optional, Some(exp)) if now.saturating_sub(leeway) >= exp => {
                return Err(Error::Expired);
            }
            _ => {}
        }
        if claims.instant("nbf")?.is_some_and(|nbf| nbf > now.saturating_add(leeway)) {
            return Err(Error::NotYetValid);
        }
        let iat = claims.instant("iat")?;
        if iat.is_some_and(|iat| iat > now.saturating_add(leeway)) {
            return Err(Error::IssuedInFuture);
        }
        if let Some(max_age) = self.max_age {
            let iat = iat.ok_or(Error::MissingClaim("iat"))?;
            if now.saturating_sub(iat) > i64::from(max_age).saturating_add(leeway) {
                return Err(Error::TooOld);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn check(validation: &Validation<'_>, json: &str) -> Result<(), Error> {
        validation.check(&Claims::parse(json.as_bytes()).unwrap())
    }

    fn lenient() -> Validation<'static> {
        Validation::at(NOW).expiry(Expiry::Optional)
    }

    #[test]
    fn issuer_is_compared_as_text() {
        let validation = lenient().issuer("https://op.example");
        assert_eq!(check(&validation, r#"{"iss":"https://op.example"}"#), Ok(()));
        assert_eq!(check(&validation, r#"{"iss":"https://op.example/"}"#), Err(Error::WrongIssuer));
        assert_eq!(check(&validation, "{}"), Err(Error::MissingClaim("iss")));
        assert_eq!(
            check(&validation, r#"{"iss":["https://op.example"]}"#),
            Err(Error::MalformedClaim("iss"))
        );
    }

    #[test]
    fn one_accepted_audience_is_enough() {
        let validation = lenient().audiences(&["a", "b"]);
        for accepted in [r#""a""#, r#"["b"]"#, r#"["x","b"]"#] {
            assert_eq!(check(&validation, &format!(r#"{{"aud":{accepted}}}"#)), Ok(()), "{accepted}");
        }
        assert_eq!(check(&validation, r#"{"aud":["x","A"]}"#), Err(Error::WrongAudience));
        assert_eq!(check(&validation, r#"{"aud":"ab"}"#), Err(Error::WrongAudience));
        assert_eq!(check(&validation, r#"{"aud":[]}"#), Err(Error::MissingClaim("aud")));
        assert_eq!(check(&validation, "{}"), Err(Error::MissingClaim("aud")));
        assert_eq!(check(&lenient().audiences(&[]), r#"{"aud":"a"}"#), Err(Error::WrongAudience));
    }

    #[test]
    fn expiry_is_the_first_second_that_is_too_late() {
        let exp = |seconds: i64| format!(r#"{{"exp":{}}}"#, NOW + seconds);
        let strict = Validation::at(NOW);
        assert_eq!(check(&strict, &exp(1)), Ok(()));
        assert_eq!(check(&strict, &exp(0)), Err(Error::Expired));
        assert_eq!(check(&strict, "{}"), Err(Error::MissingClaim("exp")));
        let patient = strict.leeway(10);
        assert_eq!(check(&patient, &exp(-9)), Ok(()));
        assert_eq!(check(&patient, &exp(-10)), Err(Error::Expired));
        assert_eq!(check(&lenient(), &exp(0)), Err(Error::Expired));
        assert_eq!(check(&lenient(), "{}"), Ok(()));
        let hint = Validation::at(NOW).expiry(Expiry::Ignored);
        assert_eq!(check(&hint, &exp(-1_000)), Ok(()));
        assert_eq!(check(&hint, r#"{"exp":"soon"}"#), Err(Error::MalformedClaim("exp")));
    }

    #[test]
    fn not_before_and_issued_at_lie_in_the_past() {
        for (name, error) in [("nbf", Error::NotYetValid), ("iat", Error::IssuedInFuture)] {
            let at = |seconds: i64| format!(r#"{{"{name}":{}}}"#, NOW + seconds);
            assert_eq!(check(&lenient(), &at(0)), Ok(()));
            assert_eq!(check(&lenient(), &at(1)), Err(error.clone()));
            assert_eq!(check(&lenient().leeway(10), &at(10)), Ok(()));
            assert_eq!(check(&lenient().leeway(10), &at(11)), Err(error));
        }
    }

    #[test]
    fn age_is_counted_from_issued_at() {
        let validation = lenient().max_age(60).leeway(5);
        let at = |seconds: i64| format!(r#"{{"iat":{}}}"#, NOW - seconds);
        assert_eq!(check(&validation, &at(65)), Ok(()));
        assert_eq!(check(&validation, &at(66)), Err(Error::TooOld));
        assert_eq!(check(&validation, "{}"), Err(Error::MissingClaim("iat")));
    }

    #[test]
    fn instants_at_the_edges_do_not_overflow() {
        let far = r#"{"exp":-9007199254740992,"nbf":9007199254740992,"iat":-9007199254740992}"#;
        for (now, error) in [(i64::MIN, Error::NotYetValid), (i64::MAX, Error::Expired)] {
            assert_eq!(check(&Validation::at(now).leeway(u32::MAX), far), Err(error));
        }
        let old = Validation::at(i64::MAX).max_age(u32::MAX).expiry(Expiry::Ignored);
        assert_eq!(check(&old, far), Err(Error::TooOld));
    }
}
