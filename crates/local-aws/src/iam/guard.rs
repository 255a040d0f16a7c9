//! IAM at the door of S3, in S3's words.

use http::StatusCode;
use jiff::Timestamp;

use super::{BadCredentials, Iam};
use crate::s3::{AccessRequest, Denial, Guard};

impl Guard for Iam {
    fn secret_key(&self, access_key: &str) -> Option<String> {
        Self::secret_key(self, access_key)
    }

    fn authorise(&self, request: &AccessRequest<'_>) -> Result<(), Denial> {
        let Some(access_key) = request.access_key else {
            let verdict = self.anonymous().may_when(request.action, request.resource, request.conditions);
            return verdict.map_err(|_| denial("AccessDenied", StatusCode::FORBIDDEN, "Access Denied"));
        };
        let principal = self.principal(access_key, request.session_token, Timestamp::now())?;
        principal
            .may_when(request.action, request.resource, request.conditions)
            .map_err(|denied| denial("AccessDenied", StatusCode::FORBIDDEN, format!("{denied:#}")))
    }
}

impl From<BadCredentials> for Denial {
    fn from(bad: BadCredentials) -> Self {
        match bad {
            // A temporary key is no key at all without its token.
            BadCredentials::UnknownKey | BadCredentials::MissingToken => denial(
                "InvalidAccessKeyId",
                StatusCode::FORBIDDEN,
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            BadCredentials::WrongToken => denial(
                "InvalidToken",
                StatusCode::BAD_REQUEST,
                "The provided token is malformed or otherwise invalid.",
            ),
            BadCredentials::Expired => {
                denial("ExpiredToken", StatusCode::BAD_REQUEST, "The provided token has expired.")
            }
        }
    }
}

fn denial(code: &str, status: StatusCode, message: impl Into<String>) -> Denial {
    Denial { code: code.into(), message: message.into(), status }
}

#[cfg(test)]
mod tests {
    use oidc_auth::policy::{PolicyDocument, Statement};

    use super::*;

    #[test]
    fn refusals_are_in_the_words_of_s3() {
        let iam = Iam::default();
        let policy = PolicyDocument::new(vec![Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site/*"])]);
        let key = iam.create_user("deploy", vec![policy]);
        iam.allow_anonymous(vec![PolicyDocument::new(vec![Statement::allow(&["s3:GetObject"], &["*"])])]);
        let user = Some(key.id.as_str());
        for (access_key, session_token, action, expected) in [
            (user, None, "s3:PutObject", None),
            (
                user,
                None,
                "s3:DeleteObject",
                Some((
                    403,
                    "AccessDenied",
                    "User: arn:aws:iam::111122223333:user/deploy is not authorized to perform: s3:DeleteObject on resource: \"arn:aws:s3:::site/a\" because no identity-based policy allows the s3:DeleteObject action",
                )),
            ),
            (None, None, "s3:PutObject", Some((403, "AccessDenied", "Access Denied"))),
            (None, None, "s3:GetObject", None),
            (
                Some("AKIAUNKNOWN"),
                None,
                "s3:PutObject",
                Some((
                    403,
                    "InvalidAccessKeyId",
                    "The AWS Access Key Id you provided does not exist in our records.",
                )),
            ),
            (
                user,
                Some("x"),
                "s3:PutObject",
                Some((400, "InvalidToken", "The provided token is malformed or otherwise invalid.")),
            ),
        ] {
            let request = AccessRequest {
                access_key,
                session_token,
                action,
                resource: "arn:aws:s3:::site/a",
                conditions: &[],
            };
            let denied = iam.authorise(&request).err();
            let found = denied
                .as_ref()
                .map(|denied| (denied.status.as_u16(), denied.code.as_str(), denied.message.as_str()));
            assert_eq!(found, expected, "{access_key:?} {session_token:?} {action}");
        }
    }
}
