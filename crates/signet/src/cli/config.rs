//! `signet config`.

use serde_json::json;

use super::arguments::Config as Command;
use super::context::{WrongConfiguration, configuration};
use super::{Console, explain};
use crate::admin::clients::shown;
use crate::config::{Config, reference};

pub(super) fn run(command: Command, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Command::Schema => console.json(&Config::schema()),
        Command::Default => console.text(&reference::default_file()),
        Command::Check { common } => {
            let loaded = configuration(&common)?;
            let missing = explain::missing_files(&loaded);
            if !missing.is_empty() {
                return Err(WrongConfiguration(missing).into());
            }
            if common.json {
                let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
                let clients: Vec<_> = loaded
                    .clients
                    .iter()
                    .map(|client| {
                        json!({ "metadata": shown(client), "may": explain::client(client, &loaded.settings) })
                    })
                    .collect();
                return console.json(&json!({
                    "issuer": loaded.settings.issuer, "means": explain::provider(&loaded), "clients": clients,
                    "warnings": warnings,
                }));
            }
            for line in explain::provider(&loaded) {
                console.line(&line)?;
            }
            for client in &loaded.clients {
                console.line("")?;
                for line in explain::client(client, &loaded.settings) {
                    console.line(&line)?;
                }
            }
            console.problems(&loaded.warnings)
        }
    }
}
