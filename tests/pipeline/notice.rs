//! What a run says about its file.

use super::repository::Repository;

#[test]
fn a_repeated_key_is_a_warning_that_names_the_line() {
    let ended = Repository::with_script(
        "- pipe: acme/aws-s3-deploy:1
  variables:
    S3_BUCKET: first
    S3_BUCKET: second",
    )
    .run()
    .succeeded();
    let warning = "line 8: S3_BUCKET is already given on line 7; the last one counts";
    assert!(ended.output.contains(warning), "{}", ended.output);
    assert_eq!(ended.variable("S3_BUCKET").as_deref(), Some("second"));
}

#[test]
fn what_is_not_done_is_said_once() {
    let file = "
image: node:20
pipelines:
  default:
    - step: {caches: [node], script: [true]}
    - step: {caches: [node], services: [docker], script: [true]}
";
    let ended = Repository::with_file(file).run().succeeded();
    let said: Vec<_> = ended.output.lines().filter(|line| line.contains("Not done here")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    for key in ["image", "caches", "services"] {
        assert_eq!(said[0].matches(&format!("{key} (")).count(), 1, "{said:?}");
    }
}
