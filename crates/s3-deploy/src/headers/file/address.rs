//! The addresses under which the platforms of the `_headers` format serve a file, which is what their patterns speak of.

/// The file's path with a leading slash, and what people write instead of it: a folder for its `index.html`, with and
/// without the slash at its end, and a page without its `.html`.
pub(super) fn addresses(path: &str) -> Vec<String> {
    let mut addresses = vec![format!("/{path}")];
    let folder = path.strip_suffix("index.html").filter(|folder| folder.is_empty() || folder.ends_with('/'));
    match (folder, path.strip_suffix(".html")) {
        (Some(""), _) => addresses.push("/".to_owned()),
        (Some(folder), _) => {
            addresses.push(format!("/{folder}"));
            addresses.push(format!("/{}", folder.trim_end_matches('/')));
        }
        (None, Some(page)) => addresses.push(format!("/{page}")),
        (None, None) => {}
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn every_address_of_a_file() {
        for (path, expected) in [
            ("site.css", vec!["/site.css"]),
            ("index.html", vec!["/index.html", "/"]),
            ("blog/index.html", vec!["/blog/index.html", "/blog/", "/blog"]),
            ("about.html", vec!["/about.html", "/about"]),
            ("myindex.html", vec!["/myindex.html", "/myindex"]),
        ] {
            assert_eq!(addresses(path), expected, "{path}");
        }
    }
}
