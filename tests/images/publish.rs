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
        assert!(head.contains(" 200 "), "{path}: {reply}");
        serde_json::from_str(body).expect("JSON")
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
    folder
}

#[test]
#[ignore = "needs the images, podman and docker-registry: .ci/images"]
fn every_tag_is_a_list_of_both_architectures() {
    let folder = repository();
    let registry = Registry::start(folder.path());
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let at = |name: &str| folder.path().join(name).display().to_string();
    // The driver that mounts nothing: a mounted folder would outlive the temporary one.
    let storage = format!(
        "[storage]\ndriver = \"vfs\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
        at("graph"),
        at("run")
    );
    let storage = write("storage.conf", storage);
    let insecure = format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.host);
    let registries = write("registries.conf", insecure);
    let images = |what: &str| {
        let output = Command::new(folder.path().join("docker/images"))
            .arg(what)
            .env("ENGINE", engine())
            .env("REGISTRY", &registry.host)
            .env("CONTAINERS_STORAGE_CONF", &storage)
            .env("CONTAINERS_REGISTRIES_CONF", &registries)
            .output()
            .expect("the script starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("names are UTF-8")
    };
    images("pack");
    let published = images("publish");
    let version = env!("CARGO_PKG_VERSION");
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next().expect("a major"), numbers.next().expect("a minor"));
    let mut checked = 0;
    for (image, ending) in
        [("aws-s3-deploy", ""), ("aws-s3-deploy", "-shell"), ("aws-cloudfront-invalidate", "")]
    {
        for tag in [version.to_owned(), format!("{major}.{minor}"), major.to_owned(), "latest".to_owned()] {
            let name = format!("deploypipes/{image}:{tag}{ending}");
            let list = registry.get(&format!("/v2/deploypipes/{image}/manifests/{tag}{ending}"));
            assert_eq!(architectures(&registry, image, &list), ["amd64", "arm64"], "{name}");
        }
        let line = format!("{}/deploypipes/{image}@sha256:", registry.host);
        assert!(published.lines().any(|told| told.starts_with(&line)), "{line} is not in\n{published}");
        checked += 1;
    }
    // What is to be signed is the bytes, not each of their names.
    assert_eq!(published.lines().count(), checked, "{published}");
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
