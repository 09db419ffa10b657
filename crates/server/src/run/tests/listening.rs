//! What keeps a server from listening, as `signet config check` finds it out.

use super::*;

/// A server that runs may have its own configuration checked before it reads it again.
#[tokio::test]
async fn a_port_that_is_taken_is_only_a_warning() {
    let folder = Folder::new("taken");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, free) = (taken.local_addr().unwrap(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let other = free.local_addr().unwrap();
    drop(free);
    let warned = async |listen: &str| {
        let text = format!("{HEAD}store = 'memory:'\n{listen}\n");
        let prepared = prepare(folder.load(&text).unwrap(), Purpose::Checking).await;
        let warnings = prepared.map_err(|problems| format!("{problems:?}")).unwrap().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let said = warned(&format!("listen = '{address}'")).await;
    assert!(said.contains("`listen`: ") && said.contains("is taken by another program"), "{said}");
    let said = warned(&format!("listen = '{other}'\nmetrics.listen = '{address}'")).await;
    assert!(said.contains("`metrics.listen`: ") && said.contains("already running there"), "{said}");
    taken.set_nonblocking(true).unwrap();
    assert!(taken.accept().is_err(), "nobody connected");
}

/// As `signet config check && systemctl reload signet` has it.
#[tokio::test]
async fn a_port_of_the_server_of_this_store_is_no_problem() {
    let folder = Folder::new("own-port");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("{HEAD}store = 'sqlite:own.db'\nlisten = '{}'\n", taken.local_addr().unwrap());
    let warned = async || {
        let prepared = prepare(folder.load(&text).unwrap(), Purpose::Checking).await;
        prepared.ok().unwrap().warnings.iter().map(ToString::to_string).collect::<String>()
    };
    assert!(warned().await.contains("is taken by another program"));
    let served = prepare(folder.load(&text).unwrap(), Purpose::Serving).await.ok().unwrap();
    assert_eq!(warned().await, "");
    drop(served);
    let said = warned().await;
    assert!(said.contains("is taken by another program") && !said.contains("runs already"), "{said}");
}

#[tokio::test]
async fn an_issuer_at_another_port_of_this_machine_needs_a_proxy() {
    let folder = Folder::new("elsewhere");
    let warned = async |more: &str| {
        let text = format!(
            "issuer = 'http://127.0.0.1:24001'\nstore = 'memory:'\nkeys = {{ signing = ['ES256'], encryption = [] }}\n{more}\n"
        );
        let prepared = prepare(folder.load(&text).unwrap(), Purpose::Checking).await;
        prepared.ok().unwrap().warnings.iter().map(ToString::to_string).collect::<String>()
    };
    let said = warned("listen = '127.0.0.1:24002'").await;
    assert!(said.contains("ask at port 24001") && said.contains("`listen` has 24002"), "{said}");
    let meant = ["listen = '127.0.0.1:24001'", "listen = '127.0.0.1:24002'\nproxy.trusted = ['127.0.0.1']"];
    for more in meant {
        assert!(!warned(more).await.contains("ask at port"), "{more}");
    }
}
