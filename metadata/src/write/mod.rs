//! Builders and the only encoder (std): for the signer, the server and the fake world of tests.
//!
//! A document is edited as a tree of [values](crate::write::Value), so that fields which this version does not know
//! survive; [`Value::encode`](crate::write::Value::encode) writes it canonical.

/// What is said of an image, as text to be signed.
mod custom;
/// Drafts of the four roles.
mod draft;
/// Keys that sign.
mod key;
/// JSON values and their canonical bytes.
mod value;

pub use custom::{ChannelSpec, ImageSpec, NeedSpec, OfferSpec, PartSpec, SetSpec};
pub use draft::{DelegationSpec, Draft, RoleSpec, SPEC_VERSION, sealed_version};
pub use key::{KeySpec, SecretKey};
pub use value::{Object, Value};

use std::string::String;
use std::vec::Vec;

use crate::digest::to_hex;

/// Joins a payload and signatures into the document that is published.
pub fn seal(signed: &Value, signatures: &[(String, [u8; 64])]) -> Vec<u8> {
    let signatures = signatures.iter().map(|(keyid, bytes)| {
        let sig = to_hex(bytes);
        Value::from([
            ("keyid", Value::from(keyid.as_str())),
            ("sig", Value::from(sig)),
        ])
    });
    Value::from([
        ("signatures", Value::Array(signatures.collect())),
        ("signed", signed.clone()),
    ])
    .encode()
}
