//! The secrets of a run, noted where they cross the wire.

use azure_core::{
    base64,
    http::{
        AsyncRawResponse, Body, HttpClient, Request,
        headers::{AUTHORIZATION, Headers},
    },
};
use futures::{StreamExt, stream};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex},
};

/// Between the clients and the simulator.
pub(super) struct Tap {
    inner: Arc<dyn HttpClient>,
    /// Whether it traces the tokens that it sends.
    leaky: bool,
    /// What it is, and the text of it in one of its forms.
    secrets: Mutex<BTreeSet<(&'static str, String)>>,
}

impl fmt::Debug for Tap {
    // Options show their transport.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Shorter ones are found in any text.
const SHORTEST: usize = 16;

impl Tap {
    pub(super) fn new(inner: Arc<dyn HttpClient>, leaky: bool) -> Arc<Self> {
        Arc::new(Self {
            inner,
            leaky,
            secrets: Mutex::default(),
        })
    }

    pub(super) fn secrets(&self) -> BTreeSet<(&'static str, String)> {
        self.secrets.lock().unwrap().clone()
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.secrets().into_iter().map(|(kind, _)| kind).collect();
        kinds.dedup();
        kinds
    }

    fn note(&self, kind: &'static str, secret: &str) {
        if secret.len() >= SHORTEST {
            let mut secrets = self.secrets.lock().unwrap();
            secrets.insert((kind, secret.to_owned()));
        }
    }

    /// A token, and the parts that alone would be enough: what it says, and its signature.
    fn note_token(&self, kind: &'static str, token: &str) {
        self.note(kind, token);
        for part in token.split('.').skip(1) {
            self.note(kind, part);
        }
    }

    /// Bytes in every form in which they could be shown.
    fn note_bytes(&self, encoded: &str) {
        const KIND: &str = "a key's bytes";
        self.note(KIND, encoded);
        let Ok(bytes) = base64::decode_url_safe(encoded) else {
            return;
        };
        // A part of them is too much.
        let start = bytes.get(..SHORTEST).unwrap_or(&bytes);
        self.note(KIND, &base64::encode(&bytes));
        self.note(KIND, &hex(start));
        self.note(KIND, &hex(start).to_uppercase());
        let listed = format!("{start:?}");
        self.note(KIND, listed.trim_matches(['[', ']']));
        if let Ok(text) = String::from_utf8(bytes) {
            self.note(KIND, &text);
        }
    }

    fn note_request(&self, request: &Request) {
        for (name, value) in request.headers().iter() {
            if *name == AUTHORIZATION {
                let token = value.as_str().trim_start_matches("Bearer ");
                self.note_token("a token in a request", token);
                if self.leaky {
                    tracing::trace!(token, "sending");
                }
            }
        }
        let Body::Bytes(body) = request.body() else {
            return;
        };
        let text = String::from_utf8_lossy(body);
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            if name == "client_assertion" {
                self.note_token("a client assertion", value);
            }
        }
        self.note_body(body);
    }

    /// What JSON holds, on the way there and back.
    fn note_body(&self, body: &[u8]) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        if let Some(token) = body.get("access_token").and_then(Value::as_str) {
            self.note_token("a token in an answer", token);
        }
        if let Some(bytes) = body.get("value").and_then(Value::as_str) {
            self.note_bytes(bytes);
        }
    }

    /// Where an operation is asked after, with the signature that Azure puts there (recorded: `t`, `c`, `s` and `h`) and the
    /// simulator does not.
    fn sign(&self, address: &str) -> String {
        const SIGNATURE: &str = "MIIHhzCCBm-a-signature-that-opens-the-operation";
        if !address.contains("?api-version=") {
            return address.to_owned();
        }
        self.note("a signed address", SIGNATURE);
        format!("{address}&t=638623591973917266&c={SIGNATURE}&s={SIGNATURE}&h=d")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait::async_trait]
impl HttpClient for Tap {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.note_request(request);
        let (status, headers, body) = self.inner.execute_request(request).await?.deconstruct();
        let mut signed = Headers::new();
        for (name, value) in headers.iter() {
            let is_address = ["azure-asyncoperation", "location"].contains(&name.as_str());
            let value = value.as_str();
            let value = if is_address {
                self.sign(value)
            } else {
                value.to_owned()
            };
            signed.insert(name.clone(), value);
        }
        let chunks: Vec<_> = StreamExt::collect(body).await;
        let whole: Vec<u8> = chunks
            .iter()
            .filter_map(|chunk| chunk.as_ref().ok())
            .flat_map(|chunk| chunk.to_vec())
            .collect();
        self.note_body(&whole);
        Ok(AsyncRawResponse::new(
            status,
            signed,
            Box::pin(stream::iter(chunks)),
        ))
    }
}
