use cross_tenant_cmk::{Customer, KeySpec, Offer, Provider, ProviderSpec, TenantContext, cmk_core::TenantId};

async fn phase_1_takes_no_customer(customer: &TenantContext<Customer>, spec: &ProviderSpec) {
    let _ = cross_tenant_cmk::set_up_provider(customer, spec, None).await;
}

async fn phase_2_takes_no_provider(
    provider: &TenantContext<Provider>,
    offer: &Offer,
    expected: TenantId,
    spec: &KeySpec,
) {
    let _ = cross_tenant_cmk::grant_access(provider, offer, expected, spec, None).await;
}

fn main() {}
