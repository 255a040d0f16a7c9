//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

mod s3_deploy {
    mod access;
    mod configuration;
    mod extra_args;
    mod filters;
    mod headers;
    mod modes;
    #[cfg(unix)]
    mod oracle;
    mod order;
    mod record;
    mod step;
    mod uploads;
}
