//! Holds the documents to the code: `docs/specs.md` is made here, and what other pages list is compared with
//! what there is. `UPDATE_DOCS=1 cargo test -p signet docs` writes the generated pages anew.

/// The examples of README and the book are compiled and run as tests.
#[cfg(doctest)]
mod examples {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/embedding.md")]
    mod embedding {}
}

#[cfg(test)]
mod tests;
