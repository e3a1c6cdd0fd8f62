//! Conditional requests (RFC 9110 13) and ranges (RFC 9110 14) over content that never changes
//! under its name.

/// The `Range` header.
mod range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MATCH,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use sealift_metadata::Digest;

use range::Range;

/// Cached by everybody for a year: the name holds a version or a digest.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Asked about at every use.
pub const REVALIDATE: &str = "public, no-cache";

/// What is served.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Length in bytes.
    pub length: u64,
    /// Digest of the bytes: the strong entity tag.
    pub sha256: Digest,
    /// The media type.
    pub kind: &'static str,
    /// For whom and how long it may be cached.
    pub cache: &'static str,
}

/// What is sent of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 200 and everything.
    Whole,
    /// 206 and `length` bytes from `start` on.
    Part {
        /// The first byte.
        start: u64,
        /// Bytes to send.
        length: u64,
    },
    /// 304: the caller has it.
    NotModified,
    /// 412: the caller wants another.
    PreconditionFailed,
    /// 416: the range lies behind the end.
    Unsatisfiable,
}

impl Content {
    /// Decides what to send, in the order of RFC 9110 13.2.2.
    pub fn plan(&self, method: &Method, headers: &HeaderMap) -> Plan {
        let tag = self.tag();
        if headers.contains_key(IF_MATCH) && !lists(headers, IF_MATCH.as_str(), &tag, false) {
            return Plan::PreconditionFailed;
        }
        if lists(headers, IF_NONE_MATCH.as_str(), &tag, true) {
            return Plan::NotModified;
        }
        // RFC 9110 14.2: ranges are of GET alone. 13.1.5: an `If-Range` that names something
        // else, or a date, asks for everything.
        let if_range = headers.get(IF_RANGE).map(HeaderValue::as_bytes);
        if *method != Method::GET || if_range.is_some_and(|it| it != tag.as_bytes()) {
            return Plan::Whole;
        }
        let mut ranges = headers.get_all(RANGE).iter();
        match (ranges.next(), ranges.next()) {
            (Some(range), None) => match Range::read(range, self.length) {
                Range::Ignored => Plan::Whole,
                Range::Part { start, length } => Plan::Part { start, length },
                Range::Unsatisfiable => Plan::Unsatisfiable,
            },
            _ => Plan::Whole,
        }
    }

    /// The answer of a plan, with every header; `body` is called for what is sent: the first byte
    /// and the number of bytes.
    pub fn answer(&self, plan: Plan, body: impl FnOnce(u64, u64) -> Body) -> Response<Body> {
        let (status, part) = match plan {
            Plan::Whole => (StatusCode::OK, Some((0, self.length))),
            Plan::Part { start, length } => (StatusCode::PARTIAL_CONTENT, Some((start, length))),
            Plan::NotModified => (StatusCode::NOT_MODIFIED, None),
            Plan::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, None),
            Plan::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        };
        let body = part.map_or_else(Body::empty, |(start, length)| body(start, length));
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut set = |name, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        set(ETAG, self.tag());
        match plan {
            // Whatever says that there is nothing to send must not be kept in place of the content.
            Plan::PreconditionFailed | Plan::Unsatisfiable => {
                set(CACHE_CONTROL, "no-store".to_owned());
            }
            _ => set(CACHE_CONTROL, self.cache.to_owned()),
        }
        if let Some((start, length)) = part {
            set(CONTENT_TYPE, self.kind.to_owned());
            set(CONTENT_LENGTH, length.to_string());
            set(ACCEPT_RANGES, "bytes".to_owned());
            if status == StatusCode::PARTIAL_CONTENT {
                let last = start.saturating_add(length).saturating_sub(1);
                set(
                    CONTENT_RANGE,
                    format!("bytes {start}-{last}/{}", self.length),
                );
            }
        }
        if plan == Plan::Unsatisfiable {
            set(CONTENT_RANGE, format!("bytes */{}", self.length));
        }
        response
    }

    fn tag(&self) -> String {
        format!("\"{}\"", self.sha256)
    }
}

/// Whether a list of entity tags holds `tag` or `*`. The weak comparison takes `W/"…"` as well
/// (RFC 9110 8.8.3.2). Our tags hold no comma, so that a list can be cut at commas.
fn lists(headers: &HeaderMap, name: &str, tag: &str, is_weak: bool) -> bool {
    let values = headers.get_all(name).iter();
    let tags = values.filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(',')).any(|listed| {
        let listed = listed.trim_matches([' ', '\t']);
        let strong = listed.strip_prefix("W/").filter(|_| is_weak);
        listed == "*" || strong.unwrap_or(listed) == tag
    })
}

#[cfg(test)]
mod tests;
