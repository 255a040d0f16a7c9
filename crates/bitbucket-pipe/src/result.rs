//! The result file: what a run did, as JSON, for whatever comes after it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::log::Log;

/// Writes `value` as [`write()`] does, with what `log` conceals replaced by `***`: a result quotes what services say.
pub fn leave(path: &Path, value: &impl Serialize, log: &Log) -> io::Result<()> {
    write_as(path, value, Some(log))
}

/// Writes `value` as pretty JSON, whole or not at all; folders on the way are created. What is there and is no file, such as
/// `/dev/stdout`, is written to and not replaced.
pub fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_as(path, value, None)
}

fn write_as(path: &Path, value: &impl Serialize, conceals: Option<&Log>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return write_to(&File::options().write(true).open(path)?, value, conceals);
    }
    let file = tempfile::NamedTempFile::new_in(folder)?;
    write_to(file.as_file(), value, conceals)?;
    make_readable(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

fn write_to(file: &File, value: &impl Serialize, conceals: Option<&Log>) -> io::Result<()> {
    let mut lines = Lines { file, conceals, waiting: Vec::new() };
    serde_json::to_writer_pretty(&mut lines, value)?;
    writeln!(lines)?;
    lines.pass_on()
}

/// So many bytes are masked and written at once: the whole may have a million files in it.
const PIECE: usize = 64 * 1024;

/// Passes whole lines on, masked. No secret is cut at their ends: pretty JSON has each of its strings on one line.
struct Lines<'a> {
    file: &'a File,
    conceals: Option<&'a Log>,
    waiting: Vec<u8>,
}

impl Lines<'_> {
    fn pass_on(&mut self) -> io::Result<()> {
        let text = std::str::from_utf8(&self.waiting).map_err(io::Error::other)?;
        let text = self.conceals.map_or(Cow::Borrowed(text), |log| log.masked(text));
        self.file.write_all(text.as_bytes())?;
        self.waiting.clear();
        Ok(())
    }
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE && self.waiting.ends_with(b"\n") {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Not before a line has ended.
        Ok(())
    }
}

/// Temporary files are born private, but later script lines may run as another user.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_conceals_is_not_left_either() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, log) = (folder.path().join("result.json"), Log::stdout(false));
        log.conceal("secret\"secret");
        leave(&path, &["of secret\"secret here"], &log).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "[\n  \"of *** here\"\n]\n");
    }

    /// The text goes to the file in pieces, and a secret may be anywhere.
    #[test]
    fn a_large_result_is_masked_as_a_small_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, log) = (folder.path().join("result.json"), Log::stdout(false));
        log.conceal("hidden words");
        let value: Vec<String> = (0..20_000).map(|number| format!("{number} has hidden words")).collect();
        leave(&path, &value, &log).expect("written");
        let expected =
            serde_json::to_string_pretty(&value).expect("JSON").replace("hidden words", "***") + "\n";
        assert!(expected.len() > 3 * PIECE);
        assert!(std::fs::read_to_string(&path).expect("readable") == expected);
    }

    /// By links: should a device ever be replaced, it is not the machine's.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let device = |name: &str| {
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(Path::new("/dev").join(name), &link).expect("a link");
            link
        };
        write(&device("null"), &"gone").expect("it takes everything");
        let error = write(&device("full"), &"too much").expect_err("it takes nothing");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        for link in ["null", "full"] {
            assert!(folder.path().join(link).is_symlink(), "{link}");
        }
    }

    #[test]
    fn folders_are_created_and_an_old_file_is_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a/b.json");
        write(&path, &"first, and longer").expect("the first");
        write(&path, &["second"]).expect("the second");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "[\n  \"second\"\n]\n");
    }
}
