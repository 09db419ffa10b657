//! `signet config`.

use serde_json::{Value, json};

use super::arguments::Config as Command;
use super::context::{WrongConfiguration, configuration, file};
use super::{Console, explain};
use crate::admin::clients::shown;
use crate::config::{Config, Place, Problem, exposed, reference};
use crate::run::{Purpose, prepare};

pub(super) async fn run(command: Command, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Command::Schema => console.json(&Config::schema()),
        Command::Default => console.text(&reference::default_file()),
        Command::Check { common } => {
            let mut loaded = match configuration(&common) {
                Err(error) if common.json => {
                    if let Some(WrongConfiguration(problems)) = error.downcast_ref() {
                        console.json(&json!({ "problems": as_json(problems) }))?;
                    }
                    return Err(error);
                }
                found => found?,
            };
            loaded.warnings.extend(exposed(&file(common.config.as_deref())?, &loaded));
            let (issuer, mut warnings) = (loaded.settings.issuer.clone(), loaded.warnings.clone());
            let means = explain::provider(&loaded);
            let client = |client| (shown(client), explain::client(client, &loaded.settings));
            let clients: Vec<_> = loaded.clients.iter().map(client).collect();
            match prepare(loaded, Purpose::Checking).await {
                Ok(prepared) => warnings.extend(prepared.warnings),
                Err(problems) => {
                    if common.json {
                        console.json(&json!({ "problems": as_json(&problems) }))?;
                    }
                    return Err(WrongConfiguration(problems).into());
                }
            }
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

/// Problems for programs; people read them on standard error.
fn as_json(problems: &[Problem]) -> Vec<Value> {
    let one = |problem: &Problem| {
        let (file, line, column) = match &problem.place {
            Place::File { line, column } => (problem.file.as_ref(), Some(*line), Some(*column)),
            Place::Other { file, line, column } => (Some(file), Some(*line), Some(*column)),
            _ => (problem.file.as_ref(), None, None),
        };
        json!({
            "key": problem.key, "what": problem.what, "instead": problem.instead,
            "file": file, "line": line, "column": column,
        })
    };
    problems.iter().map(one).collect()
}
