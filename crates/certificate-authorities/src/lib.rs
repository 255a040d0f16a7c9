//! The certificate authorities that the images trust: Mozilla's list for TLS servers, as the crate `webpki-root-certs`
//! has it. `docker/authorities` writes them into a file; no pipe depends on this crate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The certificates of Mozilla's list, each in DER form, in the order of the source.
pub fn certificates() -> impl Iterator<Item = &'static [u8]> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref)
}

/// The same certificates, in the same order, in PEM form with lines of 64 characters (RFC 7468).
#[must_use]
pub fn pem() -> String {
    let mut pem = String::new();
    for certificate in certificates() {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        for (index, letter) in STANDARD.encode(certificate).chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(letter);
        }
        pem.push_str("\n-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_each_certificate_of_the_list_once() {
        let file = pem();
        assert!(file.lines().all(|line| line.len() <= 64), "a line is longer than RFC 7468 allows");
        let blocks: Vec<Vec<u8>> = file
            .split("-----BEGIN CERTIFICATE-----\n")
            .skip(1)
            .map(|block| {
                let (body, rest) = block.split_once("-----END CERTIFICATE-----\n").expect("an end");
                assert_eq!(rest, "");
                STANDARD.decode(body.replace('\n', "")).expect("base64")
            })
            .collect();
        assert_eq!(blocks, certificates().collect::<Vec<_>>());
        let mut distinct = blocks.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), blocks.len());
    }
}
