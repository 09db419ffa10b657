//! Files and folders that a configuration names, judged by what is in them. They need nothing else to be
//! right: what is wrong with them is said along with everything else.

use std::path::{Path, PathBuf};

use signet::OutboundOptions;
use signet::pages::Pages;
use signet::program::Outbound;
use signet::serve::{self, Certificate, TlsFiles, TlsPart};
use signet_core::fault::Fault;

use super::Config;

/// Those that a configuration names, also where something else is wrong with it.
pub(super) struct Named {
    tls: Option<TlsFiles>,
    template_dir: Option<PathBuf>,
    outbound: OutboundOptions,
}

impl Named {
    pub(super) fn of(config: &Config, base: &Path) -> Self {
        let tls =
            |tls: &super::written::Tls| TlsFiles { cert: base.join(&tls.cert), key: base.join(&tls.key) };
        let extra_ca = config.outbound.extra_ca.iter().map(|file| base.join(file)).collect();
        Self {
            tls: config.tls.as_ref().map(tls),
            template_dir: config.template_dir.as_ref().map(|dir| base.join(dir)),
            outbound: OutboundOptions { extra_ca, ..OutboundOptions::default() },
        }
    }

    pub(super) fn faults(&self) -> impl Iterator<Item = Fault> {
        let faults = faults(self.tls.as_ref(), self.template_dir.as_deref(), &self.outbound).into_iter();
        faults.map(|(key, what)| Fault::new(key.split('.').map(str::to_owned).collect::<Vec<_>>(), what))
    }
}

/// What cannot be used, each with the key that names it.
pub(crate) fn faults(
    tls: Option<&TlsFiles>,
    template_dir: Option<&Path>,
    outbound: &OutboundOptions,
) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if let Some(Err(error)) = tls.cloned().map(Certificate::load) {
        faults.push((of_certificate(&error), error.to_string()));
    }
    if let Err(error) = Pages::new(template_dir) {
        faults.push(("template_dir", error.to_string()));
    }
    if let Err(what) = Outbound::new(outbound) {
        faults.push(("outbound.extra_ca", what));
    }
    faults
}

/// The key of the file that is at fault.
pub(crate) fn of_certificate(error: &serve::Error) -> &'static str {
    match error {
        serve::Error::Tls { part: TlsPart::Key, .. } => "tls.key",
        serve::Error::Tls { part: TlsPart::Cert, .. } => "tls.cert",
        _ => "listen",
    }
}
