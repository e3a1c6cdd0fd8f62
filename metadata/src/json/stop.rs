//! Why reading came to a stop: the reader keeps it, so that each step on the way back hands on one
//! bit and no error. On small targets that is a tenth of all code.

use super::{Fault, Reader};
use crate::Result;
use crate::error::Error;

/// Reading came to a stop. Only a [`Reader`] or a cutter makes one, and it keeps the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop(pub(super) ());

/// What was read, or that reading came to a stop.
pub type Read<T> = core::result::Result<T, Stop>;

impl Reader<'_> {
    /// What was read, or why nothing was.
    ///
    /// # Errors
    /// The reason of the [stop](Stop).
    pub fn result<T>(&self, read: Read<T>) -> Result<T> {
        read.map_err(|Stop(())| self.refused.unwrap_or(Error::missing("value")))
    }

    /// Hands a result of elsewhere on.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Read<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => self.refuse(error),
        }
    }

    /// A member that must be there.
    pub(crate) fn need<T>(&mut self, value: Option<T>, what: &'static str) -> Read<T> {
        match value {
            Some(value) => Ok(value),
            None => self.missing(what),
        }
    }

    pub(crate) fn missing<T>(&mut self, what: &'static str) -> Read<T> {
        self.keep_missing(what);
        Err(Stop(()))
    }

    pub(crate) fn invalid<T>(&mut self, what: &'static str) -> Read<T> {
        self.keep_invalid(what);
        Err(Stop(()))
    }

    pub(crate) fn too_large<T>(&mut self, what: &'static str) -> Read<T> {
        self.refuse(Error::too_large(what))
    }

    /// Something is wrong with the bytes, here.
    pub(super) fn fault<T>(&mut self, fault: Fault) -> Read<T> {
        self.keep_fault(fault);
        Err(Stop(()))
    }

    pub(crate) fn refuse<T>(&mut self, error: Error) -> Read<T> {
        self.keep(&error);
        Err(Stop(()))
    }

    // Each of these is there once, however many types the functions above return.

    #[cold]
    #[inline(never)]
    fn keep_missing(&mut self, what: &'static str) {
        self.refused = Some(Error::missing(what));
    }

    #[cold]
    #[inline(never)]
    fn keep_invalid(&mut self, what: &'static str) {
        self.refused = Some(Error::invalid(what));
    }

    #[cold]
    #[inline(never)]
    fn keep_fault(&mut self, fault: Fault) {
        let at = self.end.before(self.rest.len()).get();
        self.refused = Some(Error::json(fault, at));
    }

    #[cold]
    #[inline(never)]
    fn keep(&mut self, error: &Error) {
        self.refused = Some(*error);
    }
}
