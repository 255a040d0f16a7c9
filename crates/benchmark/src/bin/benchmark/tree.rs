//! The trees that are deployed: the same names and bytes in every run, from a seed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fastrand::Rng;
use tempfile::TempDir;

/// Any number would do; a fixed one makes two runs of the benchmark deploy the same bytes.
const SEED: u64 = 0x5EED;
/// Sizes of a site's files, in bytes: 14 KiB on average, spread evenly over orders of magnitude.
const SITE: (f64, f64) = (1024.0, 50.0 * 1024.0);
/// Sizes of very many files, in bytes.
const TINY: (f64, f64) = (16.0, 256.0);
/// Files in one folder.
const FOLDER: u32 = 100;
/// How the bytes of the large files are split, in hundredths: 100 MB, 300 MB and 600 MB of a thousand.
const LARGE_SHARES: [u64; 3] = [10, 30, 60];
/// One file in so many is changed.
const CHANGED: usize = 100;

/// A folder of files that goes away with this.
#[derive(Debug)]
pub(crate) struct Tree {
    folder: TempDir,
    files: Vec<PathBuf>,
    /// Of all files together.
    pub bytes: u64,
}

impl Tree {
    /// Pages and fingerprinted assets, of 1 to 50 KiB each.
    pub(crate) fn site(files: u32) -> io::Result<Self> {
        Self::small(files, SITE)
    }

    /// As many files as may be, of a few bytes each.
    pub(crate) fn tiny(files: u32) -> io::Result<Self> {
        Self::small(files, TINY)
    }

    /// Three files that hold so many bytes together.
    pub(crate) fn large(bytes: u64) -> io::Result<Self> {
        Self::of(LARGE_SHARES.iter().map(|share| (format!("downloads/{share}.bin"), bytes * share / 100)))
    }

    fn small(files: u32, (least, most): (f64, f64)) -> io::Result<Self> {
        let mut random = Rng::with_seed(SEED);
        Self::of((0..files).map(|number| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 50 KiB")]
            let size = (least * (most / least).powf(random.f64())) as u64;
            let folder = number / FOLDER;
            let path = match number % 4 {
                0 => format!("section-{folder:04}/page-{number:07}.html"),
                1 => format!("assets/{folder:04}/script-{number:07}.{:08x}.js", random.u32(..)),
                2 => format!("assets/{folder:04}/style-{number:07}.{:08x}.css", random.u32(..)),
                _ => format!("images/{folder:04}/picture-{number:07}.png"),
            };
            (path, size)
        }))
    }

    fn of(sizes: impl Iterator<Item = (String, u64)>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut random = Rng::with_seed(SEED);
        let mut tree = Self { folder, files: Vec::new(), bytes: 0 };
        for (path, size) in sizes {
            let file = tree.path().join(path);
            fs::create_dir_all(file.parent().unwrap_or(tree.path()))?;
            write(&file, size, &mut random)?;
            tree.files.push(file);
            tree.bytes += size;
        }
        Ok(tree)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The files that [`change`](Self::change) writes.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().step_by(CHANGED)
    }

    /// Makes every file as new as a fresh clone makes it.
    pub(crate) fn touch(&self) -> io::Result<()> {
        let now = SystemTime::now();
        self.files.iter().try_for_each(|file| File::options().write(true).open(file)?.set_modified(now))
    }

    /// Gives one file in a hundred other bytes of the same length; another `edition`, other bytes.
    pub(crate) fn change(&self, edition: u64) -> io::Result<()> {
        let mut random = Rng::with_seed(SEED ^ edition.wrapping_add(1));
        self.changed().try_for_each(|file| write(file, fs::metadata(file)?.len(), &mut random))
    }
}

fn write(file: &Path, size: u64, random: &mut Rng) -> io::Result<()> {
    const BLOCK: usize = 1 << 20;
    let mut file = File::create(file)?;
    let mut left = size;
    let mut block = vec![0; usize::try_from(size).unwrap_or(BLOCK).min(BLOCK)];
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        random.fill(&mut block[..length]);
        file.write_all(&block[..length])?;
        left -= length as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn content(tree: &Tree) -> BTreeMap<PathBuf, Vec<u8>> {
        let name = |file: &PathBuf| file.strip_prefix(tree.path()).expect("below it").to_owned();
        tree.files.iter().map(|file| (name(file), fs::read(file).expect("readable"))).collect()
    }

    #[test]
    fn a_site_is_the_same_every_time_and_changes_in_place() {
        let (first, second) = (Tree::site(200).expect("a tree"), Tree::site(200).expect("a tree"));
        let before = content(&first);
        assert_eq!(before, content(&second));
        assert_eq!(before.values().map(|bytes| bytes.len() as u64).sum::<u64>(), first.bytes);
        assert!(before.values().all(|bytes| (1024..=50 * 1024).contains(&bytes.len())));

        first.change(0).expect("changed");
        let after = content(&first);
        assert_eq!(before.values().zip(after.values()).filter(|(old, new)| old != new).count(), 2);
        assert!(before.values().zip(after.values()).all(|(old, new)| old.len() == new.len()));
        second.change(1).expect("changed");
        assert_ne!(after, content(&second));
    }

    #[test]
    fn large_files_add_up() {
        let tree = Tree::large(3_000_000).expect("a tree");
        assert_eq!((tree.files().len(), tree.bytes), (3, 3_000_000));
        assert!(content(&tree).values().all(|bytes| bytes.iter().any(|byte| *byte != 0)));
    }

    #[test]
    fn a_clone_is_new() {
        let tree = Tree::tiny(1).expect("a tree");
        let old = SystemTime::UNIX_EPOCH;
        File::options().write(true).open(&tree.files()[0]).expect("there").set_modified(old).expect("set");
        tree.touch().expect("touched");
        let time = fs::metadata(&tree.files()[0]).and_then(|metadata| metadata.modified()).expect("a time");
        assert!(time > old);
    }
}
