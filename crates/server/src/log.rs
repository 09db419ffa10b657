//! The log: one line per event on standard error, for people on a terminal and as JSON for machines. A reader
//! that is slow, or gone, costs lines and never an answer.

mod bounded;
mod lines;

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use signet_core::time::Timestamp;
use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use self::lines::Lines;
use crate::config::{Level, LogFormat};
use signet::clock::{Clock as _, SystemClock};
use signet::web::metrics;

/// What this process says on standard error, once it logs.
static SAID: OnceLock<Arc<Lines>> = OnceLock::new();

/// How long the log waits at most for the line that says where requests are answered: programs that start us
/// read it first. A start that takes longer says why.
const STARTING: Duration = Duration::from_secs(2);

/// Begins to log; a second call changes nothing, so that embedders keep their own.
pub(crate) fn start(level: Level, format: LogFormat) {
    let terminal = std::io::stderr().is_terminal();
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !terminal,
    };
    let lines = Arc::new(Lines::new(json, metrics::lines_lost().clone()));
    lines.hold(STARTING);
    if tracing::subscriber::set_global_default(subscriber(level, json, terminal, lines.clone())).is_err() {
        // The program that embeds us logs in its own way.
        return;
    }
    let _ours = SAID.set(lines.clone());
    // A handle of its own: while a write waits for its reader, nobody else waits for the lock of `stderr`.
    let writer = std::thread::Builder::new().name("log".to_owned());
    let _writer = writer.spawn(move || match std::io::stderr().as_fd().try_clone_to_owned() {
        Ok(handle) => lines.write_to(File::from(handle)),
        Err(_) => lines.write_to(std::io::stderr()),
    });
}

/// Writes what is left, for at most a second: call it before the process ends.
pub(crate) fn flush() {
    if let Some(lines) = SAID.get() {
        lines.flush(Duration::from_secs(1));
    }
}

/// A line, or several, for the person who started the program, whatever the log is set to.
pub(crate) fn say(text: &str) {
    say_by(text, Lines::push);
}

/// Says that requests are now answered, before all else; programs that start us wait for this line.
pub(crate) fn announce(url: &str, json: bool) {
    let line = format!("listening on {url}");
    if json {
        let timestamp = stamp(SystemClock.now_ms());
        let line = serde_json::json!({
            "timestamp": timestamp, "level": "INFO", "message": line, "target": "signet::serve",
        });
        say_by(&line.to_string(), Lines::begin);
    } else {
        say_by(&line, Lines::begin);
    }
}

/// When a line was written that `tracing` knows nothing of, as it writes times itself.
fn stamp(now_ms: u64) -> String {
    Timestamp(now_ms / 1000).rfc3339(now_ms % 1000)
}

fn say_by(text: &str, take: fn(&Lines, &[u8])) {
    let text = format!("{text}\n");
    match SAID.get() {
        Some(lines) => take(lines, text.as_bytes()),
        None => {
            // When standard error is closed, there is nobody to say it to.
            let _closed = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

fn subscriber<W>(level: Level, json: bool, colours: bool, to: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(to).log_internal_errors(false);
    if json {
        Box::new(log.json().flatten_event(true).with_current_span(true).with_span_list(false).finish())
    } else {
        Box::new(log.with_ansi(colours).with_target(false).finish())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use signet::serve::{Observer, Options};
    use signet::web::metrics::Metrics;
    use tower::ServiceExt as _;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    async fn logged(level: Level, json: bool) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let _logging =
            tracing::subscriber::set_default(subscriber(level, json, false, move || writer.clone()));
        let handler = get(async || tracing::warn!("from within"));
        let router = Router::new().route("/interaction/{handle}", handler);
        let router = Observer::new(&Options::local(Vec::new()), Metrics::new(&SystemClock)).over(router);
        for uri in ["/interaction/hunter2?code=hunter2", "/hunter2?access_token=hunter2"] {
            let request = http::Request::get(uri)
                .header("cookie", "s=hunter2")
                .header("authorization", "Bearer hunter2");
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        }
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn every_line_names_its_request_and_none_holds_a_secret() {
        for json in [true, false] {
            let log = logged(Level::Trace, json).await;
            assert_eq!(log.lines().count(), 3, "{log}");
            assert!(log.lines().all(|line| line.contains("request_id")), "{log}");
            assert!(log.contains("/interaction/{handle}") && log.contains("from within"), "{log}");
            assert!(!log.contains("hunter2"), "{log}");
        }
    }

    #[tokio::test]
    async fn the_name_stays_when_only_warnings_are_logged() {
        let log = logged(Level::Warn, true).await;
        let line: serde_json::Value = serde_json::from_str(log.trim()).unwrap();
        assert_eq!(line["message"], "from within");
        assert!(line["span"]["request_id"].as_str().is_some_and(|id| id.contains('-')), "{line}");
    }
}
