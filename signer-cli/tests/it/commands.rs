//! Help and errors, as people see them: the cases lie in `tests/cmd`.

#[test]
fn help_and_errors_read_as_written_down() {
    trycmd::TestCases::new()
        .env("SEALIFT_HOME", "/nonexistent/sealift-home")
        .env("COLUMNS", "100")
        .case("tests/cmd/*.trycmd");
}
