//! The process ends in the middle: the next one finds what there is and ends in the same.

use crate::flow::{Flow, key_spec};
use cross_tenant_cmk::{
    KeyCreation,
    keyvault_rbac::{KeysApi as _, NewKey, RsaKeySize},
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

/// Polls a future `polls` times, then drops it. Its output, if it came to that.
pub(crate) async fn dropped_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_key_through_the_data_plane_has_one_version_wherever_the_run_was_dropped() {
    let mut spec = key_spec();
    spec.key_creation = KeyCreation::DataPlane { creator: None };
    spec.new_key = NewKey::rsa(RsaKeySize::Bits2048);
    let mut polls = 1;
    loop {
        let flow = Flow::with_prompt_roles();
        let offer = flow.phase1().await.unwrap().output.offer(None);
        let phase = Box::pin(flow.phase2_with(&offer, &spec));
        let ended = dropped_after(polls, phase).await;
        flow.phase2_with(&offer, &spec).await.unwrap();
        let keys = flow.customer_keys();
        // One node of the vault that honours the role says nothing of the next.
        tokio::time::advance(Duration::from_secs(600)).await;
        let versions = keys.list_key_versions(&spec.key).await.unwrap();
        assert_eq!(versions.len(), 1, "after poll {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 20, "only {polls} polls to drop at");
}
