//! Identifiers and secrets: the only place in this crate where randomness is drawn.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Capital letters and digits without the ones that are mistaken for others, as in AWS's own identifiers.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A random UUID (version 4) in lower case, without braces.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// `prefix` and then capital letters and digits, `length` characters in all (at most 32 more than the prefix).
pub(crate) fn identifier(prefix: &str, length: usize) -> String {
    let random: [u8; 32] = bytes();
    let tail = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    prefix.chars().chain(tail).take(length).collect()
}

/// Random bytes in base64: 30 of them are the forty characters of a secret access key.
pub(crate) fn base64<const BYTES: usize>() -> String {
    STANDARD.encode(bytes::<BYTES>())
}

fn bytes<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let uuid = uuid();
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'4');
        let id = identifier("ASIA", 20);
        assert!(
            id.len() == 20 && id.starts_with("ASIA") && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        );
        assert_eq!(base64::<30>().len(), 40);
        assert_ne!(base64::<30>(), base64::<30>());
    }
}
