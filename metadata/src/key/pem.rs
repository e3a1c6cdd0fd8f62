//! Public keys as PEM (RFC 7468 13), the way other tools write all schemes but ed25519.

use spki::SubjectPublicKeyInfoRef;

use crate::Result;
use crate::error::Error;
use crate::limits::PUBLIC_KEY_DER_BYTES;

/// Reads a `PUBLIC KEY` and hands its parsed form to `key`. Line ends and their number do not
/// matter: the decoded bytes are what keys are told apart by.
///
/// # Errors
/// [`Error::Invalid`] for anything else, or where `key` finds nothing that it knows.
pub(super) fn read<T>(
    text: &str,
    key: impl FnOnce(SubjectPublicKeyInfoRef<'_>) -> Option<T>,
) -> Result<T> {
    let invalid = Error::invalid("keyval.public");
    let mut der = [0; PUBLIC_KEY_DER_BYTES];
    let decoded = pem_rfc7468::decode(text.as_bytes(), &mut der);
    let (label, der) = decoded.map_err(|_| invalid)?;
    if label != "PUBLIC KEY" {
        return Err(invalid);
    }
    let parsed = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| invalid)?;
    key(parsed).ok_or(invalid)
}
