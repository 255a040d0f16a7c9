//! What a token says of itself, read without checking its signature: for telling a person why STS refused it, and for
//! nothing else.

mod subject;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD_INDIFFERENT;
use jiff::Timestamp;
use serde_json::Value;

pub use self::subject::Subject;

use crate::clock::distance;
use crate::printable::claim as printable;
use crate::token::WebIdentityToken;

/// The claims that a trust policy is about. **Not verified**: never decide anything by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnverifiedClaims {
    /// `iss`: who says that it issued the token.
    pub issuer: Option<String>,
    /// `aud`: whom it is for. Bitbucket sends a string, or a list where the step names audiences of its own.
    pub audience: Vec<String>,
    /// Whether `aud` is a list, as it is where the step names audiences of its own, even one.
    pub audience_is_list: bool,
    /// `sub`: repository, deployment environment if any, and step.
    pub subject: Option<String>,
    /// `workspaceUuid`.
    pub workspace: Option<String>,
    /// `exp`.
    pub expires: Option<Timestamp>,
    /// `iat`.
    pub issued: Option<Timestamp>,
    /// `nbf`; Bitbucket sends none.
    pub not_before: Option<Timestamp>,
}

/// The token has not the form of a JSON Web Token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not readable as a JSON Web Token")]
pub struct Unreadable;

impl UnverifiedClaims {
    /// Reads the claims; the signature is not looked at.
    pub fn decode(token: &WebIdentityToken) -> Result<Self, Unreadable> {
        let mut parts = token.expose().split('.');
        let (Some(_header), Some(payload), Some(_signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Unreadable);
        };
        let payload = URL_SAFE_NO_PAD_INDIFFERENT.decode(payload).map_err(|_| Unreadable)?;
        let Ok(Value::Object(claims)) = serde_json::from_slice(&payload) else {
            return Err(Unreadable);
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(printable);
        let time = |name: &str| claims.get(name).and_then(timestamp);
        let audience = match claims.get("aud") {
            Some(Value::String(audience)) => vec![printable(audience)],
            Some(Value::Array(audiences)) => {
                audiences.iter().filter_map(Value::as_str).map(printable).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self {
            issuer: text("iss"),
            audience,
            audience_is_list: claims.get("aud").is_some_and(Value::is_array),
            subject: text("sub"),
            workspace: text("workspaceUuid"),
            expires: time("exp"),
            issued: time("iat"),
            not_before: time("nbf"),
        })
    }

    /// The parts of the subject, if it has Bitbucket's form.
    #[must_use]
    pub fn parts(&self) -> Option<Subject<'_>> {
        self.subject.as_deref().and_then(Subject::parse)
    }

    /// When the token begins to be good: when it was issued, or later where it says so.
    #[must_use]
    pub fn begins(&self) -> Option<Timestamp> {
        self.issued.max(self.not_before)
    }

    /// The claims, indented, with the parts of the subject named and the expiry against the clock.
    #[must_use]
    pub fn lines(&self, now: Timestamp) -> String {
        let absent = || "(none)".to_owned();
        let audience = match self.audience.as_slice() {
            [] => absent(),
            [one] if !self.audience_is_list => one.clone(),
            many => format!("[{}], a list", many.join(", ")),
        };
        let parts = match self.parts() {
            Some(Subject { environment: Some(_), .. }) => "\n            that is repository:environment:step",
            Some(_) => "\n            that is repository:step; the step has no `deployment:`",
            None => "",
        };
        let expiry = self.expires.map_or_else(absent, |expires| {
            format!("{expires}, {}", distance(expires.as_second() - now.as_second()))
        });
        let (issuer, subject) = (self.issuer.clone(), self.subject.clone());
        format!(
            "  issuer    {}\n  audience  {audience}\n  subject   {}{parts}\n  expires   {expiry}",
            issuer.unwrap_or_else(absent),
            subject.unwrap_or_else(absent),
        )
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a fraction of a second does not matter, and `as` saturates"
)]
fn timestamp(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE;

    use super::*;

    fn token(payload: &str) -> WebIdentityToken {
        let payload = URL_SAFE_NO_PAD_INDIFFERENT.encode(payload);
        WebIdentityToken::new(format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"))
    }

    #[test]
    fn claims_are_read_in_both_forms_of_the_audience() {
        for (aud, expected) in
            [(r#""one""#, vec!["one"]), (r#"["one","two"]"#, vec!["one", "two"]), ("7", vec![])]
        {
            let payload = format!(
                r#"{{"iss":"https://issuer","aud":{aud},"sub":"{{r}}:{{s}}","exp":1700003600,"iat":1.7e9}}"#
            );
            let claims = UnverifiedClaims::decode(&token(&payload)).expect("it is readable");
            assert_eq!(claims.issuer.as_deref(), Some("https://issuer"));
            assert_eq!(claims.audience, expected);
            assert_eq!(claims.subject.as_deref(), Some("{r}:{s}"));
            assert_eq!(claims.expires.map(Timestamp::as_second), Some(1_700_003_600));
            assert_eq!(claims.issued.map(Timestamp::as_second), Some(1_700_000_000));
        }
    }

    #[test]
    fn a_padded_payload_is_read_too() {
        let token = WebIdentityToken::new(format!("a.{}.c", URL_SAFE.encode(r#"{"sub":"x"}"#)));
        assert_eq!(UnverifiedClaims::decode(&token).map(|claims| claims.subject), Ok(Some("x".into())));
    }

    #[test]
    fn anything_else_is_unreadable_and_does_not_panic() {
        let list = format!("a.{}.c", URL_SAFE.encode("[1]"));
        for text in ["", ".", "..", "a.b", "a.!!.c", "a.e30.c.d", "a.bm90IGpzb24.c", "é.é.é", &list] {
            assert_eq!(UnverifiedClaims::decode(&WebIdentityToken::new(text)), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn lines_show_the_expiry_against_the_clock_and_nothing_that_steers_a_terminal() {
        let claims = UnverifiedClaims::decode(&token(
            "{\"iss\":\"https://issuer\",\"sub\":\"\\u001b[2Jx\\n\\u202ey\",\"exp\":1700000000}",
        ))
        .expect("it is readable");
        let at = |second| Timestamp::from_second(second).expect("a time of this century");
        assert_eq!(
            claims.lines(at(1_700_000_180)),
            "  issuer    https://issuer\n  audience  (none)\n  subject   \u{fffd}[2Jx\u{fffd}\u{fffd}y\n  \
             expires   2023-11-14T22:13:20Z, 3 minutes ago"
        );
        assert!(UnverifiedClaims::default().lines(at(0)).ends_with("  expires   (none)"));
    }
}
