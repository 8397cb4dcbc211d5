//! Collections that come in pages.

use super::{Connection, Received, RequestBuilder};
use crate::{Failure, Kind, Result};
use azure_core::http::headers::Headers;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::collections::HashSet;

/// Pages that are read at most: a service that links in circles does not hold a caller for ever.
const MAX_PAGES: usize = 2_000;
/// The bytes that the pages of a collection have at most together: each alone may be long, many of them fill a memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct Page {
    // Needed: a body without it is no page, and must not pass for an empty collection.
    value: Vec<serde_json::Value>,
    #[serde(rename = "nextLink", alias = "@odata.nextLink")]
    next_link: Option<String>,
}

/// The items of a collection: those that can be read, and those that cannot.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listed<T> {
    /// Those that can be read, typed and as received.
    pub items: Vec<(T, Received)>,
    /// Those that cannot, as received. Who decides on the whole collection must not look away from them.
    pub unreadable: Vec<Received>,
}

impl Connection {
    /// As [`Connection::list`], but an item that cannot be read does not cost the others: it is told in the trace, and kept
    /// apart.
    ///
    /// # Errors
    /// As [`Connection::list`]'s, but for odd items.
    pub async fn list_tolerantly<T: DeserializeOwned>(
        &self,
        first: RequestBuilder<'_>,
    ) -> Result<Listed<T>> {
        let operation = first.operation;
        let mut listed = Listed {
            items: Vec::new(),
            unreadable: Vec::new(),
        };
        for (_, received) in self.list::<IgnoredAny>(first).await? {
            match received.decode() {
                Ok(item) => listed.items.push((item, received)),
                Err(error) => {
                    tracing::warn!(operation, %error, "an item of a list cannot be read");
                    listed.unreadable.push(received);
                }
            }
        }
        Ok(listed)
    }

    /// All items of a collection, page by page: `value` with `nextLink` or `@odata.nextLink`. The headers of the first
    /// request are sent again with every page, since links do not carry them.
    ///
    /// # Errors
    /// As the request's; [`Error::Other`](crate::Error::Other) for a collection that links in circles, never ends, or is larger
    /// than 64 MiB.
    pub async fn list<T: DeserializeOwned>(
        &self,
        first: RequestBuilder<'_>,
    ) -> Result<Vec<(T, Received)>> {
        let operation = first.operation;
        let target = first.target.clone();
        let headers = first
            .request
            .as_ref()
            .map_or_else(|_| Headers::new(), |request| request.headers().clone());
        let endless = |reason: &str| {
            Failure::builder(operation)
                .target(target.clone())
                .message(reason)
                .build(Kind::Other)
        };
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut left = MAX_BYTES;
        let mut page = first.send().await?;
        loop {
            left = left
                .checked_sub(page.length())
                .ok_or_else(|| endless("the collection is larger than can be read"))?;
            let (body, _) = page.decode::<Page>()?;
            for item in body.value {
                let item = Received::from(item);
                let typed = item.decode().map_err(|error| page.unreadable(error))?;
                items.push((typed, item));
            }
            let Some(link) = body.next_link.filter(|link| !link.is_empty()) else {
                return Ok(items);
            };
            if seen.len() >= MAX_PAGES || !seen.insert(link.clone()) {
                return Err(endless("the pages of the collection do not end"));
            }
            page = self
                .follow(operation, &link)
                .target(target.clone())
                .headers(&headers)
                .send()
                .await?;
        }
    }
}
