//! The TCP listener: accepts connections and lets the services answer what comes over them.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::route::Services;

/// Serves until `stop` is told or dropped. Connections that are open then are cut.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    services: Arc<Services>,
    stop: oneshot::Receiver<Infallible>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let accept = async {
        loop {
            // Running out of file descriptors passes; a listener that gives up does not come back.
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&services)));
            } else {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::select! {
        () = accept => Ok(()),
        _ = stop => Ok(()),
    }
}

/// Answers every request of one connection, which ends when the client ends it.
async fn converse(stream: TcpStream, services: Arc<Services>) {
    // Without it every small answer waits 40 ms for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let services = Arc::clone(&services);
        async move { services.answer(request).await }
    });
    // A client that hangs up is no concern of the server.
    let _ =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}
