//! The separate clouds of AWS, told apart by the second field of an ARN or by a region's prefix.

use std::fmt;

/// One of the clouds of AWS. Credentials, endpoints and ARNs of one mean nothing in another.
///
/// The list is that of the SDK's `partitions.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partition {
    /// The commercial cloud, `aws`.
    Aws,
    /// China, `aws-cn`.
    China,
    /// `GovCloud`, `aws-us-gov`.
    GovCloud,
    /// The European Sovereign Cloud, `aws-eusc`.
    EuropeanSovereign,
    /// `aws-iso`.
    Iso,
    /// `aws-iso-b`.
    IsoB,
    /// `aws-iso-e`.
    IsoE,
    /// `aws-iso-f`.
    IsoF,
}

impl Partition {
    const ALL: [Self; 8] = [
        Self::Aws,
        Self::China,
        Self::GovCloud,
        Self::EuropeanSovereign,
        Self::Iso,
        Self::IsoB,
        Self::IsoE,
        Self::IsoF,
    ];

    /// Its name in an ARN; `None` when AWS has no such partition.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partition| partition.name() == name)
    }

    /// The partition that a region belongs to. An unknown region counts as one of the commercial cloud.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|partition| partition.region_prefix().is_some_and(|prefix| region.starts_with(prefix)))
            .unwrap_or(Self::Aws)
    }

    /// Its name in an ARN.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
            Self::EuropeanSovereign => "aws-eusc",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
            Self::IsoE => "aws-iso-e",
            Self::IsoF => "aws-iso-f",
        }
    }

    /// The region whose STS is asked when the step names none of this partition.
    #[must_use]
    pub fn default_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-north-1",
            Self::GovCloud => "us-gov-west-1",
            Self::EuropeanSovereign => "eusc-de-east-1",
            Self::Iso => "us-iso-east-1",
            Self::IsoB => "us-isob-east-1",
            Self::IsoE => "eu-isoe-west-1",
            Self::IsoF => "us-isof-south-1",
        }
    }

    /// What the host names of its services end with.
    fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::GovCloud => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::EuropeanSovereign => "amazonaws.eu",
            Self::Iso => "c2s.ic.gov",
            Self::IsoB => "sc2s.sgov.gov",
            Self::IsoE => "cloud.adc-e.uk",
            Self::IsoF => "csp.hci.ic.gov",
        }
    }

    /// Whether a host is one of AWS's own, in any partition: private links have such names too.
    #[must_use]
    pub fn owns_host(host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let belongs = |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
        Self::ALL.into_iter().any(|partition| belongs(partition.dns_suffix())) || belongs("api.aws")
    }

    fn region_prefix(self) -> Option<&'static str> {
        match self {
            Self::Aws => None,
            Self::China => Some("cn-"),
            Self::GovCloud => Some("us-gov-"),
            Self::EuropeanSovereign => Some("eusc-"),
            Self::Iso => Some("us-iso-"),
            Self::IsoB => Some("us-isob-"),
            Self::IsoE => Some("eu-isoe-"),
            Self::IsoF => Some("us-isof-"),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn regions_belong_to_partitions() {
        for (region, partition) in [
            ("us-east-1", Partition::Aws),
            ("ap-southeast-5", Partition::Aws),
            ("us-gov-east-1", Partition::GovCloud),
            ("cn-northwest-1", Partition::China),
            ("us-iso-west-1", Partition::Iso),
            ("us-isob-east-1", Partition::IsoB),
            ("eusc-de-east-1", Partition::EuropeanSovereign),
            ("auto", Partition::Aws),
        ] {
            assert_eq!(Partition::of_region(region), partition, "{region}");
        }
    }

    #[test]
    fn hosts_of_aws_are_known_by_their_ends() {
        for (host, expected) in [
            ("s3.eu-west-1.amazonaws.com", true),
            ("vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com", true),
            ("STS.cn-north-1.amazonaws.com.cn", true),
            ("s3.dualstack.eu-west-1.api.aws", true),
            ("amazonaws.com", false),
            ("evilamazonaws.com", false),
            ("s3.amazonaws.com.example.org", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(Partition::owns_host(host), expected, "{host}");
        }
    }

    #[test]
    fn names_and_default_regions_lead_back_to_the_partition() {
        for partition in Partition::ALL {
            assert_eq!(Partition::from_name(partition.name()), Some(partition));
            assert_eq!(Partition::of_region(partition.default_region()), partition);
        }
        assert_eq!(Partition::from_name("aws-moon"), None);
    }
}
