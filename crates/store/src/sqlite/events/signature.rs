//! What the events of a block can be found by, as a Bloom filter: it never leaves anything out, and seldom
//! holds what is not there.

/// Of 64 events, no two of which have a person, application or session in common, one in 160 is taken to hold
/// what it does not.
const BYTES: usize = 256;

/// Bits that a key sets.
const BITS: u64 = 7;

/// What an event can be found by, besides its kind.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    User(&'a str),
    Client(&'a str),
    Session(i64),
}

impl Key<'_> {
    /// FNV-1a, and the last step of MurmurHash3: it is stored, and must be the same for ever.
    fn hash(self) -> u64 {
        let fnv = |tag: u8, bytes: &[u8]| {
            std::iter::once(&tag).chain(bytes).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        let hash = match self {
            Key::User(user) => fnv(b'u', user.as_bytes()),
            Key::Client(client) => fnv(b'c', client.as_bytes()),
            Key::Session(session) => fnv(b's', &session.to_be_bytes()),
        };
        let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^ (hash >> 33)
    }

    /// Its bits: each a byte of the signature, and the bit in it.
    fn bits(self) -> impl Iterator<Item = (usize, u8)> {
        let hash = self.hash();
        let (start, stride) = (hash & 0xffff_ffff, (hash >> 32) | 1);
        (0..BITS).map(move |n| {
            let bit = start.wrapping_add(n.wrapping_mul(stride));
            (usize::try_from(bit / 8).unwrap_or_default() % BYTES, 1 << (bit % 8))
        })
    }

    /// Whether a stored signature may hold it. One of another size may hold anything.
    pub(super) fn may_be_in(self, signature: &[u8]) -> bool {
        self.bits().all(|(byte, bit)| signature.get(byte).is_none_or(|found| found & bit != 0))
    }
}

/// The filter itself.
pub(super) struct Signature(Vec<u8>);

impl Signature {
    pub(super) fn empty() -> Self {
        Self(vec![0; BYTES])
    }

    pub(super) fn stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn add(&mut self, key: Key<'_>) {
        for (byte, bit) in key.bits() {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_found_and_little_else() {
        let mut signature = Signature::empty();
        let names: Vec<String> = (0..3000).map(|n| format!("user-{n}")).collect();
        let added = &names[..64];
        for (session, name) in (0..).zip(added) {
            signature.add(Key::User(name));
            signature.add(Key::Client(name));
            signature.add(Key::Session(session));
        }
        let holds = |key: Key<'_>| key.may_be_in(signature.bytes());
        assert!(added.iter().all(|name| holds(Key::User(name)) && holds(Key::Client(name))));
        assert!((0..64).all(|session| holds(Key::Session(session))));
        let false_users = names[64..].iter().filter(|name| holds(Key::User(name))).count();
        let false_sessions = (64..3000).filter(|session| holds(Key::Session(*session))).count();
        assert!(false_users < 60 && false_sessions < 60, "{false_users} and {false_sessions} of 2936");
        assert!(!holds(Key::User("")) && !holds(Key::Client("other")));
    }

    /// Blocks that are stored must be found by any later version.
    #[test]
    fn keys_are_hashed_alike_for_ever() {
        assert_eq!(Key::User("diana").hash(), 0xa6f5_903c_7661_59d9);
        assert_eq!(Key::Session(7).hash(), 0x572d_940a_656b_e3cf);
    }
}
