//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

mod s3_deploy {
    mod access;
    mod configuration;
    mod extra_args;
    mod filters;
    mod grace;
    mod guards;
    mod headers;
    mod modes;
    mod order;
    mod record;
    mod shards;
    mod step;
    mod uploads;
}
