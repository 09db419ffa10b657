//! RFC 7518 §6.3.2, RFC 8017 §3.2: the members that some libraries leave out of private RSA keys (`dp`, `dq`, `qi`; oidc-op's files have
//! `d`, `p` and `q` alone), computed from those that are there. The back-end then checks that all belong together.
//!
//! This runs when a file is read and takes as long as the numbers make it take; nobody outside can measure that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The longest `d` that is looked at: keys of 16384 bits.
const MOST_BYTES: usize = 2048;

/// Adds what is missing; a key that lacks nothing, or too much, stays as it is.
pub(super) fn complete(members: &mut Map<String, Value>) {
    let lacks = |name: &str| !members.contains_key(name);
    if members.get("kty").and_then(Value::as_str) != Some("RSA")
        || !(lacks("dp") || lacks("dq") || lacks("qi"))
    {
        return;
    }
    let number = |name: &str| members.get(name).and_then(Value::as_str).and_then(Number::read);
    let (Some(d), Some(p), Some(q)) = (number("d"), number("p"), number("q")) else { return };
    if !p.is_odd() || !q.is_odd() {
        return;
    }
    let one = Number(vec![1]);
    let (dp, dq) = (d.modulo(&p.minus(&one)), d.modulo(&q.minus(&one)));
    let Some(qi) = q.modulo(&p).inverse(&p) else { return };
    for (name, number) in [("dp", dp), ("dq", dq), ("qi", qi)] {
        members.insert(name.to_owned(), Value::String(number.write()));
    }
}

/// A natural number: 32 bits each, the least first, without noughts at the end.
#[derive(Clone, PartialEq, Eq)]
struct Number(Vec<u32>);

impl Number {
    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() <= MOST_BYTES)?;
        let limb = |chunk: &[u8]| chunk.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
        Some(Self(bytes.rchunks(4).map(limb).collect()).trimmed()).filter(|number| !number.0.is_empty())
    }

    fn write(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        let significant = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        URL_SAFE_NO_PAD.encode(bytes.get(significant..).unwrap_or_default())
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn is_odd(&self) -> bool {
        self.0.first().is_some_and(|limb| limb & 1 == 1)
    }

    fn is_one(&self) -> bool {
        self.0 == [1]
    }

    fn is_less(&self, other: &Self) -> bool {
        match self.0.len().cmp(&other.0.len()) {
            std::cmp::Ordering::Equal => self.0.iter().rev().lt(other.0.iter().rev()),
            order => order.is_lt(),
        }
    }

    /// `self - other`, where `other` is not greater.
    fn minus(&self, other: &Self) -> Self {
        let mut borrow = 0;
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        let subtract = |(a, b): (&u32, u32)| {
            let (first, under) = a.overflowing_sub(b);
            let (second, again) = first.overflowing_sub(borrow);
            borrow = u32::from(under || again);
            second
        };
        Self(self.0.iter().zip(others).map(subtract).collect()).trimmed()
    }

    fn plus(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut carry = 0;
        let shorts = short.0.iter().copied().chain(std::iter::repeat(0));
        let mut sum: Vec<u32> = Vec::with_capacity(long.0.len() + 1);
        for (a, b) in long.0.iter().zip(shorts) {
            let (first, over) = a.overflowing_add(b);
            let (second, again) = first.overflowing_add(carry);
            carry = u32::from(over || again);
            sum.push(second);
        }
        sum.push(carry);
        Self(sum).trimmed()
    }

    fn half(&self) -> Self {
        let above = self.0.iter().skip(1).copied().chain(std::iter::once(0));
        Self(self.0.iter().zip(above).map(|(limb, above)| limb >> 1 | above << 31).collect()).trimmed()
    }

    /// Bit by bit, the highest first.
    fn modulo(&self, divisor: &Self) -> Self {
        let mut rest = Self(Vec::new());
        for limb in self.0.iter().rev() {
            for bit in (0..32).rev() {
                rest = rest.plus(&rest);
                if limb >> bit & 1 == 1 {
                    rest = rest.plus(&Self(vec![1]));
                }
                if !rest.is_less(divisor) {
                    rest = rest.minus(divisor);
                }
            }
        }
        rest
    }

    /// The inverse by an odd modulus, by halving (Knuth, volume 2, 4.5.2, exercise 39); none where they have a common divisor.
    fn inverse(&self, modulus: &Self) -> Option<Self> {
        let halve = |number: &Self| if number.is_odd() { number.plus(modulus).half() } else { number.half() };
        let (mut u, mut v) = (self.clone(), modulus.clone());
        let (mut a, mut b) = (Self(vec![1]), Self(Vec::new()));
        while !u.0.is_empty() {
            while !u.is_odd() {
                (u, a) = (u.half(), halve(&a));
            }
            while !v.is_odd() {
                (v, b) = (v.half(), halve(&b));
            }
            if u.is_less(&v) {
                std::mem::swap(&mut u, &mut v);
                std::mem::swap(&mut a, &mut b);
            }
            u = u.minus(&v);
            a = if a.is_less(&b) { a.plus(modulus).minus(&b) } else { a.minus(&b) };
        }
        v.is_one().then_some(b)
    }
}

#[cfg(test)]
mod tests {
    use signet_jose::{Jwk, SigningAlg, SigningKey, jws};

    use super::*;

    #[test]
    fn what_is_left_out_is_found_again() {
        for _ in 0..2 {
            let key = SigningKey::generate(SigningAlg::Rs256).unwrap();
            let Value::Object(whole) = serde_json::to_value(key.to_jwk().unwrap()).unwrap() else { panic!() };
            let mut members = whole.clone();
            for name in ["dp", "dq", "qi"] {
                members.remove(name);
            }
            complete(&mut members);
            for name in ["d", "p", "q", "dp", "dq", "qi"] {
                assert!(members[name] == whole[name], "{name}");
            }
            let read = SigningKey::from_jwk(&Jwk::from_members(members).unwrap()).unwrap();
            let token = jws::sign(&read, None, b"{}").unwrap();
            assert!(jws::decode(&token, 4096).unwrap().verify(&key.verifying_key().unwrap()).is_ok());
        }
    }

    #[test]
    fn other_keys_stay_as_they_are() {
        for text in [
            r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#,
            r#"{"kty":"RSA","d":"","p":"AQ","q":"Aw"}"#,
            r#"{"kty":"RSA","d":"AQ","p":"Ag","q":"Aw"}"#,
            r#"{"kty":"RSA","d":"AQ","p":"Aw","q":"Aw"}"#,
            r#"{"kty":"RSA","d":"?","p":7,"q":"Aw"}"#,
            r#"{"kty":"EC","d":"AQ"}"#,
        ] {
            let Value::Object(before) = serde_json::from_str(text).unwrap() else { panic!() };
            let mut after = before.clone();
            complete(&mut after);
            assert!(after == before, "{text}");
        }
    }

    #[test]
    fn small_numbers_work_as_large_ones() {
        let number = |value: u32| Number(vec![value]).trimmed();
        for (value, modulus) in [(3, 7), (1, 5), (6, 35), (4_000_000_000, 4_294_967_291)] {
            let inverse = number(value).inverse(&number(modulus)).unwrap();
            let inverse = u64::from(inverse.0.first().copied().unwrap_or_default());
            assert_eq!(u64::from(value) * inverse % u64::from(modulus), 1, "{value} {modulus}");
        }
        assert!(number(5).inverse(&number(35)).is_none());
        assert!(Number(vec![5, 9]).modulo(&number(7)) == number(((9_u64 << 32 | 5) % 7) as u32));
    }
}
