//! The verification of a web identity token against the identity providers of an account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use crate::issuer::VerificationKey;
use crate::refusal::Refusal;

/// How far the clocks of issuer and STS may differ, in seconds. AWS publishes no figure; five minutes is usual.
const CLOCK_SKEW: i64 = 300;

/// The claims of a token that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VerifiedToken {
    pub(super) issuer: String,
    /// The audiences in the token that the provider accepts; never empty.
    pub(super) audiences: Vec<String>,
    pub(super) subject: String,
}

/// Verifies structure, provider, audience, signature and times, in this order. `audiences_of` gives the audiences that
/// the account's provider with this URL accepts; `None` when the account has none.
pub(super) fn verify(
    token: &str,
    now: Timestamp,
    audiences_of: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<VerifiedToken, Refusal> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err(not_a_token());
    };
    let claims = json(payload)?;
    let issuer = text(&claims, "iss")?;
    let accepted = audiences_of(issuer)
        .ok_or_else(|| invalid(format!("No OpenIDConnect provider found in your account for {issuer}")))?;
    let audiences: Vec<String> =
        audiences(&claims)?.into_iter().filter(|audience| accepted.contains(audience)).collect();
    if audiences.is_empty() {
        return Err(invalid("Incorrect token audience"));
    }
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    check_signature(issuer, header, signed, signature)?;
    check_times(&claims, now.as_second())?;
    Ok(VerifiedToken { issuer: issuer.to_owned(), audiences, subject: text(&claims, "sub")?.to_owned() })
}

fn check_signature(issuer: &str, header: &str, signed: &str, signature: &str) -> Result<(), Refusal> {
    let header = json(header)?;
    // Whatever else the header says: a token that names its own algorithm is a classic way in.
    if header["alg"] != "RS256" {
        return Err(not_a_token());
    }
    let key = header["kid"].as_str().and_then(|kid| VerificationKey::of(issuer, kid)).ok_or_else(|| {
        // Two blanks, as in AWS's own sentence.
        invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity \
             documentation for requirements",
        )
    })?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| not_a_token())?;
    // The service model's words; what AWS really answers here is not on record.
    let unverified = || {
        invalid(
            "The web identity token that was passed could not be validated by Amazon Web Services. Get a new identity \
             token from the identity provider and then retry the request.",
        )
    };
    if key.verifies(signed.as_bytes(), &signature) { Ok(()) } else { Err(unverified()) }
}

fn check_times(claims: &Value, now: i64) -> Result<(), Refusal> {
    let expires = seconds(claims, "exp")?;
    if now >= expires {
        let message = format!(
            "Token expired: current date/time {now} must be before the expiration date/time {expires}"
        );
        return Err(Refusal::bad_request("ExpiredTokenException", message));
    }
    let issued = seconds(claims, "iat")?;
    let begins = if claims.get("nbf").is_some() { seconds(claims, "nbf")?.max(issued) } else { issued };
    if begins > now + CLOCK_SKEW {
        let message = format!("Token not yet valid: current date/time {now} must not be before {begins}");
        return Err(invalid(message));
    }
    Ok(())
}

fn json(part: &str) -> Result<Value, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| not_a_token())?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object).ok_or_else(not_a_token)
}

fn text<'a>(claims: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    claims[name].as_str().ok_or_else(|| missing(name))
}

/// Whole seconds; a fraction, which JWT allows, is cut off.
fn seconds(claims: &Value, name: &str) -> Result<i64, Refusal> {
    let number = &claims[name];
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cutting the fraction off is the point, and the cast saturates"
    )]
    let cut = number.as_f64().map(|seconds| seconds as i64);
    number.as_i64().or(cut).ok_or_else(|| missing(name))
}

fn audiences(claims: &Value) -> Result<Vec<String>, Refusal> {
    match &claims["aud"] {
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(many) => Ok(many.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => Err(missing("aud")),
    }
}

fn missing(claim: &str) -> Refusal {
    invalid(format!("Missing a required claim: {claim}"))
}

fn not_a_token() -> Refusal {
    invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidIdentityToken", message)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
