//! OpenID Connect Core §3.1.2.1; Initiating User Registration via OpenID Connect 1.0 §4.1: `prompt`.

use super::{At, Check};
use crate::error::Error;
use crate::prompt::Prompt;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "prompt",
    rule: &rule::PROMPT,
    at: &[At::Authorization],
    run: |env, _client, params, asked| {
        for word in params.get("prompt").unwrap_or_default().split(' ').filter(|w| !w.is_empty()) {
            match Prompt::find(env.settings, word) {
                Some(prompt) if asked.prompt.contains(&prompt) => {}
                Some(prompt) => asked.prompt.push(prompt),
                None => {
                    let known: Vec<_> = Prompt::offered(env.settings).map(|(name, _)| name).collect();
                    let advice = format!("prompt holds an unknown word; known here: {}", known.join(", "));
                    return Err(Error::invalid_request(advice));
                }
            }
        }
        if asked.prompt.contains(&Prompt::None) && asked.prompt.len() > 1 {
            return Err(Error::invalid_request("prompt=none cannot be combined with other values"));
        }
        Ok(())
    },
};
