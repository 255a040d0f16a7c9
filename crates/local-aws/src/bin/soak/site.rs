//! A site of pages and of fingerprinted assets, of which every page names those that it needs.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use md5::{Digest as _, Md5};

use crate::chance::Chance;
use crate::tree::Tree;

/// Where the assets are.
pub(crate) const ASSETS: &str = "assets/";

const KINDS: [&str; 4] = ["css", "js", "svg", "woff2"];

/// The path of an asset with this content: nothing else can be at it.
pub(crate) fn asset_path(content: &[u8], kind: &str) -> String {
    // A digest of a content has a letter and a digit, or it is not recognised as one.
    let digest =
        Md5::digest(content).iter().take(7).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{ASSETS}part.a1{digest:014x}.{kind}")
}

/// Whether a path is that of an asset.
pub(crate) fn is_asset(path: &str) -> bool {
    path.starts_with(ASSETS)
}

/// Whether an asset has the content that its name promises.
pub(crate) fn is_genuine(path: &str, content: &Bytes) -> bool {
    path.rsplit('.').next().is_some_and(|kind| asset_path(content, kind) == path)
}

/// Whether a file is one of the pages.
pub(crate) fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "html")
}

/// The paths that a page refers to.
pub(crate) fn references(page: &str) -> Vec<&str> {
    page.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Writes a page with other words, and as many new assets as there are in `new`; of the assets that it had it keeps some.
pub(crate) fn write_page(tree: &Tree, chance: &mut Chance, path: &str, new: usize) {
    let before = fs::read_to_string(tree.file(path)).unwrap_or_default();
    let mut assets: Vec<String> = references(&before)
        .into_iter()
        .filter(|path| tree.file(path).is_file() && !chance.once_in(3))
        .map(str::to_owned)
        .collect();
    for _ in 0..new {
        let (length, kind) = (20 + chance.below(2000), chance.pick(&KINDS).copied().unwrap_or(KINDS[0]));
        let content = chance.letters(length);
        let asset = asset_path(content.as_bytes(), kind);
        tree.write(&asset, content);
        assets.push(asset);
    }
    let links: Vec<String> = assets.iter().map(|asset| format!("<a href=\"/{asset}\">")).collect();
    let links = links.concat();
    let length = 10 + chance.below(400);
    tree.write(path, format!("<h1>{path}</h1>{links}\n{}", chance.letters(length)));
}

/// Removes the assets that no page refers to any more, as a bundler's next build does.
pub(crate) fn remove_unused_assets(tree: &Tree) {
    let files = tree.files();
    let pages = files.iter().filter(|(path, _)| is_page(path));
    let texts: Vec<_> = pages.map(|(_, content)| String::from_utf8_lossy(content)).collect();
    for path in files.keys().filter(|path| is_asset(path)) {
        if !texts.iter().any(|page| page.contains(path.as_str())) {
            tree.remove(path);
        }
    }
}
