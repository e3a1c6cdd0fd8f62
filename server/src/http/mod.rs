//! What every endpoint shares.

/// Request bodies, capped and with deadlines.
pub mod body;
/// Who is calling.
pub mod caller;
/// Conditional requests and ranges.
pub mod content;
/// Repositories and digests in paths.
pub mod path;
/// Facts as `application/problem+json`.
pub mod problem;
/// Request ids, the access log, and the headers of every answer.
pub mod request;

/// What is wrong with a change, as an answer.
mod refusal;

pub use problem::Problem;
