//! NIST SP 800-63B §3.2.2: under what a sign-in counts, and whose turn it waits for.

use signet_core::name;
use signet_core::record::User;
use signet_core::secret::{MacKey, keyed};
use signet_login::device;
use signet_login::network::Network;
use signet_login::throttle::{Account, Limits, SignIn};

use super::person;
use crate::engine::Visitor;
use crate::pool::Cost;
use crate::provider::State;
use crate::turns::Gate;

/// What tries at a name count under that nobody has.
pub(crate) fn unknown_account(key: &MacKey, typed: &str, by_email: bool) -> Account {
    // The last key is that of all spellings of a name, or of an address where people sign in by it.
    let spellings = name::to_sign_in(typed, by_email);
    Account::unknown(key, spellings.last().map_or(typed, String::as_str))
}

/// What a sign-in counts under.
pub(super) fn keys(state: &State, visitor: &Visitor, username: &str, user: Option<&User>) -> SignIn {
    let key = &state.config.secrets.handle_key;
    let account = match user {
        Some(user) => Account::of(user.id.as_str()),
        None => unknown_account(key, username, state.config.settings.sign_in_by_email),
    };
    let known = user.zip(visitor.known.as_deref());
    let device = known.and_then(|(user, cookie)| device::recognise(key, cookie, person(user)));
    SignIn::new(account, device, visitor.network())
}

/// What a look at somebody's password takes.
pub(super) fn cost(state: &State, user: Option<&User>) -> Cost {
    let stored = user.and_then(|user| user.password.as_ref());
    if stored.is_some_and(|stored| state.config.password.is_dear(stored)) { Cost::Dear } else { Cost::Usual }
}

/// Whose turn it is: an account's, in this network or known browser; then that of the network and of the
/// larger ones around it, before which those wait for each other whose hashes are dear; and last that of the
/// account from everywhere, so that nobody waits there who still waits for their network.
pub(super) fn gates(
    state: &State,
    keys: &SignIn,
    visitor: &Visitor,
    cost: Cost,
) -> impl Iterator<Item = Gate> + Send {
    let Limits { account, address, .. } = state.config.limits;
    let named = |names: &[String]| {
        let parts: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        keyed(&state.config.secrets.handle_key, "turn", &parts)
    };
    let of_network =
        |(network, times): (Network, u64)| Gate::of_network(named(&[network.to_string()]), address, times);
    let networks: Vec<Gate> =
        visitor.network().into_iter().flat_map(Network::widths).map(of_network).collect();
    let of_dear = |(network, times): (Network, u64)| {
        Gate::of_dear(named(&["dear".to_owned(), network.to_string()]), address, times)
    };
    let dear = visitor.network().filter(|_| cost == Cost::Dear).into_iter().flat_map(Network::widths);
    let dear: Vec<Gate> = dear.map(of_dear).collect();
    let here = Gate::of_account(named(&keys.names()), account);
    let everywhere = Gate::of_account(named(&[keys.budget()]), account);
    std::iter::once(here).chain(dear).chain(networks).chain([everywhere])
}
