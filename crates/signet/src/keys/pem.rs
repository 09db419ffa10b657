//! RFC 7468 §10: private keys in PEM, one or several in a text, with an error that says what is there
//! instead.

use std::path::Path;

use signet_jose::Jwk;

use super::KeyError;
use super::import::checked;
use super::key::Purpose;
use crate::place;

/// The forms that hold a private key in clear.
const KEYS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// Whether a text is PEM and not JSON.
pub(super) fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN ") && !text.trim_start().starts_with(['{', '['])
}

/// Every private key of a text. What is next to them, such as certificates, is left out.
pub(super) fn read(text: &str) -> Result<Vec<Jwk>, KeyError> {
    let wrong = |why: &str| KeyError::Key(why.to_owned());
    let mut keys = Vec::new();
    let mut others = Vec::new();
    for (label, block) in blocks(text) {
        if Jwk::is_encrypted_pem(block) {
            return Err(wrong("the PEM key is encrypted: `openssl pkey -in FILE -out CLEAR` decrypts it"));
        }
        if KEYS.contains(&label) {
            let number = keys.len() + 1;
            let jwk = Jwk::from_pem(block)
                .map_err(|error| KeyError::Key(format!("private key {number} of the PEM text: {error}")))?;
            keys.push(jwk);
        } else {
            others.push(label);
        }
    }
    if !keys.is_empty() {
        return Ok(keys);
    }
    let holds = |what: &str| others.iter().any(|label| label.contains(what));
    Err(wrong(if holds("CERTIFICATE") {
        "this is a certificate, not a key: name the file with its private key"
    } else if holds("PUBLIC KEY") {
        "this is a public key, which can neither sign nor decrypt: name the file with the private key"
    } else if holds("OPENSSH") {
        "this is a key of OpenSSH: `ssh-keygen -p -m PKCS8 -f FILE` rewrites it as PKCS #8"
    } else if others.is_empty() {
        "there is no whole block from BEGIN to END in the PEM text"
    } else {
        "there is no private key in the PEM text that can be used here: RSA, EC, Ed25519 and X25519 can"
    }))
}

/// The one private key of a file, for this use and under this id, or its thumbprint.
pub fn read_pem_file(path: &Path, purpose: Purpose, kid: Option<&str>) -> Result<Jwk, KeyError> {
    let unread = |error| KeyError::of(path, &format!(" {}", place::unread(path, &error)));
    let text = place::pem(path).map_err(unread)?;
    let one = || {
        let [mut jwk]: [Jwk; 1] = read(text.expose())?.try_into().map_err(|found: Vec<Jwk>| {
            KeyError::Key(format!("there are {} private keys, where one is meant", found.len()))
        })?;
        jwk.public_key_use = Some(purpose.as_str().to_owned());
        jwk.kid = kid.map(str::to_owned);
        Ok(checked(jwk)?)
    };
    one().map_err(|error: KeyError| error.within(path))
}

/// Each block with its label, from BEGIN to END.
fn blocks(mut text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some(start) = text.find("-----BEGIN ") {
        let block = text.get(start..).unwrap_or_default();
        let label = block.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
        let Some((label, _)) = label else { break };
        let ending = format!("-----END {label}-----");
        let Some(end) = block.find(&ending) else { break };
        let (block, rest) = block.split_at(end + ending.len());
        found.push((label, block));
        text = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_as_all_pem_files_are() {
        let folder = std::env::temp_dir().join(format!("signet-pem-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("key.pem");
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let indented: String = pem.lines().map(|line| format!("  {line}\r\n")).collect();
        std::fs::write(&path, format!("\u{feff}{indented}")).unwrap();
        let jwk = read_pem_file(&path, Purpose::Sig, Some("key")).unwrap();
        assert_eq!((jwk.kty(), jwk.kid.as_deref()), ("EC", Some("key")));
        // A device may have no end.
        #[cfg(unix)]
        {
            let error = read_pem_file(Path::new("/dev/zero"), Purpose::Sig, None).unwrap_err();
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
