//! Clients.

use std::sync::Arc;

use super::Facts;
use crate::id::ClientId;
use crate::record::Client;

/// The client of this id, from the configuration, the store, or the metadata document that its id names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientById(pub ClientId);

/// Which of these titles, as [`crate::name::looks`] has them, a stored client has that an operator added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitlesTaken(pub Vec<String>);

/// What is known of a client.
#[derive(Clone, Debug, Default)]
pub enum ClientFound {
    /// Nothing.
    #[default]
    Unknown,
    /// Its registration.
    Known(Arc<Client>),
    /// Its metadata document cannot be used, for this reason, in words for its developer.
    Unusable(String),
}

impl ClientFound {
    /// The registration, if there is one.
    pub fn known(self) -> Option<Arc<Client>> {
        match self {
            ClientFound::Known(client) => Some(client),
            ClientFound::Unknown | ClientFound::Unusable(_) => None,
        }
    }
}

impl From<Arc<Client>> for ClientFound {
    fn from(client: Arc<Client>) -> Self {
        ClientFound::Known(client)
    }
}

impl From<Option<Arc<Client>>> for ClientFound {
    fn from(client: Option<Arc<Client>>) -> Self {
        client.map_or(ClientFound::Unknown, ClientFound::Known)
    }
}

impl Facts {
    /// The client of this id, if it is known.
    pub fn client(&self, id: &ClientId) -> Option<&Arc<Client>> {
        match self.client_found(id)? {
            ClientFound::Known(client) => Some(client),
            ClientFound::Unknown | ClientFound::Unusable(_) => None,
        }
    }

    /// Why the metadata document of this client cannot be used, in words for its developer.
    pub fn unusable(&self, id: &ClientId) -> Option<&str> {
        match self.client_found(id)? {
            ClientFound::Unusable(why) => Some(why),
            ClientFound::Known(_) | ClientFound::Unknown => None,
        }
    }

    /// The same facts, with this client in them.
    pub fn with_client(self, client: Arc<Client>) -> Self {
        self.with(ClientById(client.client_id.clone()), ClientFound::Known(client))
    }

    fn client_found(&self, id: &ClientId) -> Option<&ClientFound> {
        self.all::<ClientById>().find(|(asked, _)| asked.0 == *id).map(|(_, found)| found)
    }
}
