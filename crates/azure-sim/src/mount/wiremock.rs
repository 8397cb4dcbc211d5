//! The simulator behind a wiremock server.

use crate::{Reply, Sim, SimRequest, SimResponse};
use azure_core::http::Url;
use std::time::{Duration, Instant};
use wiremock::{Request, Respond, ResponseTemplate};

/// Answers a wiremock server's requests from a simulator. The `Host` header says which service is meant, so clients need
/// a transport that keeps the real host there.
#[derive(Debug)]
pub struct SimResponder {
    sim: Sim,
    since: Instant,
    offset: Duration,
    scale: u32,
}

impl SimResponder {
    /// A responder for which `scale` seconds of the simulator pass in each second of the wall clock.
    #[must_use]
    pub fn new(sim: &Sim, scale: u32) -> Self {
        Self {
            offset: sim.glance().now,
            since: Instant::now(),
            sim: sim.clone(),
            scale,
        }
    }
}

impl Respond for SimResponder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let host = request
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok());
        let mut real = format!(
            "https://{}{}",
            host.unwrap_or("host.missing"),
            request.url.path()
        );
        if let Some(query) = request.url.query() {
            real = format!("{real}?{query}");
        }
        let Ok(url) = Url::parse(&real) else {
            return ResponseTemplate::new(400).set_body_string("the Host header is no host");
        };
        let mut own = SimRequest::new(request.method.as_str(), url);
        for (name, value) in &request.headers {
            if let Ok(value) = value.to_str() {
                own = own.header(name.as_str(), value);
            }
        }
        own.body = request.body.clone();
        let now = self.offset + self.since.elapsed() * self.scale;
        match self.sim.handle(now, own) {
            // Nor can it end one within a body: what is missing shows in the JSON.
            Reply::Answer(answer) | Reply::CutShort(answer) => template(answer),
            // A responder cannot break a connection: a gateway's answer is as unclear to a client.
            Reply::ResetBeforeEffect | Reply::ResetAfterEffect | Reply::Silence => {
                ResponseTemplate::new(504)
            }
        }
    }
}

fn template(answer: SimResponse) -> ResponseTemplate {
    let mut template = ResponseTemplate::new(answer.status);
    let mut kind = "application/json".to_owned();
    for (name, value) in answer.headers {
        if name == "content-type" {
            kind = value;
        } else {
            template = template.append_header(name.as_str(), value.as_str());
        }
    }
    if answer.body.is_empty() {
        template
    } else {
        template.set_body_raw(answer.body, &kind)
    }
}
