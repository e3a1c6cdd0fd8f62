use super::*;

const TESTS: [&str; 1] = ["sealift_metadata::json::tests::holds"];

fn entry(text: &str) -> Entry {
    let register = register::parse(&format!("[INJ-1]\n{text}")).unwrap();
    register.into_values().next().unwrap()
}

fn defects_of(text: &str) -> Vec<String> {
    let tests = TESTS.map(str::to_owned).into();
    entry_defects(&entry(text), &tests, Path::new("."))
}

#[test]
fn entries_that_keep_their_word_pass() {
    let cases = [
        "title = 'x'\nstate = 'planned'",
        "title = 'x'\nstate = 'planned'\nreason = 'met in another way'",
        "title = 'x'\nstate = 'met'\ntests = ['sealift_metadata::json::tests::holds']",
        "title = 'x'\nstate = 'documented'\nplace = 'Cargo.toml'",
        "title = 'x'\nstate = 'not applicable'\nreason = 'no RSA key is made'",
    ];
    for case in cases {
        assert_eq!(defects_of(case), Vec::<String>::new(), "{case}");
    }
}

#[test]
fn entries_that_claim_too_much_are_defects() {
    let cases = [
        ("title = ' '\nstate = 'planned'", "no title"),
        ("title = 'x'\nstate = 'met'", "names no test"),
        (
            "title = 'x'\nstate = 'met'\ntests = ['a::b']",
            "no test `a::b`",
        ),
        (
            "title = 'x'\nstate = 'planned'\ntests = ['a::b']",
            "no test `a::b`",
        ),
        ("title = 'x'\nstate = 'documented'", "names no place"),
        (
            "title = 'x'\nstate = 'documented'\nplace = 'gone.md'",
            "no file `gone.md`",
        ),
        (
            "title = 'x'\nstate = 'documented'\nplace = 'Cargo.toml#x'",
            "no heading `#x`",
        ),
        ("title = 'x'\nstate = 'not applicable'", "no reason"),
        (
            "title = 'x'\nstate = 'not applicable'\nreason = ' '",
            "no reason",
        ),
    ];
    for (case, expected) in cases {
        let defects = defects_of(case);
        assert_eq!(defects.len(), 1, "{case}: {defects:?}");
        assert!(defects.concat().contains(expected), "{case}: {defects:?}");
    }
}

#[test]
fn a_misspelt_state_or_key_and_a_repeated_id_do_not_parse() {
    let cases = [
        "[INJ-1]\ntitle = 'x'\nstate = 'done'",
        "[INJ-1]\ntitle = 'x'\nstate = 'planned'\ntest = []",
        "[INJ-1]\ntitle = 'x'\nstate = 'planned'\n[INJ-1]\ntitle = 'x'\nstate = 'met'",
    ];
    for case in cases {
        assert!(register::parse(case).is_err(), "{case}");
    }
}

#[test]
fn missing_and_unknown_ids_are_named() {
    let mut register = Register::new();
    for id in catalogue::ids()
        .filter(|id| id != "UPD-11")
        .chain(["INJ-16".to_owned()])
    {
        register.insert(id, entry("title = 'x'\nstate = 'planned'"));
    }
    let defects = defects(&register, &BTreeSet::new(), Path::new("."));
    assert_eq!(defects.len(), 2, "{defects:?}");
    assert!(defects.concat().contains("UPD-11: missing"));
    assert!(defects.concat().contains("INJ-16: unknown"));
}

#[test]
fn the_table_counts_by_group_and_state() {
    let planned = "title = 'x'\nstate = 'planned'";
    let met = "title = 'x'\nstate = 'met'\ntests = ['a::b']";
    let register = Register::from([
        ("INJ-1".to_owned(), entry(planned)),
        ("INJ-2".to_owned(), entry(met)),
        ("PROF-1".to_owned(), entry(planned)),
    ]);
    let table = table(&register);
    let row = |head: &str| -> Vec<String> {
        let line = table
            .lines()
            .find(|line| line.split_whitespace().next() == Some(head));
        line.unwrap()
            .split_whitespace()
            .skip(1)
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(row("INJ"), ["1", "0", "0", "1", "2"]);
    assert_eq!(row("all"), ["1", "0", "0", "2", "3"]);
}
