//! Tables for the shapes of a pipelines file that people write.

use super::{Item, Oidc, Pipeline, Step};

/// The pipelines file at the end of the AWS post about Bitbucket and OIDC, with its repeated key.
const REFERENCE: &str = include_str!("../../../../../tests/reference-pipelines.yml");

fn parse(text: &str, name: &str) -> Pipeline {
    Pipeline::parse(text, name).unwrap_or_else(|fault| panic!("{text}\n{fault}"))
}

/// A step in one line: name, token, deployment, number of items.
fn told(step: &Step) -> String {
    let oidc = match &step.oidc {
        Oidc::Off => "off".to_owned(),
        Oidc::On => "on".to_owned(),
        Oidc::Audiences(audiences) => audiences.join("+"),
    };
    let deployment = step.deployment.as_deref().unwrap_or("-");
    let items = (step.script.len(), step.after_script.len());
    let name = match step.name.as_str() {
        "" => String::new(),
        name => format!("{name} "),
    };
    format!("{name}{oidc} {deployment} {}/{}", items.0, items.1)
}

/// A pipeline in one line: its steps, those of a parallel group in brackets.
fn outline(pipeline: &Pipeline) -> String {
    let groups = pipeline.groups.iter().map(|group| {
        let steps: Vec<_> = group.steps.iter().map(told).collect();
        let steps = steps.join(", ");
        if group.parallel { format!("[{steps}]") } else { steps }
    });
    groups.collect::<Vec<_>>().join("; ")
}

fn settings(item: &Item) -> Vec<(&str, &str)> {
    let Item::Pipe(pipe) = item else {
        panic!("not a pipe: {item:?}");
    };
    let pairs = pipe.settings.iter();
    pairs.map(|setting| (setting.name.as_str(), setting.value.as_str())).collect()
}

#[test]
fn the_reference_pipeline() {
    let pipeline = parse(REFERENCE, "default");
    assert_eq!(outline(&pipeline), "Deploy to Production on - 2/0");
    let duplicates: Vec<_> = pipeline.duplicates.iter().map(|duplicate| duplicate.line).collect();
    assert_eq!(duplicates, [12]);
    let step = pipeline.steps().next().expect("one step");
    let expected = [
        ("AWS_OIDC_ROLE_ARN", "$AWS_OIDC_ROLE_ARN"),
        ("AWS_DEFAULT_REGION", "$AWS_DEFAULT_REGION"),
        ("S3_BUCKET", "DOC-EXAMPLE-BUCKET"),
        ("LOCAL_PATH", "build"),
        ("AWS_ACCESS_KEY_ID", "$AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "$AWS_SECRET_ACCESS_KEY"),
    ];
    assert_eq!(settings(&step.script[0]), expected);
}

#[test]
fn shapes_of_pipelines() {
    let table = [
        ("default: [step: {script: [a]}]", "off - 1/0"),
        (
            "default: [step: {script: [a, b], after-script: [c]}, step: {name: x, script: [a]}]",
            "off - 2/1; x off - 1/0",
        ),
        ("default: [parallel: [step: {script: [a]}, step: {script: [b]}]]", "[off - 1/0, off - 1/0]"),
        ("default: [parallel: {fail-fast: true, steps: [step: {script: [a]}]}]", "[off - 1/0]"),
        (
            "default: [stage: {name: s, deployment: test, steps: [step: {script: [a]}, step: {deployment: own, script: [a]}]}]",
            "off test 1/0; off own 1/0",
        ),
        ("default: [step: {oidc: {audiences: [x, y]}, script: [a]}]", "x+y - 1/0"),
        ("default: [step: {deployment: {name: test}, script: [true, 1]}]", "off test 2/0"),
        (
            "default: [step: &s {name: one, script: [a]}, step: {<<: *s, name: two}]",
            "one off - 1/0; two off - 1/0",
        ),
    ];
    for (text, expected) in table {
        let text = format!("pipelines: {{{text}}}");
        assert_eq!(outline(&parse(&text, "default")), expected, "{text}");
    }
}

#[test]
fn a_pipeline_is_found_by_name() {
    let text = "
pipelines:
  branches:
    main: [step: {name: main, script: [a]}]
    'feature/*': [step: {name: feature, script: [a]}]
  tags: {'v*': [step: {name: tag, script: [a]}]}
  pull-requests: {'**': [step: {name: request, script: [a]}]}
  custom: {by-hand: [variables: [{name: WHO, default: me}, {name: WHAT}], step: {name: custom, script: [a]}]}
";
    let table = [
        ("branches.main", "main off - 1/0"),
        ("branches.feature/x", "feature off - 1/0"),
        ("tags.v1.2", "tag off - 1/0"),
        ("pull-requests.any/thing", "request off - 1/0"),
        ("custom.by-hand", "custom off - 1/0"),
    ];
    for (name, expected) in table {
        assert_eq!(outline(&parse(text, name)), expected, "{name}");
    }
    let variables = parse(text, "custom.by-hand").variables;
    let expected = [("WHO", "me"), ("WHAT", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(variables, expected);
    for name in ["default", "branches.other", "custom.by-*", "main", ""] {
        let fault = Pipeline::parse(text, name).expect_err(name).to_string();
        assert!(fault.contains("hint: it has branches.main, branches.feature/*, tags.v*"), "{fault}");
    }
}

#[test]
fn shapes_of_variables() {
    let table = [
        ("{A: x, B: 0.10, C: true, D: , E: ''}", "A=x B=0.10 C=true D= E="),
        ("{A: [x, 'y z', 3]}", "A_COUNT=3 A_0=x A_1=y z A_2=3"),
        ("{A: []}", "A_COUNT=0"),
        ("['A=x=y', B=]", "A=x=y B="),
        ("{}", ""),
    ];
    for (variables, expected) in table {
        let text = format!(
            "pipelines: {{default: [step: {{script: [{{pipe: 'docker://a/aws-s3-deploy:1', variables: {variables}}}]}}]}}"
        );
        let pipeline = parse(&text, "default");
        let step = pipeline.steps().next().expect("one step");
        let told: Vec<_> =
            settings(&step.script[0]).iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(told.join(" "), expected, "{variables}");
    }
}

#[test]
fn oidc_may_be_set_for_all_steps() {
    let text = "options: {oidc: true, max-time: 5}\npipelines: {default: [step: {script: [a]}, step: {oidc: false, script: [a]}]}";
    let pipeline = parse(text, "default");
    assert_eq!(outline(&pipeline), "on - 1/0; off - 1/0");
}

#[test]
fn what_is_left_out_is_named_once() {
    let text = "
image: node:20
x-anchors: {a: b}
definitions: {caches: {npm: ~/.npm}}
pipelines:
  default:
    - step: {image: a, caches: [npm], artifacts: {paths: [dist/**], download: false}, script: [a]}
    - step: {caches: [npm], script: [a]}
  custom:
    other: [step: {services: [docker], script: [a]}]
";
    let expected = "image (script lines run with this machine's programs), x-anchors (not known here), \
                    caches (every step starts without caches), download (not known here)";
    assert_eq!(parse(text, "default").omissions.to_string(), expected);
}

#[test]
fn what_is_handed_to_later_steps_is_listed() {
    for (step, artifacts, variables) in [
        ("script: [a]", &[][..], &[][..]),
        ("artifacts: [dist/**, a.json], script: [a]", &["dist/**", "a.json"], &[]),
        ("artifacts: {paths: [a.json]}, output-variables: [A, B], script: [a]", &["a.json"], &["A", "B"]),
    ] {
        let pipeline = parse(&format!("pipelines: {{default: [step: {{{step}}}]}}"), "default");
        let read = pipeline.steps().next().expect("one step");
        assert_eq!(
            (&read.artifacts[..], &read.output_variables[..]),
            (
                &artifacts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..],
                &variables.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..],
            ),
            "{step}"
        );
    }
}

#[test]
fn fail_fast_belongs_to_the_group_unless_a_step_says_otherwise() {
    let text = "
pipelines:
  default:
    - step: {script: [a]}
    - parallel: [step: {script: [a]}, step: {fail-fast: true, script: [a]}]
    - parallel: {fail-fast: true, steps: [step: {script: [a]}, step: {fail-fast: false, script: [a]}]}
";
    let pipeline = parse(text, "default");
    let found: Vec<_> = pipeline.steps().map(|step| step.fail_fast).collect();
    assert_eq!(found, [true, false, true, true, false]);
}

#[test]
fn faults_say_what_was_expected() {
    let table = [
        ("", "line 1: a pipelines file needs `pipelines`"),
        ("[a]", "line 1: a pipelines file must be a mapping"),
        ("pipelines:\n  default:\n    step: {script: [a]}", "line 3: the pipeline `default` must be a list"),
        (
            "pipelines:\n  default:\n  - stpe: {script: [a]}",
            "line 3: a `step`, `parallel` or `stage` is expected here, not `stpe`",
        ),
        (
            "pipelines:\n  default:\n  - step:\n    name: x\n    script: [a]",
            "line 4: `name` stands beside the step instead of in it",
        ),
        ("pipelines:\n  default:\n  - step:\n      name: x", "line 3: a step needs a `script`"),
        ("pipelines:\n  default:\n  - step:\n      scirpt: [a]", "line 4: a step has no `scirpt`"),
        (
            "pipelines:\n  default:\n  - step:\n      script: a",
            "line 4: `script` must be a list (`- item` lines), not `a`",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      script:\n      - echo a: b",
            "line 5: a script item must be a command or a `pipe:`, not a mapping\nhint: a command",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      script:\n      - pipe: a/b:1",
            "line 5: this runner has no pipe `a/b:1`",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      script:\n      - pipe: a/aws-s3-deploy:1\n        variable: {}",
            "line 6: a pipe has `pipe`, `variables` and `name`, not `variable`",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      script:\n      - pipe: a/aws-s3-deploy:1\n        variables: {A-B: 1}",
            "line 6: `A-B` cannot be the name of a variable",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      script:\n      - pipe: a/aws-s3-deploy:1\n        variables: {A: {b: c}}",
            "line 6: A must be a single value, not a mapping",
        ),
        (
            "pipelines:\n  default:\n  - step:\n      oidc: yes\n      script: [a]",
            "line 4: `oidc` must be true or false, not `yes`",
        ),
        ("pipelines:\n  default: []", "line 2: the pipeline `default` has no step"),
    ];
    for (text, expected) in table {
        let fault = Pipeline::parse(text, "default").expect_err(text).to_string();
        assert!(fault.starts_with(expected), "{text}\n{fault}");
    }
}
