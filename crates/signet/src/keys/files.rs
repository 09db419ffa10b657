//! RFC 7517 §5: key files in oidc-op's format (`keys.private_path`, `keys.public_path`). They are written
//! whole or not at all, the private one for its owner alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use signet_core::secret::Secret;
use signet_jose::Jwk;

use super::KeyError;
use super::import::read_jwks;
use crate::place::{self, LONGEST, may_be_made, unread};

/// The files of a ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFiles {
    /// A JWK Set with private keys: what is in it is taken into the ring at each start.
    pub private: Option<PathBuf>,
    /// Where the published JWK Set is written, for a server of static files.
    pub public: Option<PathBuf>,
    /// The private file is only read, and says alone which keys there are: nothing is rotated.
    pub read_only: bool,
}

impl KeyFiles {
    /// Whether the private file alone says which keys there are.
    pub fn rule(&self) -> bool {
        self.private.is_some() && self.read_only
    }

    /// The private file's keys; `None` where there is no such file (yet).
    pub fn read(&self) -> Result<Option<Vec<Jwk>>, KeyError> {
        let Some(path) = &self.private else { return Ok(None) };
        match contents(path)? {
            None if self.read_only => Err(KeyError::File {
                path: path.clone(),
                why: format!("there is no {}, and keys.read_only forbids to make it", path.display()),
            }),
            None => Ok(None),
            Some(text) => read_jwks(text.expose()).map(Some).map_err(|error| error.within(path)),
        }
    }

    /// Brings the files to what the ring holds, if they are behind.
    pub(super) fn write(&self, private: &[Arc<Jwk>], public: &Value) -> Result<(), KeyError> {
        let behind = self.behind(private, public)?;
        let is_behind = |path: &PathBuf| behind.iter().any(|file| file.path == path);
        if let Some(path) = self.private.as_ref().filter(|path| !self.read_only && !is_behind(path)) {
            shut(path);
        }
        behind.iter().try_for_each(|file| replace(file.path, file.text.expose(), file.private))
    }

    /// Whether [`write`](Self::write) would do, without making anything.
    pub(super) fn rehearse(&self, private: &[Arc<Jwk>], public: &Value) -> Result<(), KeyError> {
        for Behind { path, .. } in self.behind(private, public)? {
            may_be_made(path).map_err(|why| unwritten(path, &why))?;
        }
        Ok(())
    }

    fn behind(&self, private: &[Arc<Jwk>], public: &Value) -> Result<Vec<Behind<'_>>, KeyError> {
        let mut behind = Vec::new();
        if let (Some(path), false) = (&self.private, self.read_only) {
            let there = contents(path)?;
            let there: Value = there
                .and_then(|text| serde_json::from_str(text.expose()).ok())
                .unwrap_or_else(|| json!({"keys": []}));
            let there = there.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
            let (secrets, pairs): (Vec<Value>, Vec<Value>) =
                there.into_iter().partition(|key| key.get("kty").and_then(Value::as_str) == Some("oct"));
            if !same(&pairs, private) {
                let wanted =
                    private.iter().map(|jwk| Ok(serde_json::from_str(super::text(&**jwk)?.expose())?));
                let keys =
                    wanted.chain(secrets.into_iter().map(Ok)).collect::<Result<Vec<Value>, KeyError>>()?;
                let text = Secret::new(serde_json::to_string_pretty(&json!({"keys": keys}))?);
                behind.push(Behind { path, text, private: true });
            }
        }
        if let Some(path) = &self.public {
            let text = serde_json::to_string_pretty(public)?;
            if contents(path)?.is_none_or(|there| there.expose().trim_end() != text) {
                behind.push(Behind { path, text: Secret::new(text), private: false });
            }
        }
        Ok(behind)
    }
}

/// A file that does not yet say what the ring holds.
struct Behind<'a> {
    path: &'a Path,
    text: Secret<String>,
    private: bool,
}

/// Whether a file lists these keys in this order. A key without kid goes by its thumbprint.
fn same(there: &[Value], wanted: &[Arc<Jwk>]) -> bool {
    let kid = |key: &Value| {
        let named = key.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()).map(str::to_owned);
        named.or_else(|| Some(Jwk::from_members(key.as_object()?.clone()).ok()?.thumbprint()))
    };
    there.iter().map(kid).eq(wanted.iter().map(|jwk| jwk.kid.clone()))
}

fn contents(path: &Path) -> Result<Option<Secret<String>>, KeyError> {
    match place::text(path, LONGEST) {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(KeyError::of(path, &format!(" {}", unread(path, &error)))),
    }
}

/// Makes a file with private keys its owner's alone, however it came here.
#[cfg(unix)]
fn shut(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = |found: std::fs::Metadata| found.permissions().mode() & 0o077 != 0;
    if std::fs::metadata(path).is_ok_and(open)
        && let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
    {
        let path = path.display();
        tracing::warn!(%path, %error, "private key file is readable by others, and its permissions cannot be changed: chmod 600 it");
    }
}

#[cfg(not(unix))]
fn shut(_: &Path) {}

/// Writes next to the file and then puts it in its place, so that nobody ever reads half of it.
pub fn replace(path: &Path, text: &str, private: bool) -> Result<(), KeyError> {
    let write = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            make_folder(folder, private)?;
        }
        // The command line and a server that write at once must not have the same file in hand. Where folders
        // cannot be locked, they would have to meet within a moment.
        let turn = std::fs::File::open(folder.unwrap_or(Path::new(".")));
        let _turn = turn.and_then(|folder| folder.lock().map(|()| folder));
        let mut beside = path.to_path_buf();
        beside.set_file_name(format!(".{}.new", path.file_name().unwrap_or_default().to_string_lossy()));
        // One that a crash left behind may have other permissions.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o644 });
        let mut file = options.open(&beside)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| unwritten(path, &may_be_made(path).err().unwrap_or_else(|| error.to_string())))
}

fn unwritten(path: &Path, why: &str) -> KeyError {
    KeyError::of(path, &format!(" cannot be written: {why}"))
}

fn make_folder(folder: &Path, private: bool) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, if private { 0o700 } else { 0o755 });
    builder.recursive(true).create(folder)
}
