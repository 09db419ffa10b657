//! The table of the pages of the account, which are for the person who is signed in. The shell finds who that
//! is, and what a page asks for.
//!
//! A page is a file here, the template of the same name, and a row. From the row come its address, the check
//! that no endpoint is there, its previews and snapshots, and the check of overrides.

use minijinja::Value;
use signet_core::lookup::{Facts, Lookup, SessionFound};

/// Where they are, below the issuer's path.
pub(crate) const ROOM: &str = "/account";

/// A row a page: its file, and the type there.
macro_rules! account {
    ($($file:ident: $page:ident;)*) => {
        $(mod $file;)*

        /// Every page of the account.
        pub(crate) static ACCOUNT: &[&dyn AccountPage] = &[$(&$file::$page),*];
    };
}

account! {}

/// A page of the account.
pub(crate) trait AccountPage: Send + Sync {
    /// The name of its file and of its template, and its address below [`ROOM`].
    fn name(&self) -> &'static str;

    /// The text of its template.
    fn template(&self) -> &'static str;

    /// What must be found to show it to this person.
    fn lookup(&self, _person: &SessionFound) -> Vec<Lookup> {
        Vec::new()
    }

    /// What it shows, besides what all pages share.
    fn show(&self, person: &SessionFound, facts: &Facts) -> Value;

    /// The same as it usually looks and in each of its other states, for previews and the check of overrides.
    fn samples(&self) -> Vec<Value>;
}

/// The file name of its template.
pub(super) fn template_of(page: &dyn AccountPage) -> String {
    [page.name(), ".html"].concat()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_page_has_the_name_of_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/account");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let files = files.map(|name| name.to_str().unwrap().trim_end_matches(".rs").to_owned());
        let mut files: Vec<String> = files.filter(|name| name != "mod").collect();
        let mut names: Vec<&str> = ACCOUNT.iter().map(|page| page.name()).collect();
        files.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, files);
    }
}
