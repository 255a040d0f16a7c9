//! Links within the repository.

use std::path::Path;

use super::markdown::Markdown;
use super::pipe;
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

/// A folder of `pipes` becomes a repository of its own: a link leads into the folder, or is absolute. Into the source
/// repository it names a branch or this version, and a file that is there.
#[test]
fn no_link_of_a_pipe_leaves_its_folder() {
    let source = repository::source();
    let account = format!("https://bitbucket.org/{}/", repository::account());
    for pipe in pipe::all() {
        let folder = repository::root().join(pipe.file(""));
        let mut into_the_source = 0;
        for file in repository::files(".md").iter().filter(|file| file.starts_with(pipe.file(""))) {
            for link in Markdown::read(file).links() {
                let (target, anchor) =
                    link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
                if let Some(path) = target.strip_prefix(source) {
                    let path =
                        path.strip_prefix("/src/main/").unwrap_or_else(|| panic!("{link}: no /src/main/"));
                    assert!(repository::root().join(path).exists(), "{}: {link}", file.display());
                    assert!(has(Path::new(path), anchor), "{}: {link}", file.display());
                    into_the_source += 1;
                } else if target.contains("://") {
                    let own = format!("{account}{}", pipe.image);
                    assert!(!target.starts_with(&account) || target.starts_with(&own), "{link}");
                } else {
                    let is_inside = !Path::new(target).components().any(|part| part.as_os_str() == "..");
                    let is_there = target.is_empty() || folder.join(target).exists();
                    assert!(is_inside && is_there, "{}: {link}", file.display());
                }
            }
        }
        assert!(into_the_source > 3, "{}: {into_the_source} links to {source}", pipe.image);
    }
}

/// The commands that verify an image: its name, its version, and the public key of that version.
#[test]
fn each_image_has_a_line_that_verifies_it() {
    let version = repository::version();
    let key = format!("KEY={}/raw/{version}/docker/cosign.pub", repository::source());
    for pipe in pipe::all() {
        let image = format!("docker.io/{}/{}:{version}", repository::account(), pipe.image);
        let mut expected = vec![key.clone(), format!("cosign verify --key \"$KEY\" {image}")];
        if pipe.image == "aws-s3-deploy" {
            expected.push(format!("cosign verify --key \"$KEY\" {image}-shell"));
        }
        for kind in ["slsaprovenance1", "cyclonedx"] {
            expected.push(format!("cosign verify-attestation --key \"$KEY\" --type {kind} {image}"));
        }
        let code = Markdown::read(pipe.file("README.md")).code();
        let found = code.iter().find(|code| code.text.starts_with("KEY=")).expect("the commands");
        assert_eq!(found.text.lines().collect::<Vec<_>>(), expected);
    }
}

fn has(target: &Path, anchor: Option<&str>) -> bool {
    anchor.is_none_or(|anchor| Markdown::read(target).anchors().iter().any(|known| known == anchor))
}
