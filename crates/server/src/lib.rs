//! The program `signet`: its configuration, command line, log and demo, around the library of that name.

pub mod cli;
pub mod config;
pub mod demo;
#[cfg(test)]
mod docs;
mod log;
pub mod run;
