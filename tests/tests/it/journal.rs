//! The journal: written before each write and after it, and what an interrupted run leaves in it.

use crate::{
    dropped::dropped_after,
    flow::{Flow, provider_spec},
};
use cross_tenant_cmk::{
    Error, Event, Journal, JournalEntry, JournalError, JournalRecord, MemoryJournal, Outcome,
    RunOptions, StepId, event_stream, set_up_provider, unfinished_entries,
};
use futures::StreamExt as _;
use std::{sync::Arc, time::Duration};

fn with(journal: Arc<dyn Journal>) -> Option<RunOptions> {
    Some(RunOptions {
        journal: Some(journal),
        ..RunOptions::default()
    })
}

/// A journal that refuses what a rule says.
#[derive(Debug, Default)]
struct Broken {
    inner: MemoryJournal,
    refuses_intents: bool,
    refuses_ends: bool,
    is_unreadable: bool,
}

#[async_trait::async_trait]
impl Journal for Broken {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let refused = match entry.record {
            JournalRecord::Intent => self.refuses_intents,
            _ => self.refuses_ends,
        };
        if refused {
            return Err(JournalError::new("cannot be written: disk full", None));
        }
        self.inner.append(entry).await
    }

    async fn entries(&self) -> Result<Vec<JournalEntry>, JournalError> {
        if self.is_unreadable {
            return Err(JournalError::new("cannot be read", None));
        }
        self.inner.entries().await
    }
}

#[tokio::test(start_paused = true)]
async fn every_write_stands_between_its_intent_and_its_end() {
    let flow = Flow::typical();
    let journal = Arc::new(MemoryJournal::default());
    let kept: Arc<dyn Journal> = Arc::<MemoryJournal>::clone(&journal);
    set_up_provider(&flow.provider, &provider_spec(), with(kept))
        .await
        .unwrap();
    let entries = journal.entries().await.unwrap();
    assert_eq!(unfinished_entries(&entries), Vec::<&JournalEntry>::new());
    let of = |step: StepId| -> Vec<&JournalRecord> {
        let entries = entries.iter().filter(|entry| entry.step == step);
        entries.map(|entry| &entry.record).collect()
    };
    let done = JournalRecord::Done {
        outcome: Outcome::Created,
    };
    for step in [
        StepId::Application,
        StepId::ResourceGroup,
        StepId::ManagedIdentity,
        StepId::FederatedCredential,
    ] {
        assert_eq!(of(step), [&JournalRecord::Intent, &done], "{step}");
    }
    // What only looks, and what is there already, leaves nothing.
    assert_eq!(of(StepId::Subscription), Vec::<&JournalRecord>::new());
    assert_eq!(of(StepId::ResourceProvider), Vec::<&JournalRecord>::new());
    assert_eq!(
        entries[0].subject,
        format!(
            "{}/{}",
            flow.provider_tenant(),
            flow.provider.subscription()
        ),
        "{entries:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_written() {
    for (refuses_intents, is_unreadable) in [(true, false), (false, true)] {
        let flow = Flow::typical();
        let journal = Arc::new(Broken {
            refuses_intents,
            is_unreadable,
            ..Broken::default()
        });
        let error = set_up_provider(&flow.provider, &provider_spec(), with(journal))
            .await
            .unwrap_err();
        assert!(
            matches!(error.errors()[0], Error::Journal { .. }),
            "{error:?}"
        );
        assert_eq!(flow.sim.writes(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_recorded_changes_nothing() {
    let flow = Flow::typical();
    let journal = Arc::new(Broken {
        refuses_ends: true,
        ..Broken::default()
    });
    let kept: Arc<dyn Journal> = Arc::<Broken>::clone(&journal);
    let done = set_up_provider(&flow.provider, &provider_spec(), with(kept))
        .await
        .unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Created)
    );
    let entries = journal.inner.entries().await.unwrap();
    assert_eq!(unfinished_entries(&entries).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_run_says_of_what_it_finds_that_an_earlier_one_was_interrupted_there() {
    let (mut polls, mut said) = (1, 0);
    loop {
        let flow = Flow::typical();
        let journal = Arc::new(MemoryJournal::default());
        let options = || with(Arc::<MemoryJournal>::clone(&journal));
        let spec = provider_spec();
        let first = set_up_provider(&flow.provider, &spec, options());
        let ended = dropped_after(polls, Box::pin(first)).await;
        let entries = journal.entries().await.unwrap();
        let open: Vec<StepId> = unfinished_entries(&entries)
            .iter()
            .map(|entry| entry.step)
            .collect();
        tokio::time::advance(Duration::from_secs(120)).await;
        let done = set_up_provider(&flow.provider, &spec, options())
            .await
            .unwrap();
        for report in &done.report.steps {
            let is_noted = report
                .notes
                .iter()
                .any(|note| note == "an earlier run was interrupted while it wrote this");
            let was_found = open.contains(&report.step) && report.outcome == Outcome::Existing;
            assert_eq!(is_noted, was_found, "after poll {polls}: {report}");
            said += u32::from(is_noted);
        }
        let entries = journal.entries().await.unwrap();
        assert_eq!(unfinished_entries(&entries), Vec::<&JournalEntry>::new());
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10 && said > 2, "{polls} polls, {said} notes");
}

#[tokio::test(start_paused = true)]
async fn events_come_as_a_stream_and_say_what_is_waited_for_and_until_when() {
    let flow = Flow::typical();
    let (observer, events) = event_stream();
    let options = RunOptions {
        observer: Some(observer),
        ..RunOptions::default()
    };
    set_up_provider(&flow.provider, &provider_spec(), Some(options))
        .await
        .unwrap();
    // The run is over and its options are gone, so the stream has an end.
    let events: Vec<Event> = events.collect().await;
    let waits: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Waiting {
                step: StepId::Application,
                wait,
                ..
            } => Some(wait.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(
        waits.first().map(String::as_str),
        Some(
            "get_application application fabrikam-cmk: it cannot be seen yet; next look in 1 s, until 600 s from now"
        )
    );
    let ends = events
        .iter()
        .filter(|event| matches!(event, Event::Finished { .. }));
    assert_eq!(ends.count(), 6);
}
