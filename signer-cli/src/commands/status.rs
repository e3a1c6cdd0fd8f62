//! `sealift status`: who has signed, who has not, and what expires when.

use std::fmt::Write as _;

use sealift_metadata::Time;
use sealift_metadata::write::Value;
use serde_json::json;

use crate::ceremony::Ceremony;
use crate::change::Change;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::limits::{DAY_SECONDS, EXPIRY_WARNING_DAYS};
use crate::names::RoleId;
use crate::settings::Settings;
use crate::tally::{Progress, Tally};
use crate::view::View;
use crate::world::{Context, Report};

/// Shows the state of every change and of every document in force. Nothing of it is stored:
/// it is worked out from the files.
///
/// # Errors
/// What cannot be read.
pub fn run(context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open(&context.dir)?;
    let view = View::load(&ceremony)?;
    let settings = &ceremony.settings;
    let mut text = format!("repository {}\n\nchanges\n", settings.repository);
    let (mut changes, mut known, mut exit) = (Vec::new(), Vec::new(), Exit::Done);
    for change in view.changes() {
        let progress = Progress::of(&view, change)?;
        if !progress.is_complete() {
            exit = Exit::Waiting;
        }
        text.push_str(&change_line(settings, change, &progress));
        changes.push(change_json(settings, change, &progress));
    }
    for role in view.landed() {
        let name = role.as_str();
        let _ = writeln!(text, "  {name:<12} published; the next push clears it");
    }
    if changes.is_empty() && view.landed().is_empty() {
        text.push_str("  none\n");
    }
    text.push_str("\nin force\n");
    for role in view.known_roles() {
        let (line, value) = in_force(&view, role, context.world.now)?;
        text.push_str(&line);
        known.push(value);
    }
    if known.is_empty() {
        text.push_str("  nothing yet\n");
    }
    let landed: Vec<&str> = view.landed().iter().map(RoleId::as_str).collect();
    Ok(Report {
        text,
        json: json!({
            "repository": settings.repository.as_str(),
            "changes": changes,
            "published": landed,
            "in_force": known,
        }),
        exit,
    })
}

fn change_line(settings: &Settings, change: &Change, progress: &Progress) -> String {
    let rest = if progress.is_complete() {
        "complete".to_owned()
    } else {
        format!("waiting for {}", progress.waiting_for(settings))
    };
    let mut line = format!(
        "  {:<12} version {:<4} {}, {rest}\n",
        change.role.as_str(),
        change.version,
        progress.summary()
    );
    for keyid in &progress.ignored {
        let name = settings.call(keyid);
        let _ = writeln!(line, "  {:<12} the signature of {name} does not count", "");
    }
    line
}

fn change_json(settings: &Settings, change: &Change, progress: &Progress) -> serde_json::Value {
    let people = |keyids: &[String]| -> serde_json::Value {
        keyids
            .iter()
            .map(|keyid| json!({"name": settings.name_of(keyid), "keyid": keyid}))
            .collect()
    };
    let tallies: Vec<_> = progress
        .tallies
        .iter()
        .map(|tally: &Tally| {
            json!({
                "label": tally.label,
                "threshold": tally.threshold,
                "signed": people(&tally.signed),
                "missing": people(&tally.missing),
            })
        })
        .collect();
    let checked: serde_json::Map<String, serde_json::Value> = change
        .signatures
        .iter()
        .map(|signature| (signature.keyid.clone(), signature.checked.as_str().into()))
        .collect();
    json!({
        "role": change.role.as_str(),
        "version": change.version,
        "payload_sha256": change.digest.to_string(),
        "complete": progress.is_complete(),
        "tallies": tallies,
        "checked": checked,
        "ignored": people(&progress.ignored),
    })
}

fn in_force(view: &View, role: &RoleId, now: Time) -> Result<(String, serde_json::Value)> {
    let document = view.known(role).ok_or_else(|| Error::NoChange {
        role: role.to_string(),
    })?;
    let expires = document.value.get("expires").and_then(Value::as_str);
    let expires = Time::parse(expires.unwrap_or_default()).map_err(Error::metadata(role))?;
    let days_left = expires.seconds().saturating_sub(now.seconds()) / DAY_SECONDS;
    let left = if expires <= now {
        "EXPIRED: devices install nothing until it is renewed".to_owned()
    } else if days_left < EXPIRY_WARNING_DAYS {
        format!("{days_left} days left: renew it soon")
    } else {
        format!("{days_left} days left")
    };
    let line = format!(
        "  {:<12} version {:<4} expires {expires}, {left}\n",
        role.as_str(),
        document.version
    );
    let value = json!({
        "role": role.as_str(),
        "version": document.version,
        "expires": expires.to_string(),
        "expired": expires <= now,
        "days_left": days_left,
    });
    Ok((line, value))
}
