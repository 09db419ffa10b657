use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::problem::Error;
use crate::place;

/// Where static files are served, below the issuer's path.
pub(crate) const PATH: &str = "/assets/{file}";

const EMBEDDED: &[(&str, &[u8])] = &[
    ("signet.css", include_bytes!("../../assets/signet.css")),
    ("form-post.js", include_bytes!("../../assets/form-post.js")),
    ("signet.svg", include_bytes!("../../assets/signet.svg")),
];

/// A static file that pages link to.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Where to serve it, below the issuer's path: `/assets/NAME-HASH.EXT`.
    pub path: String,
    /// The value of its `Content-Type` header.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// The value of its `ETag` header, quotes included.
    pub etag: String,
}

pub(super) struct Assets {
    all: Vec<Asset>,
    links: BTreeMap<String, String>,
}

impl Assets {
    /// The built-in files, and those of `template_dir/assets`, which win; `theme.css` there joins every page.
    pub(super) fn load(template_dir: Option<&Path>) -> Result<Self, Error> {
        let mut files: BTreeMap<String, Cow<'static, [u8]>> =
            EMBEDDED.iter().map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes))).collect();
        if let Some(folder) = template_dir.map(|dir| dir.join("assets")) {
            for (name, path) in own(&folder)? {
                let bytes = place::regular(&path).and_then(|()| std::fs::read(&path));
                files.insert(name, Cow::Owned(bytes.map_err(|e| Error::unreadable(&path, &e))?));
            }
        }
        let mut assets = Self { all: Vec::new(), links: BTreeMap::new() };
        for (name, bytes) in files {
            let asset = describe(&name, bytes)?;
            assets.links.insert(name, asset.path.clone());
            assets.all.push(asset);
        }
        Ok(assets)
    }

    pub(super) fn place_below(&mut self, prefix: &str) {
        for link in self.links.values_mut() {
            link.insert_str(0, prefix);
        }
    }

    pub(super) fn all(&self) -> &[Asset] {
        &self.all
    }

    /// From the plain file name to the address, for templates.
    pub(super) fn links(&self) -> &BTreeMap<String, String> {
        &self.links
    }
}

/// What an operator's folder has: files, and what was meant to be one, such as a link that leads nowhere.
fn own(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let unreadable = |e| Error::unreadable(folder, &e);
    let Some(found) = place::folder(folder).map_err(unreadable)? else { return Ok(Vec::new()) };
    let mut own = Vec::new();
    for entry in std::fs::read_dir(found).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        // Editors keep locks as links that lead nowhere, with a dot in front.
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_meant = path.is_file() || content_type(extension).is_some() && !is_hidden;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_meant) {
            own.push((name.to_owned(), path));
        }
    }
    Ok(own)
}

fn describe(name: &str, bytes: Cow<'static, [u8]>) -> Result<Asset, Error> {
    let unusable = || {
        let reason = "a static file is NAME.EXT of letters, digits and dashes; EXT is css, js, svg, png, webp, ico or woff2";
        Error::new(format!("assets/{name}"), None, reason)
    };
    let (stem, extension) = name.rsplit_once('.').ok_or_else(unusable)?;
    let content_type = content_type(extension).ok_or_else(unusable)?;
    if stem.is_empty() || !stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(unusable());
    }
    let hash = hash(&bytes);
    Ok(Asset {
        path: PATH.replace("{file}", &format!("{stem}-{hash}.{extension}")),
        content_type,
        bytes,
        etag: format!("\"{hash}\""),
    })
}

fn content_type(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// Eight bytes tell versions of one file apart; this guards a cache, not a secret.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
