//! Who is calling: the first extractor of every endpoint that is not public.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::Problem;
use crate::app::Shared;
use crate::db::{DbError, tokens};
use crate::name::TokenName;
use crate::token::Token;

/// A caller with a valid token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token's name, for the log.
    pub token: TokenName,
}

/// Why a token was not believed. The caller is told the same in every case.
#[derive(Clone, Copy, Debug)]
enum Refused {
    Missing,
    Malformed,
    Unknown,
    Expired,
    Revoked,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        match identify(parts, shared).await? {
            Ok(caller) => Ok(caller),
            Err(refused) => {
                let event = refused.event();
                tracing::warn!(event, path = parts.uri.path(), "no valid token: {event}");
                Err(Problem::unauthorized())
            }
        }
    }
}

async fn identify(parts: &Parts, shared: &Shared) -> Result<Result<Caller, Refused>, DbError> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        return Ok(Err(Refused::Missing));
    };
    let Some(token) = header.to_str().ok().and_then(read_bearer) else {
        return Ok(Err(Refused::Malformed));
    };
    let Some(row) = tokens::by_digest(&shared.database, &token.digest()).await? else {
        return Ok(Err(Refused::Unknown));
    };
    if row.revoked.is_some() {
        return Ok(Err(Refused::Revoked));
    }
    if row.expires <= shared.clock.now() {
        return Ok(Err(Refused::Expired));
    }
    Ok(Ok(Caller { token: row.name }))
}

fn read_bearer(header: &str) -> Option<Token> {
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Token::parse(token.trim_matches(' '))
}

impl Refused {
    const fn event(self) -> &'static str {
        match self {
            Self::Missing => "authn_token_missing",
            Self::Malformed => "authn_token_malformed",
            Self::Unknown => "authn_token_unknown",
            Self::Expired => "authn_token_expired",
            Self::Revoked => "authn_token_revoked",
        }
    }
}
