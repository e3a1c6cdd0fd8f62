//! The one source of randomness.

/// 256 random bits.
///
/// # Errors
/// What the operating system says when it has none to give.
#[expect(
    clippy::disallowed_methods,
    reason = "the one source of randomness of the server"
)]
pub fn bits_256() -> Result<[u8; 32], getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(bits)
}
