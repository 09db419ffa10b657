//! Signet, an OpenID Provider: the library that applications embed, and what the binary is made of.

pub mod clock;
pub mod config;
mod engine;
pub mod keys;
pub mod pages;
mod pool;
mod provider;
mod secrets;
pub mod web;

pub use provider::{BuildError, Builder, LoginOptions, Provider, StaticUser};
