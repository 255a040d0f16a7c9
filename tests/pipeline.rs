//! `local-pipeline` through its front door.

mod pipeline {
    mod deployment;
    mod environment;
    mod examples;
    mod failure;
    mod notice;
    mod repository;
    mod script;
}
