//! Numbers and lengths of time that can be meant: what zero, or far too much, would make of each.

use signet_core::fault::Step::Member;

use super::settings::core_lifetimes;
use super::tree::Step;
use super::written::Config;
use super::{Report, Seconds};

/// Judges every number that a configuration has; those of keys and contexts are judged with these.
pub(super) fn judge(config: &Config, report: &mut Report) {
    report.found(&[Step::Key("lifetimes")], core_lifetimes(&config.lifetimes).faults());
    login(config, report);
    server(config, report);
    registration(config, report);
    events(config, report);
}

/// With too few a stranger has the rest forgotten.
fn events(config: &Config, report: &mut Report) {
    let most = config.events.max_stored;
    if !(1000..=100_000_000).contains(&most) {
        let what = format!("{most} is out of range: this must be between 1000 and 100000000");
        let at = [Step::Key("events"), Step::Key("max_stored")];
        report.error(&at, what, "write 1000000; `keep = 0` keeps no events");
    }
}

/// Connections, bodies and threads: with too little nobody is served, with too much the bounds protect
/// nothing.
fn server(config: &Config, report: &mut Report) {
    const MIB: usize = 1024 * 1024;
    let server = &config.server;
    let counts = [
        ("workers", server.workers, 0, 1024, "leave it out for one per processor"),
        ("max_body", server.max_body, 4096, 16 * MIB, "write 65536"),
        ("max_connections", server.max_connections, 1, 1_000_000, "write 10000"),
        ("max_connections_per_network", server.max_connections_per_network, 1, 1_000_000, "write 1000"),
    ];
    for (name, value, least, most, instead) in counts {
        if !(least..=most).contains(&value) {
            let what = format!("{value} is out of range: this must be between {least} and {most}");
            report.error(&[Step::Key("server"), Step::Key(name)], what, instead);
        }
    }
    for (name, value, least, most, instead) in [
        ("header_timeout", server.header_timeout, 1, 600, "write \"10s\""),
        ("shutdown_timeout", server.shutdown_timeout, 0, 3600, "write \"20s\""),
    ] {
        if !(least..=most).contains(&value.0) {
            let what = format!(
                "{} is out of range: this must be between {} and {}",
                value.text(),
                Seconds(least).text(),
                Seconds(most).text()
            );
            report.error(&[Step::Key("server"), Step::Key(name)], what, instead);
        }
    }
}

/// What ends before it can be used.
fn registration(config: &Config, report: &mut Report) {
    let written = &config.registration;
    for (name, value, least) in [
        ("client_secret_expires_in", written.client_secret_expires_in, 60),
        ("unused_for", written.unused_for, 600),
    ] {
        if (1..least).contains(&value.0) {
            let what = format!("what was registered would end before it is used: {}", value.text());
            let instead = format!("write \"{}\" at least, or 0 for no end", Seconds(least).text());
            report.error(&[Step::Key("registration"), Step::Key(name)], what, instead);
        }
    }
}

/// Threads, the cost of passwords and waiting after wrong ones, by the names that they have in a file.
fn login(config: &Config, report: &mut Report) {
    const NAMES: [(&str, &str); 3] =
        [("threads", "workers"), ("parameters", "argon2"), ("limits", "throttle")];
    let written = config.login.options().faults().into_iter().map(|mut fault| {
        let first = fault.place.0.first_mut();
        if let Some(Member(name)) = first
            && let Some((_, written)) = NAMES.iter().find(|(named, _)| named == name)
        {
            (*written).clone_into(name);
        }
        fault
    });
    report.found(&[Step::Key("login")], written);
}

#[cfg(test)]
mod tests {
    use crate::config::tests::errors;

    #[test]
    fn numbers_that_nobody_can_mean_are_refused_with_their_key() {
        for (key, values) in [
            ("server.workers", &["100000"][..]),
            ("server.max_body", &["0", "100", "1000000000"]),
            ("server.max_connections", &["0", "100000000"]),
            ("server.max_connections_per_network", &["0", "100000000"]),
            ("server.header_timeout", &["0", "'0s'", "'1d'"]),
            ("server.shutdown_timeout", &["'2h'"]),
            ("login.workers", &["100000"]),
            ("login.queue", &["0", "10000000"]),
            ("login.argon2.memory_kib", &["0", "1", "262145", "4000000000"]),
            ("login.argon2.iterations", &["0", "56", "100000"]),
            ("login.argon2.parallelism", &["0", "1000"]),
            ("login.throttle.account", &["0", "4000000000"]),
            ("login.throttle.account_refill", &["0", "'1000d'"]),
            ("login.throttle.strangers_per_month", &["0", "1", "4000000000"]),
            ("login.throttle.address", &["0", "4000000000"]),
            ("login.throttle.address_refill", &["0", "'1000d'"]),
            ("lifetimes.code", &["0", "'20m'"]),
            ("lifetimes.access_token", &["0", "'6000w'"]),
            ("lifetimes.refresh_token", &["0", "'6000w'"]),
            ("lifetimes.id_token", &["0"]),
            ("lifetimes.grant", &["'6000w'"]),
            ("lifetimes.session", &["0", "'6000w'", "9223372036854775807"]),
            ("lifetimes.interaction", &["0", "'2d'"]),
            ("lifetimes.consent", &["'6000w'"]),
            ("lifetimes.refresh_grace", &["'1h'"]),
            ("keys.rotate_every", &["1", "'6000w'"]),
            ("hsts.max_age", &["'6000w'"]),
            ("registration.client_secret_expires_in", &["1"]),
            ("registration.unused_for", &["1"]),
        ] {
            for value in values {
                let said = errors(&format!("{key} = {value}\n"));
                assert!(
                    said.iter().any(|said| said.contains(&format!("`{key}`"))),
                    "{key} = {value}: {said:?}"
                );
            }
        }
        for name in ["code", "access_token", "refresh_token", "id_token"] {
            let client = format!(
                "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\n\
                 lifetimes = {{ {name} = 0 }}"
            );
            let said = errors(&client).concat();
            assert!(said.contains(&format!("`clients[0].lifetimes.{name}`")), "{said}");
        }
    }
}
