//! Request bodies, capped and with deadlines.

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::Problem;
use crate::limits::BODY_IDLE_DEADLINE;

/// A body that is read piece by piece.
#[derive(Debug)]
pub struct Incoming {
    stream: BodyDataStream,
    left: u64,
    most: u64,
}

impl Incoming {
    /// A body of at most `most` bytes. One that announces more is refused before it is read.
    ///
    /// # Errors
    /// `too_large`.
    pub fn new(headers: &HeaderMap, body: Body, most: u64) -> Result<Self, Problem> {
        let announced = headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|announced| announced > most) {
            return Err(Problem::too_large(most));
        }
        Ok(Self {
            stream: body.into_data_stream(),
            left: most,
            most,
        })
    }

    /// The next piece; `None` at the end of a body that arrived whole.
    ///
    /// # Errors
    /// `too_large`; `truncated_body` when it ends before its end; `body_timeout` when nothing
    /// comes.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let Ok(next) = timeout(BODY_IDLE_DEADLINE, self.stream.next()).await else {
            return Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                "The body stood still for too long",
            ));
        };
        let Some(piece) = next else { return Ok(None) };
        let piece = piece.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "truncated_body",
                "The body ended before its end",
            )
        })?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| Problem::too_large(self.most))?;
        Ok(Some(piece))
    }

    /// The whole body, in memory: for small ones.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn whole(mut self) -> Result<Vec<u8>, Problem> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads the body to its end and forgets it, so that the caller gets to read the answer.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn forget(mut self) -> Result<(), Problem> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}
