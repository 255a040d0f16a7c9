//! Prints the certificate authorities of the images, in PEM form.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(certificate_authorities::pem().as_bytes())
}
