//! Where a person looks at a distribution.

use oidc_auth::Partition;

use crate::distribution_id::DistributionId;

/// The distribution's page in the console of AWS; `None` in partitions without CloudFront, or whose console has no public
/// address.
#[must_use]
pub fn url(partition: Partition, distribution: &DistributionId) -> Option<String> {
    let host = match partition {
        Partition::Aws => "console.aws.amazon.com",
        Partition::China => "console.amazonaws.cn",
        _ => return None,
    };
    // CloudFront is global, but the console wants to know a region.
    let region = partition.default_region();
    Some(format!("https://{host}/cloudfront/v4/home?region={region}#/distributions/{distribution}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_public_partition_has_its_console() {
        let id = "E1".parse().expect("an id");
        for (partition, expected) in [
            (
                Partition::Aws,
                Some("https://console.aws.amazon.com/cloudfront/v4/home?region=us-east-1#/distributions/E1"),
            ),
            (
                Partition::China,
                Some("https://console.amazonaws.cn/cloudfront/v4/home?region=cn-north-1#/distributions/E1"),
            ),
            (Partition::Iso, None),
        ] {
            assert_eq!(url(partition, &id).as_deref(), expected);
        }
    }
}
