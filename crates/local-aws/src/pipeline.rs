//! Runs a `bitbucket-pipelines.yml` here, as Bitbucket would, against the embedded cloud.

mod call;
mod clone;
mod definition;
mod environment;
mod process;
mod quote;
mod reference;
mod report;
mod repository;
mod script;
mod session;
mod yaml;
