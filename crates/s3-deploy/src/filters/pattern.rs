//! Patterns of Python's `fnmatch`, as `--exclude` and `--include` take them.

/// A pattern: `*` stands for anything, `/` too, `?` for one character, `[seq]` for one of these, `[!seq]` for one other.
///
/// Nothing is escaped but by a set of one (`[*]`), and a `[` without its `]` stands for itself. Sets are read as `CPython`
/// 3.11 translates them into regular expressions, oddities included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Star,
    AnyOne,
    One(char),
    Set(Set),
}

/// Characters and ranges of them, the ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut rest = characters.as_slice();
        let mut tokens = Vec::new();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            tokens.push(match first {
                '*' => Token::Star,
                '?' => Token::AnyOne,
                '[' => match set_length(after) {
                    Some(length) => {
                        rest = &after[length + 1..];
                        set(&after[..length])
                    }
                    None => Token::One('['),
                },
                character => Token::One(*character),
            });
        }
        Self(tokens)
    }

    /// Whether the whole name is one that the pattern stands for.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut read) = (0, 0);
        // Where to go on when what followed the last star did not fit: only that star ever has to take more.
        let mut star = None;
        loop {
            match (self.0.get(at), name.get(read)) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    at += 1;
                    star = Some((at, read));
                }
                (Some(token), Some(character)) if token.takes(*character) => {
                    at += 1;
                    read += 1;
                }
                _ => match star {
                    Some((after, taken)) if taken < name.len() => {
                        star = Some((after, taken + 1));
                        (at, read) = (after, taken + 1);
                    }
                    _ => return false,
                },
            }
        }
    }

    /// Whether it ends in a star, so that every name that continues a matching one matches too.
    pub(crate) fn is_open(&self) -> bool {
        self.0.last() == Some(&Token::Star)
    }
}

impl Token {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Star => false,
            Self::AnyOne => true,
            Self::One(own) => *own == character,
            Self::Set(Set { negated, ranges }) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *negated
            }
        }
    }
}

/// How many characters stand before the `]` that ends a set; one directly behind `[` or `[!` does not.
fn set_length(after: &[char]) -> Option<usize> {
    let negation = usize::from(after.first() == Some(&'!'));
    let start = negation + usize::from(after.get(negation) == Some(&']'));
    let end = after.get(start..)?.iter().position(|character| *character == ']')?;
    Some(start + end)
}

/// The set between its brackets.
fn set(text: &[char]) -> Token {
    // Between two pieces stands the hyphen of a range.
    let mut pieces = pieces(text);
    for index in (1..pieces.len()).rev() {
        let (Some(first), Some(last)) = (pieces[index - 1].last(), pieces[index].first()) else { continue };
        if first > last {
            // An empty range: both its ends go.
            let joined = pieces.remove(index).split_off(1);
            pieces[index - 1].pop();
            pieces[index - 1].extend(joined);
        }
    }
    // `None` is the hyphen of a range.
    let mut signs = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        signs.extend((index > 0).then_some(None));
        signs.extend(piece.iter().copied().map(Some));
    }
    // Only now, as CPython does: a `!` that an empty range has moved to the front negates as well.
    let negated = signs.first() == Some(&Some('!'));
    let mut signs = &signs[usize::from(negated)..];
    if negated && signs.is_empty() {
        return Token::AnyOne;
    }
    let mut ranges = Vec::new();
    loop {
        signs = match signs {
            [] => break,
            [Some(first), None, Some(last), rest @ ..] => {
                ranges.push((*first, *last));
                rest
            }
            [sign, rest @ ..] => {
                let character = sign.unwrap_or('-');
                ranges.push((character, character));
                rest
            }
        };
    }
    Token::Set(Set { negated, ranges })
}

/// Cuts a set at the hyphens of its ranges: never at the first character, and not within two of another cut.
fn pieces(text: &[char]) -> Vec<Vec<char>> {
    let mut pieces: Vec<Vec<char>> = Vec::new();
    let mut start = 0;
    let mut from = 1 + usize::from(text.first() == Some(&'!'));
    while let Some(found) = text.get(from..).and_then(|rest| rest.iter().position(|sign| *sign == '-')) {
        let hyphen = from + found;
        pieces.push(text[start..hyphen].to_vec());
        start = hyphen + 1;
        from = hyphen + 3;
    }
    match (text[start..].is_empty(), pieces.last_mut()) {
        // A hyphen at the end is one.
        (true, Some(last)) => last.push('-'),
        _ => pieces.push(text[start..].to_vec()),
    }
    pieces
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*.map", "assets/js/app.js.map", true),
            ("*", "", true),
            ("assets/*", "assets/a/b", true),
            ("assets/*", "assets", false),
            ("?.css", "a.css", true),
            ("?.css", "ab.css", false),
            ("a?c", "a/c", true),
            ("[ab].js", "b.js", true),
            ("[!ab].js", "b.js", false),
            ("[!ab].js", "c.js", true),
            ("[a-c]x", "bx", true),
            ("[]]", "]", true),
            ("[*]", "*", true),
            ("[*]", "a", false),
            ("[ab", "[ab", true),
            ("*.HTML", "index.html", false),
            ("caf?", "caf\u{e9}", true),
            ("*a*b*c", "xxaxxbxxbxc", true),
            ("a*", "a\nb", true),
            ("{a,b}", "a", false),
            (r"\*", r"\x", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }

    /// Prints pairs of pattern and name with Python's own verdict, as JSON. The seeds make a failure come back.
    const PYTHON: &str = r#"
import fnmatch, json, random, re, warnings
warnings.simplefilter("ignore")
def text(alphabet, longest):
    return "".join(random.choice(alphabet) for _ in range(random.randint(0, longest)))
def one_from(pattern):
    swap = {"*": lambda: text("ab/-]\n", 3), "?": lambda: random.choice("ab/!\n\u00e9")}
    return "".join(swap.get(c, lambda: c)() for c in pattern)
rows = []
def judge(pattern, name):
    try:
        rows.append([pattern, name, fnmatch.fnmatchcase(name, pattern)])
    except re.error:
        pass  # Older versions take an empty range for an error.
EDGES = ["[!a-]", "[]]", "[^", "[", "[]", "[!", "[!]", "[!]]", "[a", "[]-]", "[--a]", "[a-]", "[-a]", "[z-a]", "[!z-a]",
    "[a-c-e]", "[]-a]", "[^a]", "[!!]", "[[]", "[\\]", "[a\\-z]", "[&&]", "[||]", "[~~]", "[\u00e9-\u00ff]",
    "[\U0001f389]", "*\n", "\n", "A*", "[A-Z]", "[a-Z]", "", "**", "?", "*?*", ".*", "*.HTML"]
SIGNS = ["", *"abczAZ!-^][/.\n\\~&|\u00e9\u00ff\U0001f389", "ab", "a]", "[!]", "[]", "[!", "[^", "[a", "x.html", "x.HTML", "a\nb"]
for pattern in EDGES:
    for name in SIGNS:
        judge(pattern, name)
for seed in (20260117, 20261122, 4):
    random.seed(seed)
    for number in range(15000):
        pattern = text("**?[[]]!!--abczAZ^/.~&|\\" + "\u00e9\U0001f389\n", 9)
        if number % 3 == 0:
            pattern = "[" + text("!--abczAZ^]\u00e9\n[~&|\\", 7) + "]" + text("a*", 1)
        name = one_from(pattern) if number % 2 else text("abczAZ!-^][/.\u00e9\U0001f389\n\\~&|", 5)
        if number % 3 == 0 and number % 4 < 3:
            name = text("abczAZ!-^][\u00e9\n~&|\\", 1) + text("a", 1)
        judge(pattern, name)
print(json.dumps(rows))
"#;

    /// The Python of the AWS CLI that this pipe is compared with, else the machine's.
    fn python() -> (Option<String>, String) {
        let oracle = std::env::var("AWS_CLI_ORACLE").ok().filter(|folder| !folder.is_empty());
        let program = oracle.as_ref().map_or("python3".to_owned(), |folder| format!("{folder}/bin/python3"));
        (oracle, program)
    }

    #[test]
    fn every_verdict_is_python_s() {
        let (oracle, python) = python();
        let Ok(output) = Command::new(&python).args(["-c", PYTHON]).output() else {
            assert!(oracle.is_none(), "AWS_CLI_ORACLE has no {python}");
            // Past the capture of the test harness, which would hide it.
            let _ = writeln!(std::io::stderr().lock(), "skipped: no python3");
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rows: Vec<(String, String, bool)> = serde_json::from_slice(&output.stdout).expect("rows");
        let matching = rows.iter().filter(|(.., expected)| *expected).count();
        assert!(rows.len() > 30_000 && matching > 4500, "{matching} of {}", rows.len());
        for (pattern, name, expected) in rows {
            assert_eq!(Pattern::new(&pattern).matches(&name), expected, "{pattern:?} {name:?}");
        }
    }
}
