//! The signing tool without its network feature cannot reach a network.

use std::process::Command;

fn crates(features: &[&str]) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "--package",
            "sealift",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{lib}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn without_the_feature_online_no_network_crate_is_in_the_tree() {
    const NETWORK: [&str; 11] = [
        "ureq",
        "ureq_proto",
        "rustls",
        "webpki",
        "hyper",
        "h2",
        "http",
        "tokio",
        "socket2",
        "mio",
        "reqwest",
    ];
    let offline = crates(&["--no-default-features"]);
    assert!(offline.contains(&"age".to_owned()), "{offline:?}");
    for name in NETWORK {
        assert!(!offline.contains(&name.to_owned()), "{name}");
    }
    // The names above are the ones that the feature brings.
    let online = crates(&[]);
    for name in ["ureq", "ureq_proto", "rustls", "http"] {
        assert!(online.contains(&name.to_owned()), "{name}: {online:?}");
    }
}

#[test]
fn no_source_but_the_http_client_names_a_socket() {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let networked = ["std::net", "TcpStream", "UdpSocket", "UnixStream"]
                .iter()
                .any(|name| text.contains(name));
            assert!(!networked, "{}", path.display());
        }
    }
}
