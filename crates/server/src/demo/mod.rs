//! `signet demo`: a provider and an application that signs people in with it, in one process, ready at once.

mod app;
mod data;
mod greeting;
mod id_token;
mod pages;
mod provider;
mod session;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::config::{Level, LogFormat};
use crate::log;
use data::Demo;
use signet::BuildError;
use signet::admin::AdminError;
use signet::clock::SystemClock;
use signet::keys::KeyError;
use signet::serve::{self, Background, Observer, Server};
use signet::web::metrics::Metrics;
use signet_store::StoreError;

/// Where the demo lives.
#[derive(Clone, Debug)]
pub struct Options {
    /// The provider's port; the application has the next one.
    pub port: u16,
    /// The folder of its data.
    pub data_dir: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 8080, data_dir: PathBuf::from("signet-data") }
    }
}

/// Why the demo cannot run.
#[derive(Debug)]
pub enum Error {
    /// There is no port after this one.
    LastPort(u16),
    /// The data folder cannot be made.
    Folder(PathBuf, std::io::Error),
    /// The store failed.
    Store(StoreError),
    /// The application's secret cannot be had.
    Secret(KeyError),
    /// The demo user cannot be made.
    User(AdminError),
    /// The demo user's password cannot be hashed.
    Password(signet_login::password::Error),
    /// The provider cannot be built.
    Build(BuildError),
    /// The application's pages cannot be read.
    Pages(signet::pages::Error),
    /// Nothing can be served.
    Serve(serve::Error),
    /// The application does not understand its provider.
    Application(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::LastPort(port) => {
                write!(
                    f,
                    "the application needs the port after {port}, and there is none; choose a lower `--port`"
                )
            }
            Error::Folder(path, reason) => {
                write!(
                    f,
                    "{} cannot be made: {reason}; choose another folder with `--data-dir`",
                    path.display()
                )
            }
            Error::Store(error) => error.fmt(f),
            Error::Secret(error) => error.fmt(f),
            Error::User(error) => error.fmt(f),
            Error::Password(error) => error.fmt(f),
            Error::Build(error) => error.fmt(f),
            Error::Pages(error) => error.fmt(f),
            Error::Serve(serve::Error::Listen { address, reason, .. })
                if reason.kind() == std::io::ErrorKind::AddrInUse =>
            {
                let port = address.port();
                write!(
                    f,
                    "port {port} is taken by another program; try `signet demo --port 9080` (it takes 9081 too)"
                )
            }
            Error::Serve(error) => error.fmt(f),
            Error::Application(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<serve::Error> for Error {
    fn from(error: serve::Error) -> Self {
        Self::Serve(error)
    }
}

/// Runs both servers until SIGINT or SIGTERM.
pub async fn run(options: Options) -> Result<(), Error> {
    let application_port = options.port.checked_add(1).ok_or(Error::LastPort(options.port))?;
    log::start(Level::Info, LogFormat::Auto);
    let at = async |port| {
        let named = "--port";
        serve::Options { named, ..serve::Options::local(serve::localhost(port).await) }
    };
    let (provider_options, application_options) = (at(options.port).await, at(application_port).await);
    let stops = (serve::told_to_stop()?, serve::told_to_stop()?);
    // The ports first: what cannot be reached should not leave data behind.
    let provider_server = Server::bind(&provider_options).await?;
    let application_server = Server::bind(&application_options).await?;

    let demo = Demo::open(&options, application_port).await?;
    let background = Background::start(&demo.provider);
    let application = app::router(&demo).await?;
    // Counted apart: what the application answers is no work of the provider.
    let application_server =
        application_server.observed(Observer::new(&application_options, Metrics::new(&SystemClock)));
    let provider_server = provider_server.observed(serve::observer(&demo.provider, &provider_options));
    let provider = serve::routes(&demo.provider, &provider_options);

    greeting::show(&demo);
    log::announce(&demo.issuer, false);
    let (one, other) =
        tokio::join!(provider_server.run(provider, stops.0), application_server.run(application, stops.1));
    background.stop().await;
    Ok(one.and(other)?)
}
