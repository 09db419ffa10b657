//! What `signet demo` tells the person who started it.

use std::io::IsTerminal as _;

use super::data::{Demo, PASSWORD, USERNAME};
use crate::log;

/// Shows both addresses and the person to sign in as.
pub(super) fn show(demo: &Demo) {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    log::say(&text(demo, colours));
}

fn text(demo: &Demo, colours: bool) -> String {
    let (bold, soft, plain) = if colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    let (application, issuer, database) = (&demo.application, &demo.issuer, demo.database.display());
    format!(
        "
  {bold}Signet is ready.{plain}

    Open this          {bold}{application}{plain}
    and sign in as     {bold}{USERNAME}{plain}, password {bold}{PASSWORD}{plain}

    {soft}Provider           {plain}{issuer}
    {soft}Its metadata       {plain}{issuer}/.well-known/openid-configuration
    {soft}Data               {plain}{database}

  {soft}Press Ctrl-C to stop. The data is kept.{plain}
"
    )
}
