//! Links within the repository.

use std::path::Path;

use super::markdown::Markdown;
use super::repository;

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    let mut checked = 0;
    for file in repository::files(".md") {
        let folder = file.parent().expect("a file is in a folder");
        for link in Markdown::read(&file).links() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            let (path, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
            let target = if path.is_empty() { file.clone() } else { folder.join(path) };
            let leads_somewhere = repository::root().join(&target).exists() && has(&target, anchor);
            if !leads_somewhere {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
    assert!(checked > 0, "no document has a link");
}

fn has(target: &Path, anchor: Option<&str>) -> bool {
    anchor.is_none_or(|anchor| Markdown::read(target).anchors().iter().any(|known| known == anchor))
}
