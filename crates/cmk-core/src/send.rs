//! One request to one service: pipeline, api-version, JSON in and out, and what an answer means.

mod answer;
mod bounded;
mod connection;
mod credential;
mod fresh_token;
mod paging;
mod refusal;

pub use answer::{Answer, Received};
pub use connection::{Authority, Connection, ConnectionSpec, RequestBuilder};
pub(crate) use fresh_token::forward;
pub use paging::Listed;
