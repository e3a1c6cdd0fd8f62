//! Cuts a canonical document into members and elements, for devices whose memory holds no whole
//! document: each piece is read by [`Reader`] like any other text, once it is there from its first
//! byte to its last.

use core::cmp::Ordering;

use heapless::{String, Vec};

use super::{Fault, Read, Reader, Stop, Text};
use crate::error::Error;
use crate::limits::MEMBER_NAME_BYTES;
use crate::shape::{LEVELS, Level};

/// What stands at the beginning of the bytes that were not consumed yet.
#[derive(Debug)]
pub(crate) enum Cut<'w> {
    /// The opening bracket of a level, with the member's name before it.
    Open(Level),
    /// A member (`"name":value`) or an element of the innermost level.
    Piece(Level, Reader<'w>),
    /// The comma between two pieces.
    Comma,
    /// The closing bracket of a level.
    Close(Level),
}

/// What may stand next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// The opening bracket of the document.
    Document,
    /// A piece, or the end of the level.
    FirstPiece,
    /// A piece.
    Piece,
    /// A comma or the end of the level.
    Comma,
    /// Nothing.
    End,
}

/// Where the document was cut so far.
#[derive(Debug)]
pub(crate) struct Cutter {
    document: Level,
    /// The levels that are open, the innermost one last.
    levels: Vec<Level, LEVELS>,
    expect: Expect,
    scan: Scan,
    /// The name before, on the innermost level.
    previous: Option<Name>,
    /// Bytes of the document that were consumed.
    at: usize,
    /// Why cutting came to a [stop](Stop).
    refused: Option<Error>,
}

impl Cutter {
    pub(crate) fn new(document: Level) -> Self {
        Self {
            document,
            levels: Vec::new(),
            expect: Expect::Document,
            scan: Scan::default(),
            previous: None,
            at: 0,
            refused: None,
        }
    }

    /// Why cutting came to a stop, if it did.
    pub(crate) const fn refused(&self) -> Option<Error> {
        self.refused
    }

    /// Comes to a stop, for what is wrong with a piece or with the window.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(&mut self, error: &Error) -> Stop {
        self.refused = Some(*error);
        Stop(())
    }

    #[cold]
    #[inline(never)]
    fn fault(&mut self, fault: Fault) -> Stop {
        let at = self.at;
        self.refuse(&Error::json(fault, at))
    }

    /// Whether the document came to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.expect == Expect::End
    }

    /// The next cut of `window`, which begins with the first byte that was not consumed, and how
    /// many bytes it takes; `None` until more of the document is there.
    pub(crate) fn next<'w>(&mut self, window: &'w [u8]) -> Read<Option<(usize, Cut<'w>)>> {
        let result = match (self.expect, window.first()) {
            (_, None) => return Ok(None),
            (Expect::End, Some(_)) => Err(self.fault(Fault::TrailingBytes)),
            (Expect::Document, Some(first)) => self.open(self.document, *first).map(Some),
            (Expect::Comma, Some(b',')) => {
                self.expect = Expect::Piece;
                Ok(Some((1, Cut::Comma)))
            }
            (Expect::Comma | Expect::FirstPiece, Some(b'}' | b']')) => self.close(window).map(Some),
            (Expect::Comma, Some(_)) => Err(self.fault(Fault::Unexpected)),
            (Expect::FirstPiece | Expect::Piece, Some(_)) => self.piece(window),
        };
        if let Ok(Some((taken, _))) = &result {
            self.at = self.at.saturating_add(*taken);
        }
        result
    }

    fn open<'w>(&mut self, level: Level, bracket: u8) -> Read<(usize, Cut<'w>)> {
        if bracket != level.opener() {
            return Err(self.fault(Fault::WrongType));
        }
        // There is room for every way from the document to its innermost level.
        let _ = self.levels.push(level);
        self.expect = Expect::FirstPiece;
        self.previous = None;
        Ok((1, Cut::Open(level)))
    }

    fn close<'w>(&mut self, window: &[u8]) -> Read<(usize, Cut<'w>)> {
        let level = self.innermost();
        if window.first() != Some(&level.closer()) {
            return Err(self.fault(Fault::Unexpected));
        }
        let _ = self.levels.pop();
        self.previous = level.name().and_then(|name| Name::of(name, false));
        self.expect = if self.levels.is_empty() {
            Expect::End
        } else {
            Expect::Comma
        };
        Ok((1, Cut::Close(level)))
    }

    /// A piece, or the name of one that is a level of its own.
    fn piece<'w>(&mut self, window: &'w [u8]) -> Read<Option<(usize, Cut<'w>)>> {
        let level = self.innermost();
        let Some(rest) = self.scan.go_on(window, level.has_names()) else {
            return Ok(None);
        };
        let at = self.scan.at;
        let bytes = window.get(..at).unwrap_or_default();
        let inner = match rest {
            Rest::Name => self.name(level, bytes)?,
            Rest::End => {
                self.scan = Scan::default();
                self.expect = Expect::Comma;
                let depth = u8::try_from(self.levels.len()).unwrap_or(u8::MAX);
                let reader = Reader::inside(bytes, self.at, depth);
                return Ok(Some((at, Cut::Piece(level, reader))));
            }
        };
        let Some(inner) = inner else {
            return self.piece(window);
        };
        // The colon, and the bracket behind it.
        let Some(bracket) = window.get(at) else {
            self.scan.is_at_name = true;
            return Ok(None);
        };
        self.scan = Scan::default();
        let (bracket_bytes, cut) = self.open(inner, *bracket)?;
        Ok(Some((at.saturating_add(bracket_bytes), cut)))
    }

    /// Checks the order of the name in `"name":`, and says which level it opens, if it does.
    fn name(&mut self, level: Level, bytes: &[u8]) -> Read<Option<Level>> {
        let quoted = bytes.split_last().map_or(bytes, |(_, name)| name);
        let mut reader = Reader::inside(quoted, self.at, 0);
        let name = reader.whole_string();
        let name = reader.result(name).map_err(|error| self.refuse(&error))?;
        if self.scan.is_at_name {
            self.scan.is_at_name = false;
            return Ok(level.enter(name.name()));
        }
        if let Some(previous) = &self.previous
            && previous.text().compare(name) != Ordering::Less
        {
            return Err(self.fault(Fault::MemberOrder));
        }
        self.previous = Name::of(name.raw, name.has_escapes);
        if self.previous.is_none() {
            return Err(self.refuse(&Error::too_large("a member's name")));
        }
        Ok(level.enter(name.name()))
    }

    fn innermost(&self) -> Level {
        self.levels.last().copied().unwrap_or(self.document)
    }
}

/// A member's name that outlives the bytes that it came in.
#[derive(Debug)]
struct Name {
    raw: String<MEMBER_NAME_BYTES>,
    has_escapes: bool,
}

impl Name {
    fn of(raw: &str, has_escapes: bool) -> Option<Self> {
        let raw = String::try_from(raw).ok()?;
        Some(Self { raw, has_escapes })
    }

    fn text(&self) -> Text<'_> {
        Text {
            raw: &self.raw,
            has_escapes: self.has_escapes,
        }
    }
}

/// Where a scan came to rest.
enum Rest {
    /// Behind the colon of a name.
    Name,
    /// Behind the piece.
    End,
}

/// How far a piece was looked through: brackets and quotes alone, each byte once.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    inside: Inside,
    /// Whether the colon behind the name was passed.
    is_named: bool,
    /// Whether the name was checked, and the bracket behind it is still to come.
    is_at_name: bool,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Structure,
    String,
    /// A string, behind a backslash.
    Escape,
}

impl Scan {
    fn go_on(&mut self, window: &[u8], has_names: bool) -> Option<Rest> {
        if self.is_at_name {
            return Some(Rest::Name);
        }
        let rest = window.get(self.at..).unwrap_or_default();
        for byte in rest {
            match (self.inside, byte) {
                (Inside::Escape, _) | (Inside::Structure, b'"') => self.inside = Inside::String,
                (Inside::String, b'\\') => self.inside = Inside::Escape,
                (Inside::String, b'"') => self.inside = Inside::Structure,
                (Inside::String, _) => {}
                (_, b':') if has_names && !self.is_named && self.depth == 0 => {
                    self.is_named = true;
                    self.at = self.at.saturating_add(1);
                    return Some(Rest::Name);
                }
                (_, b',' | b'}' | b']') if self.depth == 0 => return Some(Rest::End),
                (_, b'{' | b'[') => self.depth = self.depth.saturating_add(1),
                (_, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.at = self.at.saturating_add(1);
        }
        None
    }
}
