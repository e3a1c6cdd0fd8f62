//! Splits Rust source into words and marks; comments and literals are dropped.

/// A piece of source that is neither a comment nor a literal nor white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An identifier, a keyword or a number.
    Word(&'a str),
    /// Any other single character.
    Mark(char),
}

/// All tokens of a source, in order.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = after_comment(rest).or_else(|| after_literal(rest)) {
            rest = after;
        } else if is_word(first) {
            let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word));
            rest = after;
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            rest = skip(rest, first.len_utf8());
        }
    }
    tokens
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// An unfinished comment or literal reaches to the end of the source.
fn skip(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or("")
}

fn after(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |start| start + end.len())
}

/// What follows `// …` or `/* … */`; block comments nest.
fn after_comment(text: &str) -> Option<&str> {
    if text.starts_with("//") {
        return Some(skip(text, after(text, "\n")));
    }
    let mut rest = text.strip_prefix("/*")?;
    let mut depth = 1;
    while depth > 0 && !rest.is_empty() {
        let close = after(rest, "*/");
        let open = after(rest, "/*");
        if open < close {
            depth += 1;
            rest = skip(rest, open);
        } else {
            depth -= 1;
            rest = skip(rest, close);
        }
    }
    Some(rest)
}

/// What follows a string or character literal, whatever its prefix.
fn after_literal(text: &str) -> Option<&str> {
    let prefixes = ["br", "cr", "r", "b", "c", ""];
    prefixes.iter().find_map(|prefix| {
        let body = text.strip_prefix(prefix)?;
        if prefix.ends_with('r') {
            after_raw_string(body)
        } else if let Some(inner) = body.strip_prefix('"') {
            Some(after_escaped(inner, '"'))
        } else if prefix.is_empty() || *prefix == "b" {
            after_character(body)
        } else {
            None
        }
    })
}

/// `"…"`, `#"…"#`, `##"…"##`: no escapes, closed by as many hashes.
fn after_raw_string(text: &str) -> Option<&str> {
    let inner = text.trim_start_matches('#');
    let hashes = skip_back(text, inner);
    let inner = inner.strip_prefix('"')?;
    Some(skip(inner, after(inner, &format!("\"{hashes}"))))
}

/// The part of `text` that stands before its tail `inner`.
fn skip_back<'a>(text: &'a str, inner: &str) -> &'a str {
    text.get(..text.len() - inner.len()).unwrap_or("")
}

fn after_escaped(text: &str, end: char) -> &str {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        if !escaped && letter == end {
            return skip(text, at + letter.len_utf8());
        }
        escaped = !escaped && letter == '\\';
    }
    ""
}

/// A character literal; a lifetime (`'a`) has no quote behind its first letter.
fn after_character(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return Some(after_escaped(inner, '\''));
    }
    let first = inner.chars().next()?;
    skip(inner, first.len_utf8()).strip_prefix('\'')
}
