//! RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2: what members of client metadata may be.

/// What a member may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A length of time: seconds; operators may write `"1h"`.
    Duration,
    /// A table of lengths of time.
    Durations,
    /// Text.
    Text,
    /// The client secret.
    Secret,
    /// A SHA-256 in hexadecimal.
    Hash,
    /// A text that users see next to our own words.
    Name,
    /// The URL of a page or picture that users see.
    Page,
    /// A URL that Signet fetches.
    Fetched,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A value of this list of the provider's metadata.
    Choice(&'static str),
    /// The same, of which operators may name several; the others are kept in this member of the record.
    Several(&'static str, &'static str),
    /// Values of this list of the provider's metadata.
    Choices(&'static str),
    /// The same, which an operator may come to offer later.
    Wishes(&'static str),
    /// Words of a scope.
    Scope,
    /// A list of texts.
    Texts,
    /// A JWK Set.
    Keys,
    /// A table of the operator's, with the shape of the record.
    Table,
    /// Anything: kept for other tools.
    Kept,
    /// A wish for protection that is not given.
    NotGiven,
}

impl Kind {
    /// The list of the provider's metadata from which it is chosen.
    pub fn list(self) -> Option<&'static str> {
        match self {
            Self::Choice(list) | Self::Several(list, _) | Self::Choices(list) | Self::Wishes(list) => {
                Some(list)
            }
            _ => None,
        }
    }

    /// What operators are to write instead of an empty text: it is a variable that was not set, and taken for
    /// absent it would lift what the member is there to demand. None: there it says something.
    pub(super) fn instead_of_nothing(self) -> Option<&'static str> {
        match self {
            Self::Scope | Self::Kept => None,
            Self::Secret => Some("write a long random one; a client without a secret leaves it out"),
            Self::Hash => Some(
                "write the 64 hexadecimal digits of the secret's SHA-256; a client without a secret leaves it out",
            ),
            _ => Some("write a value, or leave it out"),
        }
    }
}
