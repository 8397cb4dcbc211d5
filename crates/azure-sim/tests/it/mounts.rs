//! The mounts: azure_core's pipeline in process on tokio's clock, and wiremock.

use crate::kit::{ARM, at_once, with_lag};
use azure_core::{
    error::ErrorKind,
    http::{ClientOptions, Context, Method, Pipeline, Request, RetryOptions, policies::Policy},
};
use azure_sim::{Effect, Fault, Lag, Span, TwoTenants};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn pipeline(azure: &TwoTenants) -> Pipeline {
    let options = ClientOptions {
        transport: Some(azure.sim.transport()),
        retry: RetryOptions::none(),
        ..Default::default()
    };
    let credential = Arc::clone(&azure.provider.credential);
    let auth = azure_core::http::policies::auth::BearerTokenAuthorizationPolicy::new(
        credential,
        [format!("{ARM}/.default")],
    );
    let auth: Arc<dyn Policy> = Arc::new(auth);
    Pipeline::new(None, None, options, Vec::new(), vec![auth], None)
}

async fn send(
    pipeline: &Pipeline,
    azure: &TwoTenants,
    method: Method,
) -> azure_core::Result<(u16, Value)> {
    let url = format!(
        "{ARM}/subscriptions/{}/resourceGroups/rg?api-version=2025-04-01",
        azure.provider.subscription_id
    );
    let mut request = Request::new(url.parse().unwrap(), method);
    if method == Method::Put {
        request.set_json(&json!({"location": "westeurope"}))?;
    }
    let options = azure_core::http::PipelineSendOptions {
        skip_checks: true,
        ..Default::default()
    };
    let answer = pipeline
        .send(&Context::new(), &mut request, Some(options))
        .await?;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    Ok((u16::from(answer.status()), body))
}

#[tokio::test(start_paused = true)]
async fn the_in_process_transport_runs_on_tokios_clock() {
    let azure = with_lag(Lag {
        group_delete: Span::secs(3600, 3600),
        ..Lag::strict()
    });
    let pipeline = pipeline(&azure);
    assert_eq!(send(&pipeline, &azure, Method::Put).await.unwrap().0, 201);
    assert_eq!(
        send(&pipeline, &azure, Method::Delete).await.unwrap().0,
        202
    );
    let (_, body) = send(&pipeline, &azure, Method::Get).await.unwrap();
    assert_eq!(body["properties"]["provisioningState"], "Deleting");
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(send(&pipeline, &azure, Method::Get).await.unwrap().0, 404);
}

#[tokio::test(start_paused = true)]
async fn lost_connections_are_io_errors() {
    let azure = at_once();
    let pipeline = pipeline(&azure);
    for effect in [Effect::ResetAfter, Effect::Silence] {
        azure.sim.inject(Fault {
            method: "PUT".to_owned(),
            path_contains: "/resourcegroups/".to_owned(),
            ..Fault::new(effect)
        });
    }
    for _ in 0..2 {
        let error = send(&pipeline, &azure, Method::Put).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io), "{error}");
    }
    assert_eq!(send(&pipeline, &azure, Method::Put).await.unwrap().0, 200);
}

#[tokio::test]
async fn one_seed_makes_one_azure() {
    let (one, other) = (at_once(), at_once());
    assert_eq!(one.provider.tenant_id, other.provider.tenant_id);
    for azure in [&one, &other] {
        let pipeline = pipeline(azure);
        assert_eq!(send(&pipeline, azure, Method::Put).await.unwrap().0, 201);
    }
    assert_eq!(one.sim.resources(), other.sim.resources());
}

#[cfg(feature = "wiremock")]
#[tokio::test]
async fn wiremock_serves_the_host_that_the_request_names() {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
    };

    let azure = at_once();
    let server = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(azure_sim::SimResponder::new(&azure.sim, 60))
        .mount(&server)
        .await;
    let token = azure.sim.token(&azure.provider.admin, crate::kit::GRAPH);
    let ask = |host: &str| {
        // The server runs on a thread of its own, so this may block.
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!(
            "GET /v1.0/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            token.as_deref().unwrap()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let me = ask("graph.microsoft.com");
    assert!(me.starts_with("HTTP/1.1 200"), "{me}");
    assert!(me.contains(&azure.provider.admin.object_id), "{me}");
    assert!(ask("example.com").starts_with("HTTP/1.1 501"));
    assert_eq!(azure.sim.unmodelled(), ["GET example.com /v1.0/me"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_short_is_an_io_error_after_the_effect() {
    let azure = at_once();
    let pipeline = pipeline(&azure);
    azure.sim.inject(Fault::new(Effect::TruncatedBody));
    let error = send(&pipeline, &azure, Method::Put).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Io), "{error}");
    assert_eq!(azure.sim.writes().len(), 1);
}
