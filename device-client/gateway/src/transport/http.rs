//! HTTP (RFC 9110) without redirects: an origin that moves a device elsewhere is no origin.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, UNIX_EPOCH};

use sealift_metadata::Time;

use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::pace::Paced;
use super::{Failure, Reply, Request};
use crate::VERSION;
use crate::clock::{Clock, now};
use crate::limits::{
    ANSWER_SECONDS, BODY_SECONDS, CONNECT_SECONDS, HEADER_BYTES, PIECE_BYTES, RETRY_AFTER_SECONDS,
    STALL_SECONDS,
};

/// A client that keeps its connections.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// The longest pause that each host asked for, in seconds.
    pauses: RefCell<BTreeMap<String, u64>>,
}

impl Client {
    /// A client that is patient with slow origins.
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// A client that gives an origin so many seconds for an answer, its end included.
    pub(crate) fn hasty(seconds: u64) -> Self {
        Self::with(Some(Duration::from_secs(seconds)))
    }

    fn with(whole: Option<Duration>) -> Self {
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
            .timeout_global(whole)
            .build();
        Self {
            agent: config.new_agent(),
            pauses: RefCell::default(),
        }
    }

    /// How long all hosts of these URLs that answered asked to be left alone, in seconds
    /// (RFC 9110 10.2.3), whatever else they said: one of them alone cannot silence a device that
    /// has others for the same.
    pub(super) fn pause_asked<'u>(&self, urls: impl Iterator<Item = &'u str>) -> u64 {
        let pauses = self.pauses.borrow();
        let asked = urls.filter_map(|url| pauses.get(host_of(url)));
        asked.min().copied().unwrap_or(0)
    }

    fn note_pause(&self, base: &str, headers: &HeaderMap) {
        let asked = retry_after(headers, now()).unwrap_or(0);
        let mut pauses = self.pauses.borrow_mut();
        let pause = pauses.entry(host_of(base).to_owned()).or_insert(0);
        *pause = asked.max(*pause);
    }

    /// Asks for an object below `base`.
    pub(crate) fn get(&self, base: &str, request: &Request<'_>) -> Result<Reply, Failure> {
        // A `+` in a path stands for itself, but some servers read it as a space (RFC 3986 3.3).
        let url = format!("{base}/{}", request.address.replace('+', "%2B"));
        let mut call = self.agent.get(&url);
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
        self.note_pause(base, response.headers());
        answer(response, &url, request)
    }
}

/// The scheme and the host of a URL.
fn host_of(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map(|(end, _)| end);
    end.and_then(|end| url.get(..end)).unwrap_or(url)
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
            return Err(Failure::Status { url: url(), status });
        }
    };
    let clock = Clock::from(Time::EPOCH);
    let mut body = Paced::new(body.as_reader(), || clock.now().seconds());
    let bytes = read(&mut body, skip, request.max).map_err(|error| Failure::Broken {
        url: url(),
        reason: error.to_string(),
    })?;
    if ends_at(&head.headers, skip + bytes.len() as u64) {
        // Once the end was seen the connection serves the next block: no handshake for each.
        let _ = body.read(&mut [0]);
    }
    let etag = head.headers.get("etag").and_then(|etag| etag.to_str().ok());
    let etag = etag.map(ToOwned::to_owned);
    Ok(Reply::Bytes { bytes, etag })
}

/// Reads past `skip` bytes, then at most `max`; the rest is never asked of the network.
fn read(body: &mut impl Read, skip: u64, max: usize) -> std::io::Result<Vec<u8>> {
    std::io::copy(&mut body.by_ref().take(skip), &mut std::io::sink())?;
    let most = u64::try_from(max).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(max.min(PIECE_BYTES));
    body.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether the body says that it ends where we stop reading.
fn ends_at(headers: &HeaderMap, end: u64) -> bool {
    let length = headers.get("content-length");
    let length = length.and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()) == Some(end)
}

/// The first position of `Content-Range: bytes FIRST-LAST/LENGTH` (RFC 9110 14.4).
fn starts_at(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get("content-range")?.to_str().ok()?;
    let (first, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    first.parse().ok()
}

/// `Retry-After`, given in seconds or as a date, in seconds from now (RFC 9110 10.2.3). Now is what
/// the answer itself calls so, where it does: the clock of a device may never have been set.
fn retry_after(headers: &HeaderMap, now: Time) -> Option<u64> {
    let text = headers.get("retry-after")?.to_str().ok()?;
    let seconds = text.parse().ok().or_else(|| {
        let sent = headers.get("date").and_then(|date| date.to_str().ok());
        let now = sent.and_then(seconds_of).unwrap_or(now.seconds());
        Some(seconds_of(text)?.saturating_sub(now))
    })?;
    Some(seconds.min(RETRY_AFTER_SECONDS))
}

/// An HTTP date in seconds since 1970 (RFC 9110 5.6.7).
fn seconds_of(date: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(date).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
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
        let now = Time::parse("2026-11-21T11:58:30Z").unwrap();
        for (text, expected) in [
            ("120", Some(120)),
            ("99999999999", Some(RETRY_AFTER_SECONDS)),
            ("-1", None),
            ("Sat, 21 Nov 2026 12:00:00 GMT", Some(90)),
            ("Saturday, 21-Nov-26 12:00:00 GMT", Some(90)),
            ("Sat Nov 21 12:00:00 2026", Some(90)),
            ("Fri, 20 Nov 2026 12:00:00 GMT", Some(0)),
            ("Wed, 21 Nov 2029 12:00:00 GMT", Some(RETRY_AFTER_SECONDS)),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
        let mut headers = HeaderMap::new();
        let later = "Sat, 21 Nov 2026 12:00:00 GMT".parse().unwrap();
        headers.insert("retry-after", later);
        headers.insert("date", "Sat, 21 Nov 2026 11:59:00 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers, Time::EPOCH), Some(60), "no clock");
    }

    #[test]
    fn a_pause_is_obeyed_whatever_else_was_answered() {
        use std::io::Write as _;
        let origin = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", origin.local_addr().unwrap());
        let serve = std::thread::spawn(move || {
            let (mut peer, _) = origin.accept().unwrap();
            let mut asked = [0; 1024];
            assert!(peer.read(&mut asked).unwrap() > 0);
            let answer = "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 1\r\n\r\nx";
            peer.write_all(answer.as_bytes()).unwrap();
        });
        let client = Client::new();
        let request = Request {
            address: "timestamp.json",
            offset: 0,
            max: 10,
            is_part: false,
            etag: None,
        };
        let reply = client.get(&base, &request).unwrap();
        assert!(matches!(reply, Reply::Bytes { bytes, .. } if bytes == b"x"));
        let other = "http://127.0.0.1/targets";
        client.note_pause(other, &HeaderMap::new());
        let below = format!("{base}/targets");
        for (urls, expected) in [
            (vec![base.as_str()], 7),
            (vec![&below], 7),
            (vec![&base, "http://127.0.0.2/never/asked"], 7),
            (vec![&base, other], 0),
            (vec![], 0),
        ] {
            let asked = client.pause_asked(urls.iter().copied());
            assert_eq!(asked, expected, "{urls:?}");
        }
        serve.join().unwrap();
    }

    #[test]
    fn no_more_is_read_than_was_asked_for() {
        let mut endless = std::io::repeat(7);
        assert_eq!(read(&mut endless, 1000, 3).unwrap(), [7, 7, 7]);
        assert_eq!(read(&mut &b"abcdef"[..], 2, 3).unwrap(), b"cde");
        assert_eq!(read(&mut &b"abc"[..], 9, 3).unwrap(), b"");
    }
}
