//! The TCP listener: accepts connections and lets the services answer what comes over them.

use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use crate::faults::HangUp;
use crate::route::Services;

/// Connections that wait to be accepted, as many as the standard library's listener has.
const BACKLOG: u32 = 128;

/// How often, and how soon, a port is tried again that was ours: half a minute in all.
const REBINDS: u32 = 3000;
const REBIND_PAUSE: Duration = Duration::from_millis(10);

/// Serves until `stop` is told or dropped. Connections that are open then are cut.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    services: Arc<Services>,
    stop: oneshot::Receiver<Infallible>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut listener = TcpListener::from_std(listener)?;
    let work = async {
        loop {
            let mut connections = JoinSet::new();
            let outage = services.faults.outage();
            tokio::select! {
                () = accept(&listener, &services, &mut connections) => {}
                () = outage.begins() => {}
            }
            connections.abort_all();
            drop(listener);
            // A socket that is bound and does not listen refuses connections, and keeps the port from everybody else.
            let socket = bound(address).await?;
            outage.ends().await;
            listener = match socket.listen(BACKLOG) {
                Ok(listener) => listener,
                Err(_) => bound(address).await?.listen(BACKLOG)?,
            };
        }
    };
    tokio::select! {
        ended = work => ended,
        _ = stop => Ok(()),
    }
}

async fn accept(listener: &TcpListener, services: &Arc<Services>, connections: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            // Running out of file descriptors passes; a listener that gives up does not come back.
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, Arc::clone(services)))),
                Err(_) => tokio::task::yield_now().await,
            },
            // Ended connections are forgotten.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Binds the port again. A connection that somebody else opened may have got it in between, and keeps it for a moment.
async fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    for _ in 0..REBINDS {
        if let Ok(socket) = bound_at_once(address) {
            return Ok(socket);
        }
        tokio::time::sleep(REBIND_PAUSE).await;
    }
    bound_at_once(address)
}

fn bound_at_once(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// What begins every connection of TLS, and none of HTTP: a record with a handshake.
const TLS_HANDSHAKE: u8 = 22;

/// How long a client may take to begin, and for its part of a handshake.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// A connection that requests come over.
trait Connection: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Connection for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Connection for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn converse(stream: TcpStream, services: Arc<Services>) {
    // Without it every small answer waits 40 ms for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    match services.tls() {
        Some(tls) if timeout(HANDSHAKE, is_tls(&stream)).await.unwrap_or_default() => {
            // A client that does not trust the certificate hangs up.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                answer(stream, services).await;
            }
        }
        _ => answer(stream, services).await,
    }
}

async fn is_tls(stream: &TcpStream) -> bool {
    let mut first = [0];
    stream.peek(&mut first).await.is_ok_and(|read| read == 1) && first == [TLS_HANDSHAKE]
}

/// Answers every request of one connection, which ends when the client ends it or a fault does.
async fn answer(stream: impl Connection, services: Arc<Services>) {
    let service = service_fn(move |request| {
        let services = Arc::clone(&services);
        async move { services.answer(request).await }
    });
    let mut builder = http1::Builder::new();
    let mut connection = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // Without a cause of ours it is the client that hung up, which is no concern of the server.
    if let Err(error) = (&mut connection).await
        && let Some(cause) = error.source().and_then(|cause| cause.downcast_ref())
    {
        hang_up(connection.into_parts().io.into_inner(), cause).await;
    }
}

/// Ends a connection in the way that is asked for. A client that has gone already is no concern of the server.
async fn hang_up(mut stream: impl Connection, how: &HangUp) {
    match how {
        HangUp::Reset => {
            let _ = stream.tcp().set_zero_linger();
        }
        HangUp::Torn(sent) => {
            let _ = stream.write_all(sent).await;
            let _ = stream.shutdown().await;
        }
        HangUp::Broken(_) => {}
    }
}
