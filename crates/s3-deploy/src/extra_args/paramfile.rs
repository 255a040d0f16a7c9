//! Values that stand in a file: `file://name` is a text, `fileb://name` bytes, as for the AWS CLI.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bitbucket_pipe::Environment;

/// The most that a value may take, in bytes: far more than any header that S3 stores, and an end for what has none, such as a
/// device.
const LARGEST: u64 = 1 << 20;

/// Where files are looked for, and what `$NAME` in their names stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    pub(super) directory: &'a Path,
    pub(super) environment: &'a Environment,
}

/// Why a value cannot be read; reads on from `has a value for --flag`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("that names a file which cannot be read: {0}: {1}")]
    File(String, String),
    #[error("that names a file which is not UTF-8: {0}")]
    NotText(String),
    #[error("that names a file of more than 1 MiB: {0}")]
    TooLarge(String),
    /// Version 1 of the AWS CLI fetches it, version 2 does not.
    #[error("that is a web address, which is not fetched")]
    Web,
}

impl Files<'_> {
    /// The value, or the text of the file it names, without the line break at its end.
    pub(super) fn text(self, value: String) -> Result<String, Unreadable> {
        if !is_file(&value) {
            return not_web(value);
        }
        let text = String::from_utf8(self.bytes(&value)?).map_err(|_| Unreadable::NotText(value))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }

    /// The bytes of the value, or of the file it names.
    pub(super) fn bytes(self, value: &str) -> Result<Vec<u8>, Unreadable> {
        let Some(name) = value.strip_prefix("file://").or_else(|| value.strip_prefix("fileb://")) else {
            return not_web(value.to_owned()).map(String::into_bytes);
        };
        let bytes = read(&self.place(name));
        let bytes = bytes.map_err(|error| Unreadable::File(name.to_owned(), error.to_string()))?;
        if bytes.len() as u64 > LARGEST { Err(Unreadable::TooLarge(name.to_owned())) } else { Ok(bytes) }
    }

    /// Where a file is: `~`, `$NAME` and `${NAME}` are understood, and an unknown name stands for itself.
    fn place(self, name: &str) -> PathBuf {
        let home = self.environment.get("HOME");
        let name = match (name.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => name.to_owned(),
        };
        let mut pieces = name.split('$');
        let mut expanded = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let braced = piece.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let end = piece.bytes().position(|byte| !is_of_name(byte)).unwrap_or(piece.len());
            let (variable, rest) = braced.unwrap_or_else(|| piece.split_at(end));
            match self.environment.get(variable) {
                Some(value) => expanded.extend([value, rest]),
                None => expanded.extend(["$", piece]),
            }
        }
        self.directory.join(expanded)
    }
}

/// What is there, or one byte more than is allowed.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_file(value: &str) -> bool {
    value.starts_with("file://") || value.starts_with("fileb://")
}

fn not_web(value: String) -> Result<String, Unreadable> {
    let is_web = value.starts_with("http://") || value.starts_with("https://");
    if is_web { Err(Unreadable::Web) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a.txt"), "no-cache\n").expect("a file");
        std::fs::write(folder.path().join("b"), b"\xff\n").expect("a file");
        let place = folder.path().to_string_lossy().into_owned();
        let variables = [("HOME", place.as_str()), ("DIR", &place), ("EXT", "txt")];
        let pairs = variables.map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::from_pairs(pairs);
        let files = Files { directory: folder.path(), environment: &environment };
        for value in [
            "no-cache",
            "file://a.txt",
            "fileb://a.txt",
            "file://~/a.txt",
            "file://$DIR/a.txt",
            "file://${DIR}/a.$EXT",
        ] {
            assert_eq!(files.text(value.to_owned()).as_deref(), Ok("no-cache"), "{value}");
        }
        assert_eq!(files.bytes("fileb://b"), Ok(b"\xff\n".to_vec()));
        assert_eq!(files.bytes("key"), Ok(b"key".to_vec()));
        for (value, words) in [
            ("file://b", "is not UTF-8: file://b"),
            ("file://c", "cannot be read: c: No such file"),
            ("file://$NO/a.txt", "cannot be read: $NO/a.txt"),
            #[cfg(unix)]
            ("fileb:///dev/zero", "of more than 1 MiB: /dev/zero"),
            ("https://example.com/", "a web address"),
        ] {
            let error = files.text(value.to_owned()).expect_err(value).to_string();
            assert!(error.contains(words), "{value}: {error}");
        }
    }
}
