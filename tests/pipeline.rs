//! `local-pipeline` through its front door.

mod pipeline {
    mod deployment;
    mod environment;
    mod examples;
    mod failure;
    mod notice;
    mod readme;
    mod repository;
    mod script;
}
