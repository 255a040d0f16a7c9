//! The command line of `local-pipeline`.

use std::path::PathBuf;

use clap::Parser;

/// The pipelines file that runs without an argument: the example of the repository this program was built from.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/website/bitbucket-pipelines.yml");

/// Runs a bitbucket-pipelines.yml on this machine against an embedded AWS.
#[derive(Parser)]
#[command(name = "local-pipeline", version)]
pub(crate) struct Arguments {
    /// The pipelines file [default: that of examples/website]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Which pipeline runs: default, branches.NAME, tags.NAME, pull-requests.NAME or custom.NAME
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) pipeline: String,

    /// What the clone holds [default: the folder of FILE]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,

    /// A repository variable; may be given more than once [default: a region and a role that the embedded AWS has]
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,

    /// A file that the push changed, for the conditions of steps; may be given more than once [default: every file]
    #[arg(long = "changed", value_name = "PATH")]
    pub(crate) changed: Vec<String>,

    /// Run DIR/s3-deploy and DIR/cloudfront-invalidate instead of the pipes built into this program
    #[arg(long, value_name = "DIR")]
    pub(crate) bin_dir: Option<PathBuf>,

    /// Run the pipes in containers, as Bitbucket does, from images that are on this machine [default engine: podman, else
    /// docker]
    #[arg(
        long,
        value_name = "ENGINE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with = "bin_dir"
    )]
    pub(crate) images: Option<String>,

    /// Keep the deployed site up until Ctrl-C, and show what it is asked for
    #[arg(long)]
    pub(crate) serve: bool,
}

impl Arguments {
    /// The pipelines file.
    pub(crate) fn file(&self) -> PathBuf {
        let file = self.file.clone().unwrap_or_else(|| EXAMPLE.into());
        // A short path in messages; a missing file keeps the one that was asked for.
        match (&self.file, file.canonicalize()) {
            (None, Ok(path)) => path,
            _ => file,
        }
    }

    /// The directory that every step gets a copy of.
    pub(crate) fn directory(&self) -> PathBuf {
        if let Some(directory) = &self.directory {
            return directory.clone();
        }
        match self.file().parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !text.contains('\0') => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("a variable is written NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::{CommandFactory, Parser};

    use super::Arguments;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_directory_is_the_file_s_unless_given() {
        let table: [(&[&str], &str); 3] = [
            (&["a/b/pipelines.yml"], "a/b"),
            (&["pipelines.yml"], "."),
            (&["a/pipelines.yml", "--directory", "c"], "c"),
        ];
        for (arguments, expected) in table {
            let program = ["local-pipeline"].iter();
            let arguments =
                Arguments::try_parse_from(program.chain(arguments)).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(arguments.directory(), Path::new(expected));
        }
    }

    #[test]
    fn a_variable_needs_a_name() {
        let parsed = Arguments::try_parse_from(["local-pipeline", "--variable", "A=b=c"]);
        let variables = parsed.map(|arguments| arguments.variables).unwrap_or_default();
        assert_eq!(variables, [("A".to_owned(), "b=c".to_owned())]);
        for text in ["=secret", ""] {
            let result = Arguments::try_parse_from(["local-pipeline", "--variable", text]);
            assert!(result.is_err(), "{text}");
        }
    }
}
