//! Documents as they arrive: the bytes that digests are over, and the canonical bytes that
//! signatures are over. For everything that we publish both are the same.

use crate::Result;
use crate::digest::Digest;

/// A document on its way to verification.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    sent: &'a [u8],
    canonical: &'a [u8],
    is_laid_out: bool,
}

impl<'a, B: AsRef<[u8]> + ?Sized> From<&'a B> for Received<'a> {
    /// A document that must be canonical as it is.
    fn from(sent: &'a B) -> Self {
        let sent = sent.as_ref();
        Self {
            sent,
            canonical: sent,
            is_laid_out: false,
        }
    }
}

impl<'a> Received<'a> {
    /// A document of another tool, in whatever layout; `scratch` takes the canonical one and needs
    /// at most as many bytes as were sent.
    ///
    /// # Errors
    /// Those of [`lay_out`](crate::foreign::lay_out).
    #[cfg(feature = "foreign-json")]
    pub fn lay_out(sent: &'a [u8], scratch: &'a mut [u8]) -> Result<Self> {
        let canonical = crate::foreign::lay_out(sent, scratch)?;
        Ok(Self {
            sent,
            canonical,
            is_laid_out: true,
        })
    }

    /// The bytes that arrived.
    pub const fn sent(&self) -> &'a [u8] {
        self.sent
    }

    /// The digest of the bytes that arrived.
    pub fn digest(&self) -> Digest {
        Digest::of(self.sent)
    }

    /// How long a root may be, in bytes: one of another tool may be longer.
    pub(crate) const fn root_cap(&self) -> usize {
        if self.is_laid_out {
            return crate::limits::FOREIGN_ROOT_BYTES;
        }
        crate::limits::ROOT_BYTES
    }

    /// How long a timestamp may be, in bytes: one of another tool may be longer.
    pub(crate) const fn timestamp_cap(&self) -> usize {
        if self.is_laid_out {
            return crate::limits::FOREIGN_TIMESTAMP_BYTES;
        }
        crate::limits::TIMESTAMP_BYTES
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// [`Fault::Text`](crate::json::Fault::Text) for a control character in a document that came
    /// canonical: such bytes are canonical JSON, but no JSON, and other readers would refuse them.
    pub(crate) fn canonical(&self) -> Result<&'a [u8]> {
        if !self.is_laid_out {
            crate::json::refuse_control_characters(self.sent)?;
        }
        Ok(self.canonical)
    }
}
