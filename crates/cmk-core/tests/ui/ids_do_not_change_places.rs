//! A tenant and a client are both GUIDs, and cannot change places.
use cmk_core::{ClientId, TenantId};

fn sign_in(_tenant: TenantId, _client: ClientId) {}

fn main() {
    let tenant: TenantId = "11111111-1111-4111-8111-111111111111".parse().unwrap();
    let client: ClientId = "22222222-2222-4222-8222-222222222222".parse().unwrap();
    sign_in(client, tenant);
}
