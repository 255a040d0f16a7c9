//! How an image without a name service library, a shell or a file of its own reaches AWS.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use local_aws::scenario::{BUCKET, Site, World};
use local_aws::{Authority, Origin};

use super::container::{CLONE, Container, deploy, image};
use super::front::Front;

/// The name that certificates are for. No name server knows it.
const HOST: &str = "aws.example";

/// Where the image keeps the authorities that it trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

fn cloud(world: &World) -> SocketAddr {
    let endpoint = world.cloud.endpoint();
    endpoint.strip_prefix("http://").and_then(|address| address.parse().ok()).expect("an address")
}

/// Lets the cloud take TLS under that name and those below it. Its port.
fn with_tls(world: &World, authority_file: &Path) -> u16 {
    let authority = Authority::for_server(&[HOST, &format!("*.{HOST}")]);
    world.cloud.accept_tls(&authority);
    fs::write(authority_file, authority.pem()).expect("a file");
    cloud(world).port()
}

fn arrived(world: &World) -> bool {
    world.body("index.html").is_some()
}

/// With a bucket in the path: behind a name, it would otherwise be part of the name.
fn at(container: Container, endpoint: &str) -> Container {
    container.set("AWS_ENDPOINT_URL", endpoint).set("S3_FORCE_PATH_STYLE", "true")
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn an_authority_of_ones_own_is_trusted_when_it_is_named_and_only_then() {
    let (world, site) = (World::permissive(), Site::small());
    let port = with_tls(&world, &site.clone_folder().join("authority.pem"));
    let step = || {
        at(deploy(&world, &site), &format!("https://{HOST}:{port}"))
            .option(&format!("--add-host={HOST}:127.0.0.1"))
    };
    step().run().exits(1).says("certificate");
    assert_eq!(world.cloud.requests().len(), 0);
    step().set("AWS_CA_BUNDLE", "authority.pem").run().exits(0);
    assert!(arrived(&world));
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn the_authorities_of_the_image_are_those_that_are_trusted() {
    let (world, site) = (World::permissive(), Site::small());
    let file = site.clone_folder().join("authority.pem");
    let port = with_tls(&world, &file);
    at(deploy(&world, &site), &format!("https://{HOST}:{port}"))
        .option(&format!("--add-host={HOST}:127.0.0.1"))
        .option(&format!("--volume={}:{AUTHORITIES}:ro", file.display()))
        .run()
        .exits(0);
    assert!(arrived(&world));
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn a_proxy_is_used_unless_the_host_is_exempt() {
    let (world, site) = (World::permissive(), Site::small());
    let port = with_tls(&world, &site.clone_folder().join("authority.pem"));
    let proxy = Front::proxy(cloud(&world));
    // Only the proxy knows where the host is.
    let step = |port: u16| {
        at(deploy(&world, &site), &format!("https://{HOST}:{port}"))
            .set("AWS_CA_BUNDLE", "authority.pem")
            .set("HTTPS_PROXY", &format!("http://127.0.0.1:{}", proxy.port()))
    };
    step(4443).run().exits(0);
    assert!(arrived(&world));
    let asked = proxy.asked();
    let wanted = format!("CONNECT {HOST}:4443 HTTP/1.1");
    assert!(!asked.is_empty() && asked.iter().all(|line| *line == wanted), "{asked:?}");
    world.cloud.clear_requests();
    step(port)
        .set("NO_PROXY", &format!("localhost,{HOST}"))
        .option(&format!("--add-host={HOST}:127.0.0.1"))
        .run()
        .exits(0)
        .says("unchanged 3");
    assert!(world.cloud.count("ListObjectsV2") > 0);
    assert_eq!(proxy.asked(), asked);
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn ipv6_is_as_good() {
    let (world, site) = (World::permissive(), Site::small());
    let front = Front::plain((Ipv6Addr::LOCALHOST, 0).into(), cloud(&world));
    at(deploy(&world, &site), &format!("http://[::1]:{}", front.port())).run().exits(0);
    assert!(arrived(&world));
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn names_are_found_in_the_hosts_file_and_with_a_name_server() {
    let (world, site) = (World::permissive(), Site::small());
    let endpoint = format!("http://{HOST}:{}", cloud(&world).port());
    at(deploy(&world, &site), &endpoint).option(&format!("--add-host={HOST}:127.0.0.1")).run().exits(0);
    assert!(arrived(&world));
    let server = Front::names((Ipv4Addr::new(127, 0, 0, 99), 53).into());
    let resolver = site.clone_folder().join("resolv.conf");
    fs::write(&resolver, "nameserver 127.0.0.99\n").expect("a file");
    at(deploy(&world, &site), &endpoint)
        .option(&format!("--volume={}:/etc/resolv.conf:ro", resolver.display()))
        .run()
        .exits(0)
        .says("unchanged 3");
    assert!(server.asked().iter().any(|name| name == HOST), "{:?}", server.asked());
    fs::write(&resolver, "nameserver 127.0.0.98\noptions timeout:1 attempts:1\n").expect("a file");
    at(deploy(&world, &site), &endpoint)
        .option(&format!("--volume={}:/etc/resolv.conf:ro", resolver.display()))
        .run()
        .exits(1)
        .says(HOST);
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn the_other_pipe_speaks_tls_too() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.create_distribution("E1EXAMPLE", Origin::new(BUCKET, ""));
    let port = with_tls(&world, &site.clone_folder().join("authority.pem"));
    Container::new(&image("aws-cloudfront-invalidate"), &world, site.clone_folder())
        .set("AWS_ENDPOINT_URL", &format!("https://{HOST}:{port}"))
        .set("DISTRIBUTION_ID", "E1EXAMPLE")
        .set("AWS_CA_BUNDLE", &format!("{CLONE}/authority.pem"))
        .option(&format!("--add-host={HOST}:127.0.0.1"))
        .run()
        .exits(0);
    assert_eq!(world.cloud.invalidations("E1EXAMPLE").len(), 1);
}
