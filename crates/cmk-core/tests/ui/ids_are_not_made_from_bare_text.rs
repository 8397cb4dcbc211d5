//! An id comes from parsing, which can refuse.
use cmk_core::TenantId;

fn main() {
    let _: TenantId = "11111111-1111-4111-8111-111111111111".into();
}
