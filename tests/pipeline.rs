//! `local-pipeline` through its front door.

mod pipeline {
    mod browser;
    mod deployment;
    mod environment;
    mod examples;
    mod failure;
    mod freshness;
    mod notice;
    mod readme;
    mod repository;
    mod script;
}
