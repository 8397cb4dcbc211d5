//! An entry of a journal, from libFuzzer.
#![no_main]

use flow_tests::hostile::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let target = Target::named("journal_entry").expect("a target");
    if let Err(problem) = (target.check)(input) {
        panic!("{problem}");
    }
});
