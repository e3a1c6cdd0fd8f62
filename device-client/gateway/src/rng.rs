//! The one place that draws randomness: for spreading polls, nothing else.

/// A number below `limit`, or 0 where the system has no randomness to give.
pub(crate) fn below(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    #[expect(
        clippy::disallowed_methods,
        reason = "the one source of randomness of the agent"
    )]
    let drawn = getrandom::fill(&mut bytes);
    drawn.map_or(0, |()| u64::from_le_bytes(bytes) % limit.max(1))
}
