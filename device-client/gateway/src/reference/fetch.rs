//! Fetching documents: their names, their caps, their layout.

use std::path::Path;

use sealift_metadata::name::{Quoted, Version};
use sealift_metadata::received::Received;

use super::{Refused, Result};
use crate::limits::REFERENCE_DOCUMENT_BYTES;
use crate::transport::{Client as Http, Failure, Origin, Reply, Request};

/// A URL, or the path of a folder.
pub(super) fn origin(text: &str) -> Result<Origin> {
    Origin::parse(text, Path::new("")).ok_or_else(|| Refused::Fetch {
        address: text.to_owned(),
        reason: "neither a URL nor a folder".into(),
    })
}

/// Fetches at most `cap` bytes; `None` where there is nothing.
pub(super) fn fetch(
    http: &Http,
    origin: &Origin,
    address: &str,
    cap: usize,
) -> Result<Option<Vec<u8>>> {
    let request = Request {
        address,
        offset: 0,
        max: cap.saturating_add(1),
        is_part: false,
        etag: None,
    };
    let failed = |reason: String| Refused::Fetch {
        address: address.to_owned(),
        reason,
    };
    match origin.get(http, &request) {
        Ok(Reply::Bytes { bytes, .. }) if bytes.len() <= cap => Ok(Some(bytes)),
        Ok(Reply::Bytes { .. }) => Err(failed(format!("longer than {cap} bytes"))),
        Ok(Reply::Absent | Reply::NotModified) => Ok(None),
        Err(failure) => Err(failed(Failure::to_string(&failure))),
    }
}

/// Lays a document out in `scratch`, which grows as needed.
pub(super) fn lay<'a>(
    sent: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> sealift_metadata::Result<Received<'a>> {
    scratch.resize(sent.len(), 0);
    Received::lay_out(sent, scratch)
}

/// TUF 6: `VERSION.ROLE.json`, or `ROLE.json` where snapshots are not consistent.
pub(super) fn versioned(is_consistent: bool, version: Version, role: &str) -> String {
    let role = Quoted(role);
    if is_consistent {
        format!("{version}.{role}.json")
    } else {
        format!("{role}.json")
    }
}

/// The cap of a document that is promised to be so long, or else of `otherwise` bytes.
pub(super) fn cap(promised: Option<u64>, otherwise: usize) -> usize {
    promised.map_or(otherwise, |length| {
        usize::try_from(length).map_or(REFERENCE_DOCUMENT_BYTES, |length| {
            length.min(REFERENCE_DOCUMENT_BYTES)
        })
    })
}
