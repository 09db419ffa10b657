//! The ways to sign in: Signet's own, and those that the application has added.

use std::sync::Arc;

use signet_core::env::{SignInMethod, SignInMethods};
use signet_core::record::User;
use signet_login::{METHODS, Method};

/// All of them, Signet's own first.
#[derive(Default)]
pub(crate) struct Methods {
    added: Vec<Arc<dyn Method>>,
}

impl Methods {
    /// Signet's own, and these.
    pub(super) fn with(added: Vec<Arc<dyn Method>>) -> Self {
        Self { added }
    }

    /// The method of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&dyn Method> {
        self.all().find(|method| method.name() == name)
    }

    /// Each, preferred first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &dyn Method> {
        METHODS.iter().copied().chain(self.added.iter().map(|method| &**method))
    }

    /// The template of each that has one of its own.
    pub(super) fn templates(&self) -> Vec<(&'static str, &'static str)> {
        self.all().filter_map(|method| Some((method.name(), method.template()?))).collect()
    }
}

impl SignInMethods for Methods {
    fn offered(&self, person: Option<&User>) -> Vec<SignInMethod> {
        let usable = |method: &&dyn Method| match person {
            Some(person) => method.offered(person),
            None => method.identifies(),
        };
        let seen = |method: &dyn Method| SignInMethod { name: method.name(), amr: method.amr() };
        self.all().filter(usable).map(seen).collect()
    }
}
