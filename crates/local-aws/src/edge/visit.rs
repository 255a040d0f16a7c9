//! A visit to a site, as a test makes it: one request over a connection of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a browser encodes in a path: it leaves `%XX` alone.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'`');

/// What a visitor got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// The headers.
    pub headers: HeaderMap,
    /// Whether the edge had it, and did not ask the origin.
    pub from_cache: bool,
}

impl Visit {
    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; `None` when it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn parse(answer: &[u8]) -> Option<Self> {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&answer[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let value = HeaderValue::from_str(value.trim()).ok()?;
            headers.append(HeaderName::try_from(name).ok()?, value);
        }
        let from_cache = headers.contains_key("age");
        Some(Self { status, body: Bytes::copy_from_slice(&answer[end + 4..]), headers, from_cache })
    }
}

/// Sends one request to the site of a distribution and reads the answer to its end.
pub(crate) fn visit(
    address: SocketAddr,
    distribution: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> io::Result<Visit> {
    let mut stream = TcpStream::connect(address)?;
    let path = utf8_percent_encode(path, UNSAFE);
    let host = format!("{}.localhost:{}", distribution.to_lowercase(), address.port());
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Visit::parse(&answer)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is no HTTP response"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let visit = Visit::parse(b"HTTP/1.1 404 Not Found\r\nAge: 3\r\nX-Cache: Error\r\n\r\nlost\r\n\r\n");
        let visit = visit.expect("an answer");
        assert_eq!((visit.status, visit.text().as_str(), visit.from_cache), (404, "lost\r\n\r\n", true));
        assert_eq!((visit.header("x-cache"), visit.header("x")), (Some("Error"), None));
        for torn in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nx\r\n\r\n", "x\r\n\r\n"] {
            assert_eq!(Visit::parse(torn.as_bytes()), None, "{torn:?}");
        }
    }
}
