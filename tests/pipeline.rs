//! `local-pipeline` through its front door.

mod pipeline {
    mod browser;
    mod deployment;
    mod environment;
    mod failure;
    mod freshness;
    mod notice;
    mod repository;
    mod script;
}
