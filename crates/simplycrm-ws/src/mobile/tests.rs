use super::*;

#[test]
fn the_generation_follows_from_the_modules_version() {
    for (version, expected) in [
        (Some("1.2.1"), Generation::Old),
        (Some("1.6"), Generation::Old),
        (Some("2.0"), Generation::New),
        (Some("10.1"), Generation::New),
        (Some("odd"), Generation::Old),
        (None, Generation::Old),
    ] {
        assert_eq!(Generation::of(version), expected, "{version:?}");
    }
}
