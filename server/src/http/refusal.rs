//! What is wrong with a change, as an answer: the fact's code, and its fields for a program.

use axum::http::StatusCode;
use sealift_metadata::Error;

use super::Problem;
use crate::publish::Refusal;

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let (status, title) = match refusal {
            Refusal::Stale { .. } => (StatusCode::CONFLICT, "The repository has moved on"),
            Refusal::RootMissing => (StatusCode::CONFLICT, "The repository has no root"),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "The change was refused"),
        };
        let problem = Self::new(status, refusal.code(), title).detail(refusal.to_string());
        add_fields(problem, refusal)
    }
}

fn add_fields(problem: Problem, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Metadata { role, error } => add_error(problem.field("role", role.as_str()), error),
        Refusal::Stale {
            role,
            current,
            offered,
        } => problem
            .field("role", role.as_str())
            .field("current", *current)
            .field("offered", *offered),
        Refusal::UnknownRole { role }
        | Refusal::ReservedRole { role }
        | Refusal::DuplicateRole { role }
        | Refusal::OnlineKeyOffline { role } => problem.field("role", role.as_str()),
        Refusal::ForeignOnlineKeys { role } => problem.field("role", *role),
        Refusal::TooMany { what, most } => problem.field("what", *what).field("most", *most),
        Refusal::DelegationOverlap {
            delegator,
            one,
            other,
        } => problem
            .field("role", delegator.as_str())
            .field("patterns", vec![one.as_str(), other.as_str()]),
        Refusal::PathOutsideRole { role, path } => problem
            .field("role", role.as_str())
            .field("path", path.as_str()),
        Refusal::MissingBlob {
            path,
            length,
            sha256,
        } => problem
            .field("path", path.as_str())
            .field("length", *length)
            .field("sha256", sha256.to_string()),
        Refusal::BuiltInFuture {
            path,
            built,
            latest,
        } => problem
            .field("path", path.as_str())
            .field("built", built.to_string())
            .field("latest", latest.to_string()),
        Refusal::MisplacedTarget { path }
        | Refusal::BlockTable { path }
        | Refusal::EncodingMismatch { path }
        | Refusal::ReleaseSet { path }
        | Refusal::TargetChanged { path }
        | Refusal::ForeignJudgeTarget { path } => problem.field("path", path.as_str()),
        Refusal::RootMissing | Refusal::ForeignJudge(_) => problem,
    }
}

fn add_error(problem: Problem, error: &Error) -> Problem {
    let problem = problem.field("number", error.code());
    match error {
        Error::Json { at, .. } => problem.field("at", *at),
        Error::Threshold { valid, needed, .. } => {
            problem.field("valid", *valid).field("needed", *needed)
        }
        Error::Rollback { floor, offered, .. } => {
            problem.field("floor", *floor).field("offered", *offered)
        }
        Error::WrongVersion {
            promised, offered, ..
        } => problem
            .field("promised", *promised)
            .field("offered", *offered),
        Error::Expired { at, .. } => problem.field("expired", at.to_string()),
        Error::Missing(what)
        | Error::Invalid(what)
        | Error::TooLarge(what)
        | Error::DeviceProfile(what) => problem.field("what", *what),
        _ => problem,
    }
}
