//! Passwords: asked for without echo, or read from standard input; hashed before they go anywhere.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use signet_core::env::Rng;
use signet_core::secret::Secret;
use signet_login::password::{Given, Memory, Parameters, Password, Refused, Written};

use super::arguments::PasswordSource;
use super::{Console, refused};
use crate::config::written::Argon2;

/// A new password from where the options say.
pub(super) fn read(
    source: &PasswordSource,
    username: &str,
    console: &mut Console,
) -> anyhow::Result<Written> {
    let password = if source.password_stdin {
        console.read_line()?
    } else if std::io::stdin().is_terminal() {
        let first = ask(&format!("New password of {username}: "))?;
        let again = ask("Once more: ")?;
        if !first.matches(again.expose()) {
            return Err(refused::invalid("the two passwords are not the same; nothing was changed"));
        }
        first
    } else {
        return Err(refused::usage("there is no terminal to ask for the password; use --password-stdin"));
    };
    let given = if source.plain { Given::Plain(password) } else { Given::Unsaid(password) };
    given.judge().map_err(|refused| match refused {
        Refused::Unknown(_) | Refused::Unusable { .. } | Refused::Closed => refused::invalid(format!(
            "{refused}; --plain takes it as the password itself; nothing was changed"
        )),
        refused => refused::invalid(format!("{refused}; nothing was changed")),
    })
}

fn ask(question: &str) -> anyhow::Result<Secret<String>> {
    let answer =
        rpassword::prompt_password(question).context("the password cannot be read from the terminal")?;
    Ok(Secret::new(answer))
}

/// Hashes one password after the other with the configured parameters.
pub(super) struct Hasher {
    method: Password,
    memory: Memory,
}

impl Hasher {
    pub(super) fn new(argon2: &Argon2) -> anyhow::Result<Self> {
        let &Argon2 { memory_kib, iterations, parallelism } = argon2;
        let method = Password::new(Parameters { memory_kib, iterations, parallelism })?;
        Ok(Self { method, memory: Memory::default() })
    }

    /// What is stored of a password: a hash as it is, until its owner signs in.
    pub(super) fn stored(&mut self, rng: &dyn Rng, written: Written) -> anyhow::Result<Secret<String>> {
        match written {
            Written::Hash(hash) => Ok(hash),
            Written::Plain(password) => {
                let mut salt = [0; 16];
                rng.fill(&mut salt);
                Ok(Secret::new(self.method.hash(&mut self.memory, &password, salt)?))
            }
        }
    }

    /// Whether a hash is of this password.
    pub(super) fn is_of(&mut self, hash: &Secret<String>, password: &Secret<String>) -> bool {
        let checked = self.method.check(&mut self.memory, password, Some(hash));
        checked.is_ok_and(|checked| checked.login.is_some())
    }
}
