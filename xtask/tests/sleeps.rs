//! Package tests that sleep are those that CONTRIBUTING.md names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn tests_that_sleep_are_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sleeping = BTreeSet::new();
    let mut files = BTreeSet::new();
    for folder in ["tests/package", "tests/node"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let sleeps = text.contains("sleep(");
            if sleeps {
                sleeping.insert(name.clone());
            }
            files.insert(name);
        }
    }
    let contributing = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let named: BTreeSet<String> = files
        .into_iter()
        .filter(|name| contributing.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(sleeping, named);
}
