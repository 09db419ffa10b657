//! What `[dangerous]` and its like allow, in sentences that `config check` and the start of `serve` say.

use super::Loaded;

/// One sentence for each protection that is switched off.
pub fn dangers(loaded: &Loaded) -> Vec<String> {
    let dangerous = &loaded.settings.dangerous;
    let mut lines = Vec::new();
    if dangerous.pkce_plain {
        lines.push(
            "DANGEROUS: the PKCE method `plain` is allowed; anyone who reads a request can redeem its code."
                .into(),
        );
    }
    if dangerous.public_clients_without_pkce {
        lines.push(
            "DANGEROUS: clients without a secret need no PKCE; anyone who sees their code can redeem it."
                .into(),
        );
    }
    if !dangerous.http_hosts.is_empty() {
        lines.push(format!(
            "DANGEROUS: the issuer may be plain http at {}; everybody in that network can read passwords.",
            dangerous.http_hosts.join(", ")
        ));
    }
    if loaded.outbound.allow_private_addresses {
        lines.push("DANGEROUS: applications can make Signet call addresses of your internal network.".into());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::toml;

    #[test]
    fn every_switch_that_weakens_security_is_announced() {
        let said = |more: &str| {
            let loaded = toml(&format!("issuer = 'http://localhost:1'\n{more}")).unwrap();
            dangers(&loaded).join("\n")
        };
        assert_eq!(said(""), "");
        for (more, words) in [
            ("dangerous.pkce_plain = true", "PKCE method"),
            ("dangerous.public_clients_without_pkce = true", "need no PKCE"),
            ("dangerous.http_hosts = ['signet', 'op']", "plain http at signet, op"),
            ("outbound.allow_private_addresses = true", "internal network"),
        ] {
            let said = said(more);
            assert!(said.starts_with("DANGEROUS: ") && said.contains(words), "{said}");
        }
    }
}
