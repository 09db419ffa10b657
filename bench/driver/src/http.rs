//! A deliberately small HTTP/1.1 client: one keep-alive connection, one
//! request in flight, reused buffers. Only what a loopback load driver needs.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Default)]
pub struct Response {
    pub status: u16,
    pub location: Option<String>,
    pub set_cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

pub struct Conn {
    addr: String,
    stream: Option<TcpStream>,
    buf: Vec<u8>,
    /// TCP connections opened so far.
    pub connects: u64,
}

fn bad(msg: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, msg.into())
}

impl Conn {
    pub fn new(addr: &str) -> Self {
        Conn { addr: addr.to_string(), stream: None, buf: Vec::with_capacity(16 * 1024), connects: 0 }
    }

    /// Sends one raw request and reads the whole response into `out`. A
    /// keep-alive connection that the server closed while idle is reopened and
    /// the request resent once.
    pub async fn exchange(&mut self, req: &[u8], out: &mut Response) -> io::Result<()> {
        let reused = self.stream.is_some();
        match self.try_exchange(req, out).await {
            Err(e)
                if reused
                    && matches!(
                        e.kind(),
                        io::ErrorKind::UnexpectedEof
                            | io::ErrorKind::ConnectionReset
                            | io::ErrorKind::BrokenPipe
                    ) =>
            {
                self.stream = None;
                self.try_exchange(req, out).await
            }
            r => r,
        }
        .inspect_err(|_| self.stream = None)
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let n = self.stream.as_mut().unwrap().read_buf(&mut self.buf).await?;
        if n == 0 && self.buf.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(n)
    }

    async fn need(&mut self, len: usize) -> io::Result<()> {
        while self.buf.len() < len {
            if self.fill().await? == 0 {
                return Err(bad("connection closed inside a response"));
            }
        }
        Ok(())
    }

    async fn try_exchange(&mut self, req: &[u8], out: &mut Response) -> io::Result<()> {
        if self.stream.is_none() {
            let s = TcpStream::connect(&self.addr).await?;
            s.set_nodelay(true)?;
            self.stream = Some(s);
            self.connects += 1;
        }
        self.buf.clear();
        self.stream.as_mut().unwrap().write_all(req).await?;

        out.location = None;
        out.set_cookies.clear();
        out.body.clear();
        let mut length: Option<usize> = None;
        let mut chunked = false;
        let mut close = false;
        let mut head;
        loop {
            if self.fill().await? == 0 {
                return Err(bad("connection closed inside a response head"));
            }
            let mut hs = [httparse::EMPTY_HEADER; 64];
            let mut r = httparse::Response::new(&mut hs);
            match r.parse(&self.buf).map_err(|e| bad(e.to_string()))? {
                httparse::Status::Partial => continue,
                httparse::Status::Complete(n) => head = n,
            }
            out.status = r.code.unwrap_or(0);
            close |= r.version == Some(0);
            for h in r.headers.iter() {
                let n = h.name;
                if n.eq_ignore_ascii_case("content-length") {
                    length = std::str::from_utf8(h.value).ok().and_then(|v| v.trim().parse().ok());
                } else if n.eq_ignore_ascii_case("transfer-encoding") {
                    chunked = h.value.eq_ignore_ascii_case(b"chunked");
                } else if n.eq_ignore_ascii_case("connection") {
                    close |= h.value.eq_ignore_ascii_case(b"close");
                } else if n.eq_ignore_ascii_case("location") {
                    out.location = Some(String::from_utf8_lossy(h.value).into_owned());
                } else if n.eq_ignore_ascii_case("set-cookie") {
                    out.set_cookies.push(String::from_utf8_lossy(h.value).into_owned());
                }
            }
            break;
        }
        if out.status == 204 || out.status == 304 {
            length = Some(0);
            chunked = false;
        }
        if chunked {
            loop {
                let (skip, size) = loop {
                    match httparse::parse_chunk_size(&self.buf[head..]).map_err(|_| bad("chunk"))? {
                        httparse::Status::Complete(x) => break x,
                        httparse::Status::Partial => {
                            let l = self.buf.len() + 1;
                            self.need(l).await?;
                        }
                    }
                };
                let (start, size) = (head + skip, size as usize);
                self.need(start + size + 2).await?;
                out.body.extend_from_slice(&self.buf[start..start + size]);
                head = start + size + 2;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(len) = length {
            self.need(head + len).await?;
            out.body.extend_from_slice(&self.buf[head..head + len]);
        } else {
            while self.stream.as_mut().unwrap().read_buf(&mut self.buf).await? > 0 {}
            out.body.extend_from_slice(&self.buf[head..]);
            close = true;
        }
        if close {
            self.stream = None;
        }
        Ok(())
    }
}

/// Builds the bytes of one request.
pub struct Req<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub host: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Option<(&'a str, &'a str)>,
}

impl Req<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let mut s = String::with_capacity(512 + self.body.map_or(0, |b| b.1.len()));
        s.push_str(self.method);
        s.push(' ');
        s.push_str(self.path);
        s.push_str(" HTTP/1.1\r\nHost: ");
        s.push_str(self.host);
        s.push_str("\r\n");
        for (k, v) in self.headers {
            s.push_str(k);
            s.push_str(": ");
            s.push_str(v);
            s.push_str("\r\n");
        }
        if let Some((ct, body)) = self.body {
            s.push_str("Content-Type: ");
            s.push_str(ct);
            s.push_str("\r\nContent-Length: ");
            s.push_str(&body.len().to_string());
            s.push_str("\r\n\r\n");
            s.push_str(body);
        } else {
            s.push_str("\r\n");
        }
        s.into_bytes()
    }
}

/// A cookie jar keyed by name and path. `Domain` and `Secure` are ignored: the
/// driver talks to one loopback origin.
#[derive(Default, Clone)]
pub struct Jar(Vec<(String, String, String)>);

impl Jar {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn store(&mut self, set_cookies: &[String]) {
        for sc in set_cookies {
            let mut parts = sc.split(';');
            let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let mut path = "/";
            let mut dead = value.is_empty();
            for p in parts {
                let (k, v) = p.split_once('=').unwrap_or((p, ""));
                let (k, v) = (k.trim(), v.trim());
                if k.eq_ignore_ascii_case("path") && v.starts_with('/') {
                    path = v;
                } else if k.eq_ignore_ascii_case("max-age") {
                    dead |= v.parse::<i64>().is_ok_and(|n| n <= 0);
                } else if k.eq_ignore_ascii_case("expires") {
                    dead |= v.contains(" 1970 ") || v.contains("-1970 ");
                }
            }
            self.0.retain(|(n, p, _)| !(n == name && p == path));
            if !dead {
                self.0.push((name.to_string(), path.to_string(), value.to_string()));
            }
        }
    }

    pub fn header(&self, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or(path);
        let mut out = String::new();
        for (n, p, v) in &self.0 {
            let m = path.starts_with(p.as_str())
                && (p.ends_with('/') || path.len() == p.len() || path.as_bytes()[p.len()] == b'/');
            if m {
                if !out.is_empty() {
                    out.push_str("; ");
                }
                out.push_str(n);
                out.push('=');
                out.push_str(v);
            }
        }
        (!out.is_empty()).then_some(out)
    }
}
