//! The step of every scenario, and objects that were there before.

use jiff::Timestamp;
use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, Step, World};

/// A step that deploys the site's `build` to the bucket.
pub(crate) fn deploy(world: &World, site: &Site) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_s3-deploy"), site.clone_folder())
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
}

/// An object that someone else put there.
pub(crate) fn object(text: &str) -> Object {
    Object::new(text.to_owned(), Timestamp::UNIX_EPOCH)
}
