//! Who may sign: the roles of a root, and the delegations of the top-level targets role.

use sealift_metadata::write::{KeySpec, Value};

use super::rest::Sides;
use super::{Item, Mark};
use crate::settings::Settings;

pub(super) fn of_root(settings: &Settings, sides: &mut Sides) -> Vec<Item> {
    let keys = sides.take_sides("keys");
    let mut roles = sides.take_sides("roles");
    let used = keyids_of(roles.new_side().values());
    let was_used = keyids_of(roles.old().values());
    let mut items = Vec::new();
    for name in roles.names() {
        let mut role = roles.take_sides(&name);
        items.extend(signers(settings, &format!("role {name}"), &mut role, &keys));
        items.extend(role.into_rest_of(&format!("roles > {name}")));
    }
    items.extend(roles.into_rest_of("roles"));
    items.extend(changed_keys(&keys, &used));
    items.extend(gone_keys(&keys, &was_used, &used));
    items
}

pub(super) fn of_delegations(settings: &Settings, sides: &mut Sides) -> Vec<Item> {
    if sides.old().is_empty() {
        sides.take_if_new("targets", &Value::from([]));
    }
    let mut delegations = sides.take_sides("delegations");
    let keys = delegations.take_sides("keys");
    let (old, new) = delegations.take("roles");
    let used = keyids_of(new.iter().filter_map(Value::as_array).flatten());
    let was_used = keyids_of(old.iter().filter_map(Value::as_array).flatten());
    let (old, new) = (by_name(old.as_ref()), by_name(new.as_ref()));
    let mut items = Vec::new();
    for (name, role) in &new {
        let before = old.iter().find(|(other, _)| other == name);
        let mut role = Sides::new(before.map(|(_, role)| *role), role);
        let what = format!("delegation to {name}");
        items.extend(signers(settings, &what, &mut role, &keys));
        role.take("name");
        items.extend(reach(&what, &mut role));
        items.extend(role.into_rest_of(&what));
    }
    for (name, _) in &old {
        if !new.iter().any(|(other, _)| other == name) {
            items.push(Item::new(Mark::Remove, format!("delegation to {name}")));
        }
    }
    items.extend(changed_order(&old, &new));
    items.extend(delegations.into_rest_of("delegations"));
    items.extend(changed_keys(&keys, &used));
    items.extend(gone_keys(&keys, &was_used, &used));
    items
}

/// Which paths a delegation is for, and whether the search for a file ends with it.
fn reach(what: &str, role: &mut Sides) -> Vec<Item> {
    let mut items = Vec::new();
    let (old, new) = role.take("paths");
    if old != new {
        let list = |paths: Option<&Value>| match strings(paths).join(", ") {
            none if none.is_empty() => "nothing".to_owned(),
            some => some,
        };
        items.push(match &old {
            None => Item::new(
                Mark::Add,
                format!("{what}: may sign for {}", list(new.as_ref())),
            ),
            Some(_) => Item::new(
                Mark::Change,
                format!(
                    "{what}: may sign for {} -> {}",
                    list(old.as_ref()),
                    list(new.as_ref())
                ),
            ),
        });
    }
    // The only value that Sealift writes; any other is shown as it stands.
    if role.old().is_empty() || role.old().get("terminating") == Some(&Value::Bool(true)) {
        role.take_if_new("terminating", &Value::Bool(true));
    }
    items
}

fn by_name(roles: Option<&Value>) -> Vec<(&str, &Value)> {
    let roles = roles.and_then(Value::as_array).unwrap_or_default();
    let name = |role| Value::get(role, "name").and_then(Value::as_str);
    roles
        .iter()
        .map(|role| (name(role).unwrap_or_default(), role))
        .collect()
}

/// The order of delegations is their priority (TUF 4.5).
fn changed_order(old: &[(&str, &Value)], new: &[(&str, &Value)]) -> Option<Item> {
    let names = |list: &[(&str, &Value)], others: &[(&str, &Value)]| -> Vec<String> {
        list.iter()
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| others.iter().any(|(other, _)| other == name))
            .collect()
    };
    let (before, after) = (names(old, new), names(new, old));
    (before != after).then(|| {
        Item::new(
            Mark::Change,
            format!("priority: {} -> {}", before.join(", "), after.join(", ")),
        )
    })
}

/// The threshold and the keys of a role or delegation.
fn signers(settings: &Settings, what: &str, role: &mut Sides, keys: &Sides) -> Vec<Item> {
    let is_fresh = role.old().is_empty();
    let (old_threshold, threshold) = role.take("threshold");
    let (old_ids, ids) = role.take("keyids");
    let (old_ids, ids) = (strings(old_ids.as_ref()), strings(ids.as_ref()));
    let number = |value: Option<Value>| match value {
        Some(value) => String::from_utf8_lossy(&value.encode()).into_owned(),
        None => "none".to_owned(),
    };
    let (old_threshold, threshold) = (number(old_threshold), number(threshold));
    let mut items = Vec::new();
    if is_fresh {
        let text = format!("{what}: {threshold} of {} must sign", ids.len());
        items.push(Item::new(Mark::Add, text));
    } else if old_threshold != threshold {
        let text = format!("{what}: threshold {old_threshold} -> {threshold}");
        items.push(Item::new(Mark::Change, text));
    }
    let line = |mark, keyid: &str| {
        let name = settings.name_of(keyid).unwrap_or("(no name)");
        Item::new(mark, format!("{what}: {name}")).with("key id", keyid)
    };
    for keyid in ids.iter().filter(|keyid| !old_ids.contains(keyid)) {
        items.push(line(Mark::Add, keyid));
        let key = keys.new_side().get(keyid);
        items.extend(key.and_then(|key| strange_key(keyid, key)));
    }
    for keyid in old_ids.iter().filter(|keyid| !ids.contains(keyid)) {
        items.push(line(Mark::Remove, keyid));
    }
    let keyless = ids.iter().filter(|id| !keys.new_side().contains_key(*id));
    items.extend(keyless.map(|keyid| {
        let text = format!("{what}: lists an id without a key, which cannot sign");
        Item::new(Mark::Warn, text).with("key id", keyid)
    }));
    items
}

fn strings(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(|value| value.as_str().map(ToOwned::to_owned))
        .collect()
}

/// A key under an id that is not its own: somebody may want it to be taken for another.
fn strange_key(keyid: &str, key: &Value) -> Option<Item> {
    let own = KeySpec::from_value(key).ok();
    if own.is_some_and(|own| own.keyid() == keyid && own.value() == key) {
        return None;
    }
    Some(
        Item::new(Mark::Warn, "this key is not the one that its id stands for")
            .with("key id", keyid)
            .with("key", String::from_utf8_lossy(&key.encode())),
    )
}

fn keyids_of<'a>(roles: impl Iterator<Item = &'a Value>) -> Vec<String> {
    roles.flat_map(|role| strings(role.get("keyids"))).collect()
}

/// Keys that come and go with a role need no words of their own. One that changes under its id
/// does, and so does one that no role names.
fn changed_keys(keys: &Sides, used: &[String]) -> Vec<Item> {
    let text = |value: &Value| String::from_utf8_lossy(&value.encode()).into_owned();
    let mut items = Vec::new();
    for (keyid, key) in keys.new_side() {
        match keys.old().get(keyid) {
            Some(before) if before == key => {}
            Some(before) => items.push(
                Item::new(Mark::Warn, "a key changes under the same id")
                    .with("key id", keyid.clone())
                    .with("was", text(before))
                    .with("becomes", text(key)),
            ),
            None if used.contains(keyid) => {}
            None => items.push(
                Item::new(Mark::Add, "a key that no role names")
                    .with("key id", keyid.clone())
                    .with("key", text(key)),
            ),
        }
    }
    items
}

/// Keys that go. Where an id goes from its role, the role's own line says so.
fn gone_keys(keys: &Sides, was_used: &[String], used: &[String]) -> Vec<Item> {
    let text = |value: &Value| String::from_utf8_lossy(&value.encode()).into_owned();
    let is_gone = |keyid: &String| !keys.new_side().contains_key(keyid);
    let mut items = Vec::new();
    for (keyid, key) in keys.old().iter().filter(|(keyid, _)| is_gone(keyid)) {
        let what = if used.contains(keyid) {
            "the key of an id goes, and the id stays"
        } else if was_used.contains(keyid) {
            continue;
        } else {
            "a key that no role names"
        };
        items.push(
            Item::new(Mark::Remove, what)
                .with("key id", keyid.clone())
                .with("key", text(key)),
        );
    }
    items
}
