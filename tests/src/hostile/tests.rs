//! The bounded run finds what is planted, tries the same inputs for the same seed, and every target is one of libFuzzer's too.

use super::{Held, TARGETS, Target, run};
use std::{fs, path::PathBuf};

/// A key URI as a careless reader takes it: by what its text holds.
fn careless(input: &[u8]) -> Held {
    let text = super::text(input);
    let taken = text.starts_with("https://") && text.contains(".vault.azure.net/keys/");
    if taken
        && text
            .parse::<cross_tenant_cmk::keyvault_rbac::KeyUri>()
            .is_err()
    {
        return Err(String::from("taken, and no key URI"));
    }
    Ok(())
}

#[test]
fn a_planted_defect_is_found_and_made_small() {
    let planted = Target::new("key_uri", careless);
    let found = run(planted, 2_000, 1).unwrap_err();
    assert!(found.problem.contains("taken, and no key URI"), "{found}");
    // The same one again, to the byte.
    assert_eq!(run(planted, 2_000, 1).unwrap_err(), found);
    assert!(found.to_string().contains("input of"), "{found}");
}

#[test]
fn a_panic_is_found_too() {
    fn panics(input: &[u8]) -> Held {
        assert!(!input.contains(&b'@'), "an at sign");
        Ok(())
    }
    let found = run(Target::new("key_uri", panics), 2_000, 1).unwrap_err();
    assert!(found.problem.contains("an at sign"), "{found}");
    assert!(found.input.contains(&b'@'));
}

#[test]
fn a_target_without_seeds_does_not_pass() {
    let unknown = Target::new("nothing-of-this-name", |_| Ok(()));
    assert!(run(unknown, 1, 1).unwrap_err().problem.contains("seeds"));
}

#[test]
fn every_target_holds_for_its_seeds_and_a_few_more() {
    for target in TARGETS {
        let ran = run(*target, 64, 1).unwrap_or_else(|broken| panic!("{broken}"));
        assert_eq!(ran.inputs, 64 + ran.seeds as u64, "{}", target.name);
    }
}

#[test]
fn every_target_is_one_of_libfuzzer() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut files: Vec<String> = fs::read_dir(folder.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut names: Vec<String> = TARGETS
        .iter()
        .map(|target| format!("{}.rs", target.name))
        .collect();
    names.sort();
    assert_eq!(files, names);
    for target in TARGETS {
        let bin = format!(
            "name = \"{}\"\npath = \"fuzz_targets/{}.rs\"\n",
            target.name, target.name
        );
        assert!(manifest.contains(&bin), "{}", target.name);
        let text = fs::read_to_string(
            folder
                .join("fuzz_targets")
                .join(format!("{}.rs", target.name)),
        )
        .unwrap();
        assert!(
            text.contains(&format!("\"{}\"", target.name)),
            "{}",
            target.name
        );
    }
}
