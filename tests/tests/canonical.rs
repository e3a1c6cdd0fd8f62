//! The canonical form, against the implementation that most TUF tools share: signatures are over
//! its bytes, so that one byte of difference would be a signature that only some believe.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sealift_metadata::Digest;
use sealift_metadata::foreign::lay_out;
use sealift_metadata::write::Value as Written;
use serde_json::{Map, Value};

const DOCUMENTS: u32 = 2_000;

/// What strings are made of: quotes, escapes, control characters, and the places where the order
/// of bytes and that of UTF-16 part.
const LETTERS: &[char] = &[
    'a',
    'b',
    'Z',
    '0',
    ' ',
    '/',
    '"',
    '\\',
    '\u{7f}',
    '\n',
    '\t',
    '\u{1}',
    'é',
    'ß',
    '\u{2028}',
    '\u{ffff}',
    '\u{10000}',
    '😀',
];

const NUMBERS: &[i64] = &[0, 1, -1, 9, 10, -10, 1_800_000_000, i64::MAX, i64::MIN];

/// Numbers that are the same in every run.
struct Dice {
    thrown: u32,
}

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.thrown += 1;
        let digest = Digest::of(&self.thrown.to_be_bytes());
        usize::from(digest.as_bytes()[0]) % end
    }

    fn text(&mut self) -> String {
        (0..self.below(5))
            .map(|_| LETTERS[self.below(LETTERS.len())])
            .collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 4 } else { 8 }) {
            0 => Value::String(self.text()),
            1 => NUMBERS[self.below(NUMBERS.len())].into(),
            2 => u64::MAX.into(),
            3 => [Value::Null, true.into(), false.into()][self.below(3)].clone(),
            4 | 5 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            // In the order of the dice: it is for the canonical form to sort them.
            _ => (0..self.below(6))
                .map(|_| (self.text(), self.value(depth - 1)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    /// A document in one of the layouts that tools use.
    fn document(&mut self) -> String {
        let value = self.value(6);
        match self.below(3) {
            0 => value.to_string(),
            1 => format!("{value:#}"),
            // As Python writes it, with nothing but ASCII.
            _ => ascii(&value.to_string()),
        }
    }
}

/// Escapes everything outside of ASCII.
fn ascii(json: &str) -> String {
    let escaped = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    json.encode_utf16().map(escaped).collect()
}

/// The canonical form of every document in hexadecimal digits, or `refused`.
fn theirs(documents: &[String]) -> Result<Vec<String>> {
    let python = std::env::var_os("SEALIFT_PYTHON_TUF")
        .context("SEALIFT_PYTHON_TUF is not set: run cargo xtask test")?;
    let scratch = tempfile::tempdir()?;
    let file = scratch.path().join("documents");
    let lines = documents
        .iter()
        .map(|text| ascii(&Value::from(text.as_str()).to_string()));
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/canonical.py");
    let said = Command::new(python).arg(script).arg(file).output()?;
    let error = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "securesystemslib: {error}");
    Ok(String::from_utf8(said.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// The same by our own way; what is laid out can be read, and is written the same again.
fn ours(document: &str) -> String {
    let mut out = vec![0; document.len()];
    let Ok(laid) = lay_out(document.as_bytes(), &mut out) else {
        return "refused".into();
    };
    if let Ok(value) = Written::decode(laid) {
        assert_eq!(value.encode(), laid, "{document}");
    }
    hex::encode(laid)
}

fn compare(documents: &[String]) -> Result<Vec<String>> {
    let theirs = theirs(documents)?;
    ensure!(
        theirs.len() == documents.len(),
        "one line for each document"
    );
    for (document, theirs) in documents.iter().zip(&theirs) {
        assert_eq!(ours(document), *theirs, "{document}");
    }
    Ok(theirs)
}

#[test]
fn every_document_has_the_canonical_form_that_other_tools_give_it() -> Result<()> {
    let mut dice = Dice { thrown: 0 };
    let documents: Vec<String> = (0..DOCUMENTS).map(|_| dice.document()).collect();
    let forms = compare(&documents)?;
    assert!(forms.iter().all(|form| form != "refused"));
    assert!(
        forms.iter().filter(|form| form.len() > 100).count() > 200,
        "few are large"
    );
    Ok(())
}

#[test]
fn what_has_no_canonical_form_is_refused_by_both() -> Result<()> {
    let documents = ["1.5", "1e3", "[0.0]", r#"{"a":-1.0}"#, "1E-2"].map(str::to_owned);
    let forms = compare(&documents)?;
    assert!(forms.iter().all(|form| form == "refused"), "{forms:?}");
    Ok(())
}
