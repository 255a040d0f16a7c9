//! `cloudfront-invalidate` through its front door: the real binary with a step's environment, and what CloudFront then
//! has to do.

mod garbage;

mod cloudfront_invalidate {
    mod access;
    mod budget;
    mod changes;
    mod completion;
    mod configuration;
    mod garbage;
    mod list;
    mod paths;
    mod patience;
    mod repetition;
    mod result;
    mod session_policy;
    mod step;
    mod viewer;
}
