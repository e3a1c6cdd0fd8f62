//! The CRC-32 of IEEE 802.3: it finds what noise does to a frame. Against people there are
//! signatures.

/// What the reflected polynomial `edb88320` makes of four bits: a table of 64 bytes, not of 1024.
const TABLE: [u32; 16] = [
    0x0000_0000,
    0x1db7_1064,
    0x3b6e_20c8,
    0x26d9_30ac,
    0x76dc_4190,
    0x6b6b_51f4,
    0x4db2_6158,
    0x5005_713c,
    0xedb8_8320,
    0xf00f_9344,
    0xd6d6_a3e8,
    0xcb61_b38c,
    0x9b64_c2b0,
    0x86d3_d2d4,
    0xa00a_e278,
    0xbdbd_f21c,
];

/// A check of bytes that come one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crc(u32);

impl Crc {
    pub(super) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(super) fn push(&mut self, byte: u8) {
        let step = |crc: u32| {
            let index = usize::try_from(crc & 15).unwrap_or(0);
            crc >> 4 ^ TABLE.get(index).copied().unwrap_or(0)
        };
        self.0 = step(step(self.0 ^ u32::from(byte)));
    }

    pub(super) const fn finish(self) -> u32 {
        !self.0
    }

    pub(super) fn of(parts: &[&[u8]]) -> u32 {
        let mut crc = Self::new();
        for byte in parts.iter().copied().flatten() {
            crc.push(*byte);
        }
        crc.finish()
    }
}
