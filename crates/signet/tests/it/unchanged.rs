//! A configuration that is refused changes nothing: not what is served, not the store, and no file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use signet::keys::{KeyFiles, KeyOptions};
use signet::{Builder, Directory, DirectoryError, DirectoryUser, LoginOptions, Provider, StaticUser};
use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup};
use signet_core::record::client::SubjectType;
use signet_core::record::{Client, User};
use signet_core::secret::Secret;
use signet_core::settings::resources::Resource;
use signet_core::settings::subjects::Public;
use signet_core::time::Timestamp;
use signet_login::password::Parameters;
use signet_login::throttle::Limits;
use signet_store::{Answer, CommitError, Forget, List, Listing, MemoryStore, Store, StoreError};

/// A store that counts what would change it.
#[derive(Default)]
struct Counted {
    store: MemoryStore,
    writes: AtomicUsize,
}

impl Counted {
    fn taken(&self) -> usize {
        self.writes.swap(0, Ordering::SeqCst)
    }

    fn count(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }
}

impl Store for Counted {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        self.store.find(lookups)
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        self.count();
        self.store.commit(changes)
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        self.store.list(query)
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        self.count();
        self.store.sweep(now, limit)
    }

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        self.count();
        self.store.forget(what, limit)
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.health()
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.migrate()
    }

    fn rewrite(&self) -> Answer<'_, Result<(), StoreError>> {
        self.count();
        self.store.rewrite()
    }
}

struct Nobody;

impl Directory for Nobody {
    fn by_name<'a>(&'a self, _: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        Box::pin(async { Ok(None) })
    }

    fn by_id<'a>(&'a self, _: &'a str) -> Answer<'a, Result<Option<DirectoryUser>, DirectoryError>> {
        Box::pin(async { Ok(None) })
    }

    fn check<'a>(
        &'a self,
        _: Option<&'a str>,
        _: &'a Secret<String>,
    ) -> Answer<'a, Result<bool, DirectoryError>> {
        Box::pin(async { Ok(false) })
    }
}

const ISSUER: &str = "https://op.example";

fn keys(signing: &[&str], folder: &Path) -> KeyOptions {
    let files = KeyFiles { public: Some(folder.join("jwks.json")), ..KeyFiles::default() };
    let signing = signing.iter().map(|name| (*name).to_owned()).collect();
    KeyOptions { signing, encryption: Vec::new(), files, ..KeyOptions::default() }
}

fn first(folder: &Path) -> Builder {
    Provider::builder(ISSUER).keys(keys(&["ES256"], folder))
}

/// A configuration of which everything has to be written: another key, a person and an application.
fn next(folder: &Path) -> Builder {
    let login = LoginOptions {
        parameters: Parameters { memory_kib: 8, iterations: 1, parallelism: 1 },
        threads: 1,
        ..LoginOptions::default()
    };
    let user = StaticUser { password: Some("krall".to_owned().into()), ..user("diana") };
    first(folder).keys(keys(&["ES384", "ES256"], folder)).users([user]).clients([client("web")]).login(login)
}

fn user(username: &str) -> StaticUser {
    StaticUser { username: username.to_owned(), password: None, claims: Default::default(), locked: false }
}

fn client(id: &str) -> Client {
    let mut client = Client::new(id);
    client.client_secret = Some(Secret::new("a-secret-of-enough-length".to_owned()));
    client.redirect_uris = vec!["https://app.example.org/callback".to_owned()];
    client
}

fn with(change: impl FnOnce(&mut Client)) -> [Client; 1] {
    let mut client = client("other");
    change(&mut client);
    [client]
}

fn stored(id: &str, username: &str) -> Change {
    let email = format!("{id}@example.org");
    let claims = json!({ "email": email, "email_verified": true });
    Change::PutUser(Arc::new(User {
        id: id.into(),
        username: username.to_owned(),
        password: None,
        claims: claims.as_object().cloned().unwrap(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version: 0,
    }))
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("signet-unchanged-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Wrong = fn(Builder, &Path) -> Builder;

/// A fault for each rule, in the order in which the rules are asked, and what is said of it.
const WRONG: &[(&str, Wrong)] = &[
    ("nowhere", |builder, folder| builder.template_dir(Some(folder.join("nowhere")))),
    ("lifetimes.code", |builder, _| builder.settings(|settings| settings.lifetimes.code = 0)),
    ("another user has this name", |builder, _| builder.users([user("diana")])),
    ("nonsense", |builder, folder| builder.keys(keys(&["ES384", "nonsense"], folder))),
    ("shared secrets", |builder, folder| {
        builder.keys(KeyOptions { encryption: vec!["dir".into()], ..keys(&["ES384"], folder) })
    }),
    ("no signing algorithm", |builder, folder| builder.keys(keys(&[], folder))),
    ("would both be at", |builder, _| builder.settings(|settings| settings.paths.set("jwks", "/userinfo"))),
    ("no authentication context", |builder, _| builder.settings(|settings| settings.authentication.clear())),
    ("is Signet itself", |builder, _| {
        let own = Resource { identifier: format!("{ISSUER}/"), ..Resource::default() };
        builder.settings(|settings| settings.resources = vec![own])
    }),
    ("is not an origin", |builder, _| {
        builder.settings(|settings| settings.allowed_origins = vec!["https://a.example/".into()])
    }),
    ("from the directory", |builder, _| builder.directory(Arc::new(Nobody))),
    ("login.limits.account", |builder, _| {
        let limits = Limits { account: 0, ..Limits::default() };
        builder.login(LoginOptions { limits, ..LoginOptions::default() })
    }),
    ("the salt of subjects", |builder, _| {
        builder.settings(|settings| settings.subjects.public = Public::Salted(Secret::new(Vec::new())))
    }),
    ("there are keys for ES384, ES256 only", |builder, _| {
        builder.clients(with(|client| client.id_token_signed_response_alg = Some("RS256".into())))
    }),
    ("several hosts", |builder, _| {
        let hosts = with(|client| client.redirect_uris.push("https://b.example.org/callback".into()));
        builder.settings(|settings| settings.subjects.default_type = SubjectType::Pairwise).clients(hosts)
    }),
    ("redirect_uris", |builder, _| {
        builder.clients(with(|client| client.redirect_uris = vec!["/callback".into()]))
    }),
    ("another client has this name", |builder, _| builder.clients([client("web")])),
    ("login.parameters.memory_kib", |builder, _| {
        let parameters = Parameters { memory_kib: 1, ..Parameters::default() };
        builder.login(LoginOptions { parameters, ..LoginOptions::default() })
    }),
    ("user babs", |builder, _| {
        let digest = "5f4dcc3b5aa765d61d8327deb882cf99".to_owned();
        builder.users([StaticUser { password: Some(digest.into()), ..user("babs") }])
    }),
    ("the verified e-mail address of the other", |builder, _| builder.users([user("u1@example.org")])),
    ("is or was the name of somebody in the store", |builder, _| {
        builder.settings(|settings| settings.subjects.public = Public::Raw).users([user("ada")])
    }),
    ("broken.json", |builder, folder| {
        let private = folder.join("broken.json");
        std::fs::write(&private, "{").unwrap();
        let own = keys(&["ES384"], folder);
        let files = KeyFiles { private: Some(private), ..own.files.clone() };
        builder.keys(KeyOptions { files, ..own })
    }),
    ("in_the_way", |builder, folder| {
        // A folder where a file is to be.
        std::fs::create_dir_all(folder.join("in_the_way/jwks.json")).unwrap();
        builder.keys(keys(&["ES384"], &folder.join("in_the_way")))
    }),
];

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let folder = Folder::new("refused");
    let store = Arc::new(Counted::default());
    let provider = first(&folder.0).store(store.clone()).build().await.unwrap();
    store.commit(vec![stored("u1", "ada")]).await.unwrap();
    let file = || std::fs::read_to_string(folder.0.join("jwks.json")).unwrap();
    let published = file();
    assert!(store.taken() > 0);
    for (words, wrong) in WRONG {
        let refused = provider.reload(wrong(next(&folder.0), &folder.0)).await.unwrap_err().to_string();
        assert!(refused.contains(words), "{words}: {refused}");
        assert_eq!(store.taken(), 0, "a reload that is refused has written: {words}");
        let built = wrong(next(&folder.0), &folder.0).store(store.clone()).build().await;
        assert!(built.is_err_and(|error| error.to_string() == refused), "{words}");
        assert_eq!(store.taken(), 0, "a start that is refused has written: {words}");
        assert_eq!(file(), published, "{words}");
    }
    let moved = Provider::builder("https://moved.example").keys(keys(&["ES384"], &folder.0));
    assert!(provider.reload(moved).await.is_err());
    let moved = Provider::builder("https://moved.example").keys(keys(&["ES384"], &folder.0));
    assert!(moved.store(store.clone()).build().await.is_err());
    assert_eq!((store.taken(), file()), (0, published.clone()), "another issuer");
    assert!(!provider.refresh_keys().await.unwrap());

    next(&folder.0).store(store.clone()).rehearse().await.unwrap();
    assert_eq!((store.taken(), file()), (0, published.clone()), "a rehearsal");
    provider.reload(next(&folder.0)).await.unwrap();
    assert!(store.taken() > 2);
    assert_ne!(file(), published);
}

/// A store that nobody has is still nobody's.
#[tokio::test]
async fn a_builder_that_fails_takes_no_store() {
    let folder = Folder::new("empty");
    let store = Arc::new(Counted::default());
    let is_of_itself =
        |(words, _): &&(&str, Wrong)| !words.contains("store") && !words.contains("of the other");
    for (words, wrong) in WRONG.iter().filter(is_of_itself) {
        let built = wrong(next(&folder.0), &folder.0).store(store.clone()).build().await;
        assert!(built.is_err_and(|error| error.to_string().contains(words)), "{words}");
        assert_eq!(store.taken(), 0, "{words}");
        assert!(!folder.0.join("jwks.json").exists(), "{words}");
    }
}
