//! A server that is no AWS: it answers whatever a test says, byte for byte.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// What a client asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Method and target, such as `GET /bucket/key?x-id=GetObject`.
    pub line: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Writes the answer of an impostor.
type Answer = dyn Fn(&Asked, &mut TcpStream) -> io::Result<()> + Send + Sync;

/// A server on the loopback interface, with one request a connection; it stops when this is dropped.
pub struct Impostor {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Impostor {
    /// Starts; each request is answered with these bytes, status line and headers included.
    ///
    /// # Panics
    /// When the machine gives no port.
    pub fn answering(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::writing(move |asked, stream| stream.write_all(&answer(asked)))
    }

    /// Starts; each request is answered by whatever this writes, as slowly as it does.
    ///
    /// # Panics
    /// When the machine gives no port.
    pub fn writing(
        answer: impl Fn(&Asked, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it was just bound");
        let is_over = Arc::new(AtomicBool::new(false));
        let (answer, over): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&is_over));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let (Ok(mut stream), answer) = (stream, Arc::clone(&answer)) else { continue };
                // A client may go away at any time.
                thread::spawn(move || read(&stream).and_then(|asked| answer(&asked, &mut stream)));
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl fmt::Debug for Impostor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Impostor").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(stream: &TcpStream) -> io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let line = line.rsplit_once(' ').map_or(line.clone(), |(line, _)| line.to_owned());
    Ok(Asked { line, body })
}

/// A reply as HTTP/1.1 writes it; the connection ends with it.
#[must_use]
pub fn reply(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        reply.push_str(name);
        reply.push_str(": ");
        reply.push_str(value);
        reply.push_str("\r\n");
    }
    reply.push_str("\r\n");
    let mut reply = reply.into_bytes();
    reply.extend_from_slice(body);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_is_told() {
        let impostor = Impostor::answering(|asked| reply(200, &[("a", "b")], asked.line.as_bytes()));
        let address = impostor.endpoint().replace("http://", "");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(b"PUT /x HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi").expect("sent");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        assert!(said.ends_with("a: b\r\n\r\nPUT /x"), "{said}");
    }
}
