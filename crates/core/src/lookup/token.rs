//! Tokens, joined with what they were issued under.

use std::sync::Arc;

use super::Facts;
use crate::id::TokenId;
use crate::record::{Grant, Token, TokenKind, User};
use crate::secret::TokenHash;

/// A token, with its grant and the grant's person. A wrong hash finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenById {
    /// Which table.
    pub kind: TokenKind,
    /// From the handle, or a JWT's `jti`.
    pub id: TokenId,
    /// From the handle; none for JWTs and refresh tokens, whose signature or MAC was checked before.
    pub hash: Option<TokenHash>,
}

/// A token that was found.
#[derive(Clone, Debug)]
pub struct TokenFound {
    /// The token.
    pub token: Token,
    /// What it was issued under.
    pub grant: Option<Grant>,
    /// The person who granted it.
    pub user: Option<Arc<User>>,
}

impl Facts {
    /// A token, taken out with what came with it.
    pub fn take_token(&mut self, asked: &TokenById) -> Option<TokenFound> {
        self.take(asked)?.map(|found| *found)
    }

    /// What a token was issued under.
    pub fn grant_of(&self, asked: &TokenById) -> Option<&Grant> {
        self.found(asked)?.grant.as_ref()
    }
}
