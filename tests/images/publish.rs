//! Publishing, to a registry of our own and with storage of its own. The programs of the second architecture are those of
//! the first: only how the lists are assembled is tried.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::container::engine;

/// A registry on the loopback interface, which ends with the test.
struct Registry {
    child: Child,
    host: String,
}

impl Registry {
    fn start(folder: &Path) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let host = format!("127.0.0.1:{port}");
        let storage = folder.join("registry");
        let settings = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{host}'}}\n",
            storage.display()
        );
        let file = folder.join("registry.yml");
        fs::write(&file, settings).expect("a file");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts");
        let registry = Self { child, host };
        for _ in 0..500 {
            if TcpStream::connect(&registry.host).is_ok() {
                return registry;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("docker-registry does not listen");
    }

    fn get(&self, path: &str) -> serde_json::Value {
        self.find(path).unwrap_or_else(|| panic!("{path} is not there"))
    }

    fn find(&self, path: &str) -> Option<serde_json::Value> {
        let mut stream = TcpStream::connect(&self.host).expect("the registry is up");
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: {}\r\nAccept: application/vnd.oci.image.index.v1+json\r\nAccept: application/vnd.oci.image.manifest.v1+json\r\n\r\n",
            self.host
        )
        .expect("a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let (head, body) = reply.split_once("\r\n\r\n").expect("a body");
        if head.contains(" 404 ") {
            return None;
        }
        assert!(head.contains(" 200 "), "{path}: {reply}");
        Some(serde_json::from_str(body).expect("JSON"))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The repository as `docker/images` sees it, with everything built for two architectures.
fn repository() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["Cargo.toml", "docker", "dist"] {
        let copied = Command::new("cp").arg("-r").arg(root.join(name)).arg(folder.path()).status();
        assert!(copied.expect("cp starts").success(), "{name}");
    }
    let dist = folder.path().join("dist");
    let _ = fs::remove_dir_all(dist.join("linux-arm64"));
    let copied =
        Command::new("cp").arg("-r").arg(dist.join("linux-amd64")).arg(dist.join("linux-arm64")).status();
    assert!(copied.expect("cp starts").success());
    as_of_today(folder.path());
    folder
}

/// The list of certificate authorities, as if it had been published today: one that is too old is not published.
fn as_of_today(folder: &Path) {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let start = "published = \"";
    let published =
        manifest.lines().find_map(|line| line.strip_prefix(start)?.strip_suffix('"')).expect("a day");
    let today = jiff::Timestamp::now().strftime("%F").to_string();
    for (file, before, after) in [
        ("Cargo.toml", format!("{start}{published}\""), format!("{start}{today}\"")),
        ("dist/ca-certificates.crt", format!(" of {published}\n"), format!(" of {today}\n")),
    ] {
        let text = fs::read_to_string(folder.join(file)).expect("a file");
        fs::write(folder.join(file), text.replacen(&before, &after, 1)).expect("a file");
    }
}

/// `docker/images` with storage of its own and a registry.
struct Publisher {
    folder: TempDir,
    registry: Registry,
}

impl Publisher {
    fn new() -> Self {
        let folder = repository();
        let registry = Registry::start(folder.path());
        let at = |name: &str| folder.path().join(name).display().to_string();
        // The driver that mounts nothing: a mounted folder would outlive the temporary one.
        let storage = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
            at("graph"),
            at("run")
        );
        fs::write(at("storage.conf"), storage).expect("a file");
        let insecure = format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.host);
        fs::write(at("registries.conf"), insecure).expect("a file");
        Self { folder, registry }
    }

    /// What it prints, as an error where it fails.
    fn run(&self, what: &str) -> Result<String, String> {
        let path = |name: &str| self.folder.path().join(name);
        let output = Command::new(path("docker/images"))
            .arg(what)
            .env("ENGINE", engine())
            .env("REGISTRY", &self.registry.host)
            .env("CONTAINERS_STORAGE_CONF", path("storage.conf"))
            .env("CONTAINERS_REGISTRIES_CONF", path("registries.conf"))
            .output()
            .expect("the script starts");
        let text = |bytes| String::from_utf8(bytes).expect("names are UTF-8");
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    /// The tags of an image in the registry, sorted, without those of one architecture.
    fn tags(&self, image: &str) -> Vec<String> {
        let Some(list) = self.registry.find(&format!("/v2/deploypipes/{image}/tags/list")) else {
            return Vec::new();
        };
        let tags = list["tags"].as_array().expect("a list");
        let mut tags: Vec<String> = tags.iter().map(|tag| tag.as_str().expect("a text").to_owned()).collect();
        tags.retain(|tag| !tag.ends_with("-amd64") && !tag.ends_with("-arm64"));
        tags.sort();
        tags
    }
}

/// Each image, and what its tags end with.
const IMAGES: [(&str, &str); 3] =
    [("aws-s3-deploy", ""), ("aws-s3-deploy", "-shell"), ("aws-cloudfront-invalidate", "")];

#[test]
#[ignore = "needs the images, podman and docker-registry: .ci/images"]
fn a_version_is_published_once_and_whole() {
    let version = env!("CARGO_PKG_VERSION");
    let publisher = Publisher::new();
    publisher.run("pack").expect("images");
    let refusal = publisher.run("move").expect_err("no version is there to be named");
    assert!(refusal.contains("is not published yet"), "{refusal}");

    // One architecture, or no shell: nothing arrives.
    for missing in ["dist/linux-arm64", "dist/linux-amd64/shell"] {
        let folder = publisher.folder.path();
        fs::rename(folder.join(missing), folder.join("aside")).expect("it is there");
        let refusal = publisher.run("publish").expect_err(missing);
        fs::rename(folder.join("aside"), folder.join(missing)).expect("it is back");
        assert!(refusal.contains("or none") || refusal.contains("has no shell"), "{refusal}");
        assert_eq!(
            publisher.registry.find("/v2/_catalog").expect("a list")["repositories"],
            serde_json::json!([])
        );
    }

    let digests = publisher.run("publish").expect("a new version");
    // What is to be signed is the bytes of each list.
    assert_eq!(digests.lines().count(), IMAGES.len(), "{digests}");
    for (image, _) in IMAGES {
        let line = format!("{}/deploypipes/{image}@sha256:", publisher.registry.host);
        assert!(digests.lines().any(|told| told.starts_with(&line)), "{line} is not in\n{digests}");
    }
    // Nothing else is named before the signatures.
    assert_eq!(publisher.tags("aws-s3-deploy"), [version.to_owned(), format!("{version}-shell")]);
    assert_eq!(publisher.tags("aws-cloudfront-invalidate"), [version]);

    let refusal = publisher.run("publish").expect_err("the version is there");
    assert!(refusal.contains(&format!("aws-s3-deploy:{version} is published already")), "{refusal}");

    let moved = publisher.run("move").expect("the other tags");
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next().expect("a major"), numbers.next().expect("a minor"));
    for (image, ending) in IMAGES {
        for tag in [version.to_owned(), format!("{major}.{minor}"), major.to_owned(), "latest".to_owned()] {
            let name = format!("deploypipes/{image}:{tag}{ending}");
            let list = publisher.registry.get(&format!("/v2/deploypipes/{image}/manifests/{tag}{ending}"));
            assert_eq!(architectures(&publisher.registry, image, &list), ["amd64", "arm64"], "{name}");
        }
    }
    // Each tag names the bytes that were signed.
    assert_eq!(moved.lines().count(), 3 * IMAGES.len(), "{moved}");
    for line in moved.lines() {
        let (_, digest) = line.split_once(" is ").expect(line);
        assert!(digests.contains(&format!("@{digest}\n")), "{line} is not in\n{digests}");
    }
}

#[test]
#[ignore = "needs the images, podman and docker-registry: .ci/images"]
fn a_registry_that_does_not_answer_is_not_taken_for_an_empty_one() {
    let publisher = Publisher::new();
    publisher.run("pack").expect("images");
    let mut publisher = publisher;
    publisher.registry.child.kill().expect("it runs");
    publisher.registry.child.wait().expect("it ends");
    let refusal = publisher.run("publish").expect_err("no registry");
    assert!(refusal.contains("cannot ask the registry whether it has"), "{refusal}");
}

/// What each image of a list says of itself, which has to be what the list says of it.
fn architectures(registry: &Registry, image: &str, list: &serde_json::Value) -> Vec<String> {
    let members = list["manifests"].as_array().expect("a list");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let architecture = |member: &serde_json::Value| {
        let manifest =
            registry.get(&format!("/v2/deploypipes/{image}/manifests/{}", text(&member["digest"])));
        let config = text(&manifest["config"]["digest"]);
        let config = registry.get(&format!("/v2/deploypipes/{image}/blobs/{config}"));
        assert_eq!(config["architecture"], member["platform"]["architecture"]);
        text(&config["architecture"])
    };
    let mut found: Vec<String> = members.iter().map(architecture).collect();
    found.sort();
    found
}
