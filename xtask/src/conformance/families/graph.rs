//! Microsoft Graph: what its families share.

pub(super) mod applications;
pub(super) mod federated_credentials;
pub(super) mod other;
pub(super) mod service_principals;

use crate::conformance::family::{CLOUD, Reason, What, credential};
use azure_core::http::ClientOptions;
use entra_graph::{GraphClient, GraphClientOptions};

const NOT_OURS: What = What::Skipped(Reason::NoSuchOperation);

fn client(client_options: ClientOptions) -> cmk_core::Result<GraphClient> {
    let options = GraphClientOptions {
        client_options,
        ..GraphClientOptions::default()
    };
    GraphClient::new(CLOUD, credential(), Some(options))
}
