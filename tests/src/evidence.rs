//! Evidence of an image, laid out as it lies in flash: what a factory writes, and what an attacker
//! could.

use sealift_device::evidence::{DOCUMENT_HEAD_BYTES, EVIDENCE_HEADER_BYTES, behind, header};

/// What proves the target at `path`.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The path.
    pub path: String,
    /// The roots, from the pinned one on.
    pub roots: Vec<Vec<u8>>,
    /// The top-level targets role.
    pub targets: Vec<u8>,
    /// The role that it trusts for the path.
    pub product: Vec<u8>,
}

impl Evidence {
    /// The bytes of an area from its start on, those between documents as `blank`.
    ///
    /// # Panics
    /// Beyond 255 roots.
    pub fn bytes(&self, blank: u8) -> Vec<u8> {
        let roots = u8::try_from(self.roots.len()).expect("few roots");
        let mut bytes = header(roots, &self.path).to_vec();
        let mut at = EVIDENCE_HEADER_BYTES;
        let roles = [&self.targets, &self.product];
        for document in self.roots.iter().chain(roles) {
            let length = u32::try_from(document.len()).expect("a document of kilobytes");
            let mut head = [0; DOCUMENT_HEAD_BYTES as usize];
            head[..4].copy_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(document);
            at = behind(at, length);
            bytes.resize(at as usize, blank);
        }
        bytes
    }
}
