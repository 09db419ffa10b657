//! docs/serving.md: the first signal lets requests in flight end, and a second one does not.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use crate::lost_log::Serving;

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let (reader, log) = std::io::pipe().unwrap();
    let mut server = Serving::logging_to("signals", log);
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
    // A request whose body does not end keeps the server from stopping.
    let mut unfinished = server.connect();
    let head = "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na";
    unfinished.write_all(head.as_bytes()).unwrap();
    server.terminate();
    let mut said = BufReader::new(reader);
    let mut line = String::new();
    while !line.contains("shutting down; finishing requests in flight") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it does not shut down");
    }
    assert_eq!(server.terminated().code(), Some(1));
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopped by a second signal; requests in flight were aborted"), "{rest}");
}
