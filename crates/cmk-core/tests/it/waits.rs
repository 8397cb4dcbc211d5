//! How long operations are waited for, on a clock that is driven.

use crate::{
    script::{Reply, Script},
    server::client_over,
};
use azure_core::error::ErrorKind;
use cmk_core::{
    Kind, Result,
    lro::{OperationHandle, WaitOptions, wait_until_done},
    settle::{Probe, SettleOptions, settle},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const HANDLE: &str = r#"{
    "operation": "write_account",
    "resource": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/a1",
    "apiVersion": "2025-01-01",
    "deletes": false,
    "poll": { "asyncOperation": "https://management.azure.com/status/op1" }
}"#;

async fn waited(script: &Arc<Script>, options: &WaitOptions) -> Result<()> {
    let handle: OperationHandle = serde_json::from_str(HANDLE).unwrap();
    wait_until_done(&client_over(script.transport()), &handle, options).await
}

fn running() -> Reply {
    Reply::json(200, r#"{"status":"Dequeued"}"#)
}

fn done() -> Reply {
    Reply::json(200, r#"{"status":"Succeeded"}"#)
}

#[tokio::test(start_paused = true)]
async fn without_retry_after_the_interval_counts() {
    let script = Script::new([running(), running(), done()]);
    waited(&script, &WaitOptions::default()).await.unwrap();
    assert_eq!(script.times(), [0, 10, 20]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_zero_too_and_bounded() {
    let script = Script::new([
        running().with("retry-after", "0"),
        running().with("retry-after", "25"),
        running().with("retry-after", "86400"),
        done(),
    ]);
    waited(&script, &WaitOptions::default()).await.unwrap();
    assert_eq!(script.times(), [0, 0, 25, 85]);
}

#[tokio::test(start_paused = true)]
async fn zero_for_ever_is_no_hot_loop() {
    let replies = (0..500).map(|_| running().with("retry-after", "0"));
    let script = Script::new(replies);
    let options = WaitOptions {
        deadline: Duration::from_secs(100),
        ..Default::default()
    };
    let error = waited(&script, &options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert!(script.asked().len() < 100, "{}", script.asked().len());
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_and_not_the_operation() {
    let script = Script::new((0..10).map(|_| running()));
    let options = WaitOptions {
        deadline: Duration::from_secs(35),
        ..Default::default()
    };
    let error = waited(&script, &options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert_eq!(script.times(), [0, 10, 20, 30, 35]);
    assert_eq!(error.failure().message(), Some("still Dequeued after 35 s"));
    assert!(error.help().unwrap().contains("keep its handle"));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_ends_in_the_last_pause_is_seen() {
    let script = Script::new([running(), running(), done()]);
    let options = WaitOptions {
        deadline: Duration::from_secs(15),
        ..Default::default()
    };
    waited(&script, &options).await.unwrap();
    assert_eq!(script.times(), [0, 10, 15]);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_never_answered_does_not_outlive_the_deadline() {
    let start = Instant::now();
    let script = Script::new([running(), Reply::Silence]);
    let options = WaitOptions {
        deadline: Duration::from_secs(120),
        ..Default::default()
    };
    let error = waited(&script, &options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert_eq!(start.elapsed(), Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_poll_is_not_repeated_earlier_than_asked() {
    // Earlier is refused, and starts the service's wait anew.
    let throttled = || Reply::json(429, "{}").with("retry-after", "300");
    let script = Script::new([throttled(), throttled(), done()]);
    waited(&script, &WaitOptions::default()).await.unwrap();
    assert_eq!(script.times(), [0, 300, 600]);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_poll_is_not_repeated_where_the_deadline_is_nearer() {
    let throttled = Reply::json(429, "{}").with("retry-after", "300");
    let script = Script::new([throttled]);
    let options = WaitOptions {
        deadline: Duration::from_secs(200),
        ..Default::default()
    };
    let error = waited(&script, &options).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert_eq!(script.times(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_in_a_poll_is_asked_again() {
    let broken = || Reply::Broken(ErrorKind::Io, "connection reset".to_owned());
    let script = Script::new([broken(), broken(), broken(), done()]);
    waited(&script, &WaitOptions::default()).await.unwrap();
    assert_eq!(script.times(), [0, 0, 0, 10]);
}

#[tokio::test(start_paused = true)]
async fn no_look_comes_later_than_the_longest_pause() {
    let start = Instant::now();
    let options = SettleOptions {
        first_delay: Duration::from_secs(30),
        max_delay: Duration::from_secs(5),
        ..Default::default()
    };
    let mut looks = 0;
    let found = settle("find", "x", &options, || {
        looks += 1;
        let seen = looks > 2;
        async move {
            Ok(if seen {
                Probe::Ready(())
            } else {
                Probe::NotYet("not yet".to_owned())
            })
        }
    })
    .await;
    assert_eq!(found.unwrap(), ());
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}
