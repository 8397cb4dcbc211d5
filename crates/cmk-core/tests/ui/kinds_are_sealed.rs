//! Nobody outside adds a kind of id.
use cmk_core::{Id, IdKind};

struct Mine;

impl IdKind for Mine {
    const NAME: &'static str = "my id";
}

fn main() {
    let _: Option<Id<Mine>> = None;
}
