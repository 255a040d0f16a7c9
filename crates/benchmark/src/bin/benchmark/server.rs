//! The server that every program deploys to: an embedded one, or somebody else's.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::cloud::{self, Answer, Held, Order};
use crate::program::Program;
use crate::traffic::Traffic;
use crate::workload::TreeKind;

/// Where the images and most systems have the certificate authorities that they trust.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How to reach it, and the objects it has for each program.
#[derive(Debug)]
pub(crate) struct Server {
    pub access: Access,
    /// Where the authorities are.
    _folder: Option<TempDir>,
    owner: Owner,
}

/// What a client needs.
pub(crate) struct Access {
    pub endpoint: String,
    /// A file with the certificate authorities to trust; without it, whatever a program trusts by itself.
    pub authorities: Option<PathBuf>,
    pub region: String,
    pub key_id: String,
    pub secret: String,
    pub session_token: Option<String>,
}

/// A place for the objects of one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub bucket: String,
    /// Empty, or it ends with a slash.
    pub prefix: String,
}

#[derive(Debug)]
enum Owner {
    /// The embedded one.
    Benchmark(Process),
    /// Whoever owns this bucket.
    Else(String),
}

/// The process of the embedded one. It ends when its input does.
#[derive(Debug)]
struct Process {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// The embedded one, or the one that the arguments name.
    pub(crate) fn start(arguments: &Arguments) -> anyhow::Result<Self> {
        if let (Some(endpoint), Some(bucket)) = (&arguments.endpoint, &arguments.bucket) {
            let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
            let access = Access {
                endpoint: endpoint.trim_end_matches('/').to_owned(),
                // One file, as in the images, and no folder with each in a file of its own.
                authorities: Some(PathBuf::from(AUTHORITIES)).filter(|file| file.exists()),
                region: variable("AWS_DEFAULT_REGION")?,
                key_id: variable("AWS_ACCESS_KEY_ID")?,
                secret: variable("AWS_SECRET_ACCESS_KEY")?,
                session_token: std::env::var("AWS_SESSION_TOKEN").ok(),
            };
            return Ok(Self { access, _folder: None, owner: Owner::Else(bucket.clone()) });
        }
        let mut process = Process::start()?;
        let Answer::Ready { tls, authority, plain, access_key, secret_key } = process.answer()? else {
            bail!("the embedded S3 did not begin");
        };
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("authorities.pem");
        // With the system's, so that to read them takes what it takes before a deploy to AWS.
        fs::write(&file, fs::read_to_string(AUTHORITIES).unwrap_or_default() + &authority)?;
        let access = Access {
            endpoint: if arguments.plain_http { plain } else { tls },
            authorities: Some(file),
            region: cloud::REGION.to_owned(),
            key_id: access_key,
            secret: secret_key,
            session_token: None,
        };
        Ok(Self { access, _folder: Some(folder), owner: Owner::Benchmark(process) })
    }

    /// Whether it is the embedded one: it counts, keeps its distance, and answers requests without a signature.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.owner, Owner::Benchmark(_))
    }

    /// Where a program's objects of a tree are.
    pub(crate) fn place(&self, program: Program, tree: TreeKind) -> Place {
        let name = match tree {
            TreeKind::Throttled(limit) => format!("{}-throttled-{limit}", program.slug()),
            tree => format!("{}-{tree:?}", program.slug()).to_lowercase(),
        };
        match &self.owner {
            Owner::Benchmark(_) => Place { bucket: name, prefix: String::new() },
            Owner::Else(bucket) => Place { bucket: bucket.clone(), prefix: format!("benchmark/{name}/") },
        }
    }

    /// Begins a run: requests are counted from here, at the distance and within the limit of the case.
    pub(crate) fn begin(&mut self, case: Case) -> anyhow::Result<()> {
        self.tell(&Order::Begin { latency: case.latency.unwrap_or_default(), limit: case.limit })
    }

    /// Begins a run that is not measured.
    pub(crate) fn begin_unmeasured(&mut self) -> anyhow::Result<()> {
        self.tell(&Order::Begin { latency: 0, limit: None })
    }

    /// Takes everything away that is there. Elsewhere the caller has to.
    pub(crate) fn empty(&mut self, place: &Place) -> anyhow::Result<()> {
        self.tell(&Order::Empty { bucket: place.bucket.clone() })
    }

    /// The requests since the run began; none when it does not count.
    pub(crate) fn traffic(&mut self) -> anyhow::Result<Traffic> {
        match self.ask(&Order::Traffic)? {
            Some(Answer::Traffic(traffic)) => Ok(traffic),
            _ => Ok(Traffic::default()),
        }
    }

    /// What is there; `None` when it cannot say.
    pub(crate) fn held(&mut self, place: &Place) -> anyhow::Result<Option<Held>> {
        match self.ask(&Order::Held { bucket: place.bucket.clone() })? {
            Some(Answer::Held(held)) => Ok(Some(held)),
            _ => Ok(None),
        }
    }

    fn tell(&mut self, order: &Order) -> anyhow::Result<()> {
        self.ask(order).map(drop)
    }

    fn ask(&mut self, order: &Order) -> anyhow::Result<Option<Answer>> {
        match &mut self.owner {
            Owner::Benchmark(process) => process.ask(order).map(Some),
            Owner::Else(_) => Ok(None),
        }
    }
}

impl Process {
    fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(cloud::ARGUMENT).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the embedded S3")?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("it has an output")?);
        Ok(Self { child, orders, answers })
    }

    fn ask(&mut self, order: &Order) -> anyhow::Result<Answer> {
        let orders = self.orders.as_mut().context("it has an input")?;
        writeln!(orders, "{}", serde_json::to_string(order)?)?;
        self.answer()
    }

    fn answer(&mut self) -> anyhow::Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context("the embedded S3 has ended")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { endpoint, region, key_id, .. } = self;
        write!(formatter, "Access({endpoint}, {region}, {key_id}, ***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_shown() {
        let access = Access {
            endpoint: "http://x".into(),
            authorities: None,
            region: "r".into(),
            key_id: "AKIA".into(),
            secret: "secret".into(),
            session_token: Some("token".into()),
        };
        assert_eq!(format!("{access:?}"), "Access(http://x, r, AKIA, ***)");
    }
}
