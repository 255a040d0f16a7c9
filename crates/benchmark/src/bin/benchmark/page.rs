//! The part of a page that the benchmark writes: what is between two comments.

use anyhow::Context as _;

/// The comment before it.
const BEGIN: &str = "<!-- benchmark: begin -->\n";
/// The comment behind it.
const END: &str = "<!-- benchmark: end -->\n";

/// The page with this text between its comments.
pub(crate) fn replaced(page: &str, text: &str) -> anyhow::Result<String> {
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("the page has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("the page has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_comments_is_replaced() {
        let page = format!("# Head\n{BEGIN}old\n{END}tail\n");
        let new = replaced(&page, "new\n").expect("both comments");
        assert_eq!(new, format!("# Head\n{BEGIN}\nnew\n\n{END}tail\n"));
        assert_eq!(replaced(&new, "new").expect("both comments"), new);
        assert!(replaced(BEGIN, "new").is_err() && replaced(END, "new").is_err());
    }
}
