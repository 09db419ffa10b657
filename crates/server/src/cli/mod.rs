//! The command line. Everything it does to stored things it does through `admin`.

mod arguments;
mod clients;
mod columns;
mod config;
mod consents;
mod console;
mod context;
mod credential;
mod events;
mod explain;
mod import;
mod keys;
mod listing;
mod operator;
mod password;
mod presets;
mod refused;
mod removed;
mod sessions;
mod throttle;
mod tickets;
mod users;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use self::arguments::{Arguments, Command, Demo, Serve};
use self::console::Console;
use self::context::Context;

/// Runs what the arguments of this process say. 0: done; 1: it failed; 2: the arguments or the configuration
/// are wrong.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let json = wants_json(&words);
    let mut console = Console::new(json);
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors.
            if json && error.use_stderr() {
                console.misused(&error);
            }
            error.exit()
        }
    };
    match run(arguments, &mut console) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has seen enough.
        Err(error) if console::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => console.fail(&error),
    }
}

/// Whether programs read what is printed, errors too, those that are found before the arguments are known.
fn wants_json(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

fn run(arguments: Arguments, console: &mut Console) -> anyhow::Result<()> {
    match arguments.command.unwrap_or(Command::Demo(arguments.demo)) {
        Command::Demo(demo) => to_the_end(many_threads(0)?, start_demo(demo)),
        Command::Serve(serve) => start_serving(&serve),
        Command::Config(command) => one_thread()?.block_on(config::run(command, console)),
        Command::User(command) => one_thread()?.block_on(users::run(command, console)),
        Command::Client(command) => one_thread()?.block_on(clients::run(command, console)),
        Command::Session(command) => one_thread()?.block_on(sessions::run(command, console)),
        Command::Consent(command) => one_thread()?.block_on(consents::run(command, console)),
        Command::Event(command) => one_thread()?.block_on(events::run(command, console)),
        Command::Throttle(command) => one_thread()?.block_on(throttle::run(command, console)),
        Command::Key(command) => one_thread()?.block_on(keys::run(command, console)),
    }
}

async fn start_demo(demo: Demo) -> anyhow::Result<()> {
    let options = crate::demo::Options { port: demo.port, data_dir: demo.data_dir };
    crate::demo::run(options).await.context("the demo cannot run")
}

fn start_serving(serve: &Serve) -> anyhow::Result<()> {
    let path = context::file(serve.config.as_deref())?;
    // Loaded here for the number of threads; the server loads it again, and at each SIGHUP.
    let loaded = context::load(&path)?;
    let serving = crate::run::serve(&path, crate::config::environment());
    Ok(to_the_end(many_threads(loaded.server.workers)?, serving)?)
}

/// Runs a server; when it has ended, with all its threads, the rest of its log is written.
fn to_the_end<T>(runtime: tokio::runtime::Runtime, server: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(server);
    drop(runtime);
    crate::log::flush();
    ended
}

fn one_thread() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("no threads can be started")
}

fn many_threads(workers: usize) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if workers > 0 {
        builder.worker_threads(workers);
    }
    builder.enable_all().build().context("no threads can be started")
}

#[cfg(test)]
mod tests;
