//! `s3-deploy` through its front door: the real binary with a step's environment, and what the bucket then holds.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use local_aws::scenario::{BUCKET, Ended, REGION, REPOSITORY, Site, Step, World, is_on_disk};
use oidc_auth::policy::Statement;

/// A step that deploys the site's `build` to the bucket.
fn deploy(world: &World, site: &Site) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_s3-deploy"), site.clone_folder())
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
}

mod what_is_uploaded {
    use super::*;

    #[test]
    fn the_first_deploy_uploads_every_file_byte_for_byte_with_its_content_type() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site).run().exits(0).says("✔ Deployment successful.").says("uploaded 3, updated 0");
        for (path, media_type) in [
            ("index.html", "text/html"),
            ("assets/site.1a2b3c4d.css", "text/css"),
            ("images/Caf\u{e9} + 100%.svg", "image/svg+xml"),
        ] {
            let object = world.cloud.store().object(BUCKET, path).unwrap_or_else(|| panic!("no {path}"));
            assert_eq!(object.body, fs::read(site.file(path)).expect("readable"), "{path}");
            assert_eq!(object.content_type.as_deref(), Some(media_type), "{path}");
        }
        assert_eq!(world.keys().len(), 3);
    }

    #[test]
    fn a_second_deploy_of_touched_files_is_one_page_of_a_listing() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site).run().exits(0);
        world.cloud.clear_requests();
        for path in ["index.html", "assets/site.1a2b3c4d.css", "images/Caf\u{e9} + 100%.svg"] {
            let file = File::options().append(true).open(site.file(path)).expect("a file");
            file.set_modified(SystemTime::now() + Duration::from_hours(1)).expect("touched");
        }
        deploy(&world, &site).run().exits(0).says("already holds all 3 files").says("unchanged 3");
        assert_eq!(world.cloud.count("ListObjectsV2"), 1);
        assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
    }

    #[test]
    fn an_edit_of_the_same_length_with_an_older_time_is_one_put() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site).run().exits(0);
        world.cloud.clear_requests();
        let edited = fs::read_to_string(site.file("index.html")).expect("readable").replace("Hello", "Howdy");
        site.write("index.html", &edited);
        let file = File::options().append(true).open(site.file("index.html")).expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("touched");
        deploy(&world, &site)
            .run()
            .exits(0)
            .says("(content differs)")
            .says("uploaded 0, updated 1, unchanged 2");
        assert_eq!(world.writes(), 1);
        assert_eq!(world.body("index.html").as_deref(), Some(edited.as_bytes()));
    }

    #[test]
    fn a_large_file_goes_in_parts_and_is_recognised() {
        let (world, site) = (World::permissive(), Site::small());
        let film: Vec<u8> = (0..20_000_000_u32).map(|index| (index % 251) as u8).collect();
        site.write("film.mp4", &film);
        deploy(&world, &site).run().exits(0);
        let object = world.cloud.store().object(BUCKET, "film.mp4").expect("it arrived");
        assert!(object.body == film, "other bytes");
        assert!(object.etag.ends_with("-3"), "{}", object.etag);
        assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
        assert_eq!((world.cloud.count("UploadPart"), world.cloud.store().open_uploads(BUCKET)), (3, 0));
        world.cloud.clear_requests();
        deploy(&world, &site).run().exits(0).says("unchanged 4");
        assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
    }

    #[test]
    fn every_official_variable_reaches_the_objects() {
        let (world, site) = (World::permissive(), Site::small());
        world.cloud.store().set_acls_enabled(BUCKET, true);
        site.write("film.mp4", vec![1; 9 << 20]);
        deploy(&world, &site)
            .set("ACL", "public-read")
            .set("CACHE_CONTROL", "public, max-age=60")
            .set("CONTENT_ENCODING", "gzip")
            .set("EXPIRES", "2030-01-02T03:04:05Z")
            .set("STORAGE_CLASS", "STANDARD_IA")
            .run()
            .exits(0);
        for path in ["index.html", "film.mp4"] {
            let object = world.cloud.store().object(BUCKET, path).expect("it arrived");
            assert_eq!(object.acl.as_deref(), Some("public-read"), "{path}");
            assert_eq!(object.cache_control.as_deref(), Some("public, max-age=60"), "{path}");
            assert_eq!(object.content_encoding.as_deref(), Some("gzip"), "{path}");
            assert_eq!(object.expires.as_deref(), Some("Wed, 02 Jan 2030 03:04:05 GMT"), "{path}");
            assert_eq!(object.storage_class, "STANDARD_IA", "{path}");
        }
    }

    #[test]
    fn git_and_the_pipes_storage_are_left_out_and_protected() {
        let (world, site) = (World::permissive(), Site::small());
        site.write(".git/config", "secret");
        site.write(".bitbucket/pipelines/generated/pipeline/pipes/x.json", "{}");
        let kept = [".git/HEAD", "docs/.git/HEAD"];
        for key in kept {
            world.cloud.store().put(BUCKET, key, object("there before"));
        }
        deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("Left out");
        let keys = world.keys();
        assert_eq!(keys.len(), 5, "{keys:?}");
        assert!(kept.iter().all(|key| keys.iter().any(|there| there == key)), "{keys:?}");
    }
}

mod order_and_safety {
    use super::*;

    #[test]
    fn a_removed_file_goes_only_when_asked() {
        let (world, site) = (World::permissive(), Site::small());
        site.write("old.html", "old");
        deploy(&world, &site).run().exits(0);
        site.remove("old.html");
        deploy(&world, &site).run().exits(0).says("deleted 0");
        assert!(world.body("old.html").is_some());
        deploy(&world, &site)
            .set("DELETE_FLAG", "true")
            .run()
            .exits(0)
            .says("deleted 1")
            .says("delete: s3://");
        assert_eq!(world.body("old.html"), None);
        assert_eq!(world.keys().len(), 3);
    }

    #[test]
    fn a_prefix_never_touches_its_namesake() {
        let (world, site) = (World::permissive(), Site::small());
        for key in ["foobar/index.html", "foo", "other/index.html"] {
            world.cloud.store().put(BUCKET, key, object("someone else's"));
        }
        let step =
            deploy(&world, &site).set("S3_BUCKET", &format!("{BUCKET}/foo")).set("DELETE_FLAG", "true");
        step.run().exits(0).says("deleted 0");
        let keys = world.keys();
        assert_eq!(keys.len(), 6, "{keys:?}");
        assert!(keys.contains(&"foo/index.html".to_owned()));
    }

    #[test]
    fn an_asset_that_fails_for_good_holds_back_pages_and_deletions_and_the_next_run_finishes() {
        let (world, site) = (World::permissive(), Site::small());
        site.write("old.css", "old");
        deploy(&world, &site).run().exits(0);
        site.remove("old.css");
        site.write("index.html", "a new page");
        site.write("assets/site.ffffffff.css", "new style");
        let before = world.body("index.html");
        world.cloud.fail("PutObject").on("assets/site.ffffffff.css").with("AccessDenied");
        let step = deploy(&world, &site).set("DELETE_FLAG", "true");
        step.run()
            .exits(1)
            .says("✖ Deployment failed.")
            .says("no page was published and nothing was deleted")
            .says("AccessDenied")
            .says("s3:PutObject");
        assert_eq!(world.body("index.html"), before);
        assert!(world.body("old.css").is_some());
        world.cloud.heal();
        step.run().exits(0).says("uploaded 1, updated 1, unchanged 2, deleted 1");
        assert_eq!(world.body("index.html").as_deref(), Some(&b"a new page"[..]));
        assert_eq!(world.body("old.css"), None);
    }

    #[test]
    fn pages_are_put_after_every_asset() {
        let (world, site) = (World::permissive(), Site::empty());
        for number in 0..100 {
            site.write(&format!("a/{number}.html"), "page");
            site.write(&format!("z/{number}.css"), "style");
        }
        deploy(&world, &site).run().exits(0);
        let puts: Vec<String> = world
            .cloud
            .requests()
            .into_iter()
            .filter(|request| request.operation == "PutObject")
            .filter_map(|request| request.key)
            .filter(|key| key.starts_with("a/") || key.starts_with("z/"))
            .collect();
        assert_eq!(puts.len(), 200);
        assert!(puts[..100].iter().all(|key| key.starts_with("z/")), "{puts:?}");
    }

    #[test]
    fn deletions_go_in_batches_and_each_refused_key_is_named() {
        let deny = Statement::deny(&["s3:DeleteObject"], &["arn:aws:s3:::site-bucket/kept.css"]);
        let world = World::with_permissions(vec![Statement::allow(&["*"], &["*"]), deny]);
        let site = Site::small();
        for number in 0..1200 {
            world.cloud.store().put(BUCKET, &format!("old/{number}.css"), object("old"));
        }
        world.cloud.store().put(BUCKET, "kept.css", object("old"));
        world.cloud.store().put(BUCKET, "odd\nname.css", object("old"));
        deploy(&world, &site)
            .set("DELETE_FLAG", "true")
            .run()
            .exits(1)
            .says("1 object could not be deleted")
            .says("kept.css: AccessDenied")
            .says("s3:DeleteObject")
            .says("deleted 1201");
        assert_eq!((world.cloud.count("DeleteObjects"), world.cloud.count("DeleteObject")), (2, 1));
        assert_eq!(world.keys().len(), 4);
    }

    #[test]
    fn an_empty_folder_does_not_empty_the_bucket() {
        let (world, site) = (World::permissive(), Site::empty());
        world.cloud.store().put(BUCKET, "index.html", object("there before"));
        let step = deploy(&world, &site).set("DELETE_FLAG", "true");
        step.run().exits(1).says("ALLOW_EMPTY");
        assert_eq!(world.writes(), 0);
        step.set("ALLOW_EMPTY", "true").run().exits(0).says("deleted 1");
    }

    #[test]
    fn a_stopped_step_aborts_its_uploads_in_parts() {
        let (world, site) = (World::permissive(), Site::small());
        site.write("film.mp4", vec![1; 40 << 20]);
        world.cloud.fail("UploadPart").with("SlowDown");
        let step = deploy(&world, &site);
        let child = step.command().spawn().expect("the program starts");
        for _ in 0..600 {
            if world.cloud.count("UploadPart") > 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(world.cloud.store().open_uploads(BUCKET), 1);
        let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(killed.expect("kill is there").success());
        let output = child.wait_with_output().expect("it ends");
        let log = String::from_utf8(output.stdout).expect("a log is UTF-8");
        Ended { code: output.status.code(), log }.exits(143).says("stopped by SIGTERM").says("✖");
        assert_eq!(world.cloud.store().open_uploads(BUCKET), 0);
        assert_eq!(world.body("index.html"), None);
    }

    #[test]
    fn trouble_that_passes_is_outlived() {
        let (world, site) = (World::permissive(), Site::small());
        world.cloud.fail("PutObject").on("index.html").with("SlowDown").times(2);
        world.cloud.fail("ListObjectsV2").with("InternalError").times(1);
        deploy(&world, &site).run().exits(0).says("uploaded 3");
    }
}

mod access {
    use super::*;

    #[test]
    fn a_role_that_may_only_list_and_put_deploys() {
        let world = World::with_permissions(vec![
            Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site-bucket"]),
            Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site-bucket/*"]),
        ]);
        let site = Site::small();
        deploy(&world, &site).run().exits(0);
        site.write("index.html", "<link rel=stylesheet href=assets/site.1a2b3c4d.css><h1>Howdy</h1>");
        deploy(&world, &site)
            .run()
            .exits(0)
            .says("`s3:GetObject` on `arn:aws:s3:::site-bucket/*`")
            .says("updated 1, unchanged 2");
    }

    #[test]
    fn a_token_that_sts_refuses_writes_nothing_and_is_explained() {
        let (world, site) = (World::permissive(), Site::small());
        let stranger = local_aws::Workspace::new("others", "{11111111-2222-3333-4444-555555555555}");
        let other_repository = "{00000000-2222-3333-4444-555555555555}";
        let token = |subject: &str| local_aws::StepToken::for_repository(&world.workspace, subject);
        for (token, code, words) in [
            (
                local_aws::StepToken::for_repository(&stranger, REPOSITORY).sign(),
                "InvalidIdentityToken",
                "No OpenIDConnect provider found",
            ),
            (
                world.token().audience("https://example.com").sign(),
                "InvalidIdentityToken",
                "Incorrect token audience",
            ),
            (world.token().expired().sign(), "ExpiredTokenException", "expired"),
            (world.token().with_broken_signature().sign(), "InvalidIdentityToken", "could not be validated"),
            (
                token(other_repository).sign(),
                "AccessDenied",
                "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            ),
        ] {
            let ended = deploy(&world, &site).set("BITBUCKET_STEP_OIDC_TOKEN", &token).run();
            // The claims that decide: who issued the token, for whom, and about whom it is.
            ended
                .exits(1)
                .says(code)
                .says(words)
                .says("pipelines-config/identity/oidc")
                .says("  audience  ")
                .says("  subject   {")
                .says("✖ Deployment failed.")
                .never_says(&token)
                .never_says(token.rsplit('.').next().expect("a signature"));
        }
        assert_eq!((world.writes(), world.cloud.count("ListObjectsV2")), (0, 0));
    }

    #[test]
    fn keys_work_and_a_role_without_a_token_falls_back_to_them() {
        let (world, site) = (World::permissive(), Site::small());
        let key = world.cloud.create_user("deployer", vec![local_aws::scenario::may_do_everything()]);
        let keys = deploy(&world, &site)
            .unset("AWS_OIDC_ROLE_ARN")
            .unset("BITBUCKET_STEP_OIDC_TOKEN")
            .set("AWS_ACCESS_KEY_ID", &key.id)
            .set("AWS_SECRET_ACCESS_KEY", &key.secret);
        keys.run()
            .exits(0)
            .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
            .never_says(&key.secret);
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 0);
        keys.set("AWS_OIDC_ROLE_ARN", local_aws::scenario::ROLE)
            .run()
            .exits(0)
            .says("WARNING: Parameter")
            .says("`oidc: true` in the step configuration is required for OIDC authentication")
            .says("INFO: Using default authentication");
    }

    #[test]
    fn with_both_the_token_wins_and_a_stale_session_token_does_no_harm() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site)
            .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .set("AWS_SESSION_TOKEN", "a-stale-session-token")
            .run()
            .exits(0)
            .says("Authenticating with a OpenID Connect (OIDC) Web Identity Provider");
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
    }

    #[test]
    fn no_secret_is_printed_or_written_not_even_with_debug() {
        let (world, site) = (World::permissive(), Site::small());
        let token = world.token().sign();
        let storage = site.clone_folder().join("storage");
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let ended = deploy(&world, &site)
            .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
            .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .set("AWS_SECRET_ACCESS_KEY", secret)
            .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", storage.to_str().expect("UTF-8"))
            .set("HOME", site.clone_folder().to_str().expect("UTF-8"))
            .set("DEBUG", "true")
            .set("RUST_LOG", "trace")
            .run()
            .exits(0)
            .says("DEBUG:");
        let issued = world.cloud.issued_credentials();
        assert_eq!(issued.len(), 1, "one exchange");
        let signature = token.rsplit('.').next().expect("a signature");
        for hidden in [&token, signature, secret, &issued[0].secret, &issued[0].session_token] {
            assert!(!ended.log.contains(hidden), "a secret is in the log");
            assert!(!is_on_disk(site.clone_folder(), hidden), "a secret is on disk");
        }
        assert!(storage.join("aws-deploy/s3-deploy.json").is_file());
    }
}

mod configuration {
    use super::*;

    #[test]
    fn missing_variables_are_named_all_at_once_and_nothing_is_sent() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site)
            .unset("S3_BUCKET")
            .set("LOCAL_PATH", "  ")
            .unset("BITBUCKET_STEP_OIDC_TOKEN")
            .run()
            .exits(2)
            .says("ERROR: S3_BUCKET variable missing.")
            .says("ERROR: LOCAL_PATH variable missing.")
            .says("oidc: true")
            .says("AWS_ACCESS_KEY_ID")
            .says("✖ Validation errors");
        assert!(world.cloud.requests().is_empty());
    }

    #[test]
    fn malformed_variables_are_refused_before_the_first_request() {
        let (world, site) = (World::permissive(), Site::small());
        for (name, value) in [
            ("AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:user/Deploy"),
            ("AWS_ROLE_DURATION_SECONDS", "60"),
            ("AWS_ROLE_SESSION_NAME", "a b"),
            ("DELETE_FLAG", "yes"),
            ("DEBUG", "very"),
            ("S3_BUCKET", "https://site.s3.amazonaws.com"),
            ("STORAGE_CLASS", "COLD"),
            ("LOCAL_PATH", "no-such-folder"),
            ("EXTRA_ARGS", "--delete"),
        ] {
            deploy(&world, &site).set(name, value).run().exits(2).says(&format!("ERROR: {name} "));
        }
        assert!(world.cloud.requests().is_empty());
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_named() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site)
            .set("S3_BUCKET", "no-such-bucket/foo")
            .run()
            .exits(1)
            .says("cannot list s3://no-such-bucket/foo/: NoSuchBucket")
            .says("hint: S3_BUCKET names `no-such-bucket`");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_be_read_stops_the_deploy_before_anything_is_written() {
        let (world, site) = (World::permissive(), Site::small());
        // Readable by its permissions, even for root, and yet every read fails.
        std::os::unix::fs::symlink("/proc/self/mem", site.file("broken.css")).expect("a link");
        deploy(&world, &site).run().exits(1).says("cannot read").says("broken.css");
        assert_eq!(world.writes(), 0);
    }

    #[test]
    fn the_region_is_found_when_absent_or_wrong() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site)
            .unset("AWS_DEFAULT_REGION")
            .run()
            .exits(0)
            .says(&format!("INFO: The bucket {BUCKET} is in {REGION}"));
        deploy(&world, &site)
            .set("AWS_DEFAULT_REGION", "ap-south-1")
            .run()
            .exits(0)
            .says(&format!("INFO: The bucket {BUCKET} is in {REGION}, not in ap-south-1"));
    }

    #[test]
    fn the_result_file_tells_what_was_done() {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site).set("RESULT_FILE", "out/result.json").run().exits(0);
        let text = fs::read_to_string(site.clone_folder().join("out/result.json")).expect("it is there");
        let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for (field, value) in
            [("uploaded", 3), ("updated", 0), ("unchanged", 0), ("deleted", 0), ("version", 1)]
        {
            assert_eq!(result[field], value, "{field}");
        }
        assert_eq!(result["successful"], true);
    }
}

/// An object that someone else put there.
fn object(text: &str) -> local_aws::s3::Object {
    local_aws::s3::Object::new(text.to_owned(), jiff::Timestamp::UNIX_EPOCH)
}
