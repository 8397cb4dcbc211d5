//! One more try with another token, where the first was refused: a 401 means that nothing was done.

use azure_core::{
    Error,
    credentials::Secret,
    error::ErrorKind,
    http::{
        Context, Request, StatusCode,
        headers::AUTHORIZATION,
        policies::{Policy, PolicyResult},
    },
};
use std::sync::Arc;

/// Stands above azure_core's policy, which drops its token when it is refused, and sends once more with what the credential
/// gives then. Refreshing once is what a client owes a service whose tokens expire, or are taken back, early
/// (<https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation>).
#[derive(Debug)]
pub(super) struct OnceMore;

/// Stands below azure_core's policy, and lets nothing pass with the token that was refused.
#[derive(Debug)]
pub(super) struct NotTheSame;

/// The `Authorization` that was refused.
struct Refused(Secret);

/// The credential has no other token.
#[derive(Debug, thiserror::Error)]
#[error("the credential has no other token than the one that was refused")]
struct Same;

#[expect(
    elided_lifetimes_in_paths,
    reason = "azure_core's trait elides it, and async_trait needs the same form"
)]
#[async_trait::async_trait]
impl Policy for OnceMore {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let first = forward(ctx, request, next).await?;
        let Some(refused) = authorization(request).filter(|_| is_refusal(first.status())) else {
            return Ok(first);
        };
        request.body_mut().reset().await?;
        let ctx = ctx.clone().with_value(Refused(Secret::new(refused)));
        match forward(&ctx, request, next).await {
            Err(error) if is_same(&error) => Ok(first),
            second => second,
        }
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "azure_core's trait elides it, and async_trait needs the same form"
)]
#[async_trait::async_trait]
impl Policy for NotTheSame {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if let Some(Refused(refused)) = ctx.value::<Refused>()
            && authorization(request).as_deref() == Some(refused.secret())
        {
            return Err(Error::new(ErrorKind::Other, Same));
        }
        forward(ctx, request, next).await
    }
}

/// Hands a request to the next policy.
pub(crate) async fn forward(
    ctx: &Context<'_>,
    request: &mut Request,
    next: &[Arc<dyn Policy>],
) -> PolicyResult {
    match next.split_first() {
        Some((policy, next)) => policy.send(ctx, request, next).await,
        None => Err(Error::with_message(
            ErrorKind::Other,
            "the pipeline has no transport",
        )),
    }
}

fn is_refusal(status: StatusCode) -> bool {
    status == StatusCode::Unauthorized
}

fn authorization(request: &Request) -> Option<String> {
    let mut headers = request.headers().iter();
    headers
        .find(|(name, _)| **name == AUTHORIZATION)
        .map(|(_, value)| value.as_str().to_owned())
}

fn is_same(error: &Error) -> bool {
    let mut inner: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = inner {
        if error.is::<Same>() {
            return true;
        }
        inner = error.source();
    }
    false
}
