//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

mod s3_deploy {
    mod access;
    mod configuration;
    mod extra_args;
    mod filters;
    mod header_changes;
    mod header_rules;
    mod headers;
    mod modes;
    mod order;
    mod plan;
    mod record;
    mod record_in_force;
    mod step;
    mod uploads;
}
