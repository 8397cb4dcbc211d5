//! The process ends in the middle: the next one finds what there is and ends in the same.

use crate::flow::Flow;
use cross_tenant_cmk::cosmos_cmk::CmkStatus;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Polls a future `polls` times, then drops it. Its output, if it came to that.
async fn dropped_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
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

/// What there is, without what is named after an id that the simulator makes up in the order of the requests.
fn kinds(flow: &Flow) -> Vec<String> {
    let without_name = |line: String| match line.rsplit_once("/roleAssignments/") {
        Some((scope, _)) => format!("{scope}/roleAssignments"),
        None => line,
    };
    flow.sim.resources().into_iter().map(without_name).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_anywhere_is_finished_by_the_next() {
    let calm = Flow::with_prompt_roles();
    calm.everything().await;
    let expected = kinds(&calm);

    // Every poll of the whole way, until one that is never reached.
    let mut polls = 1;
    loop {
        let flow = Flow::with_prompt_roles();
        let ended = dropped_after(polls, Box::pin(flow.everything())).await;
        let done = flow.everything().await;
        assert_eq!(
            done.account.cmk_status,
            Some(CmkStatus::Confirmed),
            "after poll {polls}"
        );
        assert_eq!(kinds(&flow), expected, "after poll {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 50, "only {polls} polls to drop at");
}
