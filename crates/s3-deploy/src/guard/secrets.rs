//! What looks like a secret in a folder: private keys by their content, environment files by their name.

use std::fmt;

use memchr::memmem;

/// How far a key may reach from its first line to the end of its first line of digits, with the headers between.
const REACH: usize = 1024;
/// Where a key in armour begins (RFC 7468, RFC 9580).
const BEGIN: &[u8] = b"-----BEGIN ";
/// The longest label is `ENCRYPTED PRIVATE KEY`.
const LONGEST_LABEL: usize = 40;
/// Fewer digits of base64 in a row are no key but a text about keys. The shortest key has 64 in its first line.
const FEWEST_DIGITS: usize = 40;
/// Lines such as `Proc-Type: 4,ENCRYPTED` between the first line and the key.
const MOST_HEADERS: usize = 8;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Secret {
    /// Its path below the folder.
    pub path: String,
    /// What it looks like.
    pub kind: Kind,
}

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// It has a private key in it.
    PrivateKey,
    /// It is called `.env`, or so with an ending.
    EnvironmentFile,
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::PrivateKey => "a private key",
            Kind::EnvironmentFile => "an environment file",
        };
        write!(f, "{} ({kind})", self.path)
    }
}

/// Whether a file is called as the environment of an application is. What is made to be shown is not.
#[must_use]
pub(crate) fn is_environment_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_shown = |ending: &str| name.ends_with(ending);
    name.starts_with(".env") && ![".example", ".sample", ".template", ".dist"].into_iter().any(is_shown)
}

/// Looks for a private key in bytes that come in pieces: armour of PEM, OpenSSH or PGP with the key's digits after it,
/// in a file of its own or as a text in JSON or code. A page that only names the first line of one has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySearch {
    /// The last bytes, at most [`REACH`].
    tail: Vec<u8>,
    found: bool,
}

impl KeySearch {
    /// Takes the next bytes.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        if self.found {
            return;
        }
        let head = &bytes[..bytes.len().min(REACH)];
        self.tail.extend_from_slice(head);
        self.found = has_key(&self.tail) || (bytes.len() > head.len() && has_key(bytes));
        if bytes.len() > head.len() {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - REACH..]);
        } else {
            self.tail.drain(..self.tail.len().saturating_sub(REACH));
        }
    }

    /// Whether there was one.
    pub(crate) fn has_found(&self) -> bool {
        self.found
    }
}

fn has_key(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, BEGIN).any(|start| is_key(&bytes[start + BEGIN.len()..]))
}

/// Whether what follows `-----BEGIN ` is the rest of a key's first line and the key.
fn is_key(bytes: &[u8]) -> bool {
    let line = &bytes[..bytes.len().min(LONGEST_LABEL)];
    let Some(end) = memmem::find(line, b"-----") else { return false };
    if !(line[..end].ends_with(b"PRIVATE KEY") || line[..end].ends_with(b"PRIVATE KEY BLOCK")) {
        return false;
    }
    let mut rest = after_line_end(&bytes[end + 5..]);
    for _ in 0..MOST_HEADERS {
        let Some(header) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\\')) else { break };
        if !rest[..header].contains(&b':') {
            break;
        }
        rest = after_line_end(&rest[header..]);
    }
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    rest.iter().take_while(is_digit).take(FEWEST_DIGITS).count() == FEWEST_DIGITS
}

/// Without the ends of lines at the beginning, real ones or those of a text in JSON or code, such as `\n" + "`.
fn after_line_end(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = match bytes {
            [b'\\', b'n' | b'r', rest @ ..]
            | [b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\', rest @ ..]
            | [b'+', b' ' | b'\n' | b'"' | b'\'', rest @ ..] => rest,
            _ => return bytes,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "MC4CAQAwBQYDK2VwBCIEIHNvbWUgYnl0ZXMgdGhhdCBhcmUgbm8ga2V5IGF0IGFsbA";

    /// The mark is put together here, so that this file has no key in it.
    fn armour(label: &str, body: &str) -> String {
        format!("{}{label}-----{body}-----END {label}-----\n", "-----BEGIN ")
    }

    fn finds(text: &str) -> bool {
        let mut search = KeySearch::default();
        search.read(text.as_bytes());
        search.has_found()
    }

    #[test]
    fn keys() {
        for label in [
            "PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
        ] {
            assert!(finds(&armour(label, &format!("\n{DIGITS}\n"))), "{label}");
            assert!(finds(&armour(label, &format!("\r\n{DIGITS}\r\n"))), "{label}");
        }
        for text in [
            armour(
                "RSA PRIVATE KEY",
                &format!("\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,1\n\n{DIGITS}\n"),
            ),
            armour("PGP PRIVATE KEY BLOCK", &format!("\nVersion: GnuPG v2\n\n{DIGITS}\n")),
            format!("a certificate\nbefore it\n{}", armour("PRIVATE KEY", &format!("\n{DIGITS}\n"))),
            format!("{{\"private_key\": \"{}\"}}", armour("PRIVATE KEY", &format!("\\n{DIGITS}\\n"))),
            format!("const key = \"{}", armour("PRIVATE KEY", &format!("\\n\" +\n  \"{DIGITS}\\n\""))),
        ] {
            assert!(finds(&text), "{text}");
        }
    }

    #[test]
    fn texts_about_keys() {
        for text in [
            armour("PUBLIC KEY", &format!("\n{DIGITS}\n")),
            armour("CERTIFICATE", &format!("\n{DIGITS}\n")),
            armour("PGP PUBLIC KEY BLOCK", &format!("\n\n{DIGITS}\n")),
            armour("PRIVATE KEY", "\n...\n"),
            armour("PRIVATE KEY", "\nMIIEvQIBADANBgkqhkiG9w0BAQ...\n"),
            armour("RSA PRIVATE KEY", "</code> is how it begins"),
            format!("pem.startsWith(\"{}\")", armour("PRIVATE KEY", "")),
            DIGITS.to_owned(),
        ] {
            assert!(!finds(&text), "{text}");
        }
    }

    /// However a file is cut into pieces, and however far into it the key is.
    #[test]
    fn a_key_across_pieces() {
        let key = armour("PRIVATE KEY", &format!("\n{DIGITS}\n"));
        let text = format!("{}\n{key}{}", "x".repeat(5000), "y".repeat(5000));
        for size in [1, 7, 100, REACH - 1, REACH, REACH + 1, 3000, 5010, 20_000] {
            let mut search = KeySearch::default();
            text.as_bytes().chunks(size).for_each(|piece| search.read(piece));
            assert!(search.has_found(), "{size}");
        }
    }

    #[test]
    fn environment_files() {
        for path in [".env", "a/.env", ".env.local", ".env.production", ".envrc"] {
            assert!(is_environment_file(path), "{path}");
        }
        for path in ["env", "a.env", ".env/a.html", ".env.example", ".env.sample", "environment.js"] {
            assert!(!is_environment_file(path), "{path}");
        }
    }
}
