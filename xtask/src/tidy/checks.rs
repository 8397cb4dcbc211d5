//! Every check of a verification has its page, and every page its check.

use super::{Finding, Source};

/// Where the checks are named.
const CHECKS: &str = "crates/cross-tenant-cmk/src/verify/check.rs";
/// Where their pages lie.
const PAGES: &str = "docs/checks/";
const INDEX: &str = "docs/checks/README.md";
/// What every page says.
const PARTS: &[&str] = &[
    "\n## Found by\n",
    "\n## Healed by\n",
    "\n## Source\n\n- <https://",
];

/// Ids without a page, pages without an id, pages with another title than the check or without one of their parts, and what
/// the index leaves out.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let text_of = |path: &str| {
        let found = sources.iter().find(|source| source.path == path);
        found.map(|source| source.text.as_str())
    };
    let Some(code) = text_of(CHECKS) else {
        return vec![format!("{CHECKS}: is not there, and names the checks")];
    };
    let index = text_of(INDEX).unwrap_or_default();
    let rows: Vec<(&str, &str)> = code.lines().filter_map(row).collect();
    let mut findings = Vec::new();
    if rows.is_empty() {
        findings.push(format!("{CHECKS}: names no check"));
    }
    for (id, title) in &rows {
        let path = format!("{PAGES}{id}.md");
        let Some(page) = text_of(&path) else {
            findings.push(format!("{path}: {id} has no page"));
            continue;
        };
        let heading = format!("# {id}: {title}");
        if page.lines().next() != Some(&*heading) {
            findings.push(format!("{path}: must be headed {heading:?}"));
        }
        for part in PARTS {
            if !page.contains(part) {
                findings.push(format!("{path}: lacks {:?}", part.trim()));
            }
        }
        if !index.contains(&format!("| [{id}]({id}.md) | {title} |")) {
            findings.push(format!("{INDEX}: {id} is missing, or has another title"));
        }
    }
    for source in sources {
        let page = source.path.strip_prefix(PAGES);
        let id = page.and_then(|name| name.strip_suffix(".md"));
        if let Some(id) = id.filter(|id| *id != "README")
            && !rows.iter().any(|(known, _)| *known == id)
        {
            findings.push(format!("{}: no check has the id {id}", source.path));
        }
    }
    findings
}

/// Id and title of a row `Name "CMK-001" Error, "The title", …;`.
fn row(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(" \"CMK-")?;
    let (number, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once(", \"")?;
    let (title, _) = rest.split_once('"')?;
    let at = line.find("CMK-")?;
    let id = line.get(at..at + "CMK-".len() + number.len())?;
    Some((id, title))
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, INDEX, check};
    use crate::tidy::Source;

    const CODE: &str = "    Key \"CMK-050\" Error, \"The key exists\", KEY;\n";
    const PAGE: &str = "# CMK-050: The key exists\n\nWords.\n\n## Found by\n\nx\n\n## Healed by\n\nx\n\n## Source\n\n- <https://example.com>\n";
    const LIST: &str = "| [CMK-050](CMK-050.md) | The key exists | error |\n";

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        check(&sources)
    }

    #[test]
    fn a_check_with_its_page_and_row_passes() {
        let files = [
            (CHECKS, CODE),
            ("docs/checks/CMK-050.md", PAGE),
            (INDEX, LIST),
        ];
        assert_eq!(findings(&files), Vec::<String>::new());
    }

    #[test]
    fn a_check_without_its_page_is_found() {
        assert_eq!(
            findings(&[(CHECKS, CODE), (INDEX, LIST)]),
            ["docs/checks/CMK-050.md: CMK-050 has no page"]
        );
    }

    #[test]
    fn a_page_without_its_check_is_found() {
        let files = [
            (CHECKS, CODE),
            ("docs/checks/CMK-050.md", PAGE),
            ("docs/checks/CMK-051.md", PAGE),
            (INDEX, LIST),
        ];
        assert_eq!(
            findings(&files),
            ["docs/checks/CMK-051.md: no check has the id CMK-051"]
        );
    }

    #[test]
    fn another_title_a_missing_part_and_a_missing_row_are_found() {
        let page = PAGE
            .replace("The key exists", "A key exists")
            .replace("## Healed by", "## Cured by");
        assert_eq!(
            findings(&[(CHECKS, CODE), ("docs/checks/CMK-050.md", &page)]),
            [
                "docs/checks/CMK-050.md: must be headed \"# CMK-050: The key exists\"",
                "docs/checks/CMK-050.md: lacks \"## Healed by\"",
                "docs/checks/README.md: CMK-050 is missing, or has another title",
            ]
        );
    }

    #[test]
    fn a_table_that_cannot_be_read_is_found() {
        assert_eq!(
            findings(&[(CHECKS, "nothing\n")]),
            [format!("{CHECKS}: names no check")]
        );
        assert_eq!(
            findings(&[]),
            [format!("{CHECKS}: is not there, and names the checks")]
        );
    }
}
