//! Bytes as lower-case hexadecimal digits.

/// Two digits for each byte.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

/// The bytes of a text of digits in either case; `None` for any other text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0)?;
    pairs.chunks_exact(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(encode(&[0, 1, 0xab, 0xff]), "0001abff");
        for (text, expected) in [
            ("", Some(vec![])),
            ("0001ABff", Some(vec![0, 1, 0xab, 0xff])),
            ("0", None),
            ("0g", None),
            ("+1", None),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
