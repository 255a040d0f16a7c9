//! What an image holds, and that it is enough.

use std::fs;
use std::path::Path;
use std::process::Command;

use local_aws::scenario::{BUCKET, Site, World};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::container::{engine, image};

/// The layers of an image, unpacked one over the other, and the names of what is in them.
fn unpacked(image: &str) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let sh = |script: &str| {
        let command = Command::new("sh")
            .args(["-ec", script, "sh"])
            .arg(engine())
            .arg(image)
            .current_dir(folder.path())
            .output()
            .expect("sh starts");
        assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
        String::from_utf8(command.stdout).expect("names are UTF-8")
    };
    sh("mkdir image root; \"$1\" save \"$2\" | tar -x -C image");
    let manifest = fs::read_to_string(folder.path().join("image/manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let layers = manifest[0]["Layers"].as_array().expect("layers").iter();
    let mut names = Vec::new();
    for layer in layers.map(|layer| layer.as_str().expect("a name")) {
        let listed = sh(&format!("tar -x -v -C root -f image/{layer}"));
        names.extend(listed.lines().filter(|name| !name.ends_with('/')).map(str::to_owned));
    }
    names.sort();
    (folder, names)
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn an_image_is_a_program_its_licences_and_the_authorities_and_nothing_else() {
    for (pipe, program) in
        [("aws-s3-deploy", "s3-deploy"), ("aws-cloudfront-invalidate", "cloudfront-invalidate")]
    {
        let (folder, names) = unpacked(&image(pipe));
        let mut expected = ["NOTICE.gz", "etc/ssl/certs/ca-certificates.crt", program];
        expected.sort_unstable();
        assert_eq!(names, expected, "{pipe}");
        let notice = Command::new("gzip").args(["-dc", "root/NOTICE.gz"]).current_dir(folder.path()).output();
        let notice = String::from_utf8(notice.expect("gzip starts").stdout).expect("a text");
        for part in ["aws-sdk-sts-", "ring-", "webpki-root-certs-", "GNU C Library"] {
            assert!(notice.contains(part), "the licences of {pipe} do not name {part}");
        }
    }
}

/// Entry by entry: no authority of the machine that built the image, and none of the list left out.
pub(crate) fn has_exactly_the_authorities_of_the_list(image: &str) {
    let (folder, _) = unpacked(image);
    let file = folder.path().join("root/etc/ssl/certs/ca-certificates.crt");
    let found: Vec<CertificateDer> = CertificateDer::pem_file_iter(file)
        .expect("a bundle")
        .collect::<Result<_, _>>()
        .expect("certificates");
    let list: Vec<&[u8]> = certificate_authorities::certificates().collect();
    assert!(
        found.iter().map(AsRef::as_ref).eq(list.iter().copied()),
        "{image}: {} of {}",
        found.len(),
        list.len()
    );
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn the_authorities_of_an_image_are_exactly_the_list() {
    for pipe in ["aws-s3-deploy", "aws-cloudfront-invalidate"] {
        has_exactly_the_authorities_of_the_list(&image(pipe));
    }
}

/// A container engine adds folders and files of its own. Here there is nothing: no /tmp, no /proc, no /dev, no
/// /etc/passwd, no /etc/resolv.conf, and no HOME.
#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn what_an_image_holds_is_enough() {
    let (world, site) = (World::permissive(), Site::small());
    let (folder, _) = unpacked(&image("aws-s3-deploy"));
    let root = folder.path().join("root");
    let copied = Command::new("cp").arg("-r").arg(site.clone_folder()).arg(root.join("clone")).status();
    assert!(copied.expect("cp starts").success());
    let arguments = ["--map-root-user", &format!("--root={}", root.display()), "--wd=/clone", "/s3-deploy"];
    let step = world
        .step("unshare", Path::new("/"))
        .set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", "/clone/.bitbucket/pipelines/generated/pipeline/pipes")
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build");
    let step = arguments.iter().fold(step, |step, argument| step.argument(argument));
    step.run().exits(0).never_says("WARNING");
    assert_eq!(world.keys().len(), 3);
}
