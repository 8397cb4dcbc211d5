//! One request to one service: pipeline, api-version, JSON in and out, and what an answer means.

mod answer;
mod connection;

pub use answer::{Answer, Received};
pub use connection::{Authority, Connection, ConnectionSpec, RequestBuilder};
