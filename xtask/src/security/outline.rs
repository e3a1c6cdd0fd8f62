//! Reads from the text of one Rust file which tests and which modules it has.
//!
//! This is no parser: it splits the text into words and marks, without comments
//! and literals, and follows the braces. That is enough to tell a test that
//! cargo runs from one that is commented out, ignored, or only quoted.

mod lexer;

use lexer::Token;

/// The tests of one file and the modules that it declares in files of their own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Paths inside of the file: `tests::a_test`.
    pub(crate) tests: Vec<String>,
    /// Paths of `mod name;` inside of the file: `keys`, `inline::keys`.
    pub(crate) modules: Vec<String>,
}

/// Reads the outline of a file; `#[path = …]` and tests made by macros are not seen.
pub(crate) fn outline(source: &str) -> Outline {
    let mut reader = Reader::default();
    let tokens = lexer::tokens(source);
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        rest = reader.step(rest);
    }
    reader.outline
}

/// What an opening brace began.
enum Scope {
    Module(String),
    /// `proptest! { … }` holds tests as a module does.
    Proptest,
    /// Bodies of functions, types and macros: no test that cargo runs stands in them.
    Other,
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    scopes: Vec<Scope>,
    /// Attributes of the item that comes next.
    is_test: bool,
    is_ignored: bool,
}

impl Reader {
    /// Reads one item or mark, and returns what follows it.
    fn step<'a, 'b>(&mut self, tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
        use Token::{Mark, Word};
        match tokens {
            [Mark('#'), Mark('['), rest @ ..] => self.attribute(rest),
            [Word("mod"), Word(name), Mark(';'), rest @ ..] => {
                let path = self.path(name);
                self.outline.modules.extend(path);
                self.item_ends();
                rest
            }
            [Word("mod"), Word(name), Mark('{'), rest @ ..] => {
                self.open(Scope::Module((*name).to_owned()));
                rest
            }
            [Word("proptest"), Mark('!'), Mark('{'), rest @ ..] => {
                self.open(Scope::Proptest);
                rest
            }
            [Word("fn"), Word(name), rest @ ..] => {
                if self.is_test && !self.is_ignored {
                    let path = self.path(name);
                    self.outline.tests.extend(path);
                }
                self.item_ends();
                rest
            }
            [Mark('{'), rest @ ..] => {
                self.open(Scope::Other);
                rest
            }
            [Mark('}'), rest @ ..] => {
                self.scopes.pop();
                self.item_ends();
                rest
            }
            [Mark(';'), rest @ ..] => {
                self.item_ends();
                rest
            }
            [_, rest @ ..] => rest,
            [] => tokens,
        }
    }

    /// Reads an attribute after its `#[`: `test]`, `tokio::test(…)]`, `ignore = …]`.
    fn attribute<'a, 'b>(&mut self, tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
        let in_name = |token: &Token<'_>| matches!(token, Token::Word(_) | Token::Mark(':'));
        let name = tokens.iter().take_while(|token| in_name(token)).last();
        match name {
            Some(Token::Word("test")) => self.is_test = true,
            Some(Token::Word("ignore")) => self.is_ignored = true,
            _ => {}
        }
        let mut depth = 1;
        let mut rest = tokens;
        while let [token, tail @ ..] = rest {
            rest = tail;
            match token {
                Token::Mark('[') => depth += 1,
                Token::Mark(']') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        rest
    }

    /// The path of `name` in this file, unless it stands inside of a body.
    fn path(&self, name: &str) -> Option<String> {
        let mut path = String::new();
        for scope in &self.scopes {
            match scope {
                Scope::Module(module) => path = path + module + "::",
                Scope::Proptest => {}
                Scope::Other => return None,
            }
        }
        Some(path + name)
    }

    fn open(&mut self, scope: Scope) {
        self.scopes.push(scope);
        self.item_ends();
    }

    fn item_ends(&mut self) {
        self.is_test = false;
        self.is_ignored = false;
    }
}

#[cfg(test)]
mod tests;
