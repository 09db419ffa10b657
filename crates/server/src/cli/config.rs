//! `signet config`.

use serde_json::json;

use super::arguments::Config as Command;
use super::context::{WrongConfiguration, configuration, file};
use super::{Console, explain};
use crate::config::{Config, exposed, reference};
use crate::run::{Purpose, prepare};
use signet::admin::clients::shown;
use signet::clock::{Clock as _, SystemClock};

pub(super) async fn run(command: Command, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Command::Schema => console.json(&Config::schema()),
        Command::Default => console.text(&reference::default_file()),
        Command::Check { common } => {
            let mut loaded = configuration(&common)?;
            loaded.warnings.extend(exposed(&file(common.config.as_deref())?, &loaded));
            let (issuer, mut warnings) = (loaded.settings.issuer.clone(), loaded.warnings.clone());
            let means = explain::provider(&loaded);
            let now = SystemClock.now();
            let client = |client| (shown(client), explain::client(client, &loaded.settings, now));
            let clients: Vec<_> = loaded.clients.iter().map(client).collect();
            let prepared = prepare(loaded, Purpose::Checking).await.map_err(WrongConfiguration)?;
            warnings.extend(prepared.warnings);
            if common.json {
                let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
                let client = |(metadata, may)| json!({ "metadata": metadata, "may": may });
                let clients: Vec<_> = clients.into_iter().map(client).collect();
                return console.json(&json!({
                    "issuer": issuer, "means": means, "clients": clients, "warnings": warnings,
                }));
            }
            for line in means {
                console.line(&line)?;
            }
            for (_, may) in clients {
                console.line("")?;
                for line in may {
                    console.line(&line)?;
                }
            }
            console.problems(&warnings)
        }
    }
}
