//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

mod s3_deploy {
    mod access;
    mod configuration;
    mod customer_key;
    mod extra_args;
    mod filters;
    mod grace;
    mod guards;
    mod headers;
    mod modes;
    mod order;
    mod payer;
    mod record;
    mod script;
    mod shards;
    mod skipped;
    mod step;
    mod uploads;
}
