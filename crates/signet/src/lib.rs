//! Signet, an OpenID Provider: the library that applications embed, and what the binary is made of.

pub mod admin;
mod at_rest;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
#[cfg(any(test, doctest))]
mod docs;
mod engine;
pub mod keys;
mod log;
mod network;
mod outbound;
mod outbox;
pub mod pages;
mod place;
mod pool;
mod provider;
mod rates;
mod routes;
pub mod run;
mod secrets;
pub mod serve;
mod turns;
pub mod web;

pub use at_rest::{Kek, Keks};
pub use outbound::OutboundOptions;
pub use provider::{BuildError, Builder, LoginOptions, Provider, StaticUser};
pub use signet_login::password::Given;
