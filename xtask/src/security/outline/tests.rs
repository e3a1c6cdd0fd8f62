use super::*;

fn tests_of(source: &str) -> Vec<String> {
    outline(source).tests
}

#[test]
fn tests_carry_the_path_of_their_modules() {
    let source = r#"
        fn helper() { if true { } }
        mod inner {
            mod tests {
                #[test]
                fn first() { let _ = "}"; }
                #[tokio::test(flavor = "multi_thread")]
                #[should_panic(expected = "[")]
                pub async fn second() -> Result<(), [u8; 1]> { Ok(()) }
            }
        }
        #[test] fn third<'a>() { let quote = '"'; let brace = b'{'; }
        #[test] fn fourth() {}
    "#;
    let expected = [
        "inner::tests::first",
        "inner::tests::second",
        "third",
        "fourth",
    ];
    assert_eq!(tests_of(source), expected);
}

#[test]
fn quotes_and_braces_in_literals_do_not_mislead() {
    let literals = [
        r#""}""#,
        r#""\"}""#,
        r#""\\""#,
        r#"b"{""#,
        r#"c"{""#,
        r#"r"{\""#,
        r##"r#""{"#"##,
        r##"br#"{" "#"##,
        "'{'",
        "b'}'",
        r"'\''",
        r"'\\'",
        r"'\u{7b}'",
    ];
    for literal in literals {
        let source = format!("mod a {{ const X: T = {literal}; #[test] fn b() {{}} }}");
        assert_eq!(tests_of(&source), ["a::b"], "{source}");
    }
}

#[test]
fn tests_inside_of_proptest_are_found() {
    let source = "
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(32))]
            #[test]
            fn any_number(n in 0..9u8) { prop_assert!(n < 9); }
            /// A second one.
            #[test]
            fn any_name(s in \"[a-z]{1,4}\") { }
        }
        fn helper() {}";
    assert_eq!(tests_of(source), ["any_number", "any_name"]);
}

#[test]
fn what_cargo_does_not_run_is_not_a_test() {
    let cases = [
        "fn plain() {}",
        "// #[test]\nfn in_a_line_comment() {}",
        "// #[test] fn in_a_line_comment() {}",
        "/* /* nested */ #[test] fn in_a_block_comment() {} */",
        "/// #[test]\n/// fn in_documentation() {}\nstruct S;",
        "const S: &str = \"#[test] fn in_a_string() {}\";",
        "const S: &str = r##\"\"# #[test] fn in_a_raw_string() {} \"##;",
        "#[test] #[ignore] fn ignored() {}",
        "#[ignore = \"slow\"] #[test] fn ignored_with_a_reason() {}",
        "fn outer() { #[test] fn inside_of_a_body() {} }",
        "macro_rules! m { () => { #[test] fn inside_of_a_macro() {} } }",
        "#[test] const X: u8 = 1; fn after_another_item() {}",
        "#[cfg(test)] fn configured() {}",
        "#[test_case(1)] fn a_foreign_attribute() {}",
    ];
    for source in cases {
        assert!(tests_of(source).is_empty(), "{source}");
    }
}

#[test]
fn declared_modules_are_listed_and_quoted_ones_are_not() {
    let source = "
        #[cfg(test)]
        mod tests;
        pub mod keys;
        mod inline { pub(crate) mod deep; }
        // mod gone;
        fn f() { mod local; }";
    assert_eq!(outline(source).modules, ["tests", "keys", "inline::deep"]);
}

#[test]
fn an_unfinished_literal_does_not_stop_the_scan() {
    for source in ["\"", "r#\"", "'", "/*", "b'\\", "#[", "mod", "#[test] fn"] {
        assert!(tests_of(source).is_empty(), "{source}");
    }
}
