//! What the command line refuses by itself, with the code that programs read.

/// Why a command does nothing.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    what: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Refused {}

fn refused(code: &'static str, what: impl Into<String>) -> anyhow::Error {
    Refused { code, what: what.into() }.into()
}

/// What was given cannot be meant.
pub(super) fn invalid(what: impl Into<String>) -> anyhow::Error {
    refused("invalid", what)
}

/// Options that do not do here.
pub(super) fn usage(what: impl Into<String>) -> anyhow::Error {
    refused("usage", what)
}

/// Somebody or something of the configuration file.
pub(super) fn configured(what: impl Into<String>) -> anyhow::Error {
    refused("configured", what)
}

/// There is no store to work on.
pub(super) fn no_store(what: impl Into<String>) -> anyhow::Error {
    refused("no_store", what)
}
