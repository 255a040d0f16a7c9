//! `local-pipeline` through its front door.

mod pipeline {
    mod bare;
    mod both;
    mod browser;
    mod deployment;
    mod environment;
    mod examples;
    mod failure;
    mod freshness;
    mod handover;
    mod history;
    mod iam;
    mod images;
    mod killed;
    mod live_check;
    mod matrix;
    mod notice;
    mod readme;
    mod repository;
    mod script;
    mod secrets;
    mod visitor;
}
