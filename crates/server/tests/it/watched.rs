//! docs/serving.md: the metrics of a process: its certificate and its store.

use std::process::Stdio;

use crate::lost_log::{Serving, free_port};

/// 2040-01-01.
const END: u64 = 2_208_988_800;

#[test]
fn metrics_show_the_end_of_the_certificate_and_the_size_of_the_store() {
    let mut server = Serving::with("watched", Stdio::null(), |port, folder| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        std::fs::write(folder.join("cert.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        let https = free_port();
        format!(
            "issuer = 'https://localhost:{https}'\nlisten = '127.0.0.1:{https}'\nstore = 'sqlite:signet.db'\ndata_dir = '.'\n\
             metrics.listen = '127.0.0.1:{port}'\nproxy.trusted = []\nkeys.signing = ['ES256']\n\
             tls = {{ cert = 'cert.pem', key = 'key.pem' }}\n"
        )
    });
    let mut shown = |name: &str| {
        let metrics = server.get("/metrics");
        let found =
            metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse::<u64>().ok());
        found.unwrap_or_else(|| panic!("no {name} in {metrics}"))
    };
    assert_eq!(shown("signet_certificate_not_after_seconds"), END);
    // It is measured next to the first requests.
    while shown("signet_store_size_bytes") == 0 {
        std::thread::yield_now();
    }
}
