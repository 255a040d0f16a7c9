//! Finds the folder that has the site where `LOCAL_PATH` is above it.

use super::TreeFile;

/// The page that a folder is served as.
pub(crate) const INDEX: &str = "index.html";

/// The folder that has every page, and an index page among them, below a deployed folder that has none: such as `app/browser`
/// in the `dist` of Angular. `None` if pages are in several folders, or if there is no page.
///
/// `files` are sorted by their paths.
pub(crate) fn site_folder(files: &[TreeFile]) -> Option<&str> {
    let mut pages = files.iter().map(|file| &*file.path).filter(|path| is_page(path));
    let mut common = folder_of(pages.next()?);
    for page in pages {
        while !(common.is_empty() || is_below(page, common)) {
            common = folder_of(common);
        }
    }
    let index = format!("{common}/{INDEX}");
    let has_index = files.binary_search_by(|file| (*file.path).cmp(&index)).is_ok();
    (!common.is_empty() && has_index).then_some(common)
}

/// Whether a path is below this folder.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether there is a file of this name, or one in a folder of this name.
pub(crate) fn has_file_in(files: &[TreeFile], name: &str) -> bool {
    files.iter().any(|file| *file.path == *name || is_below(&file.path, name))
}

fn is_page(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["html", "htm"].iter().any(|page| ending.eq_ignore_ascii_case(page))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_every_page() {
        for (paths, folder) in [
            (
                &["app/3rdpartylicenses.txt", "app/browser/index.html", "app/browser/main.js"][..],
                Some("app/browser"),
            ),
            (&["client/about/index.html", "client/index.html", "server/entry.mjs"], Some("client")),
            (&["my-app/404.htm", "my-app/index.html", "robots.txt"], Some("my-app")),
            // The folder has a page of its own.
            (&["404.html", "docs/index.html"], None),
            (&["docs/index.html", "index.html"], None),
            // Pages in several folders, as of several languages or sites.
            (&["de/index.html", "en/index.html"], None),
            (&["docs/index.html", "docs2/index.html"], None),
            // Assets only, and pages without an index.
            (&["assets/app.js", "assets/site.css"], None),
            (&["partials/footer.html", "partials/header.html"], None),
            (&["blog/2024/index.html", "blog/2025/index.html"], None),
            (&[], None),
        ] {
            let files: Vec<TreeFile> =
                paths.iter().map(|path| TreeFile::unread((*path).to_owned())).collect();
            assert_eq!(site_folder(&files), folder, "{paths:?}");
        }
    }
}
