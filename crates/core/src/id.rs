//! Identifiers as types, so that a grant's id is never taken for a token's.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as it is written on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! growing_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

text_id! {
    /// A person in the user directory; never shown to clients (they see a `sub`).
    UserId
}

impl UserId {
    /// The id of a person who is written in the configuration: it must not change between starts, and never
    /// be that of a stored one.
    pub fn configured(username: &str) -> Self {
        Self(format!("config:{username}"))
    }

    /// The id of a person of the application's own directory, where the application calls them so.
    pub fn of_directory(id: &str) -> Self {
        Self(format!("directory:{id}"))
    }

    /// What the application's own directory calls this person, if they are of it.
    pub fn in_directory(&self) -> Option<&str> {
        self.0.strip_prefix("directory:")
    }

    /// Whether it is the id of somebody who is written in the configuration.
    pub fn is_configured(&self) -> bool {
        self.0.starts_with("config:")
    }
}

text_id! {
    /// RFC 6749 §2.2: the client identifier.
    ClientId
}
growing_id! {
    /// A signed-in browser.
    SessionId
}
growing_id! {
    /// An authorization request that waits for a person.
    InteractionId
}
growing_id! {
    /// A message that waits to be delivered.
    DeliveryId
}
growing_id! {
    /// Something that happened.
    EventId
}

impl EventId {
    /// Events of one millisecond.
    const ROOM: i64 = 1 << 20;

    /// The first of this instant, in milliseconds. A store gives the next one to an event whose own is taken,
    /// so that the order is that of time for all processes of a store.
    pub fn at(now_ms: u64) -> Self {
        let milliseconds = i64::try_from(now_ms).unwrap_or(i64::MAX);
        Self(milliseconds.saturating_mul(Self::ROOM))
    }

    /// No event has a smaller one that happened at this instant or later.
    pub fn first_at(instant: Timestamp) -> Self {
        Self::at(instant.0.saturating_mul(1000))
    }

    /// No event of the same millisecond has this one or a larger one.
    pub fn end(self) -> Self {
        Self((self.0 - self.0.rem_euclid(Self::ROOM)).saturating_add(Self::ROOM))
    }
}

growing_id! {
    /// What a person (or a client for itself) has allowed once.
    GrantId
}
growing_id! {
    /// A code, access token or refresh token. Growing ids keep the store's pages warm.
    TokenId
}
