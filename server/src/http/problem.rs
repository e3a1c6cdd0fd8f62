//! Facts as `application/problem+json` (RFC 9457).

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::blobs::UploadError;
use crate::db::DbError;
use crate::publish::PublishError;
use crate::repository::LoadError;

/// What an endpoint answers when it does not do what was asked.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    fields: Vec<(String, Value)>,
}

impl Problem {
    /// A problem with a stable code.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
            detail: String::new(),
            fields: Vec::new(),
        }
    }

    /// Says more, for a person.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Says more, for a program.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// There is nothing here.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here")
    }

    /// The caller is not known.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed")
            .detail("Send the header `Authorization: Bearer <token>` with a token that is not expired or revoked; `sealift-server token create` makes one.")
    }

    /// What was sent is too long.
    pub fn too_large(most: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "What was sent is too long",
        )
        .detail(format!("At most {most} bytes are taken here."))
        .field("most", most)
    }

    /// The server is busy; come back.
    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The server is busy",
        )
        .detail("Try again in a moment.")
    }

    /// Something in the server failed. The log says what, the caller does not learn it.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(event = "internal_error", %error, "a request failed: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
        )
        .detail(
            "Its log says why, under the id that the header `x-request-id` of this answer holds.",
        )
    }

    fn storage_full() -> Self {
        tracing::error!(event = "storage_full", "the disk is full");
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "storage_full",
            "The disk is full",
        )
        .detail("Nothing of what was sent is kept.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut members = Map::new();
        let kind = format!("urn:sealift:error:{}", self.code);
        members.insert("type".to_owned(), kind.into());
        members.insert("title".to_owned(), self.title.into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("detail".to_owned(), self.detail.into());
        members.insert("code".to_owned(), self.code.into());
        members.extend(self.fields);
        let mut response = (self.status, Value::Object(members).to_string()).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Full => Self::storage_full(),
            DbError::Sql(sqlx::Error::PoolTimedOut) => Self::busy(),
            error => Self::internal(&error),
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Db(error) => error.into(),
            error @ LoadError::Corrupt { .. } => Self::internal(&error),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge { most } => Self::too_large(most),
            UploadError::Digest { wanted, found } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "digest_mismatch",
                "The bytes are not the ones that the path names",
            )
            .detail(format!("They have the SHA-256 digest {found}."))
            .field("wanted", wanted.to_string())
            .field("found", found.to_string()),
            UploadError::StorageFull => Self::storage_full(),
            error @ UploadError::Io(_) => Self::internal(&error),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Refused(refusal) => (&refusal).into(),
            PublishError::Clock(error) => {
                tracing::error!(event = "clock_untrusted", %error, "nothing is signed: {error}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "clock_untrusted",
                    "The server's clock is wrong",
                )
                .detail(
                    "Nothing is signed until it is right; the log says what it is compared with.",
                )
            }
            PublishError::Db(error) => error.into(),
            PublishError::Load(error) => error.into(),
            PublishError::Busy { .. } => Self::busy(),
            error @ PublishError::Interrupted => Self::internal(&error),
        }
    }
}
