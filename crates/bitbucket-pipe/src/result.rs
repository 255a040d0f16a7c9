//! The result file: what a run did, as JSON, for whatever comes after it.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::log::Log;

/// Writes `value` as [`write()`] does, with what `log` conceals replaced by `***`: a result quotes what services say.
pub fn leave(path: &Path, value: &impl Serialize, log: &Log) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    write_text(path, &log.masked(&text))
}

/// Writes `value` as pretty JSON, whole or not at all; folders on the way are created. What is there and is no file, such as
/// `/dev/stdout`, is written to and not replaced.
pub fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_text(path, &serde_json::to_string_pretty(value)?)
}

fn write_text(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return writeln!(std::fs::File::options().write(true).open(path)?, "{text}");
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{text}")?;
    make_readable(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Temporary files are born private, but later script lines may run as another user.
#[cfg(unix)]
fn make_readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &std::fs::File) -> io::Result<()> {
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
