//! HTTP (RFC 9110) without redirects: an origin that moves a device elsewhere is no origin.

use std::io::Read;
use std::time::Duration;

use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::{Failure, Reply, Request};
use crate::VERSION;
use crate::limits::{
    ANSWER_SECONDS, BODY_SECONDS, CONNECT_SECONDS, HEADER_BYTES, RETRY_AFTER_SECONDS, STALL_SECONDS,
};

/// A client that keeps its connections.
#[derive(Debug)]
pub(crate) struct Client(Agent);

impl Client {
    pub(crate) fn new() -> Self {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let config = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(format!("sealift-gateway/{VERSION}"))
            .accept_encoding("identity")
            .max_response_header_size(HEADER_BYTES)
            .timeout_resolve(seconds(CONNECT_SECONDS))
            .timeout_connect(seconds(CONNECT_SECONDS))
            .timeout_recv_response(seconds(ANSWER_SECONDS))
            .timeout_per_read(seconds(STALL_SECONDS))
            .timeout_recv_body(seconds(BODY_SECONDS))
            .build();
        Self(config.new_agent())
    }

    /// Asks for an object below `base`.
    pub(crate) fn get(&self, base: &str, request: &Request<'_>) -> Result<Reply, Failure> {
        // A `+` in a path stands for itself, but some servers read it as a space (RFC 3986 3.3).
        let url = format!("{base}/{}", request.address.replace('+', "%2B"));
        let mut call = self.0.get(&url);
        if request.is_part {
            let last = last_byte(request);
            call = call.header("Range", format!("bytes={}-{last}", request.offset));
        }
        if let Some(etag) = request.etag {
            call = call.header("If-None-Match", etag);
        }
        let response = call.call().map_err(|error| Failure::Connection {
            url: url.clone(),
            reason: error.to_string(),
        })?;
        answer(response, &url, request)
    }
}

fn last_byte(request: &Request<'_>) -> u64 {
    let length = u64::try_from(request.max).unwrap_or(u64::MAX);
    request.offset.saturating_add(length).saturating_sub(1)
}

fn answer(response: Response<Body>, url: &str, request: &Request<'_>) -> Result<Reply, Failure> {
    let (head, mut body) = response.into_parts();
    let url = || url.to_owned();
    let skip = match head.status.as_u16() {
        200 => request.offset,
        206 if request.is_part && starts_at(&head.headers) == Some(request.offset) => 0,
        206 => return Err(Failure::Range { url: url() }),
        304 if request.etag.is_some() => return Ok(Reply::NotModified),
        403 | 404 | 410 => return Ok(Reply::Absent),
        status => {
            return Err(Failure::Status {
                url: url(),
                status,
                retry_after_seconds: retry_after(&head.headers),
            });
        }
    };
    let bytes =
        read(&mut body.as_reader(), skip, request.max).map_err(|error| Failure::Broken {
            url: url(),
            reason: error.to_string(),
        })?;
    let etag = head.headers.get("etag").and_then(|etag| etag.to_str().ok());
    let etag = etag.map(ToOwned::to_owned);
    Ok(Reply::Bytes { bytes, etag })
}

/// Reads past `skip` bytes, then at most `max`; the rest is never asked of the network.
fn read(body: &mut impl Read, skip: u64, max: usize) -> std::io::Result<Vec<u8>> {
    std::io::copy(&mut body.by_ref().take(skip), &mut std::io::sink())?;
    let most = u64::try_from(max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    body.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first position of `Content-Range: bytes FIRST-LAST/LENGTH` (RFC 9110 14.4).
fn starts_at(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get("content-range")?.to_str().ok()?;
    let (first, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    first.parse().ok()
}

/// `Retry-After` in seconds (RFC 9110 10.2.3); a date is left to the usual pause between polls.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(seconds.min(RETRY_AFTER_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_range_says_where_it_starts() {
        for (text, expected) in [
            ("bytes 7-9/10", Some(7)),
            ("bytes 0-0/*", Some(0)),
            ("bytes */10", None),
            ("items 7-9/10", None),
            ("bytes -9/10", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("content-range", text.parse().unwrap());
            assert_eq!(starts_at(&headers), expected, "{text}");
        }
    }

    #[test]
    fn an_origin_cannot_silence_a_device_for_ever() {
        for (text, expected) in [
            ("120", Some(120)),
            ("99999999999", Some(RETRY_AFTER_SECONDS)),
            ("-1", None),
            ("Sat, 21 Nov 2026 12:00:00 GMT", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            assert_eq!(retry_after(&headers), expected, "{text}");
        }
    }

    #[test]
    fn no_more_is_read_than_was_asked_for() {
        let mut endless = std::io::repeat(7);
        assert_eq!(read(&mut endless, 1000, 3).unwrap(), [7, 7, 7]);
        assert_eq!(read(&mut &b"abcdef"[..], 2, 3).unwrap(), b"cde");
        assert_eq!(read(&mut &b"abc"[..], 9, 3).unwrap(), b"");
    }
}
