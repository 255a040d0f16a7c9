//! How the shell of a step asks the runner for a pipe: a short-lived second process sends what the shell has expanded
//! over a Unix socket, waits, and ends with the pipe's exit code, as the `docker` command does on Bitbucket.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The hidden first argument that makes this program the calling process.
pub(crate) const ARGUMENT: &str = "__call";

/// What separates the fields of a call. No path and no environment can contain it.
const SEPARATOR: u8 = 0;

/// One pipe as the shell asks for it.
#[derive(PartialEq, Eq)]
pub(crate) struct Call {
    /// Which item of the script.
    pub(crate) item: usize,
    /// Where the shell stands.
    pub(crate) directory: PathBuf,
    /// The pipe's variables, expanded.
    pub(crate) variables: Vec<(OsString, OsString)>,
}

impl Call {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = bytes.split(|byte| *byte == SEPARATOR);
        let item = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let directory = OsStr::from_bytes(fields.next()?).into();
        let mut variables = Vec::new();
        for field in fields.filter(|field| !field.is_empty()) {
            let equals = field.iter().position(|byte| *byte == b'=')?;
            let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
            variables.push((text(&field[..equals]), text(&field[equals + 1..])));
        }
        Some(Self { item, directory, variables })
    }
}

/// The calling process: its arguments are the socket and the item, its input the variables as `NAME=VALUE`, each
/// followed by a NUL.
pub(crate) fn send(arguments: &[OsString]) -> ExitCode {
    match exchange(arguments) {
        Ok(code) => ExitCode::from(code),
        // The runner says what is wrong; here it is only gone.
        Err(_) => ExitCode::FAILURE,
    }
}

fn exchange(arguments: &[OsString]) -> io::Result<u8> {
    let [socket, item] = arguments else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut stream = UnixStream::connect(socket)?;
    let directory = std::env::current_dir()?;
    let mut message = Vec::new();
    for field in [item.as_bytes(), directory.as_os_str().as_bytes()] {
        message.extend_from_slice(field);
        message.push(SEPARATOR);
    }
    io::stdin().read_to_end(&mut message)?;
    stream.write_all(&message)?;
    stream.shutdown(Shutdown::Write)?;
    let mut code = [0];
    stream.read_exact(&mut code)?;
    Ok(code[0])
}

/// Reads one call. `None` is no call of this program's.
pub(crate) async fn receive(stream: &mut tokio::net::UnixStream) -> io::Result<Option<Call>> {
    let mut message = Vec::new();
    stream.read_to_end(&mut message).await?;
    Ok(Call::decode(&message))
}

/// Lets the calling process end with `code`.
pub(crate) async fn answer(stream: &mut tokio::net::UnixStream, code: u8) -> io::Result<()> {
    stream.write_all(&[code]).await
}

#[cfg(test)]
mod tests {
    use super::Call;

    fn told(bytes: &[u8]) -> Option<String> {
        let call = Call::decode(bytes)?;
        Some(format!("{} {:?} {:?}", call.item, call.directory, call.variables))
    }

    #[test]
    fn calls_are_read() {
        let table: [(&[u8], Option<&str>); 7] = [
            (b"2\0/clone/a b\0A=1\0B=\0", Some(r#"2 "/clone/a b" [("A", "1"), ("B", "")]"#)),
            (b"0\0/clone\0A=x=y\nz\0", Some(r#"0 "/clone" [("A", "x=y\nz")]"#)),
            // What `printf '%s\0'` without a variable writes.
            (b"0\0/clone\0\0", Some(r#"0 "/clone" []"#)),
            (b"0\0/\xff\0", Some(r#"0 "/\xFF" []"#)),
            (b"0\0/clone\0A\0", None),
            (b"x\0/clone\0", None),
            (b"", None),
        ];
        for (bytes, expected) in table {
            assert_eq!(told(bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
