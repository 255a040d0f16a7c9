//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

mod garbage;

mod s3_deploy {
    mod access;
    mod checksum_headers;
    mod configuration;
    mod contents;
    mod customer_key;
    mod emptying;
    mod expiry;
    mod extra_args;
    mod failures;
    mod filters;
    mod fingerprints;
    mod folders;
    mod garbage;
    mod grace;
    mod guards;
    mod header_changes;
    mod header_rules;
    mod headers;
    mod hostile;
    mod kms;
    mod limits;
    mod listing;
    mod mistakes;
    mod modes;
    #[cfg(unix)]
    mod oracle;
    mod order;
    mod patterns;
    mod payer;
    mod plan;
    #[cfg(unix)]
    mod private;
    mod record;
    mod record_in_force;
    mod refusals;
    mod script;
    mod session_policy;
    mod shards;
    mod skipped;
    mod speed;
    mod step;
    mod stores;
    mod tags;
    mod targets;
    mod tls;
    mod unseen_settings;
    mod uploads;
    mod withheld;
}
