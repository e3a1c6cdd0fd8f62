//! Cuts a canonical document into members and elements, for devices whose memory holds no whole
//! document: each piece is read by [`Reader`] like any other text, once it is there from its first
//! byte to its last.

use heapless::String;

use super::{Fault, Position, Read, Reader, Stop, Text};
use crate::error::{Error, Role};
use crate::limits::MEMBER_NAME_BYTES;
use crate::shape::Level;

/// What stands at the beginning of the bytes that were not consumed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The name of a level, with the colon behind it.
    Name,
    /// The opening bracket of a level.
    Open,
    /// A member (`"name":value`) or an element of the innermost level.
    Piece,
    /// The comma between two pieces.
    Comma,
    /// The closing bracket of a level.
    Close,
}

/// The bytes that stand there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) what: What,
    /// The level that is named, opens or closes, or that the piece or the comma is of.
    pub(crate) level: Level,
    /// How many bytes there are.
    pub(crate) length: usize,
}

/// What may stand next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// The opening bracket of the level.
    Open,
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
    role: Role,
    /// The innermost level that is open, or about to be.
    level: Level,
    /// How many levels are open.
    depth: u8,
    expect: Expect,
    scan: Scan,
    /// The name before, on the innermost level, as it stood between its quotes.
    previous: String<MEMBER_NAME_BYTES>,
    /// Where the bytes that were consumed end.
    at: Position,
    /// Why cutting came to a [stop](Stop).
    refused: Option<Error>,
}

impl Cutter {
    pub(crate) fn new(document: Level, role: Role) -> Self {
        Self {
            role,
            level: document,
            depth: 0,
            expect: Expect::Open,
            scan: Scan::default(),
            previous: String::new(),
            at: Position::START,
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
        let at = self.at.get();
        self.refuse(&Error::json(fault, at))
    }

    /// Whether the document came to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.expect == Expect::End
    }

    /// The next cut of `window`, which begins with the first byte that was not consumed; `None`
    /// until more of the document is there.
    pub(crate) fn next(&mut self, window: &[u8]) -> Read<Option<Cut>> {
        let Some(first) = window.first().copied() else {
            return Ok(None);
        };
        match (self.expect, first) {
            (Expect::End, _) => Err(self.fault(Fault::TrailingBytes)),
            (Expect::Open, _) => self.open(first).map(Some),
            (Expect::Comma, b',') => {
                self.expect = Expect::Piece;
                Ok(Some(self.cut(What::Comma, 1)))
            }
            (Expect::Comma | Expect::FirstPiece, b'}' | b']') => self.close(first).map(Some),
            (Expect::Comma, _) => Err(self.fault(Fault::Unexpected)),
            (Expect::FirstPiece | Expect::Piece, _) => self.piece(window),
        }
    }

    /// A reader of a cut that was just made.
    pub(crate) fn reader<'w>(&self, bytes: &'w [u8]) -> Reader<'w> {
        Reader::inside(bytes, self.at.before(bytes.len()), self.depth)
    }

    fn cut(&mut self, what: What, length: usize) -> Cut {
        self.at = self.at.after(length);
        let level = self.level;
        Cut {
            what,
            level,
            length,
        }
    }

    fn open(&mut self, bracket: u8) -> Read<Cut> {
        if bracket != self.level.opener() {
            return Err(self.fault(Fault::WrongType));
        }
        self.depth = self.depth.saturating_add(1);
        self.expect = Expect::FirstPiece;
        Ok(self.cut(What::Open, 1))
    }

    fn close(&mut self, bracket: u8) -> Read<Cut> {
        if bracket != self.level.closer() {
            return Err(self.fault(Fault::Unexpected));
        }
        let closed = self.cut(What::Close, 1);
        self.depth = self.depth.saturating_sub(1);
        self.expect = Expect::End;
        if let Some(member) = self.level.member() {
            self.expect = Expect::Comma;
            self.level = member.of;
            self.remember(member.name)?;
        }
        Ok(closed)
    }

    /// A piece, or the name of one that is a level of its own.
    fn piece(&mut self, window: &[u8]) -> Read<Option<Cut>> {
        let mut what = What::Piece;
        match self.scan.go_on(window, self.level.has_names()) {
            None => return Ok(None),
            Some(Rest::End) => self.expect = Expect::Comma,
            Some(Rest::Name) => match self.name(window)? {
                None => return self.piece(window),
                Some(level) => {
                    self.level = level;
                    self.expect = Expect::Open;
                    what = What::Name;
                }
            },
        }
        let length = self.scan.at;
        self.scan = Scan::default();
        Ok(Some(self.cut(what, length)))
    }

    /// Checks the order of the name in `"name":`, and says which level it opens, if it does.
    #[inline(never)]
    fn name(&mut self, window: &[u8]) -> Read<Option<Level>> {
        // The colon was passed.
        let quoted = window.get(..self.scan.at.saturating_sub(1));
        let mut reader = Reader::inside(quoted.unwrap_or_default(), self.at, 0);
        let name = reader.whole_string();
        let name = reader.result(name).map_err(|error| self.refuse(&error))?;
        let is_first = self.expect == Expect::FirstPiece;
        if !is_first && !Text(&self.previous).is_before(name) {
            return Err(self.fault(Fault::MemberOrder));
        }
        self.remember(name.name())?;
        Ok(self.level.enter(self.role, name.name()))
    }

    fn remember(&mut self, name: &str) -> Read<()> {
        self.previous.clear();
        let kept = self.previous.push_str(name);
        kept.map_err(|_| self.refuse(&Error::too_large("a member's name")))
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
