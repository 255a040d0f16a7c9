//! The form body in which a query service gets its parameters.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

/// Decoded parameters; of a name given twice the last counts.
#[derive(Debug)]
pub(crate) struct Form {
    parameters: BTreeMap<String, String>,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`; a byte sequence that is not UTF-8 becomes replacement characters.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let decode = |text: &[u8]| {
            let blanks: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
            percent_decode(&blanks).decode_utf8_lossy().into_owned()
        };
        let pairs = body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty());
        let parameters = pairs.map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            (decode(&pair[..equals]), decode(pair.get(equals + 1..).unwrap_or_default()))
        });
        Self { parameters: parameters.collect() }
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The names of all parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let form = Form::parse(b"Action=Get&Policy=%7B%22a%22%3A+1%7D&Empty=&Bare&Plus=%2B&=x");
        for (name, expected) in [
            ("Action", Some("Get")),
            ("Policy", Some("{\"a\": 1}")),
            ("Empty", Some("")),
            ("Bare", Some("")),
            ("Plus", Some("+")),
            ("Absent", None),
        ] {
            assert_eq!(form.get(name), expected, "{name}");
        }
    }
}
