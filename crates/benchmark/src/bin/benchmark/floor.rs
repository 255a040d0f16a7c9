//! The floors: what sending, listing or hashing alone takes, when nothing is decided, checked or signed.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use http::uri::Scheme;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use md5::{Digest as _, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The first argument of the process that is a floor.
pub(crate) const ARGUMENT: &str = "__floor";

/// Larger files go in pieces, as every program sends them.
const PIECE: u64 = 8 * 1024 * 1024;

/// What stands as it is in a path.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Between names of files in a file; no name has it.
const NUL: u8 = 0;

/// A connection to a server.
struct Client {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

/// One body.
#[derive(Debug, PartialEq)]
struct Piece {
    file: PathBuf,
    path: String,
    start: u64,
    length: u64,
}

/// `put FOLDER FILES URL FLIGHTS`, `list URL` or `hash FILES`.
pub(crate) fn main(arguments: &[OsString]) -> anyhow::Result<()> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match words[..] {
        ["put", folder, files, url, flights] => {
            let pieces = pieces(Path::new(folder), &read_names(Path::new(files))?)?;
            let pieces = Arc::new(Mutex::new(pieces));
            let (flights, tls): (usize, _) = (flights.parse()?, tls()?);
            runtime.block_on(async {
                let connections = (0..flights.max(1)).map(|_| put(url, &tls, &pieces));
                futures::future::try_join_all(connections).await.map(drop)
            })
        }
        ["list", url] => runtime.block_on(list(url, &tls()?)),
        ["hash", files] => hash(&read_names(Path::new(files))?),
        _ => bail!("{ARGUMENT} is for the benchmark's own use"),
    }
}

/// Writes the names of files for a floor to read.
pub(crate) fn write_names(list: &Path, files: &[&PathBuf]) -> std::io::Result<()> {
    let names: Vec<&[u8]> = files.iter().map(|file| file.as_os_str().as_bytes()).collect();
    fs::write(list, names.join(&NUL))
}

fn read_names(list: &Path) -> std::io::Result<Vec<PathBuf>> {
    let names = fs::read(list)?;
    let names = names.split(|byte| *byte == NUL).filter(|name| !name.is_empty());
    Ok(names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect())
}

fn pieces(folder: &Path, files: &[PathBuf]) -> anyhow::Result<VecDeque<Piece>> {
    let mut pieces = VecDeque::new();
    for file in files {
        let bytes = file.metadata()?.len();
        let name = file.strip_prefix(folder)?.to_str().context("a file name is UTF-8")?;
        let name = utf8_percent_encode(name, &PLAIN).to_string();
        for start in (0..bytes.max(1)).step_by(usize::try_from(PIECE)?) {
            let path = if start == 0 { name.clone() } else { format!("{name}.{start}") };
            let length = PIECE.min(bytes - start);
            pieces.push_back(Piece { file: file.clone(), path, start, length });
        }
    }
    Ok(pieces)
}

/// One connection: the next piece as soon as the last one is answered.
async fn put(url: &str, tls: &TlsConnector, pieces: &Mutex<VecDeque<Piece>>) -> anyhow::Result<()> {
    let base = url.parse::<Uri>()?;
    let mut client = Client::connect(&base, tls).await?;
    loop {
        let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(piece) = piece else { return Ok(()) };
        client.ask(Method::PUT, &format!("{}/{}", base.path(), piece.path), piece.read()?).await?;
    }
}

/// Every page of a listing, one after the other.
async fn list(url: &str, tls: &TlsConnector) -> anyhow::Result<()> {
    let base = url.parse::<Uri>()?;
    let mut client = Client::connect(&base, tls).await?;
    let first = format!("{}?list-type=2&encoding-type=url", base.path());
    let mut next = Some(first.clone());
    while let Some(path) = next {
        let page = client.ask(Method::GET, &path, Bytes::new()).await?;
        next = token(&page).map(|token| {
            format!("{first}&continuation-token={}", utf8_percent_encode(&token, NON_ALPHANUMERIC))
        });
    }
    Ok(())
}

/// Where a listing goes on.
fn token(page: &[u8]) -> Option<String> {
    const NAME: &str = "NextContinuationToken>";
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once(&format!("<{NAME}"))?;
    rest.split_once(&format!("</{NAME}")).map(|(token, _)| token.to_owned())
}

/// A client that trusts the authorities in the file of `SSL_CERT_FILE`.
fn tls() -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        for certificate in CertificateDer::pem_file_iter(file)? {
            // As every program does: the others can still be trusted.
            let _ = roots.add(certificate?);
        }
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config).into())
}

async fn sender(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with an error only when the server hangs up, and then a request fails.
    tokio::spawn(connection);
    Ok(sender)
}

/// Reads every file and takes its MD5, on all cores.
fn hash(files: &[PathBuf]) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            std::hint::black_box(Md5::digest(fs::read(file)?));
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a thread ended")))
    })
}

impl Client {
    async fn connect(url: &Uri, tls: &TlsConnector) -> anyhow::Result<Self> {
        let authority = url.authority().context("a URL with a host")?;
        let host = authority.as_str().to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let sender = if url.scheme() == Some(&Scheme::HTTPS) {
            let name = ServerName::try_from(authority.host().to_owned())?;
            sender(tls.connect(name, stream).await?).await?
        } else {
            sender(stream).await?
        };
        Ok(Self { host, sender })
    }

    async fn ask(&mut self, method: Method, path: &str, body: Bytes) -> anyhow::Result<Bytes> {
        let request = Request::builder().method(method).uri(path).header("host", &self.host);
        let answer = self.sender.send_request(request.body(Full::new(body))?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{path} was answered {status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}

impl Piece {
    fn read(&self) -> anyhow::Result<Bytes> {
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut body = vec![0; usize::try_from(self.length)?];
        file.read_exact(&mut body)?;
        Ok(body.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sent_in_pieces() {
        let folder = tempfile::tempdir().expect("a folder");
        let (large, empty) = (folder.path().join("a b"), folder.path().join("e"));
        File::create(&large).expect("a file").set_len(PIECE + 5).expect("long");
        File::create(&empty).expect("a file");
        let list = folder.path().join("names");
        write_names(&list, &[&large, &empty]).expect("written");
        let names = read_names(&list).expect("read");
        assert_eq!(names, [large.clone(), empty.clone()]);
        let piece = |file: &PathBuf, path: &str, start, length| Piece {
            file: file.clone(),
            path: path.to_owned(),
            start,
            length,
        };
        let expected = [
            piece(&large, "a%20b", 0, PIECE),
            piece(&large, "a%20b.8388608", PIECE, 5),
            piece(&empty, "e", 0, 0),
        ];
        assert_eq!(pieces(folder.path(), &names).expect("pieces"), expected);
    }

    #[test]
    fn a_listing_says_where_it_goes_on() {
        let page = b"<a><NextContinuationToken>x/y=</NextContinuationToken></a>".as_slice();
        assert_eq!(token(page).as_deref(), Some("x/y="));
        assert_eq!(token(b"<a><IsTruncated>false</IsTruncated></a>"), None);
    }
}
