//! The examples of README and the book are compiled and run as tests.

#[doc = include_str!("../../../README.md")]
mod readme {}
#[doc = include_str!("../../../docs/embedding.md")]
mod embedding {}
