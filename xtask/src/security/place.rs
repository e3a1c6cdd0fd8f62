//! Finds the place that a documented requirement names: a file, or a heading in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, ensure};

/// Checks that `place` (`path` or `path#heading-slug`) exists below `root`.
pub(crate) fn find(root: &Path, place: &str) -> Result<()> {
    let (path, slug) = match place.split_once('#') {
        Some((path, slug)) => (Path::new(path), Some(slug)),
        None => (Path::new(place), None),
    };
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "the place `{place}` lies outside of the repository");
    let file = root.join(path);
    ensure!(file.is_file(), "there is no file `{}`", path.display());
    let Some(slug) = slug else {
        return Ok(());
    };
    let text = fs::read_to_string(&file)
        .with_context(|| format!("`{}` cannot be read", path.display()))?;
    let found = slugs(&text).iter().any(|heading| heading == slug);
    ensure!(found, "`{}` has no heading `#{slug}`", path.display());
    Ok(())
}

/// The anchors of all headings in a Markdown text, as code hosts make them.
fn slugs(markdown: &str) -> Vec<String> {
    let mut slugs = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if fenced || !(1..=6).contains(&level) {
            continue;
        }
        let Some(heading) = line.get(level..).and_then(|rest| rest.strip_prefix(' ')) else {
            continue;
        };
        let slug = slug(heading);
        let count = seen.entry(slug.clone()).or_insert(0);
        slugs.push(match *count {
            0 => slug,
            repeated => format!("{slug}-{repeated}"),
        });
        *count += 1;
    }
    slugs
}

/// Lower case, spaces as hyphens, punctuation dropped.
fn slug(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ if letter.is_alphanumeric() => Some(letter),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# The operator's guide
```
# a comment of a shell
```
## Keys & backups
## Keys & backups
#no heading
";

    #[test]
    fn headings_become_the_anchors_of_code_hosts() {
        let expected = ["the-operators-guide", "keys--backups", "keys--backups-1"];
        assert_eq!(slugs(TEXT), expected);
    }

    #[test]
    fn only_a_file_and_a_heading_that_exist_are_found() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("guide.md"), TEXT).unwrap();
        for place in ["guide.md", "guide.md#keys--backups"] {
            find(root.path(), place).unwrap();
        }
        for place in ["", "book.md", "guide.md#", "guide.md#a-comment-of-a-shell"] {
            assert!(find(root.path(), place).is_err(), "{place}");
        }
    }

    #[test]
    fn a_place_outside_of_the_repository_is_refused() {
        let root = tempfile::tempdir().unwrap();
        for place in ["/etc/hostname", "../Cargo.toml"] {
            let error = find(root.path(), place).unwrap_err();
            assert!(error.to_string().contains("outside"), "{error}");
        }
    }
}
