use super::*;

fn read(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[(&'static str, String)],
) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), file).unwrap();
    let environment = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::read(dir.path(), None, environment, flags).map(|(config, _)| config)
}

#[test]
fn every_default_is_valid() {
    let config = Config::of_data(Path::new("/nowhere")).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8600");
    assert_eq!(config.token_days, 90);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nlog = \"debug\"\ntoken_days = 7\n";
    let variables = [("SEALIFT_LISTEN", "127.0.0.1:2"), ("SEALIFT_LOG", "warn")];
    let config = read(file, &variables, &[("listen", "127.0.0.1:3".to_owned())]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.log, "warn");
    assert_eq!(config.token_days, 7);
}

#[test]
fn a_setting_that_does_not_exist_or_fit_is_refused_by_name() {
    for (file, named) in [
        ("listen = \"localhost\"", "listen"),
        ("token_days = 0", "token_days"),
        ("token_days = 366", "token_days"),
        ("token_days = -1", "token_days"),
        ("timestamp_seconds = \"soon\"", "timestamp_seconds"),
        ("listen", "TOML"),
    ] {
        let error = read(file, &[], &[]).unwrap_err().to_string();
        assert!(error.contains(named), "{file}: {error}");
    }
}

#[test]
fn a_file_that_was_named_must_exist() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.toml");
    assert!(matches!(
        Config::read(dir.path(), Some(&missing), |_| None, &[]),
        Err(ConfigError::Unreadable { .. })
    ));
    assert!(Config::read(dir.path(), None, |_| None, &[]).is_ok());
}
