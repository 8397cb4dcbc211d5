//! Every chore of this workspace as code.
fn main() {}
