//! Key files, and keys that the configuration names.

use super::*;

#[tokio::test]
async fn a_key_of_key_defs_is_taken_from_its_pem_file() {
    let path = std::env::temp_dir().join(format!("signet-ring-{}.pem", std::process::id()));
    std::fs::write(&path, include_str!("../../../tests/it/pem/rsa.pem")).unwrap();
    let def = KeyDef {
        purpose: Purpose::Sig,
        key_type: KeyType::Rsa,
        size: 0,
        kid: Some("main".into()),
        pem: Some(path.clone()),
    };
    let store = MemoryStore::new();
    let rsa = KeyOptions { signing: vec!["RS256".into()], ..options() };
    let made = KeyRing::open(&store, &rsa, NOW).await.unwrap();
    let options = KeyOptions { defs: vec![def], ..rsa };
    let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(kids(&ring, Purpose::Sig, State::Active), ["main"]);
    let before = kids(&made, Purpose::Sig, State::Active);
    assert_eq!(kids(&ring, Purpose::Sig, State::Retired), before);
    // At the next start it is the same ring.
    let again = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(again.jwks(), ring.jwks());
    std::fs::remove_file(&path).unwrap();
    let gone = KeyRing::open(&store, &options, NOW).await.err().unwrap();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
}

/// A private key file in a folder of its own.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("signet-ring-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.join("jwks.json"))
    }

    fn options(&self) -> KeyOptions {
        KeyOptions { files: KeyFiles { private: Some(self.0.clone()), ..KeyFiles::default() }, ..options() }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What is left lies in the folder for such things.
        let _gone = self.0.parent().map(std::fs::remove_dir_all);
    }
}

#[tokio::test]
async fn a_key_that_was_given_up_does_not_come_back_from_a_file_that_is_behind() {
    let (store, file) = (MemoryStore::new(), File::new("leaked"));
    let ring = KeyRing::open(&store, &file.options(), NOW).await.unwrap();
    ring.write_files().await.unwrap();
    let leaked = signer(&ring);
    // The command line changes the store alone, and a server that runs writes the file a moment later.
    let at_once = Promotion::Now { keep: Some(0) };
    let ring = KeyRing::rotate(&store, &file.options(), NOW, at_once).await.unwrap();
    let new = signer(&ring);
    for started in [NOW, NOW.plus(DAY)] {
        let ring = KeyRing::open(&store, &file.options(), started).await.unwrap();
        assert_eq!(signer(&ring), new);
        assert!(!published(&ring).contains(&leaked));
    }
    // Anyone who wants it back says so.
    let text = std::fs::read_to_string(&file.0).unwrap();
    KeyRing::import(&store, &file.options(), NOW, &text, None, Taking::Active).await.unwrap();
    let ring = KeyRing::open(&store, &file.options(), NOW).await.unwrap();
    assert_eq!(signer(&ring), leaked);
}

#[tokio::test]
async fn a_node_that_was_off_for_long_brings_no_old_keys() {
    let (store, file) = (MemoryStore::new(), File::new("off"));
    let ring = KeyRing::open(&store, &file.options(), NOW).await.unwrap();
    ring.write_files().await.unwrap();
    let first = signer(&ring);
    // It is off, while another node goes on.
    let (mut ring, mut now) = (ring, NOW);
    for _ in 0..3 {
        now = now.plus(90 * DAY - LEAD);
        ring = ring.tend(&store, now).await.unwrap().unwrap();
        now = now.plus(LEAD);
        ring = ring.tend(&store, now).await.unwrap().unwrap();
    }
    let back = KeyRing::open(&store, &file.options(), now).await.unwrap();
    assert_eq!(signer(&back), signer(&ring));
    assert!(!published(&back).contains(&first));
    // When it is on again, the file is as the ring is.
    back.write_files().await.unwrap();
    assert!(!std::fs::read_to_string(&file.0).unwrap().contains(&first));
}

#[tokio::test]
async fn a_retired_key_whose_time_came_while_nobody_was_there_is_gone() {
    let (store, file) = (MemoryStore::new(), File::new("alone"));
    KeyRing::open(&store, &file.options(), NOW).await.unwrap().write_files().await.unwrap();
    let now = Promotion::Now { keep: None };
    let ring = KeyRing::rotate(&store, &file.options(), NOW, now).await.unwrap();
    ring.write_files().await.unwrap();
    let retired = kids(&ring, Purpose::Sig, State::Retired);
    assert_eq!(retired.len(), 1);
    let later = NOW.plus(file.options().keep());
    let ring = KeyRing::open(&store, &file.options(), later).await.unwrap();
    assert!(!published(&ring).contains(&retired[0]));
}

#[tokio::test]
#[cfg(unix)]
async fn private_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (store, file) = (MemoryStore::new(), File::new("mode"));
    let ring = KeyRing::open(&store, &file.options(), NOW).await.unwrap();
    ring.write_files().await.unwrap();
    let mode = || std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    for (read_only, found, left) in [(false, 0o644, 0o600), (false, 0o400, 0o400), (true, 0o640, 0o640)] {
        std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(found)).unwrap();
        let files = KeyFiles { read_only, ..file.options().files };
        let options = KeyOptions { files, ..options() };
        KeyRing::open(&store, &options, NOW).await.unwrap().write_files().await.unwrap();
        assert_eq!(mode(), left, "{found:o}");
    }
}

#[tokio::test]
async fn many_that_write_a_file_at_once_leave_one_whole_file() {
    let file = File::new("together");
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..16 {
        let path = file.0.clone();
        let text = format!("{number:02}").repeat(50_000);
        writers.spawn_blocking(move || replace_file(&path, &text, true).map(|()| text));
    }
    let written: Vec<String> = writers.join_all().await.into_iter().map(Result::unwrap).collect();
    let there = std::fs::read_to_string(&file.0).unwrap();
    assert!(written.iter().any(|text| *text == there.trim_end()));
    assert_eq!(std::fs::read_dir(file.0.parent().unwrap()).unwrap().count(), 1, "nothing else is left there");
}

/// A file with these keys, the first of which is to sign.
fn set(jwks: &[&str]) -> String {
    format!(r#"{{"keys": [{}]}}"#, jwks.join(","))
}

#[tokio::test]
async fn where_the_file_alone_rules_its_first_key_signs_whatever_was_before() {
    let (store, file) = (MemoryStore::new(), File::new("rules"));
    let old: Value = serde_json::from_str(OLD).unwrap();
    let [one, two] = [0, 1].map(|index| old["keys"][index]["jwk"].to_string());
    let files = KeyFiles { read_only: true, ..file.options().files };
    let ruled = KeyOptions { files, encryption: Vec::new(), ..options() };
    // What the ring held before it was ruled by a file.
    let made = signer(&KeyRing::open(&store, &options(), NOW).await.unwrap());
    let orders: [(&[&str], &str); 5] = [
        (&[&one], "old-1"),
        (&[&two, &one], "old-2"),
        (&[&one, &two], "old-1"),
        (&[&two], "old-2"),
        (&[&one, &two], "old-1"),
    ];
    for (hour, (keys, first)) in orders.into_iter().enumerate() {
        let now = NOW.plus(hour as u64 * 3600);
        std::fs::write(&file.0, set(keys)).unwrap();
        for _ in 0..2 {
            let ring = KeyRing::open(&store, &ruled, now).await.unwrap();
            assert_eq!((signer(&ring).as_str(), published(&ring)[0].as_str()), (first, first), "{hour}");
            assert!(hour > 0 || published(&ring).contains(&made), "what it signed is still verified");
            assert_eq!(
                states(&ring, Purpose::Sig).iter().filter(|state| **state == State::Active).count(),
                1
            );
        }
    }
    let other = KeyRing::open(&MemoryStore::new(), &options(), NOW).await.unwrap().private_jwks().unwrap();
    let late = NOW.plus(DAY);
    let import = async |taking| KeyRing::import(&store, &ruled, late, other.expose(), None, taking).await;
    let refused = import(Taking::Active).await.err().unwrap().to_string();
    assert!(refused.contains("keys.read_only"), "{refused}");
    assert_eq!(signer(&import(Taking::Retired).await.unwrap()), "old-1");
}
