//! What a person sends from a page, and how far it counts: on that page, on the one that takes its place, and
//! where it is not known from which browser it came.

use signet_login::Fields;
use signet_login::sign_up::Wish;

/// What a person sent.
#[derive(Debug)]
pub(crate) enum Form {
    /// Nothing: the page is looked at, for the first time, once more, in another language or with what was
    /// typed.
    Again,
    /// This name in a form of ours that cannot be taken, as a cookie was lost: nobody looks at its password.
    Named(String),
    /// An answer to the page of a sign-in method.
    Method {
        /// Which.
        method: String,
        /// As typed.
        fields: Fields,
    },
    /// Sign in by this method.
    Choose(String),
    /// Make an account.
    SignUp(Wish),
    /// See the sign-up page.
    NewAccount,
    /// Have an account already.
    HaveAccount,
    /// Go on with the account that is signed in.
    ThisAccount,
    /// Sign in as somebody else.
    AnotherAccount,
    /// Allow.
    Allow {
        /// The optional scopes that were ticked.
        optional: Vec<String>,
        /// The mark of what the page said.
        mark: String,
    },
    /// Do not allow.
    Deny,
}

impl Form {
    /// Whether nothing was sent.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Again)
    }

    /// Whether it is a yes to what a consent page lists.
    pub(crate) fn is_consent(&self) -> bool {
        matches!(self, Self::Allow { .. })
    }

    /// Whether it wants a new account, or the page for one.
    pub(super) fn wants_account(&self) -> bool {
        matches!(self, Self::SignUp(_) | Self::NewAccount)
    }

    /// Whether it only looks at a page: that answers nothing, whatever happened in other tabs.
    pub(super) fn only_looks(&self) -> bool {
        match self {
            Self::Again | Self::Named(_) | Self::Choose(_) | Self::NewAccount => true,
            Self::Method { .. }
            | Self::SignUp(_)
            | Self::HaveAccount
            | Self::ThisAccount
            | Self::AnotherAccount
            | Self::Allow { .. }
            | Self::Deny => false,
        }
    }

    /// Whether it leads from page to page: what was typed goes along.
    pub(crate) fn is_navigation(&self) -> bool {
        match self {
            Self::Again
            | Self::Named(_)
            | Self::Choose(_)
            | Self::NewAccount
            | Self::HaveAccount
            | Self::AnotherAccount => true,
            Self::Method { .. } | Self::SignUp(_) | Self::ThisAccount | Self::Allow { .. } | Self::Deny => {
                false
            }
        }
    }

    /// Whether it says something for the account that its page was about: nobody else can say it.
    pub(crate) fn speaks_for_account(&self) -> bool {
        match self {
            Self::ThisAccount | Self::Allow { .. } => true,
            Self::Again
            | Self::Named(_)
            | Self::Method { .. }
            | Self::Choose(_)
            | Self::SignUp(_)
            | Self::NewAccount
            | Self::HaveAccount
            | Self::AnotherAccount
            | Self::Deny => false,
        }
    }

    /// The name that was typed into a form that says who somebody is.
    pub(super) fn typed_name(&self) -> Option<&str> {
        match self {
            Self::Method { fields, .. } => Some(fields.text("username")),
            Self::Named(username) => Some(username),
            Self::SignUp(wish) => Some(&wish.username),
            Self::Again
            | Self::Choose(_)
            | Self::NewAccount
            | Self::HaveAccount
            | Self::ThisAccount
            | Self::AnotherAccount
            | Self::Allow { .. }
            | Self::Deny => None,
        }
    }

    /// What is left of it where its page was one of ours, but not of this browser and whoever is signed in
    /// there now. None where that page was about somebody's account.
    pub(crate) fn stripped_of_session(self) -> Option<Self> {
        match self {
            Self::Method { fields, .. } => Some(Self::Named(fields.text("username").to_owned())),
            Self::SignUp(Wish { username, .. }) => Some(Self::Named(username)),
            Self::Again | Self::Named(_) | Self::Choose(_) | Self::NewAccount | Self::HaveAccount => {
                Some(Self::Again)
            }
            Self::ThisAccount | Self::AnotherAccount | Self::Allow { .. } | Self::Deny => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use signet_core::params::Params;
    use signet_core::secret::Secret;

    use super::*;

    fn all() -> Vec<Form> {
        let fields = Fields::of(&Params::parse("username=+diana+&password=krall").unwrap());
        let (password, name, email) = (Secret::new("krall".to_owned()), String::new(), String::new());
        vec![
            Form::Again,
            Form::Named("diana".to_owned()),
            Form::Method { method: "password".to_owned(), fields },
            Form::Choose("password".to_owned()),
            Form::SignUp(Wish { username: "diana".to_owned(), password, name, email }),
            Form::NewAccount,
            Form::HaveAccount,
            Form::ThisAccount,
            Form::AnotherAccount,
            Form::Allow { optional: Vec::new(), mark: String::new() },
            Form::Deny,
        ]
    }

    #[test]
    fn who_only_looks_says_nothing() {
        for form in all().iter().filter(|form| form.only_looks()) {
            assert!(form.is_navigation() && !form.speaks_for_account(), "{form:?}");
        }
    }

    #[test]
    fn without_its_session_a_form_is_a_look_with_the_name_that_was_typed() {
        for form in all() {
            let (shown, speaks) = (format!("{form:?}"), form.speaks_for_account());
            let typed = form.typed_name().filter(|_| !form.only_looks()).map(str::to_owned);
            let left = form.stripped_of_session();
            assert_eq!(left.as_ref().and_then(Form::typed_name), typed.as_deref(), "{shown}");
            assert!(left.is_none_or(|left| left.only_looks() && !speaks), "{shown}");
        }
    }
}
