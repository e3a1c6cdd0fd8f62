//! The arrows of the house: who may depend on whom, and what never enters a device.

use std::collections::BTreeSet;
use std::process::Command;

/// Crates in a device, each of which works without an allocator.
const IN_A_DEVICE: &[&str] = &[
    "adler2",
    "block-buffer",
    "byteorder",
    "cfg-if",
    "cpufeatures",
    "crypto-common",
    "curve25519-dalek",
    "digest",
    "embedded-storage",
    "hash32",
    "heapless",
    "hybrid-array",
    "miniz-oxide",
    "sealift-device",
    "sealift-metadata",
    "sha2",
    "stable_deref_trait",
    "subtle",
    "typenum",
];

/// Crates that talk to a network.
const NETWORK: &[&str] = &[
    "hyper", "mio", "reqwest", "rustls", "socket2", "tokio", "ureq",
];

/// Crates that call others, as clients over HTTP.
const CLIENTS: &[&str] = &[
    "curl",
    "hyper-rustls",
    "isahc",
    "native-tls",
    "reqwest",
    "rustls",
    "ureq",
];

/// How the standard library and tokio call others, look up names, and start processes.
const CALLS: &[&str] = &[
    "Command",
    "TcpSocket",
    "TcpStream::connect",
    "ToSocketAddrs",
    "UdpSocket",
    "UnixStream",
    "lookup_host",
];

/// The sources of the server that are not tests, with their paths.
fn server_sources() -> Vec<(String, String)> {
    let mut folders = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/../server/src").into()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        let folder: std::path::PathBuf = folder;
        for entry in std::fs::read_dir(folder).expect("the server is there") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source text");
            let own = text.split("#[cfg(test)]").next().unwrap_or_default();
            sources.push((path.display().to_string(), own.to_owned()));
        }
    }
    assert!(sources.len() > 50, "{}", sources.len());
    sources
}

/// What `package` is built from.
fn tree(package: &str, extra: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ])
        .args(["--package", package])
        .args(extra)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("names are ASCII");
    text.lines()
        .map(|line| line.trim_end_matches(" (*)").trim().replace('_', "-"))
        .collect()
}

#[test]
fn nothing_in_a_device_needs_an_allocator() {
    let allowed: BTreeSet<String> = IN_A_DEVICE
        .iter()
        .map(|name| name.replace('_', "-"))
        .collect();
    let strangers: Vec<_> = tree("sealift-device", &["--all-features"])
        .difference(&allowed)
        .cloned()
        .collect();
    assert!(
        strangers.is_empty(),
        "is it free of an allocator? {strangers:?}"
    );
}

#[test]
fn the_no_std_crates_are_no_std_and_free_of_unsafe_code() {
    for lib in ["metadata/src/lib.rs", "device-client/src/lib.rs"] {
        let path = format!("{}/../{lib}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("the crate is there");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{lib}");
        assert!(
            text.contains("#![no_std]")
                || text.contains("#![cfg_attr(not(feature = \"write\"), no_std)]"),
            "{lib}"
        );
    }
}

#[test]
fn server_and_signer_know_no_device_and_nobody_knows_the_server() {
    for package in ["sealift-server", "sealift", "sealift-metadata"] {
        assert!(!tree(package, &[]).contains("sealift-device"), "{package}");
    }
    for package in [
        "sealift",
        "sealift-gateway",
        "sealift-device",
        "sealift-metadata",
    ] {
        assert!(!tree(package, &[]).contains("sealift-server"), "{package}");
    }
}

#[test]
fn a_signer_built_for_a_machine_without_a_network_has_no_network_code() {
    let offline = tree("sealift", &["--no-default-features"]);
    for name in NETWORK {
        assert!(!offline.contains(*name), "{name}");
    }
    assert!(
        tree("sealift", &[]).contains("ureq"),
        "the check would find it"
    );
}

#[test]
fn the_server_calls_nobody_and_starts_nothing() {
    let tree = tree("sealift-server", &[]);
    for name in CLIENTS {
        assert!(!tree.contains(*name), "{name}");
    }
    for (path, text) in server_sources() {
        for call in CALLS {
            assert!(!text.contains(call), "{path}: {call}");
        }
    }
}

#[test]
fn sql_is_constant_text_and_has_one_home() {
    for (path, text) in server_sources() {
        let is_home = path.contains("/src/db/");
        assert!(is_home || !text.contains("sqlx::query"), "{path}");
        // What is no constant needs one of these to pass for SQL.
        for way in ["AssertSqlSafe", "QueryBuilder", "raw_sql"] {
            assert!(!text.contains(way), "{path}: {way}");
        }
    }
}

#[test]
fn the_walks_of_the_architecture_name_files_and_functions_that_exist() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let tracked = Command::new("git")
        .args(["ls-files", "*.rs"])
        .current_dir(root)
        .output();
    let tracked = String::from_utf8(tracked.expect("git runs").stdout).expect("names are ASCII");
    let sources: Vec<(&str, String)> = tracked
        .lines()
        .filter_map(|path| {
            Some((
                path,
                std::fs::read_to_string(format!("{root}/{path}")).ok()?,
            ))
        })
        .collect();
    let text = std::fs::read_to_string(format!("{root}/ARCHITECTURE.md")).expect("is there");
    let walks = text
        .split("## Walk ")
        .skip(1)
        .map(|walk| walk.split("\n## ").next().unwrap_or(""));
    let mut named = 0;
    for token in walks.flat_map(|walk| walk.split('`').skip(1).step_by(2)) {
        let name = token.rsplit("::").next().unwrap_or(token);
        let is_file = token
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "rs");
        if !is_file
            && !name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            continue;
        }
        let function = format!("fn {name}");
        let exists = sources.iter().any(|(path, source)| {
            if is_file {
                path.ends_with(token)
            } else {
                source.contains(&function)
            }
        });
        assert!(exists, "ARCHITECTURE.md names `{token}`");
        named += 1;
    }
    assert!(named > 30, "the walks name {named} places");
}
