//! Output variables: what a step writes into a file of its own for the steps after it.

/// The variables of this text that the step lists, in its order; of two lines for one name, the later counts.
pub(crate) fn read(text: &str, listed: &[String]) -> Vec<(String, String)> {
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &String| {
        let (_, value) = lines.iter().rev().find(|(written, _)| written == name)?;
        Some((name.clone(), (*value).to_owned()))
    };
    listed.iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_handed_on() {
        let text = "A=1\nB=a=b\nnonsense\nA=2\nC=3\n";
        let listed = ["B", "A", "D"].map(str::to_owned);
        let handed = [("B", "a=b"), ("A", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(text, &listed), handed);
    }
}
