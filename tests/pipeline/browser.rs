//! The example site in a real browser, through the edge that `local-pipeline --serve` keeps up.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The names that distributions give the browser, in the order of preference.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What makes the browser open one page and nothing else. The window is as high as the longest page, so that images
/// which load lazily are loaded; virtual time lets scripts end before the browser does.
const FLAGS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--log-level=0",
    "--window-size=1280,12000",
    "--virtual-time-budget=10000",
    "--dump-dom",
];

/// A browser that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The page that the test adds to the example.
const DOWNLOADS: &str = "every-download.html";

/// What no page loads by itself.
const ONLY_LINKED: &str = "assets/vollkorn-OFL.txt";

fn build() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/website/build")
}

/// The files below a folder of the site, by their path in it.
fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(build().join(folder)).expect("a folder of the example");
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.path().is_dir() {
            paths.extend(files(&path));
        } else {
            paths.push(path);
        }
    }
    paths
}

/// The example pipeline after its run, with its site up.
struct Served {
    runner: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Served {
    /// What lies in `clone` is deployed.
    fn start(clone: &Path) -> Self {
        let mut runner = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
            .arg("--serve")
            .arg("--directory")
            .arg(clone)
            .stdout(Stdio::piped())
            .spawn()
            .expect("local-pipeline starts");
        let mut lines = BufReader::new(runner.stdout.take().expect("its output")).lines();
        let mut url = None;
        for line in lines.by_ref().map_while(Result::ok) {
            let found =
                line.strip_prefix("Distribution ").and_then(|rest| Some(rest.split_once(": http")?.1));
            url = found.map(|rest| format!("http{rest}")).or(url);
            if line.contains("up until Ctrl-C") {
                break;
            }
        }
        Self { runner, lines, url: url.expect("the site's address") }
    }

    /// Ends it, and returns what the site was asked for: path and status.
    fn end(mut self) -> Vec<(String, u16)> {
        let kill = Command::new("sh").args(["-c", &format!("kill -s INT {}", self.runner.id())]).status();
        assert!(kill.expect("sh runs").success());
        let lines: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        assert_eq!(self.runner.wait().expect("it ends").code(), Some(0));
        let request = |line: &String| {
            let (path, status) = line.strip_prefix("GET 123xyz /")?.rsplit_once(": ")?;
            Some((path.to_owned(), status.parse().ok()?))
        };
        lines.iter().map(|line| request(line).unwrap_or_else(|| panic!("a request: {line}"))).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.runner.kill();
    }
}

/// The browser that is installed here.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    BROWSERS
        .iter()
        .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Opens an address with a new profile, and returns the document it became and what its console said.
fn open(browser: &Path, url: &str) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let [document, log] = ["document", "log"].map(|name| folder.path().join(name));
    let mut child = Command::new(browser)
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(File::create(&document).expect("a file"))
        .stderr(File::create(&log).expect("a file"))
        .spawn()
        .expect("the browser starts");
    let start = Instant::now();
    while child.try_wait().expect("it is ours").is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the browser does not end on {url}");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let text = |path| String::from_utf8_lossy(&fs::read(path).expect("what it wrote")).into_owned();
    let log = text(&log);
    let console: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    (text(&document), console.join("\n"))
}

/// The downloads that the pages link to, as they encode them.
fn links(pages: &[String]) -> BTreeSet<String> {
    let text: String =
        pages.iter().map(|page| fs::read_to_string(build().join(page)).expect("a page")).collect();
    let targets = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let targets = targets.map(|target| target.trim_start_matches("../").trim_start_matches('/'));
    targets.filter(|target| target.starts_with("downloads/")).map(str::to_owned).collect()
}

/// The example with one more page, which shows every download as a picture: a browser does not open every kind of file,
/// but as a picture it asks for any.
fn clone(pages: &[String]) -> TempDir {
    let clone = tempfile::tempdir().expect("a folder");
    let copy = |path: &str| {
        let file = clone.path().join("build").join(path);
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("a folder");
        fs::copy(build().join(path), file).expect("a file of the example");
    };
    for path in files("") {
        copy(&path);
    }
    let pictures: Vec<String> = links(pages).iter().map(|link| format!("<img src=\"{link}\">")).collect();
    fs::write(clone.path().join("build").join(DOWNLOADS), pictures.concat()).expect("a page");
    clone
}

fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "html")
}

fn title(page: &str) -> &str {
    page.split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map_or("", |(title, _)| title)
}

#[test]
fn the_example_site_opens_in_a_browser_without_a_failed_request() {
    let Some(browser) = browser() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI has to have one of {BROWSERS:?}");
        // Past the capture of the test harness, which would hide it.
        let _ = writeln!(std::io::stderr().lock(), "skipped: no Chromium");
        return;
    };
    let pages: Vec<String> = files("").into_iter().filter(|path| is_page(path)).collect();
    assert!(pages.len() >= 5, "{pages:?}");
    let clone = clone(&pages);
    let site = Served::start(clone.path());
    let check = |page: &String| {
        let (document, console) = open(&browser, &format!("{}{page}", site.url));
        let expected = fs::read_to_string(build().join(page)).expect("a page");
        assert!(!title(&expected).is_empty() && title(&document) == title(&expected), "{page}: {document}");
        assert_eq!(console, "", "{page}");
    };
    thread::scope(|scope| {
        for page in &pages {
            scope.spawn(|| check(page));
        }
    });
    open(&browser, &format!("{}{DOWNLOADS}", site.url));
    let requests = site.end();
    let failed: Vec<_> = requests.iter().filter(|(_, status)| *status >= 400).collect();
    assert!(failed.is_empty(), "{failed:?}");

    let loaded = [files("assets"), files("images"), files("downloads")].concat();
    let mut missing: Vec<_> = loaded.iter().chain(&pages).collect();
    missing.retain(|path| *path != ONLY_LINKED && !requests.iter().any(|(asked, _)| asked == *path));
    assert!(missing.is_empty(), "never asked for: {missing:?}");
    for character in ['\u{e9}', '+', '%', '&', ' '] {
        assert!(requests.iter().any(|(path, _)| path.contains(character)), "no name with {character:?}");
    }
}
