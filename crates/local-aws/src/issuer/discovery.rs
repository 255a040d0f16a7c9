//! The two documents of an OpenID Connect issuer: its discovery document and its key set.

use serde_json::json;

use super::key::VerificationKey;
use super::{BITBUCKET_API, issuer_path, split_issuer_path};

/// The JSON document at `path`, if it is one of an issuer's. `jwks_uri` points to `origin`, where this server is
/// reached, so that a client that follows it stays here.
pub(crate) fn document_at(path: &str, origin: &str) -> Option<String> {
    let (slug, rest) = split_issuer_path(path)?;
    let document = match rest {
        "/.well-known/openid-configuration" => json!({
            "issuer": format!("{BITBUCKET_API}{}", issuer_path(slug)),
            "jwks_uri": format!("{origin}{}/keys.json", issuer_path(slug)),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }),
        "/keys.json" => json!({ "keys": [VerificationKey::published()] }),
        _ => return None,
    };
    Some(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        let base = "/2.0/workspaces/acme/pipelines-config/identity/oidc";
        let discovery =
            document_at(&format!("{base}/.well-known/openid-configuration"), "http://127.0.0.1:1")
                .expect("served");
        assert!(discovery.contains(&format!(r#""issuer":"https://api.bitbucket.org{base}""#)), "{discovery}");
        assert!(
            discovery.contains(&format!(r#""jwks_uri":"http://127.0.0.1:1{base}/keys.json""#)),
            "{discovery}"
        );
        let keys = document_at(&format!("{base}/keys.json"), "").expect("served");
        assert!(keys.contains(r#""e":"AQAB""#), "{keys}");
        assert_eq!(document_at(base, ""), None);
        assert_eq!(document_at("/bucket/keys.json", ""), None);
    }
}
