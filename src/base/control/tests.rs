//! What must hold of the table.

use super::*;

#[test]
fn every_name_means_one_control() {
    let mut names: Vec<_> =
        CONTROLS.iter().flat_map(|c| std::iter::once(c.name).chain(c.aliases.iter().copied())).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_typed_instead_is_no_control_and_means_one() {
    for (typed, name) in INSTEAD {
        assert!(find(typed).is_none() && find(name).is_some(), "{typed}");
    }
}
