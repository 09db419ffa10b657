//! OpenID Connect Core §3.1.2.1, §5.5.1.1; OpenID Connect Registration §2; RFC 9470 §4: which authentication
//! context is requested.

use super::{At, Check};
use crate::acr::{Weight, Wish};
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "acr_values",
    rule: &rule::ACR_VALUES,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        let claimed = asked.claims.as_ref().and_then(|claims| claims.id_token.get("acr"));
        let claimed = claimed.and_then(Wish::of_claim);
        let words = params.get("acr_values").unwrap_or_default().split_ascii_whitespace();
        let hint = params.get("login_hint").unwrap_or_default();
        // What cannot be done without comes before all else: Core §5.5.1.1 leaves open what both together
        // mean.
        let (essential, claimed) = match claimed {
            Some(wish) if wish.weight == Weight::Essential => (Some(wish), None),
            wish => (None, wish),
        };
        let voluntary = [
            Some(Wish::voluntary(words.map(str::to_owned))),
            claimed,
            Some(Wish::voluntary(client.default_acr_values.iter().cloned())),
            // A token that is shown back says how its person was signed in, not how they must be.
            Some(Wish { values: asked.hinted_acr.iter().cloned().collect(), weight: Weight::Preference }),
            Some(Wish::voluntary(env.settings.login_hints.acrs_of(hint).iter().cloned())),
        ];
        let said = voluntary.into_iter().flatten().find(|wish| !wish.values.is_empty());
        asked.acr = essential.or(said).unwrap_or_default();
        asked.acr.is_possible(&env.settings.authentication)
    },
};
