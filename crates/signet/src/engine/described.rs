//! draft-ietf-oauth-client-id-metadata-document §4: clients that their own address describes.
//!
//! Anybody can publish such a document, and to judge it is work. So it is judged once when it was fetched,
//! and again when something changed by which it is judged.

use std::sync::Arc;

use signet_core::error::Error;
use signet_core::id::ClientId;
use signet_core::lookup::{Chosen, ClientFound, Expected, Facts, Fetch};
use signet_core::record::Client;
use signet_core::registration::{document, title};

use super::{Asking, unavailable};

/// Why a metadata document is not there was logged where it was tried; strangers are not told what Signet can
/// reach.
const UNFETCHED: &str = "it cannot be fetched; it must be answered with status 200 and a JSON object, at a public address, by TLS, without \
                         redirects, within a few seconds and 64 KiB";

impl Asking {
    /// The client that its own address describes, or what is wrong with that, in words for its developer;
    /// none where the name is no such address. The error: it cannot be fetched now.
    pub(super) async fn described(&self, id: &ClientId) -> Result<Option<ClientFound>, Error> {
        let address = match document::address(&self.settings().registration, id) {
            None => return Ok(None),
            Some(Ok(address)) => address,
            Some(Err(hint)) => return Ok(Some(ClientFound::Unusable(hint.to_owned()))),
        };
        let (url, what, chosen) = (address.to_owned(), Expected::ClientMetadata, Chosen::ByStranger);
        let document = Fetch { url, what, chosen };
        let seen = self.inner.documents.seen(&document, self.asker).await;
        let (found, is_new) = seen.map_err(|crowded| crowded.refusal(address))?;
        let Ok(text) = found else {
            return Ok(Some(ClientFound::Unusable(UNFETCHED.to_owned())));
        };
        if let Some(found) = self.inner.verdicts.of(id, &text, &self.state, self.now()) {
            return Ok(Some(found));
        }
        let found = match self.judge_document(id, &text).await {
            Ok(client) => {
                let left_out = if is_new { document::left_out(&text, &client) } else { Vec::new() };
                if !left_out.is_empty() {
                    let left_out = left_out.join(", ");
                    tracing::info!(client = address, left_out, "parts of a metadata document left out");
                }
                ClientFound::Known(Arc::new(client))
            }
            Err(Failed::Document(error)) => {
                self.inner.documents.is_of_no_use(&document);
                ClientFound::Unusable(error.description.into_owned())
            }
            Err(Failed::Store(error)) => return Err(error),
        };
        self.inner.verdicts.keep(id, text, &self.state, found.clone(), self.now());
        Ok(Some(found))
    }

    /// The client of a document, whose names look like none of a client that an operator has added to the
    /// store.
    async fn judge_document(&self, id: &ClientId, text: &str) -> Result<Client, Failed> {
        let client = document::read(&self.env(), id, text).map_err(Failed::Document)?;
        let Some(titles) = title::titles(&client) else { return Ok(client) };
        let taken = self.inner.store.ask(titles.clone()).await.map_err(unavailable).map_err(Failed::Store)?;
        let facts = Facts::default().with(titles, taken);
        title::untaken(&client, &facts).map_err(Failed::Document)?;
        Ok(client)
    }
}

/// Whose fault it is that there is no client.
enum Failed {
    Document(Error),
    Store(Error),
}
