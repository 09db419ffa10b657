//! Log lines on their way to a reader. Nobody who logs ever waits for the reader, or fails with it: lines
//! that find no room are counted and dropped.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use signet::clock::{Clock as _, SystemClock};

use super::bounded::bounded;
use super::stamp;

/// Lines that wait for the reader.
const LINES: usize = 8192;
/// Their bytes.
const BYTES: usize = 4 * 1024 * 1024;

/// A bounded queue; each `write` is a line of its own.
#[derive(Debug)]
pub(super) struct Lines {
    waiting: Mutex<Waiting>,
    /// There is something to write.
    filled: Condvar,
    /// Everything is written.
    emptied: Condvar,
    /// Whether notes are JSON.
    json: bool,
    lost: Counter,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Entry>,
    lines: usize,
    bytes: usize,
    /// Whether a line has left the queue and is not written yet.
    writing: bool,
    /// Until when nothing leaves the queue.
    held: Option<Instant>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// So many lines found no room here.
    Lost(u64),
}

impl Lines {
    /// An empty queue that counts lost lines in `lost`.
    pub(super) fn new(json: bool, lost: Counter) -> Self {
        let (filled, emptied) = (Condvar::new(), Condvar::new());
        Self { waiting: Mutex::default(), filled, emptied, json, lost }
    }

    /// Writes nothing for so long, or until there is a first line or the process ends.
    pub(super) fn hold(&self, at_most: Duration) {
        self.waiting().held = Instant::now().checked_add(at_most);
    }

    /// Takes the line that comes before those that were held.
    pub(super) fn begin(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        waiting.lines += 1;
        waiting.bytes = waiting.bytes.saturating_add(line.len());
        waiting.entries.push_front(Entry::Line(line.to_vec()));
        waiting.held = None;
        self.filled.notify_one();
    }

    /// Takes a line, or counts it as lost.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        let bytes = waiting.bytes.saturating_add(line.len());
        if waiting.lines < LINES && bytes <= BYTES {
            waiting.lines += 1;
            waiting.bytes = bytes;
            waiting.entries.push_back(Entry::Line(line.to_vec()));
        } else {
            self.lost.inc();
            match waiting.entries.back_mut() {
                Some(Entry::Lost(lines)) => *lines += 1,
                _ => waiting.entries.push_back(Entry::Lost(1)),
            }
        }
        self.filled.notify_one();
    }

    /// Waits until everything is written, but only so long.
    pub(super) fn flush(&self, at_most: Duration) {
        let unwritten = |waiting: &mut Waiting| waiting.writing || !waiting.entries.is_empty();
        let mut waiting = self.waiting();
        waiting.held = None;
        self.filled.notify_one();
        // In time or not: there is nothing else to do.
        let _written = self.emptied.wait_timeout_while(waiting, at_most, unwritten);
    }

    /// Writes what comes, for ever. Lines that cannot be written are lost too.
    pub(super) fn write_to(&self, mut to: impl Write) {
        let mut unsaid = 0;
        loop {
            let line = match self.next() {
                Entry::Lost(lines) => {
                    unsaid += lines;
                    None
                }
                Entry::Line(line) => Some(line),
            };
            let note = || self.note(unsaid, &stamp(SystemClock.now_ms()));
            if unsaid > 0 && to.write_all(note().as_bytes()).is_ok() {
                unsaid = 0;
            }
            let Some(line) = line else { continue };
            if unsaid > 0 || to.write_all(&line).is_err() {
                unsaid += 1;
                self.lost.inc();
            }
        }
    }

    /// The next entry; the one before it is done with.
    fn next(&self) -> Entry {
        let mut waiting = self.waiting();
        waiting.writing = false;
        loop {
            let held = waiting.held.map(|until| until.saturating_duration_since(Instant::now()));
            if let Some(left) = held.filter(|left| !left.is_zero()) {
                waiting = self.filled.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Some(entry) = waiting.entries.pop_front() {
                if let Entry::Line(line) = &entry {
                    waiting.lines -= 1;
                    waiting.bytes -= line.len();
                }
                waiting.writing = true;
                return entry;
            }
            self.emptied.notify_all();
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn note(&self, lines: u64, timestamp: &str) -> String {
        let (level, message, target) = ("WARN", "log lines lost", "signet::serve");
        if self.json {
            let note = serde_json::json!({
                "timestamp": timestamp, "level": level, "message": message, "lines": lines, "target": target,
            });
            format!("{note}\n")
        } else {
            format!("{timestamp}  {level} {message} lines={lines}\n")
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.push(&bounded(line, self.json));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, Result};
    use std::sync::{Arc, mpsc};

    use super::*;

    /// A reader that takes a write only when the test says how it ends.
    struct Reader {
        ends: mpsc::Receiver<bool>,
        read: Arc<Mutex<String>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            if self.ends.recv() == Ok(false) {
                return Err(Error::other("gone"));
            }
            self.read.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn watched(json: bool) -> (Arc<Lines>, mpsc::Sender<bool>, Arc<Mutex<String>>) {
        let (say, ends) = mpsc::channel();
        let (lines, read) = (Arc::new(Lines::new(json, Counter::default())), Arc::default());
        let (queue, reader) = (lines.clone(), Reader { ends, read: Arc::clone(&read) });
        std::thread::spawn(move || queue.write_to(reader));
        (lines, say, read)
    }

    #[test]
    fn who_logs_never_waits_and_the_reader_learns_how_many_lines_it_missed() {
        for (json, text) in [(false, "a"), (true, "a".repeat(BYTES / 100).as_str())] {
            let (lines, say, read) = watched(json);
            let line = format!("{text}\n");
            let pushed = u64::try_from(LINES).unwrap() + 200;
            lines.push(line.as_bytes());
            while lines.waiting().lines > 0 {
                std::thread::yield_now();
            }
            // The reader has the first line, and does not take it.
            (1..pushed).for_each(|_| lines.push(line.as_bytes()));
            let lost = lines.lost.get();
            assert!((100..pushed).contains(&lost), "{lost}");
            lines.flush(Duration::ZERO);
            drop(say);
            lines.flush(Duration::MAX);
            lines.push(b"the last one\n");
            lines.flush(Duration::MAX);
            let read = read.lock().unwrap();
            let [.., note, "the last one"] = read.lines().collect::<Vec<_>>()[..] else {
                panic!("{read}");
            };
            let time = match serde_json::from_str::<serde_json::Value>(note) {
                Ok(note) => note["timestamp"].as_str().unwrap().to_owned(),
                Err(_) => note.split_once(' ').unwrap().0.to_owned(),
            };
            assert_eq!(note, lines.note(lost, &time).trim_end());
            assert_eq!(
                (note.starts_with('{'), time.len()),
                (json, "2026-11-30T15:02:38.123Z".len()),
                "{note}"
            );
            assert_eq!(u64::try_from(read.lines().count()).unwrap(), pushed - lost + 2);
        }
    }

    #[test]
    fn what_is_held_comes_after_the_first_line_and_is_never_kept_back_for_long() {
        let read_of = |held: Duration, begin: bool| {
            let (lines, say, read) = watched(false);
            drop(say);
            lines.hold(held);
            lines.push(b"warning\n");
            if begin {
                lines.begin(b"listening\n");
            }
            while lines.waiting().lines > 0 {
                std::thread::yield_now();
            }
            lines.flush(Duration::MAX);
            read.lock().unwrap().clone()
        };
        assert_eq!(read_of(Duration::from_secs(600), true), "listening\nwarning\n");
        // A start that takes its time says why.
        assert_eq!(read_of(Duration::from_millis(1), false), "warning\n");
        // One that fails does too.
        let (lines, say, read) = watched(false);
        drop(say);
        lines.hold(Duration::from_secs(600));
        lines.push(b"error\n");
        lines.flush(Duration::MAX);
        assert_eq!(*read.lock().unwrap(), "error\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_too() {
        let (lines, say, read) = watched(false);
        // The first line fails, the note before the second too, then the disk has room again.
        (0..2).for_each(|_| say.send(false).unwrap());
        lines.push(b"one\n");
        lines.push(b"two\n");
        lines.flush(Duration::MAX);
        drop(say);
        lines.push(b"three\n");
        lines.flush(Duration::MAX);
        assert_eq!(lines.lost.get(), 2);
        let read = read.lock().unwrap();
        assert!(read.ends_with("Z  WARN log lines lost lines=2\nthree\n"), "{read}");
    }
}
