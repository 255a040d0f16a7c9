//! The step's OIDC token: a bearer secret, kept in memory only.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD_INDIFFERENT;
use serde_json::{Map, Value};

use crate::fault::Fault;

/// RSA keys, and so their signatures, are multiples of 1024 bits long.
const RSA_UNIT: usize = 128;

/// Whoever holds it can be this step until it expires, so it has no `Display` and its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct WebIdentityToken(String);

impl WebIdentityToken {
    /// Wraps the token as Bitbucket gave it; whether it is one, STS decides.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// As [`str::parse`], with the fault to report.
    pub(crate) fn read(token: &str) -> Result<Self, Fault> {
        token
            .parse()
            .map_err(|error: InvalidToken| Fault::new("BITBUCKET_STEP_OIDC_TOKEN", error).hint(error.hint()))
    }

    /// The secret itself: for the request to STS, for masking, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebIdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebIdentityToken(** redacted **)")
    }
}

/// Why a text cannot be a token; reads on from the variable's name, and never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// The reference to a variable that was not there to be put in.
    #[error("holds the name of a variable instead of a token")]
    Unexpanded,
    /// A blank, a quote, a line's end.
    #[error("is not a token: its character {0} is none that a token has")]
    Character(usize),
    /// Not three parts with dots between them.
    #[error("is {}: a token has three parts with dots between them, and this has {parts}", damage(*parts))]
    Parts {
        /// How many.
        parts: usize,
    },
    /// Header or claims are not base64url of a JSON object.
    #[error("is damaged or cut off: its {0} cannot be read")]
    Unreadable(&'static str),
    /// The end is missing.
    #[error("is cut off: its signature is too short or incomplete")]
    Signature,
}

impl InvalidToken {
    /// The way out.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unexpanded => {
                "put `oidc: true` on the step; the pipe then has the token without being handed it under `variables:`"
            }
            _ => "Bitbucket sets it, by `oidc: true` on the step; do not set, shorten or quote it yourself",
        }
    }
}

fn damage(parts: usize) -> &'static str {
    if parts == 2 { "cut off" } else { "not a token" }
}

/// Takes only what has the form of a signed token, so that a broken one is told before anything is sent. Whether it is
/// genuine, STS decides.
impl FromStr for WebIdentityToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        if text.starts_with('$') {
            return Err(InvalidToken::Unexpanded);
        }
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_=.".contains(character);
        if let Some(at) = text.chars().position(|character| !is_allowed(character)) {
            return Err(InvalidToken::Character(at + 1));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(InvalidToken::Parts { parts: parts.len() });
        };
        let header = object(header).ok_or(InvalidToken::Unreadable("header"))?;
        object(claims).ok_or(InvalidToken::Unreadable("claims"))?;
        let length = signature.trim_end_matches('=').len() * 3 / 4;
        let is_rsa = header.get("alg").and_then(Value::as_str).is_some_and(|name| name.starts_with("RS"));
        if length == 0 || (is_rsa && length % RSA_UNIT != 0) {
            return Err(InvalidToken::Signature);
        }
        Ok(Self::new(text))
    }
}

/// Fewer characters are ordinary words and tell nobody a token.
const SHORTEST_SECRET: usize = 12;

/// Replaces whatever is the token or a piece of it. STS quotes a token whose length it does not like.
pub(crate) fn strike(message: &str, token: &str) -> String {
    const STRUCK: &str = "**token**";
    if token.len() < SHORTEST_SECRET {
        return if token.is_empty() { message.to_owned() } else { message.replace(token, STRUCK) };
    }
    let is_piece = |start: usize, end: usize| message.get(start..end).is_some_and(|run| token.contains(run));
    let mut struck = String::with_capacity(message.len());
    let mut at = 0;
    while let Some(character) = message[at..].chars().next() {
        let mut end = at + SHORTEST_SECRET;
        if is_piece(at, end) {
            while is_piece(at, end + 1) {
                end += 1;
            }
            struck.push_str(STRUCK);
            at = end;
        } else {
            struck.push(character);
            at += character.len_utf8();
        }
    }
    struck
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD_INDIFFERENT.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_redacted() {
        let token = WebIdentityToken::new("aaa.bbb.ccc");
        assert_eq!(format!("{token:?} {:?}", Some(&token)).matches("bbb").count(), 0);
        assert_eq!(token.expose(), "aaa.bbb.ccc");
    }

    #[test]
    fn what_cannot_be_a_token_is_told_without_quoting_it() {
        let encode = |text: &str| URL_SAFE_NO_PAD_INDIFFERENT.encode(text);
        let (header, claims) = (encode(r#"{"alg":"RS256"}"#), encode(r#"{"sub":"x"}"#));
        let signed = |bytes: usize| format!("{header}.{claims}.{}", encode(&"s".repeat(bytes)));
        let whole = signed(256);
        assert_eq!(whole.parse(), Ok(WebIdentityToken::new(&whole)));
        for (text, expected) in [
            ("$BITBUCKET_STEP_OIDC_TOKEN", InvalidToken::Unexpanded),
            ("no token at all", InvalidToken::Character(3)),
            (&format!("\"{whole}\""), InvalidToken::Character(1)),
            ("hunter2", InvalidToken::Parts { parts: 1 }),
            (&format!("{header}.{claims}"), InvalidToken::Parts { parts: 2 }),
            ("a.b.c.d.e", InvalidToken::Parts { parts: 5 }),
            (&format!("{}.{claims}.c2ln", &header[1..]), InvalidToken::Unreadable("header")),
            (&format!("{header}.{}.c2ln", &claims[..9]), InvalidToken::Unreadable("claims")),
            (&format!("{header}.{}.c2ln", encode("[1]")), InvalidToken::Unreadable("claims")),
            (&format!("{header}.{claims}."), InvalidToken::Signature),
            (&whole[..whole.len() - 5], InvalidToken::Signature),
        ] {
            let error = text.parse::<WebIdentityToken>().expect_err(text);
            assert_eq!(error, expected, "{text}");
            let told = WebIdentityToken::read(text).expect_err("it is none").to_string();
            assert!(
                !told.contains(text) && told.contains("\nhint: ") && told.contains("`oidc: true`"),
                "{told}"
            );
        }
    }

    #[test]
    fn pieces_of_a_token_are_struck_from_what_others_say() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
        for (message, expected) in [
            ("of eyJzdWIiOiJ4In0, it", "of **token**, it"),
            ("cut: eyJhbGciOiJSUzI1NiJ9.eyJzdW...", "cut: **token**..."),
            ("token=eyJzdWIiOiJ4In0&next", "token=**token**&next"),
            ("eyJhbGciOiJSeyJzdWIiOiJ4", "**token****token**"),
            ("signature <c2lnbmF0dXJl>", "signature <**token**>"),
            ("an é and InvalidIdentityToken", "an é and InvalidIdentityToken"),
        ] {
            assert_eq!(strike(message, token), expected);
        }
        assert_eq!(strike("no token", ""), "no token");
    }
}
