//! What a request needs of KMS besides, asked of the caller's policies as a call that comes through S3.
//!
//! A key's own policy is taken to leave the decision to IAM, as the one does that the console proposes.

use http::HeaderMap;
use oidc_auth::Partition;
use s3s::S3Result;

use super::api::Api;
use super::encryption::Encryption;
use super::guard::Caller;

/// Asked for each object that is written, and for each upload that begins.
const GENERATE_KEY: &str = "kms:GenerateDataKey";
/// Asked for what is read, also inside S3: a copy's source, a checksum, the parts of an upload.
const DECRYPT: &str = "kms:Decrypt";
/// The key that AWS keeps for S3 in every account.
const MANAGED: &str = "alias/aws/s3";

impl Api {
    /// Whether the caller may encrypt what a request with these headers writes to the bucket.
    pub(super) fn may_encrypt(&self, caller: &Caller, bucket: &str, headers: &HeaderMap) -> S3Result<()> {
        let encryption = self.store.read(bucket, |bucket| Encryption::of(headers, &bucket.encryption))??;
        self.ask_kms(caller, GENERATE_KEY, bucket, &encryption)
    }

    /// Whether the caller may have what is encrypted in this way decrypted.
    pub(super) fn may_decrypt(&self, caller: &Caller, bucket: &str, encryption: &Encryption) -> S3Result<()> {
        self.ask_kms(caller, DECRYPT, bucket, encryption)
    }

    /// The same for an upload that is not finished; one that there is not is refused elsewhere.
    pub(super) fn may_decrypt_parts(&self, caller: &Caller, bucket: &str, upload: &str) -> S3Result<()> {
        let encryption = self.store.read(bucket, |bucket| {
            bucket.uploads.get(upload).map(|upload| upload.template.encryption.clone())
        })?;
        encryption.map_or(Ok(()), |encryption| self.may_decrypt(caller, bucket, &encryption))
    }

    fn ask_kms(&self, caller: &Caller, action: &str, bucket: &str, encryption: &Encryption) -> S3Result<()> {
        let (region, owner) =
            self.store.read(bucket, |bucket| (bucket.region.clone(), bucket.owner.clone()))?;
        let Some(key) = key(encryption, &region, &owner) else { return Ok(()) };
        let through_s3 = Caller {
            conditions: vec![
                ("kms:ViaService", format!("s3.{region}.amazonaws.com")),
                ("kms:CallerAccount", owner),
            ],
            ..caller.clone()
        };
        through_s3.must(&*self.guard, action, &key)
    }
}

/// The ARN of the key; `None` where there is none, or the one whose own policy lets in everybody of the account who comes
/// through S3.
///
/// An alias stands for a key of its name: which key it means only KMS knows.
fn key(encryption: &Encryption, region: &str, account: &str) -> Option<String> {
    let Encryption::Kms { key: Some(key), .. } = encryption else { return None };
    if key.ends_with(MANAGED) {
        return None;
    }
    if key.starts_with("arn:") {
        return Some(key.replacen(":alias/", ":key/", 1));
    }
    let partition = Partition::of_region(region);
    let id = key.trim_start_matches("alias/");
    Some(format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_by_their_names() {
        let arn = "arn:aws:kms:eu-west-1:1:key/k1";
        for (name, region, expected) in [
            (None, "eu-west-1", None),
            (Some("alias/aws/s3"), "eu-west-1", None),
            (Some("arn:aws:kms:eu-west-1:1:alias/aws/s3"), "eu-west-1", None),
            (Some("k1"), "eu-west-1", Some(arn)),
            (Some("alias/k1"), "eu-west-1", Some(arn)),
            (Some(arn), "us-east-1", Some(arn)),
            (Some("arn:aws:kms:eu-west-1:1:alias/k1"), "us-east-1", Some(arn)),
            (Some("k1"), "cn-north-1", Some("arn:aws-cn:kms:cn-north-1:1:key/k1")),
        ] {
            let name = name.map(str::to_owned);
            let encryption =
                Encryption::Kms { key: name.clone(), dual_layer: false, bucket_key: false, context: None };
            assert_eq!(key(&encryption, region, "1").as_deref(), expected, "{name:?}");
        }
        assert_eq!(key(&Encryption::Aes256, "eu-west-1", "1"), None);
    }
}
