//! Holds the documents to the code: `docs/specs.md` is made here, and what other pages list is compared with
//! what there is. `UPDATE_DOCS=1 cargo test -p signet-server docs` writes the generated pages anew.

#[cfg(test)]
mod tests;
