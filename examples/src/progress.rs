//! A display of what happens: a line for each step that ended, and on a terminal a spinner for each that has not.

use cmk_core::settle::pause;
use console::style;
use cross_tenant_cmk::{Event, Observer, RunOptions, StepId};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    fmt,
    future::Future,
    io::{IsTerminal as _, stderr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Shows phases and other waits. Time is tokio's, so on a paused clock it is the simulated one.
#[derive(Debug)]
pub struct Progress {
    start: Instant,
    spinners: MultiProgress,
    running: Mutex<Vec<Running>>,
}

/// What has begun and not ended.
#[derive(Debug)]
struct Running {
    what: String,
    since: Instant,
    spinner: ProgressBar,
}

/// How fast the clock of the examples goes.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "a clock is real or simulated")]
pub enum Pace {
    /// As the clock on the wall.
    Real,
    /// So many times faster, which takes a paused clock. 0: as fast as it goes. Where no terminal shows spinners, nobody
    /// watches and it is always as fast as it goes.
    Simulated(u32),
}

const FRAME: Duration = Duration::from_millis(50);

impl Progress {
    /// A display that starts now. It must be started on tokio's runtime.
    #[must_use]
    pub fn start(pace: Pace) -> Arc<Self> {
        let progress = Arc::new(Self {
            start: Instant::now(),
            // Draws on standard error, and nothing if that is no terminal.
            spinners: MultiProgress::new(),
            running: Mutex::default(),
        });
        match pace {
            _ if !stderr().is_terminal() => {}
            Pace::Simulated(0) => {}
            Pace::Simulated(speed) => drop(tokio::spawn(time_lapse(Arc::clone(&progress), speed))),
            Pace::Real => drop(tokio::spawn(animate(Arc::clone(&progress)))),
        }
        progress
    }

    /// Options for a phase that is shown here.
    #[must_use]
    pub fn run_options(self: &Arc<Self>) -> Option<RunOptions> {
        let observer: Arc<dyn Observer> = Arc::<Self>::clone(self);
        Some(RunOptions {
            observer: Some(observer),
            ..Default::default()
        })
    }

    /// How much time has passed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Prints a line, above the spinners.
    #[expect(clippy::print_stdout, reason = "examples talk to people")]
    pub fn say(&self, line: impl fmt::Display) {
        self.spinners.suspend(|| println!("{line}"));
    }

    /// Prints what comes now.
    pub fn heading(&self, line: impl fmt::Display) {
        self.say(format_args!("\n{}", style(line).bold()));
    }

    /// Shows a wait that is no step of a phase.
    pub async fn during<T>(&self, what: &str, wait: impl Future<Output = T> + Send) -> T {
        self.begin(what);
        let output = wait.await;
        self.end(what, &style("✓").green(), "waited", &[]);
        output
    }

    fn begin(&self, what: &str) {
        let spinner = self.spinners.add(ProgressBar::new_spinner());
        // The template is a literal; were it refused, the spinner would have its own look.
        if let Ok(style) = ProgressStyle::with_template("  {spinner:.cyan} {msg:.dim}") {
            spinner.set_style(style);
        }
        let running = Running {
            what: what.to_owned(),
            since: Instant::now(),
            spinner,
        };
        self.running().push(running);
    }

    fn end(&self, what: &str, mark: &dyn fmt::Display, outcome: &str, notes: &[String]) {
        let mut running = self.running();
        let at = running.iter().position(|running| running.what == what);
        let took = at.map(|at| running.remove(at)).map(|ended| {
            ended.spinner.finish_and_clear();
            ended.since.elapsed()
        });
        drop(running);
        let took = took.map_or_else(String::new, lasted);
        let now = time(self.elapsed());
        self.say(format_args!(
            "  {mark} {now:>7}  {outcome:<13}  {what}{}",
            style(took).dim()
        ));
        for note in notes {
            self.say(format_args!("{:28}{note}", ""));
        }
    }

    fn draw(&self) {
        for running in self.running().iter() {
            let waited = time(running.since.elapsed());
            running
                .spinner
                .set_message(format!("{waited:>7}  {:<13}  {}", "…", running.what));
            running.spinner.tick();
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn observe(&self, event: &Event) {
        match event {
            Event::Started { step, target, .. } => self.begin(&told(*step, target)),
            Event::Finished { report, .. } => self.end(
                &told(report.step, &report.target),
                &style("✓").green(),
                &report.outcome.to_string(),
                &report.notes,
            ),
            // The error itself is what the phase returns.
            Event::Failed { step, target, .. } => {
                self.end(&told(*step, target), &style("✗").red(), "failed", &[]);
            }
            _ => {}
        }
    }
}

/// A step in few words. Scopes lose the part that says where the resource lies.
fn told(step: StepId, target: &str) -> String {
    match (
        step,
        target.split_once(" for "),
        target.rsplit_once("/providers/"),
    ) {
        (StepId::Subscription, ..) => format!("{target} belongs to the tenant"),
        (StepId::Setup, ..) => format!("{target} is as phase 1 left it"),
        (StepId::KeyTenant, ..) => format!("{target} lies in the customer's tenant"),
        (StepId::KeyBinding, ..) => format!("{target} serves no other customer"),
        (StepId::KeyRole | StepId::KeyCreatorRole, Some((role, _)), Some((_, scope))) => {
            format!(
                "{role} on {}",
                scope.split_once('/').map_or(scope, |parts| parts.1)
            )
        }
        _ => target.to_owned(),
    }
}

/// A time as people write it: `9:05`, `1:00:00`.
#[must_use]
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// How long something took, if it took its time.
fn lasted(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, 0) => String::new(),
        (0, seconds) => format!("  ({seconds} s)"),
        (minutes, 0) => format!("  ({minutes} min)"),
        (minutes, seconds) => format!("  ({minutes} min {seconds} s)"),
    }
}

/// Redraws the spinners as real time passes.
async fn animate(progress: Arc<Progress>) {
    loop {
        pause(FRAME).await;
        progress.draw();
    }
}

/// Lets a paused clock run `speed` times faster than a real one. Tokio moves a paused clock only while no blocking task runs, so
/// the blocking frames below hold it back, and every timer still fires at its own moment.
async fn time_lapse(progress: Arc<Progress>, speed: u32) {
    #[expect(
        clippy::disallowed_methods,
        reason = "it shows a film to a person, and waits for nothing"
    )]
    let frame = || std::thread::sleep(FRAME);
    while tokio::task::spawn_blocking(frame).await.is_ok() {
        progress.draw();
        pause(FRAME.saturating_mul(speed)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{lasted, time, told};
    use cross_tenant_cmk::StepId;
    use std::time::Duration;

    #[test]
    fn times_read_like_a_clock() {
        let times = [0, 65, 3_600].map(|seconds| time(Duration::from_secs(seconds)));
        assert_eq!(times, ["0:00", "1:05", "1:00:00"]);
        let spans = [0, 7, 110, 600].map(|seconds| lasted(Duration::from_secs(seconds)));
        assert_eq!(spans, ["", "  (7 s)", "  (1 min 50 s)", "  (10 min)"]);
    }

    #[test]
    fn a_role_is_told_without_the_ids() {
        let target = "role Key User for 1 on /subscriptions/2/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/k";
        assert_eq!(
            told(StepId::KeyRole, target),
            "role Key User on vaults/v/keys/k"
        );
        assert_eq!(told(StepId::Vault, "vault v"), "vault v");
    }
}
