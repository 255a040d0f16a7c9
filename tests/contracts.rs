//! The documents: what a reader is told, held to the code and to each other. Files are read, nothing is run.

mod contracts {
    mod attest;
    mod authorities;
    mod calls;
    mod ci;
    mod credentials;
    mod examples;
    mod gate;
    mod headings;
    mod iam;
    mod images;
    mod links;
    mod manifests;
    mod markdown;
    mod nightly;
    mod pipe;
    mod publish;
    mod readme;
    mod release;
    mod repository;
    mod tables;
    mod template;
    mod versions;
}
