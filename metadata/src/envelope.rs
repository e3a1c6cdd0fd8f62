//! A signed document before verification: signatures, and the bytes that they are over.

use heapless::Vec;

use crate::Result;
use crate::error::{Error, Role};
use crate::json::{Read, Reader};
use crate::key::check_id;
use crate::limits::SIGNATURES;
use crate::received::Received;

/// One entry of `signatures`.
#[derive(Clone, Debug)]
pub struct Signature<'a> {
    /// The id of the key that is said to have signed.
    pub keyid: &'a str,
    /// The signature in hexadecimal digits. One that is empty never counts: tools leave such
    /// placeholders for signers that are still to come.
    pub sig: &'a str,
}

/// What a document says, unverified. `{"signatures":[…],"signed":{…}}`
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// The signatures, each key id once.
    pub signatures: Vec<Signature<'a>, SIGNATURES>,
    /// The bytes of `signed` as they arrived: what signatures are over.
    pub signed: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes a document apart. What `signed` holds is only stepped over: it is read, and found to
    /// be canonical or not, once it is known who signed it.
    ///
    /// # Errors
    /// [`Error::Json`]; [`Error::DuplicateSignature`] where a key id stands twice;
    /// [`Error::TooLarge`] beyond [`SIGNATURES`]; [`Error::Missing`].
    pub fn read(role: Role, document: impl Into<Received<'a>>) -> Result<Self> {
        let mut envelope = Self::empty();
        envelope.fill(role, document.into())?;
        Ok(envelope)
    }

    pub(crate) const fn empty() -> Self {
        Self {
            signatures: Vec::new(),
            signed: &[],
        }
    }

    /// As [`Self::read`], into an empty envelope: it is large.
    #[inline(never)]
    pub(crate) fn fill(&mut self, role: Role, document: Received<'a>) -> Result<()> {
        let bytes = document.canonical()?;
        let (mut has_signatures, mut signed) = (false, None);
        Reader::payload(bytes, |reader| {
            reader.object(&mut |reader, name| {
                match name.name() {
                    "signatures" => {
                        has_signatures = true;
                        read_signatures(role, reader, &mut self.signatures)?;
                    }
                    "signed" => signed = Some(reader.span(Reader::pass_over)?),
                    _ => reader.skip()?,
                }
                Ok(())
            })?;
            if !has_signatures {
                return reader.missing("signatures");
            }
            self.signed = reader.need(signed, "signed")?;
            Ok(())
        })
    }
}

/// Reads `signatures` into an empty list.
pub(crate) fn read_signatures<'a>(
    role: Role,
    reader: &mut Reader<'a>,
    signatures: &mut Vec<Signature<'a>, SIGNATURES>,
) -> Read<()> {
    reader.array(&mut |reader| {
        let signature = read_signature(reader)?;
        if signatures
            .iter()
            .any(|other| other.keyid == signature.keyid)
        {
            return reader.refuse(Error::duplicate_signature(role));
        }
        if signatures.push(signature).is_err() {
            return reader.too_large("signatures");
        }
        Ok(())
    })
}

fn read_signature<'a>(reader: &mut Reader<'a>) -> Read<Signature<'a>> {
    let (mut keyid, mut sig) = (None, None);
    reader.object(&mut |reader, name| {
        match name.name() {
            "keyid" => {
                let id = reader.plain()?;
                check_id(reader, id)?;
                keyid = Some(id);
            }
            "sig" => sig = Some(reader.plain()?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(Signature {
        keyid: reader.need(keyid, "signatures.keyid")?,
        sig: reader.need(sig, "signatures.sig")?,
    })
}
