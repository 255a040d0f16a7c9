//! `local-pipeline` through its front door.

mod pipeline {
    mod at_once;
    mod bare;
    mod both;
    mod browser;
    mod crash;
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
    mod near_miss;
    mod notice;
    mod project;
    mod readme;
    mod repository;
    mod script;
    mod secrets;
    mod soak;
    mod taken_down;
    mod visitor;
}
