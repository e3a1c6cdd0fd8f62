//! `/healthz`

/// `GET`: 200 while the server answers.
pub async fn get() -> &'static str {
    "ok"
}
