//! The proxy: known hosts lead to the simulator, everything else is refused.

use crate::kit::{ARM, Azure, trusting};
use azure_sim::{
    Effect, Fault,
    serve::{ServeOptions, Server},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a text and reads to the end of the answer's head.
pub(crate) async fn exchange(proxy: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_tunnel_opens_by_both_versions_of_http() {
    let azure = Azure::start().await;
    let proxy = azure.server.proxy_address();
    for version in ["1.0", "1.1"] {
        let request =
            format!("CONNECT vault1.vault.azure.net:443 HTTP/{version}\r\nHost: x\r\n\r\n");
        let head = exchange(proxy, &request).await;
        assert!(
            head.starts_with(&format!("HTTP/{version} 200 OK")),
            "{head}"
        );
    }
    assert_eq!(azure.server.refused(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_but_this_azure_is_reached() {
    let azure = Azure::start().await;
    let proxy = azure.server.proxy_address();
    for target in [
        "example.com:443",
        "management.azure.com:8443",
        "management.usgovcloudapi.net:443",
        "a.b.vault.azure.net:443",
        "localhost:443",
    ] {
        let head = exchange(proxy, &format!("CONNECT {target} HTTP/1.0\r\n\r\n")).await;
        assert!(head.starts_with("HTTP/1.0 403 Forbidden"), "{head}");
    }
    let plain = exchange(proxy, "GET http://example.com/x?y=z HTTP/1.0\r\n\r\n").await;
    assert!(plain.starts_with("HTTP/1.0 403 Forbidden"), "{plain}");
    assert_eq!(
        azure.server.refused(),
        [
            "CONNECT example.com:443",
            "CONNECT management.azure.com:8443",
            "CONNECT management.usgovcloudapi.net:443",
            "CONNECT a.b.vault.azure.net:443",
            "CONNECT localhost:443",
            "GET http://example.com/x",
        ]
    );
}

#[tokio::test]
async fn without_the_proxy_known_names_only_get_a_certificate() {
    let azure = Azure::start().await;
    let tls = azure.server.tls_address();
    let client = trusting(&azure.server)
        .resolve("management.azure.com", tls)
        .resolve("example.com", tls)
        .build()
        .unwrap();
    let answer = client.get(format!("{ARM}/subscriptions/x?api-version=1"));
    assert_eq!(answer.send().await.unwrap().status(), 401);
    let refused = client.get("https://example.com/").send().await;
    assert!(refused.unwrap_err().is_connect());
    assert_eq!(azure.server.refused(), ["TLS example.com"]);
}

#[tokio::test]
async fn the_update_check_of_the_azure_cli_finds_nothing() {
    let azure = Azure::start().await;
    let url = "https://azcliprod.blob.core.windows.net/cli";
    for method in [Method::HEAD, Method::GET] {
        let answer = azure.client.request(method, url).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
    assert_eq!(azure.server.sim().unmodelled(), Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_reply_breaks_the_connection_after_the_effect() {
    let azure = Azure::start().await;
    azure.server.sim().inject(Fault {
        method: "PUT".to_owned(),
        path_contains: "/resourcegroups/rg".to_owned(),
        ..Fault::new(Effect::ResetAfter)
    });
    let who = &azure.provider;
    let url = format!(
        "{ARM}/subscriptions/{}/resourcegroups/rg?api-version=2024-11-01",
        who.subscription_id
    );
    let token = azure.token(who, &format!("{ARM}/.default")).await;
    let request = azure
        .client
        .put(&url)
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(r#"{"location":"westeurope"}"#);
    let error = request.send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    let (status, group) = azure.send(who, Method::GET, &url, &Value::Null).await;
    assert_eq!((status, &group["name"]), (200, &json!("rg")));
}

#[tokio::test]
async fn waiting_is_shortened_with_time() {
    let azure = Azure::start_with(ServeOptions {
        time_scale: 10.0,
        ..ServeOptions::default()
    })
    .await;
    let who = &azure.provider;
    let url = format!(
        "{ARM}/subscriptions/{}/resourceGroups/rg?api-version=2024-11-01",
        who.subscription_id
    );
    let body = json!({"location": "westeurope"});
    assert_eq!(azure.send(who, Method::PUT, &url, &body).await.0, 201);
    let token = azure.token(who, &format!("{ARM}/.default")).await;
    let answer = azure.client.delete(&url).bearer_auth(token).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 202);
    // Recorded: 15.
    assert_eq!(answer.headers()["retry-after"], "2");
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let azure = Azure::start().await;
    let proxy = azure.server.proxy_address();
    assert!(TcpStream::connect(proxy).await.is_ok());
    azure.server.stop().await;
    assert!(TcpStream::connect(proxy).await.is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let azure = Azure::start().await;
    let proxy = azure.server.proxy_address();
    for (options, what) in [
        (
            ServeOptions {
                proxy_port: proxy.port(),
                ..ServeOptions::default()
            },
            "the proxy",
        ),
        (
            ServeOptions {
                tls_port: proxy.port(),
                ..ServeOptions::default()
            },
            "TLS",
        ),
    ] {
        let sim = azure.server.sim().clone();
        let error = Server::start(sim, options).await.unwrap_err();
        let told = error.to_string();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        assert!(
            told.starts_with(&format!("{what} cannot listen on {proxy}: ")),
            "{told}"
        );
    }
}
