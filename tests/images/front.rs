//! What stands between a pipe and the embedded cloud, which itself is at 127.0.0.1: another address, a proxy, a name
//! server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Runtime;

/// A listener that passes everything on; it stops when this is dropped.
pub(crate) struct Front {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

#[derive(Clone)]
enum Kind {
    Plain,
    /// Connects to the cloud whatever it is asked for.
    Proxy(Arc<Mutex<Vec<String>>>),
}

impl Front {
    /// At this address, port 0 meaning a free one.
    pub(crate) fn plain(address: SocketAddr, cloud: SocketAddr) -> Self {
        Self::start(address, cloud, |_| Kind::Plain)
    }

    /// A proxy for HTTPS that leads every name to `server`.
    pub(crate) fn proxy(server: SocketAddr) -> Self {
        Self::start((Ipv4Addr::LOCALHOST, 0).into(), server, Kind::Proxy)
    }

    /// A name server to which every name is 127.0.0.1.
    pub(crate) fn names(address: SocketAddr) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let socket = runtime.block_on(UdpSocket::bind(address)).expect("the port of name servers");
        let asked = Arc::new(Mutex::new(Vec::new()));
        runtime.spawn(answer(socket, Arc::clone(&asked)));
        Self { address, asked, _runtime: runtime }
    }

    fn start(
        address: SocketAddr,
        to: SocketAddr,
        kind: impl FnOnce(Arc<Mutex<Vec<String>>>) -> Kind,
    ) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(address)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kind = kind(Arc::clone(&asked));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, to, kind.clone()));
            }
        });
        Self { address, asked, _runtime: runtime }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What a proxy or a name server was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no one panicked").clone()
    }
}

/// A client that hangs up is no concern of the server.
async fn converse(mut client: TcpStream, to: SocketAddr, kind: Kind) -> Option<()> {
    if let Kind::Proxy(asked) = &kind {
        let wanted = request(&mut client).await?;
        asked.lock().expect("no one panicked").push(wanted);
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.ok()?;
    }
    let mut server = TcpStream::connect(to).await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok().map(drop)
}

/// The first line of what a proxy is asked for.
async fn request(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()?.lines().next().map(str::to_owned)
}

/// Answers each question for an IPv4 address, and says of all others that there is nothing.
async fn answer(socket: UdpSocket, asked: Arc<Mutex<Vec<String>>>) {
    let mut packet = [0; 512];
    while let Ok((length, client)) = socket.recv_from(&mut packet).await {
        let Some((name, end)) = question(&packet[..length]) else { continue };
        let is_ipv4 = packet[end - 4..end] == [0, 1, 0, 1];
        asked.lock().expect("no one panicked").push(name);
        let mut reply = packet[..end].to_vec();
        reply[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_ipv4), 0, 0, 0, 0]);
        if is_ipv4 {
            // The question's name, an IPv4 address, for a minute, of four bytes.
            reply.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
        }
        let _ = socket.send_to(&reply, client).await;
    }
}

/// The name that is asked for, and where the question ends.
fn question(packet: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*packet.get(at)?);
        at += 1;
        if length == 0 {
            return (at + 4 <= packet.len()).then(|| (labels.join("."), at + 4));
        }
        labels.push(String::from_utf8_lossy(packet.get(at..at + length)?).into_owned());
        at += length;
    }
}
