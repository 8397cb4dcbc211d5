//! A plan, from libFuzzer.
#![no_main]

use flow_tests::hostile::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let target = Target::named("plan").expect("a target");
    if let Err(problem) = (target.check)(input) {
        panic!("{problem}");
    }
});
