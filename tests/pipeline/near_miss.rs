//! Names in the environment that are no variables of a pipe: near misses are warned of, those of other tools are not.

use bitbucket_pipe::near_miss::{NEIGHBOURS, near_misses};
use bitbucket_pipe::{Environment, Settings};
use local_aws::scenario::{Site, Step, World};

use super::both;

/// Every default variable of Bitbucket's documentation, with what the agent and Docker add in a pipe's container.
const PIPE_CONTAINER: &str = "
    BITBUCKET_BOOKMARK BITBUCKET_BRANCH BITBUCKET_BUILD_NUMBER BITBUCKET_CLONE_DIR BITBUCKET_COMMIT
    BITBUCKET_DEPLOYMENT_ENVIRONMENT BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID BITBUCKET_DOCKER_HOST_INTERNAL
    BITBUCKET_EXIT_CODE BITBUCKET_GIT_HTTP_ORIGIN BITBUCKET_GIT_SSH_ORIGIN BITBUCKET_PACKAGES_TOKEN
    BITBUCKET_PACKAGES_USERNAME BITBUCKET_PARALLEL_STEP BITBUCKET_PARALLEL_STEP_COUNT
    BITBUCKET_PIPELINES_VARIABLES_PATH BITBUCKET_PIPELINE_UUID BITBUCKET_PIPE_SHARED_STORAGE_DIR
    BITBUCKET_PIPE_STORAGE_DIR BITBUCKET_PROJECT_KEY BITBUCKET_PROJECT_UUID BITBUCKET_PR_DESTINATION_BRANCH
    BITBUCKET_PR_DESTINATION_COMMIT BITBUCKET_PR_ID BITBUCKET_REPO_FULL_NAME BITBUCKET_REPO_IS_PRIVATE
    BITBUCKET_REPO_OWNER BITBUCKET_REPO_OWNER_UUID BITBUCKET_REPO_SLUG BITBUCKET_REPO_UUID
    BITBUCKET_SSH_KEY_FILE BITBUCKET_STEP_RUN_NUMBER BITBUCKET_STEP_TRIGGERER_UUID BITBUCKET_STEP_UUID
    BITBUCKET_TAG BITBUCKET_WORKSPACE CI DOCKER_HOST HOME HOSTNAME PATH PIPELINES_JWT_TOKEN PWD SSL_CERT_DIR
    SSL_CERT_FILE
";

/// The account of a runner in a shell of Linux or macOS, with what people install there.
const SHELL_RUNNER: &str = "
    ANDROID_HOME BASH_ENV BUN_INSTALL CARGO_HOME COLORTERM COMMAND_MODE COMPOSER_HOME CONDA_PREFIX
    DBUS_SESSION_BUS_ADDRESS DEBIAN_FRONTEND DISPLAY DOTNET_ROOT EDITOR ENV FORCE_COLOR GEM_HOME GIT_PAGER
    GIT_SSH_COMMAND GOPATH GOPROXY GOROOT GPG_TTY GRADLE_HOME HISTFILE HISTSIZE HOME HOMEBREW_PREFIX
    INFOPATH INVOCATION_ID JAVA_HOME JOURNAL_STREAM LANG LANGUAGE LC_ALL LC_CTYPE LD_LIBRARY_PATH LESS
    LESSCLOSE LESSOPEN LOGNAME LS_COLORS MAIL MANPATH MAVEN_HOME MAVEN_OPTS NODE_ENV NODE_OPTIONS NODE_PATH
    NO_COLOR NPM_CONFIG_CACHE NVM_BIN NVM_CD_FLAGS NVM_DIR NVM_INC OLDPWD ORIGINAL_PATH PAGER PATH
    PKG_CONFIG_PATH PNPM_HOME PS1 PWD PYENV_ROOT PYTHONPATH RBENV_ROOT RUBYLIB SDKMAN_DIR SECURITYSESSIONID
    SHELL SHLVL SSH_AGENT_PID SSH_AUTH_SOCK SSH_CLIENT SSH_CONNECTION SSH_TTY SUDO_COMMAND SUDO_GID SUDO_UID
    SUDO_USER TERM TERM_PROGRAM TMPDIR TZ USER VIRTUAL_ENV VISUAL VOLTA_HOME XAUTHORITY XDG_CONFIG_DIRS
    XDG_CONFIG_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR XDG_SESSION_CLASS XDG_SESSION_ID XDG_SESSION_TYPE
    XPC_FLAGS XPC_SERVICE_NAME YARN_CACHE_FOLDER _ __CF_USER_TEXT_ENCODING http_proxy npm_config_cache
    npm_config_user_agent
";

/// What the AWS tools read, less what the pipes read too.
const AWS_TOOLS: &str = "
    AWS_ACCOUNT_ID AWS_ACCOUNT_ID_ENDPOINT_MODE AWS_CLI_AUTO_PROMPT AWS_CLI_FILE_ENCODING
    AWS_CLI_HISTORY_FILE AWS_CONFIG_FILE AWS_CONTAINER_AUTHORIZATION_TOKEN
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_FULL_URI
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CREDENTIAL_EXPIRATION AWS_DATA_PATH AWS_DEFAULTS_MODE
    AWS_DEFAULT_OUTPUT AWS_DEFAULT_PROFILE AWS_DISABLE_REQUEST_COMPRESSION AWS_EC2_METADATA_DISABLED
    AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE AWS_EC2_METADATA_V1_DISABLED
    AWS_ENDPOINT_DISCOVERY_ENABLED AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_EC2 AWS_ENDPOINT_URL_ECS
    AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_S3_CONTROL AWS_ENDPOINT_URL_SES AWS_ENDPOINT_URL_SNS
    AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_SSM AWS_EXECUTION_ENV AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
    AWS_LAMBDA_FUNCTION_NAME AWS_MAX_ATTEMPTS AWS_METADATA_SERVICE_NUM_ATTEMPTS AWS_METADATA_SERVICE_TIMEOUT
    AWS_PAGER AWS_PROFILE AWS_REQUEST_CHECKSUM_CALCULATION AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES
    AWS_RESPONSE_CHECKSUM_VALIDATION AWS_RETRY_MODE AWS_ROLE_ARN AWS_S3_DISABLE_EXPRESS_SESSION_AUTH
    AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS AWS_S3_US_EAST_1_REGIONAL_ENDPOINT AWS_S3_USE_ARN_REGION
    AWS_SDK_LOAD_CONFIG AWS_SDK_UA_APP_ID AWS_SECURITY_TOKEN AWS_SHARED_CREDENTIALS_FILE
    AWS_SIGV4A_SIGNING_REGION_SET AWS_STS_REGIONAL_ENDPOINTS AWS_USE_DUALSTACK_ENDPOINT
    AWS_USE_FIPS_ENDPOINT AWS_WEB_IDENTITY_TOKEN_FILE AWS_XRAY_DAEMON_ADDRESS
";

/// Other systems that run steps, and images that steps run in: Debian, Node, Python, Playwright, PHP, .NET.
const OTHER_SYSTEMS: &str = "
    ACTIONS_CACHE_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RUNTIME_TOKEN
    ALL_PROXY ASPNETCORE_URLS BUILD_ID BUILD_NUMBER BUILD_TAG BUILD_URL CI_BUILDS_DIR CI_COMMIT_SHA
    CI_JOB_ID CI_JOB_TOKEN CI_PAGES_DOMAIN CI_PAGES_URL CI_PIPELINE_ID CI_PROJECT_DIR CI_REGISTRY
    CONTAINER_NAME CORE_PATH DEPLOYMENT_ID DOCKER_BUILDKIT DOCKER_CERT_PATH DOCKER_CONFIG DOCKER_TLS_VERIFY
    DOTNET_VERSION ECS_CONTAINER_METADATA_URI EXTRA_VARS FTP_PROXY GITHUB_ACTION GITHUB_ACTIONS
    GITHUB_ACTION_PATH GITHUB_ACTOR GITHUB_API_URL GITHUB_BASE_REF GITHUB_ENV GITHUB_EVENT_NAME
    GITHUB_EVENT_PATH GITHUB_HEAD_REF GITHUB_JOB GITHUB_OUTPUT GITHUB_PATH GITHUB_REF GITHUB_REPOSITORY
    GITHUB_RUN_ID GITHUB_SHA GITHUB_STEP_SUMMARY GITHUB_WORKSPACE GITLAB_CI GITLAB_FEATURES GOLANG_VERSION
    GPG_KEY GS_BUCKET HTTP_PROXY IMAGE_OS IMAGE_VERSION JAVA_TOOL_OPTIONS JENKINS_HOME JENKINS_URL JOB_NAME
    KUBERNETES_PORT KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT NODE_NAME NODE_VERSION NUGET_PACKAGES
    PHPIZE_DEPS PHP_VERSION PIPX_BIN_DIR PLAYWRIGHT_BROWSERS_PATH PYTHON_PIP_VERSION PYTHON_VERSION
    R2_BUCKET RUNNER_ARCH RUNNER_DEBUG RUNNER_NAME RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE STAGE STATS_TRUE
    TEAMCITY_VERSION TF_BUILD TRAVIS WORKSPACE YARN_VERSION container ftp_proxy no_proxy
";

const ALL: [&str; 4] = [PIPE_CONTAINER, SHELL_RUNNER, AWS_TOOLS, OTHER_SYSTEMS];

/// What a pipe reads.
fn known(pipe: &str) -> [&'static [&'static str]; 3] {
    let own = match pipe {
        "s3-deploy" => s3_deploy::variables::Variables::NAMES,
        _ => cloudfront_invalidate::variables::Variables::NAMES,
    };
    [Settings::NAMES, oidc_auth::Variables::NAMES, own]
}

const PIPES: [&str; 2] = ["s3-deploy", "cloudfront-invalidate"];

fn step(world: &World, site: &Site, pipe: &str) -> Step {
    let step =
        if pipe == "s3-deploy" { both::deploy(world, site, "7") } else { both::invalidate(world, site, "7") };
    step.set("DRY_RUN", "true")
}

#[test]
fn the_environments_of_other_tools_print_nothing() {
    let (world, site) = (both::world(), Site::small());
    both::deploy(&world, &site, "7").run().exits(0);
    for (pipe, names) in PIPES.iter().flat_map(|pipe| ALL.map(|names| (pipe, names))) {
        let step = step(&world, &site, pipe);
        let given = names.split_whitespace().fold(step.clone(), |given, name| {
            // Variables of the pipe, and those that the scenario sets, are no other tool's.
            let is_ours = step.variable(name).is_some() || known(pipe).concat().contains(&name);
            if is_ours { given } else { given.set(name, "x") }
        });
        // A folder, and where a result goes, are real.
        let given = given.set("BITBUCKET_CLONE_DIR", ".").unset("BITBUCKET_PIPE_SHARED_STORAGE_DIR");
        given.run().exits(0).never_says("WARNING").never_says("Did you mean");
    }
}

#[test]
fn the_variables_of_one_pipe_are_no_near_miss_of_the_other() {
    for (pipe, other) in [(PIPES[0], PIPES[1]), (PIPES[1], PIPES[0])] {
        let pairs = known(other).concat().into_iter().map(|name| (name.into(), "x".into()));
        let environment = Environment::from_pairs(pairs);
        // A name that is reported here belongs in NEIGHBOURS.
        assert_eq!(near_misses(&environment, &known(pipe)), [], "in {pipe}");
    }
}

#[test]
fn every_exception_is_near_a_variable() {
    for name in NEIGHBOURS {
        let upper = name.to_uppercase();
        let is_near = PIPES.iter().flat_map(|pipe| known(pipe).concat()).any(|variable| {
            variable == upper || bitbucket_pipe::spelling::nearest(&upper, [variable]).is_some()
        });
        assert!(is_near, "{name} needs no exception");
    }
}

#[test]
fn misspelt_variables_are_named_without_their_values() {
    let (world, site) = (both::world(), Site::small());
    for (pipe, name, meant) in [
        ("s3-deploy", "MAX_DELETES", "MAX_DELETE"),
        ("s3-deploy", "CACHE_CONTRL", "CACHE_CONTROL"),
        ("s3-deploy", "DELETE", "DELETE_FLAG"),
        ("s3-deploy", "refuse_secrets", "REFUSE_SECRETS"),
        ("s3-deploy", "BUCKET", "S3_BUCKET"),
        ("cloudfront-invalidate", "MAX_PATH", "MAX_PATHS"),
        ("cloudfront-invalidate", "REGION", "AWS_DEFAULT_REGION"),
    ] {
        let warning = format!(
            "WARNING: {name} is not a variable of this pipe and has no effect. Did you mean {meant}?\n"
        );
        let step = step(&world, &site, pipe).set(name, "hunter2-hunter2").unset("PATHS");
        step.run().exits(0).says(&warning).never_says("hunter2");
    }
}

#[test]
fn a_misspelt_required_variable_is_named_with_the_error() {
    let (world, site) = (both::world(), Site::small());
    let step = step(&world, &site, "s3-deploy").unset("LOCAL_PATH").set("LOCAL_PTAH", "build");
    step.run()
        .exits(2)
        .says("LOCAL_PTAH is not a variable of this pipe and has no effect. Did you mean LOCAL_PATH?")
        .says("ERROR: LOCAL_PATH variable missing.");
}

#[test]
fn variables_without_effect_are_named_with_the_reason() {
    let (world, site) = (both::world(), Site::small());
    step(&world, &site, "s3-deploy")
        .unset("DELETE_FLAG")
        .set("MAX_DELETE", "10%")
        .set("DELETE_GRACE", "7d")
        .set("ALLOW_EMPTY", "true")
        .run()
        .exits(0)
        .says("INFO: ALLOW_EMPTY has no effect: nothing is deleted without DELETE_FLAG: 'true'\n")
        .says("INFO: DELETE_GRACE has no effect: ")
        .says("INFO: MAX_DELETE has no effect: ");
    step(&world, &site, "cloudfront-invalidate")
        .set("PATHS", "/a")
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .set("AWS_ROLE_SESSION_NAME", "release")
        .run()
        .says("INFO: AWS_ROLE_SESSION_NAME has no effect: no role is assumed");
}
