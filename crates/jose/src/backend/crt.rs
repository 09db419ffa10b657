//! RFC 8017 §3.2: the numbers of an RSA private key that follow from `d`, `p` and `q`.
//!
//! RFC 7518 §6.3.2 has them all written or none; some libraries write only the three. Nothing here runs in
//! constant time: it is done once, when a key is read from where it is kept, and never for a key that
//! somebody sent.

use crate::secret::SecretBytes;
use std::cmp::Ordering;
use zeroize::Zeroizing;

/// The exponents for the two primes, and the inverse of the second modulo the first.
#[derive(Debug)]
pub(crate) struct Crt {
    pub(crate) dp: SecretBytes,
    pub(crate) dq: SecretBytes,
    pub(crate) qi: SecretBytes,
}

/// None where the three cannot be parts of a key. That they really are is for the crypto library to check.
pub(crate) fn derive(d: &[u8], p: &[u8], q: &[u8]) -> Option<Crt> {
    let (d, p, q) = (Number::new(d), Number::new(p), Number::new(q));
    if !p.is_odd() || !q.is_odd() || p.is_one() || q.is_one() {
        return None;
    }
    Some(Crt {
        dp: d.modulo(&p.less_one()).into_bytes(),
        dq: d.modulo(&q.less_one()).into_bytes(),
        qi: q.modulo(&p).inverse(&p)?.into_bytes(),
    })
}

/// A natural number: its digits to the base 2³², the least first, without zeros at the end.
#[derive(Clone)]
struct Number(Zeroizing<Vec<u32>>);

impl Number {
    fn new(bytes: &[u8]) -> Self {
        let digits =
            bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |digit, &byte| digit << 8 | u32::from(byte)));
        let mut number = Self(Zeroizing::new(digits.collect()));
        number.trim();
        number
    }

    fn into_bytes(self) -> SecretBytes {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() * 4));
        self.0.iter().rev().for_each(|digit| bytes.extend_from_slice(&digit.to_be_bytes()));
        let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
        SecretBytes::new(bytes.get(first..).unwrap_or_default().to_vec())
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn is_one(&self) -> bool {
        self.0.as_slice() == [1]
    }

    fn is_odd(&self) -> bool {
        self.0.first().is_some_and(|digit| digit & 1 == 1)
    }

    /// For odd numbers.
    fn less_one(&self) -> Self {
        let mut less = self.clone();
        if let Some(digit) = less.0.first_mut() {
            *digit &= !1;
        }
        less.trim();
        less
    }

    fn at_least(&self, other: &Self) -> bool {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev())) != Ordering::Less
    }

    fn add(&mut self, other: &Self) {
        let longer = self.0.len().max(other.0.len());
        self.0.resize(longer, 0);
        let mut carry = false;
        for (digit, more) in self.0.iter_mut().zip(other.0.iter().copied().chain(std::iter::repeat(0))) {
            let (sum, over) = digit.overflowing_add(more);
            let (sum, again) = sum.overflowing_add(u32::from(carry));
            (*digit, carry) = (sum, over || again);
        }
        if carry {
            self.0.push(1);
        }
    }

    /// `other` must not be larger.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (digit, less) in self.0.iter_mut().zip(other.0.iter().copied().chain(std::iter::repeat(0))) {
            let (rest, under) = digit.overflowing_sub(less);
            let (rest, again) = rest.overflowing_sub(u32::from(borrow));
            (*digit, borrow) = (rest, under || again);
        }
        self.trim();
    }

    fn double_and_add(&mut self, bit: bool) {
        let mut carry = u32::from(bit);
        for digit in self.0.iter_mut() {
            (*digit, carry) = (*digit << 1 | carry, *digit >> 31);
        }
        if carry == 1 {
            self.0.push(1);
        }
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for digit in self.0.iter_mut().rev() {
            (*digit, carry) = (*digit >> 1 | carry, *digit << 31);
        }
        self.trim();
    }

    /// Long division, bit by bit.
    fn modulo(&self, modulus: &Self) -> Self {
        let mut rest = Self::new(&[]);
        for digit in self.0.iter().rev() {
            for place in (0..32).rev() {
                rest.double_and_add(digit >> place & 1 == 1);
                if rest.at_least(modulus) {
                    rest.subtract(modulus);
                }
            }
        }
        rest
    }

    /// The extended algorithm of Euclid, by halving, for an odd modulus that is larger than this.
    fn inverse(self, modulus: &Self) -> Option<Self> {
        let (mut u, mut v) = (self, modulus.clone());
        let (mut x, mut y) = (Self::new(&[1]), Self::new(&[]));
        let halve = |number: &mut Self, factor: &mut Self| {
            while !number.is_odd() {
                number.halve();
                if factor.is_odd() {
                    factor.add(modulus);
                }
                factor.halve();
            }
        };
        let less = |factor: &mut Self, other: &Self| {
            if !factor.at_least(other) {
                factor.add(modulus);
            }
            factor.subtract(other);
        };
        loop {
            if u.is_zero() || v.is_zero() {
                return None;
            }
            if u.is_one() {
                return Some(x);
            }
            if v.is_one() {
                return Some(y);
            }
            halve(&mut u, &mut x);
            halve(&mut v, &mut y);
            if u.at_least(&v) {
                u.subtract(&v);
                less(&mut x, &y);
            } else {
                v.subtract(&u);
                less(&mut y, &x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: u128) -> Number {
        Number::new(&value.to_be_bytes())
    }

    fn value(number: Number) -> u128 {
        number.into_bytes().expose().iter().fold(0, |value, &byte| value << 8 | u128::from(byte))
    }

    proptest! {
        #[test]
        fn division_leaves_the_rest_that_it_should(a: u128, b in 1_u128.., shift in 0_u32..128) {
            let b = (b >> shift).max(1);
            prop_assert_eq!(value(number(a).modulo(&number(b))), a % b);
        }

        #[test]
        fn an_inverse_is_one_or_there_is_none(a: u64, m: u64) {
            let (m, a) = (u128::from(m | 1), u128::from(a));
            prop_assume!(m > 1);
            let common = |mut a: u128, mut b: u128| {
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a
            };
            match number(a).modulo(&number(m)).inverse(&number(m)).map(value) {
                Some(inverse) => prop_assert_eq!(a % m * inverse % m, 1),
                None => prop_assert_ne!(common(a, m), 1),
            }
        }
    }

    #[test]
    fn what_can_be_no_key_is_refused() {
        for (p, q) in
            [(&[][..], &[7][..]), (&[7], &[]), (&[1], &[7]), (&[7], &[1]), (&[8], &[7]), (&[7], &[7])]
        {
            assert!(derive(&[5], p, q).is_none(), "{p:?} {q:?}");
        }
        // 7·43 = 5·60 + 1 and 7·8 = 5·11 + 1.
        let crt = derive(&[43], &[11], &[7]).unwrap();
        assert_eq!((crt.dp.expose(), crt.dq.expose(), crt.qi.expose()), (&[3][..], &[1][..], &[8][..]));
    }
}
