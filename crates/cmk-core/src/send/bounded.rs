//! A bound on what is read of an answer.

use azure_core::{
    Error,
    error::ErrorKind,
    http::{
        AsyncRawResponse, Context, Request, Transport,
        policies::{Policy, PolicyResult},
    },
};
use futures::{StreamExt as _, future};
use std::sync::Arc;

/// The longest body that is read: twice what Resource Manager lets a provider answer (8 MB,
/// <https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md>).
const MAX_BODY: usize = 16 * 1024 * 1024;
/// How much is read of the body of an error: its status counts, whatever comes behind it.
const MAX_ERROR_BODY: usize = 1024 * 1024;

/// A transport whose answers end where they are too long to be true: a success in an error, an error in what was read of it.
// Here and not in a policy above: azure_core reads the whole body in the innermost policy.
#[derive(Debug)]
pub(super) struct Bounded(Transport);

impl Bounded {
    pub(super) fn transport(inner: Transport) -> Transport {
        Transport::with_policy(Arc::new(Self(inner)))
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "azure_core's trait elides it, and async_trait needs the same form"
)]
#[async_trait::async_trait]
impl Policy for Bounded {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        _next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let (status, headers, body) = self.0.send(ctx, request).await?.deconstruct();
        if !status.is_success() {
            let mut left = MAX_ERROR_BODY;
            let body = body.take_while(move |chunk| {
                let length = chunk.as_ref().map_or(0, |chunk| chunk.len());
                let fits = left.checked_sub(length);
                left = fits.unwrap_or_default();
                future::ready(fits.is_some())
            });
            return Ok(AsyncRawResponse::new(status, headers, Box::pin(body)));
        }
        let mut left = MAX_BODY;
        let body = body.map(move |chunk| {
            let chunk = chunk?;
            left = left.checked_sub(chunk.len()).ok_or_else(|| {
                Error::with_message(
                    ErrorKind::DataConversion,
                    format!("the answer is larger than {MAX_BODY} bytes"),
                )
            })?;
            Ok(chunk)
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(body)))
    }
}
