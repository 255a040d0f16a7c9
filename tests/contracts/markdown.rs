//! As much of Markdown as the documents use: headings, fenced code, tables, links.

use super::repository;

/// A document, taken apart once.
pub(crate) struct Markdown {
    lines: Vec<Line>,
}

struct Line {
    text: String,
    /// The language of the fenced code it is in; a fence itself is in none and is left out.
    code: Option<String>,
    /// Which block of code it is in, and how many lines of the file come before it.
    block: usize,
    number: usize,
}

/// One block of fenced code.
pub(crate) struct Code {
    /// What follows the opening fence.
    pub(crate) language: String,
    /// The file's line of the block's first line, from 1.
    pub(crate) line: usize,
    /// What is in it.
    pub(crate) text: String,
}

impl Markdown {
    /// Reads a file, by its path from the root.
    pub(crate) fn read(path: impl AsRef<std::path::Path>) -> Self {
        Self::parse(&repository::read(path))
    }

    fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut code: Option<String> = None;
        let mut block = 0;
        for (index, text) in text.lines().enumerate() {
            if let Some(language) = text.trim_start().strip_prefix("```") {
                code = if code.is_some() { None } else { Some(language.trim().to_owned()) };
                block += 1;
                continue;
            }
            lines.push(Line { text: text.to_owned(), code: code.clone(), block, number: index + 1 });
        }
        Self { lines }
    }

    /// The headings with their `#`.
    pub(crate) fn headings(&self) -> Vec<&str> {
        self.prose().filter(|line| line.starts_with('#')).collect()
    }

    /// Everything that is not code.
    pub(crate) fn prose(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| line.code.is_none()).map(|line| line.text.as_str())
    }

    /// What stands below a heading, up to the next of the same rank or above.
    pub(crate) fn section(&self, heading: &str) -> Self {
        let rank = |text: &str| text.chars().take_while(|&letter| letter == '#').count();
        let own = self.lines.iter().skip_while(|line| line.code.is_some() || line.text != heading).skip(1);
        let ends = |line: &Line| line.code.is_none() && (1..=rank(heading)).contains(&rank(&line.text));
        let lines = own.take_while(|line| !ends(line)).map(|line| Line {
            text: line.text.clone(),
            code: line.code.clone(),
            block: line.block,
            number: line.number,
        });
        Self { lines: lines.collect() }
    }

    /// Every block of code, in order.
    pub(crate) fn code(&self) -> Vec<Code> {
        let coded = self.lines.iter().filter_map(|line| Some((line, line.code.clone()?)));
        let mut blocks: Vec<(usize, Code)> = Vec::new();
        for (line, language) in coded {
            match blocks.last_mut() {
                Some((block, code)) if *block == line.block => {
                    code.text.push('\n');
                    code.text.push_str(&line.text);
                }
                _ => blocks.push((line.block, Code { language, line: line.number, text: line.text.clone() })),
            }
        }
        blocks.into_iter().map(|(_, code)| code).collect()
    }

    /// The cells of every table's rows, without heads and rules.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let is_rule =
            |line: &str| line.starts_with('|') && line.chars().all(|letter| "|-: ".contains(letter));
        let prose: Vec<&str> = self.prose().collect();
        let mut rows = Vec::new();
        for (index, line) in prose.iter().enumerate() {
            let is_head = prose.get(index + 1).is_some_and(|next| is_rule(next));
            if let Some(cells) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|'))
                && !is_rule(line)
                && !is_head
            {
                rows.push(cells.split('|').map(|cell| cell.trim().to_owned()).collect());
            }
        }
        rows
    }

    /// Where its links and pictures lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in self.prose() {
            for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
                let targets = line.split(opening).skip(1).filter_map(|rest| rest.split_once(closing));
                links.extend(targets.map(|(target, _)| target.to_owned()));
            }
        }
        links
    }

    /// The anchors of its headings, as Bitbucket's and GitHub's pages make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let anchor = |heading: &str| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        };
        self.headings().into_iter().map(anchor).collect()
    }
}

#[test]
fn a_document_is_taken_apart() {
    let text = "# A b, c\n\n[x](y#z) `n` ![p](q.svg) <img src=\"r.svg\">\n\n```yaml\n# no heading\na: 1\n```\n```\nb\n```\n\
                | H | I |\n|---|:--|\n| j | k |\n## D\n```sh\ne\n```\n### E\n# F\n[u](v)\n";
    let document = Markdown::parse(text);
    assert_eq!(document.headings(), ["# A b, c", "## D", "### E", "# F"]);
    assert_eq!(document.links(), ["y#z", "q.svg", "r.svg", "v"]);
    assert_eq!(document.rows(), [["j", "k"]]);
    let told = document
        .code()
        .iter()
        .map(|code| format!("{}:{}:{}", code.line, code.language, code.text))
        .collect::<Vec<_>>();
    assert_eq!(told, ["6:yaml:# no heading\na: 1", "10::b", "17:sh:e"]);
    assert_eq!(document.anchors(), ["a-b-c", "d", "e", "f"]);
    assert_eq!(document.section("## D").headings(), ["### E"]);
    assert_eq!(document.section("# A b, c").code().len(), 3);
}
