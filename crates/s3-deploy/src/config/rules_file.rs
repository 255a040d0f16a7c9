//! `HEADERS_FILE`: found, read, and its mistakes told by line.

use std::io;
use std::path::Path;

use bitbucket_pipe::Faults;

use crate::headers::file::HeadersFile;

/// A file of rules is a few lines; one of more bytes is another file.
const LARGEST_HEADERS_FILE: u64 = 1024 * 1024;

/// The rules of the file; without one, none. What is wrong with it is a fault.
pub(super) fn read(name: Option<&str>, directory: &Path, faults: &mut Faults) -> HeadersFile {
    const HINT: &str = "name it relative to where the step stands, such as `build/_headers` for one that the build puts there";
    let Some(name) = name else { return HeadersFile::default() };
    let text = match read_small(&directory.join(name)) {
        Ok(text) => text,
        Err(error) => {
            faults.add_with_hint("HEADERS_FILE", format!("cannot be read: {name}: {error}"), HINT);
            return HeadersFile::default();
        }
    };
    HeadersFile::parse(&text).unwrap_or_else(|mistakes| {
        for mistake in mistakes {
            faults.add("HEADERS_FILE", format!("{name}, line {}: {}", mistake.line, mistake.message));
        }
        HeadersFile::default()
    })
}

fn read_small(file: &Path) -> io::Result<String> {
    if std::fs::metadata(file)?.len() > LARGEST_HEADERS_FILE {
        return Err(io::Error::other(format!("it has more than {LARGEST_HEADERS_FILE} bytes")));
    }
    std::fs::read_to_string(file)
}

/// The path of a file below a folder, as keys are written, if it is there: by its own name, or by that of the file that it
/// is a link to.
pub(super) fn path_below(folder: &Path, file: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let named = file.parent()?.canonicalize().ok()?.join(file.file_name()?);
    let below = [named, file.canonicalize().ok()?];
    let below = below.iter().find_map(|file| file.strip_prefix(&folder).ok())?;
    Some(below.iter().map(|name| name.to_str()).collect::<Option<Vec<&str>>>()?.join("/"))
}
