#[derive(Debug)]
struct Auditor;

impl cross_tenant_cmk::Side for Auditor {
    type Clients = cross_tenant_cmk::ProviderClients;
}

fn main() {}
