//! What commands print: lines and tables for people, JSON for programs; errors with the next step.

use std::borrow::Cow;
use std::io::{BufRead, IsTerminal as _, Read as _, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use signet_core::secret::Secret;
use signet_store::StoreError;

use super::columns::Columns;
use super::context::WrongConfiguration;
use super::import::Report;
use super::refused::Refused;
use super::throttle::COUNT;
use crate::config::{Place, Problem, Severity};
use signet::admin::{AdminError, Fault};
use signet::keys::KeyError;
use signet::program::place::without_mark;

/// Where a command reads and writes; in tests not the process's own.
pub(super) struct Console {
    input: Box<dyn BufRead>,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    colours: bool,
    /// Whether standard error is a terminal.
    terminal: bool,
    /// Whether programs read the output.
    json: bool,
}

impl Console {
    /// The process's own. Colours only on a terminal whose owner has nothing against them (NO_COLOR).
    pub(super) fn new(json: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let terminal = std::io::stderr().is_terminal();
        let input = Box::new(std::io::BufReader::new(std::io::stdin()));
        let (out, err) = (Box::new(std::io::stdout()), Box::new(std::io::stderr()));
        Self { input, out, err, colours: terminal && !refused, terminal, json }
    }

    /// Whether somebody looks at standard error as it is written.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// A line from standard input, without its end.
    pub(super) fn read_line(&mut self) -> anyhow::Result<Secret<String>> {
        let mut line = String::new();
        self.input.read_line(&mut line).context("standard input cannot be read")?;
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        line.drain(..line.len() - without_mark(&line).len());
        Ok(Secret::new(line))
    }

    /// Asks before something is destroyed; `--yes` answers where nobody can.
    pub(super) fn confirm(&mut self, what: &str) -> anyhow::Result<()> {
        if !self.terminal {
            bail!("{what}; add --yes to do it");
        }
        write!(self.err, "{what}; type yes to continue: ")?;
        self.err.flush()?;
        if self.read_line()?.expose() != "yes" {
            bail!("nothing was changed");
        }
        Ok(())
    }

    /// All of standard input.
    pub(super) fn read_all(&mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        self.input.read_to_string(&mut text).context("standard input cannot be read")?;
        text.drain(..text.len() - without_mark(&text).len());
        Ok(text)
    }

    /// A line on standard output.
    pub(super) fn line(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", safe(text))?)
    }

    /// Text on standard output as it is.
    pub(super) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(write!(self.out, "{text}")?)
    }

    /// A JSON value on standard output.
    pub(super) fn json(&mut self, value: &Value) -> anyhow::Result<()> {
        self.json_text(&format!("{}\n", serde_json::to_string_pretty(value)?))
    }

    /// Part of a JSON text on standard output.
    pub(super) fn json_text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(write!(self.out, "{}", escaped(text, |c| format!("\\u{:04x}", u32::from(c))))?)
    }

    /// A line on standard error that is no error.
    pub(super) fn note(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.err, "{}", safe(text))?)
    }

    /// Columns of text, each as wide as its widest cell.
    pub(super) fn table<const N: usize>(
        &mut self,
        head: [&'static str; N],
        rows: &[[String; N]],
    ) -> anyhow::Result<()> {
        let mut columns = Columns::of(head);
        rows.iter().for_each(|row| columns.widen(row));
        self.line(&columns.head())?;
        rows.iter().try_for_each(|row| self.line(&columns.line(row)))
    }

    /// What is doubtful about something that was given, on standard error.
    pub(super) fn warnings(&mut self, faults: &[Fault]) -> anyhow::Result<()> {
        let doubts = faults.iter().filter(|fault| fault.severity == Severity::Warning);
        self.problems(&doubts.cloned().map(Problem::from).collect::<Vec<_>>())
    }

    /// Warnings and errors of a configuration on standard error.
    pub(super) fn problems(&mut self, problems: &[Problem]) -> anyhow::Result<()> {
        for problem in problems {
            let colour = if problem.is_error() { "31" } else { "33" };
            self.said(word(problem.fault.severity), colour, &problem.to_string())?;
        }
        Ok(())
    }

    /// Says why, and what to do next; to programs on standard output.
    pub(super) fn fail(&mut self, error: &anyhow::Error) -> ExitCode {
        let wrong = error.downcast_ref::<WrongConfiguration>();
        let by_server = error.downcast_ref::<crate::run::RunError>();
        let problems = match (wrong, by_server) {
            (Some(WrongConfiguration(problems)), _) => Some(problems),
            (None, Some(crate::run::RunError::Config(problems))) => Some(problems),
            _ => None,
        };
        // When even standard error is closed, the exit code is all that is left.
        let _closed = if self.json { self.json(&failure(error, problems)).err() } else { None };
        let _closed = match problems {
            Some(problems) => self.problems(problems),
            None => {
                let warned = self.warnings(invalid(error));
                warned.and_then(|()| self.said("error", "31", &format!("{error:#}{}", next_step(error))))
            }
        };
        ExitCode::from(if problems.is_some() { 2 } else { 1 })
    }

    /// Says to programs what is wrong with the arguments; people are told by `clap`.
    pub(super) fn misused(&mut self, error: &clap::Error) {
        let text = error.render().to_string();
        let message = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        // The exit code is left.
        let _closed = self.json(&json!({ "error": { "code": "usage", "message": message, "next": null } }));
    }

    /// A line on standard error that begins with a coloured word.
    fn said(&mut self, word: &str, colour: &str, text: &str) -> anyhow::Result<()> {
        let word = self.paint(word, colour);
        Ok(writeln!(self.err, "{word}: {}", safe(text))?)
    }

    fn paint(&self, word: &str, colour: &str) -> String {
        if self.colours { format!("\x1b[1;{colour}m{word}\x1b[0m") } else { word.to_owned() }
    }
}

/// Text that moves nothing on a terminal: no control characters, and none that turn the direction of others.
pub(super) fn safe(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.escape_unicode().to_string())
}

fn escaped(text: &str, how: impl Fn(char) -> String) -> Cow<'_, str> {
    let moves = |c: char| {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (c.is_control() && c != '\n')
    };
    if !text.contains(moves) {
        return Cow::Borrowed(text);
    }
    let shown = |c| if moves(c) { how(c) } else { String::from(c) };
    Cow::Owned(text.chars().map(shown).collect())
}

/// An error for programs. `code` says of which kind it is.
fn failure(error: &anyhow::Error, problems: Option<&Vec<Problem>>) -> Value {
    let code = if problems.is_some() { "configuration" } else { code(error) };
    let given: Vec<Problem> = invalid(error).iter().cloned().map(Problem::from).collect();
    let problems = problems.or((!given.is_empty()).then_some(&given));
    let next = next_step(error);
    let next = next.strip_prefix("; ");
    let mut failure = json!({ "error": { "code": code, "message": format!("{error:#}"), "next": next } });
    if let Some(members) = failure.as_object_mut() {
        members.extend(error.downcast_ref::<Report>().map(Report::as_json).unwrap_or_default());
        members.extend(problems.map(|all| ("problems".to_owned(), all.iter().map(as_json).collect())));
    }
    failure
}

/// What is wrong with what was given, and doubtful about it.
fn invalid(error: &anyhow::Error) -> &[Fault] {
    match error.downcast_ref::<AdminError>() {
        Some(AdminError::Invalid(faults)) => faults,
        _ => &[],
    }
}

/// Of which kind an error is, in the words that the book lists.
fn code(error: &anyhow::Error) -> &'static str {
    let admin = error.downcast_ref::<AdminError>();
    let keys = match admin {
        Some(AdminError::Keys(keys)) => Some(keys),
        _ => error.downcast_ref::<KeyError>(),
    };
    let store = match (admin, keys) {
        (Some(AdminError::Store(store)), _) | (_, Some(KeyError::Store(store))) => Some(store),
        _ => error.downcast_ref::<StoreError>(),
    };
    match (store, admin, keys) {
        (Some(StoreError::Page(_)), ..) | (_, Some(AdminError::Invalid(_)), _) => "invalid",
        (Some(_), ..) => "store",
        (_, Some(AdminError::NotFound { .. }), _) => "not_found",
        (_, Some(AdminError::AlreadyExists { .. }), _) => "already_exists",
        (_, Some(AdminError::Conflict), _) => "conflict",
        (.., Some(_)) => "keys",
        _ if error.is::<std::io::Error>() => "file",
        _ => error.downcast_ref::<Refused>().map_or("failed", |refused| refused.code),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn as_json(problem: &Problem) -> Value {
    let (file, line, column) = match &problem.place {
        Place::File { line, column } => (problem.file.as_ref(), Some(*line), Some(*column)),
        Place::Other { file, line, column } => (Some(file), Some(*line), Some(*column)),
        _ => (problem.file.as_ref(), None, None),
    };
    let Fault { what, instead, severity, .. } = &problem.fault;
    json!({
        "severity": word(*severity), "key": problem.key(), "what": what, "instead": instead,
        "file": file, "line": line, "column": column,
    })
}

/// What to type next.
fn next_step(error: &anyhow::Error) -> String {
    match error.downcast_ref::<AdminError>() {
        Some(AdminError::NotFound { what: "initial access token", .. }) => {
            "; `signet client token list` shows all".to_owned()
        }
        Some(AdminError::NotFound { what: COUNT, .. }) => "; `signet throttle list` shows all".to_owned(),
        Some(AdminError::NotFound { what, .. }) => format!("; `signet {what} list` shows all"),
        Some(AdminError::AlreadyExists { what: "user", name }) => {
            format!("; `signet user show {name}` shows them, `signet user passwd {name}` sets a new password")
        }
        Some(AdminError::AlreadyExists { what, name }) => format!("; `signet {what} show {name}` shows it"),
        Some(AdminError::Store(_) | AdminError::Conflict) if error.is::<Report>() => {
            "; run the same command again to continue from there".to_owned()
        }
        _ => String::new(),
    }
}

/// Whether the reader of our output has gone.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// What was written to one of a console's two ends.
    #[derive(Clone, Default)]
    pub(crate) struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    pub(crate) fn console(input: &str, json: bool) -> (Console, Paper, Paper) {
        let (out, err) = (Paper::default(), Paper::default());
        let input = Box::new(std::io::Cursor::new(input.to_owned()));
        let console = Console {
            input,
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
            colours: false,
            terminal: false,
            json,
        };
        (console, out, err)
    }

    #[test]
    fn nothing_that_is_stored_moves_anything_on_a_terminal() {
        let text = "a\u{202e}b\u{1b}[2Jc\u{9b}d\re\u{2066}é\u{200d}";
        let shown = "a\\u{202e}b\\u{1b}[2Jc\\u{9b}d\\u{d}e\\u{2066}é\u{200d}";
        let (mut console, out, err) = console("", false);
        console.line(text).unwrap();
        console.table(["A", "B"], &[["x\ny".to_owned(), text.to_owned()]]).unwrap();
        console.note(text).unwrap();
        console.fail(&anyhow::anyhow!("no user {text}"));
        let lines: Vec<String> = out.text().lines().map(str::to_owned).collect();
        assert_eq!((lines[0].as_str(), lines[2].as_str()), (shown, format!("x\\ny  {shown}").as_str()));
        assert_eq!(err.text(), format!("{shown}\nerror: no user {shown}\n"));
        let (mut console, out, _) = console_of_json();
        console.json(&json!({ "name": text })).unwrap();
        assert!(!out.text().contains(['\u{202e}', '\u{9b}', '\u{1b}', '\u{2066}']), "{}", out.text());
        assert_eq!(serde_json::from_str::<Value>(&out.text()).unwrap()["name"], text);
    }

    fn console_of_json() -> (Console, Paper, Paper) {
        console("", true)
    }

    #[test]
    fn what_destroys_goes_on_after_a_yes_only() {
        for (typed, terminal, goes_on) in
            [("yes\n", true, true), ("y\n", true, false), ("", true, false), ("yes\n", false, false)]
        {
            let (mut console, _, err) = console(typed, false);
            console.terminal = terminal;
            assert_eq!(console.confirm("everything goes").is_ok(), goes_on, "{typed:?} {terminal}");
            assert_eq!(err.text().contains("everything goes; type yes"), terminal);
        }
    }
}
