//! Scenarios through the real router, one module per endpoint or grant, and the house rules that a machine
//! can hold.
//!
//! Each scenario owns its world: server, clients, clock, chance. Set `SIGNET_TEST_STORE=sqlite` to run them
//! all on SQLite, and `SIGNET_TEST_PATH=/realms/a` to run them all with an issuer that has a path.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "integration tests are test code, helpers included"
)]

mod elsewhere;
mod flow;
mod invariants;
mod logs;
mod op;
mod opening;
mod outside;

mod acr;
mod again;
mod attacks;
mod authorization;
mod claims;
mod client_assertion;
mod consent;
mod cors;
mod directory;
mod disclosure;
mod discovery;
mod embedded;
mod encryption;
mod events;
mod guesses;
mod http;
mod hybrid;
mod introspection;
mod jwks;
mod keys;
mod language;
mod logged;
mod login;
mod logos;
mod lost_kek;
mod meanwhile;
mod merged;
mod methods;
mod metrics;
mod moving_on;
mod names;
mod national;
mod pages;
mod pkce;
mod prompt;
mod properties;
mod refresh;
mod refusals;
mod registration;
mod replay;
mod request_object;
mod resources;
mod revocation;
mod rfc9700;
mod rotated;
mod same_person;
mod session;
mod sign_in;
mod sign_out;
mod sign_up;
mod signing;
mod subjects;
mod tabs;
mod token;
mod unchanged;
mod userinfo;
mod waiting;
mod withdrawn;

mod arrows;
mod tables;
