//! A space: settings, steps and records of one test, apart from all others.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::api::target::OperationName;
use crate::auth::authentication::Authentication;
use crate::http::request::ReceivedRequest;
use crate::spaces::record::{Preflight, Record, State};
use crate::spaces::settings::Settings;
use crate::spaces::step::Step;

/// How many requests a space remembers. A demo runs for days, and a soak test makes many calls.
const RECORDS_KEPT: usize = 1000;
/// … and how much of their bodies, in bytes.
const BODIES_KEPT: usize = 256 << 20;

/// Something to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Milestone {
    /// The request is here.
    Received,
    /// Its answer was played to the end.
    Finished,
    /// The client left before that.
    Disconnected,
    /// Either.
    Ended,
}

/// See the module.
#[derive(Default)]
pub struct Space {
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    /// The settings as they were sent, for a later `PATCH`.
    raw: Map<String, Value>,
    settings: Arc<Settings>,
    steps: VecDeque<Step>,
    records: VecDeque<Record>,
    received: u64,
    body_bytes: usize,
    preflights: Vec<Preflight>,
}

impl Space {
    /// Changes the settings that are given, and the steps if they are.
    ///
    /// # Errors
    /// What is wrong with `changes`; nothing is changed then.
    pub fn configure(&self, mut changes: Map<String, Value>) -> Result<(), String> {
        let steps = changes.remove("steps").map(serde_json::from_value);
        let steps = steps
            .transpose()
            .map_err(|error| format!("steps: {error}"))?;
        // A time is kept as an offset, or the clock would stand still.
        if let Some(clock) = changes.remove("clock") {
            let clock: Timestamp = clock
                .as_str()
                .unwrap_or_default()
                .parse()
                .map_err(|error| format!("clock: {error}"))?;
            let offset = clock.duration_since(Timestamp::now()).as_millis();
            changes.insert("clockOffsetMs".to_owned(), json!(offset as i64));
        }
        let mut inner = self.lock();
        let mut raw = inner.raw.clone();
        raw.extend(changes);
        let settings: Settings = serde_json::from_value(Value::Object(raw.clone()))
            .map_err(|error| error.to_string())?;
        inner.settings = Arc::new(settings);
        inner.raw = raw;
        if let Some(steps) = steps {
            inner.steps = steps;
        }
        Ok(())
    }

    /// The settings of this moment.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        self.lock().settings.clone()
    }

    /// The step for the next request to an operation.
    #[must_use]
    pub fn next_step(&self, operation: OperationName) -> Option<Step> {
        let mut inner = self.lock();
        let mut positions = inner
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.operation == operation)
            .map(|(position, _)| position);
        let next = positions.next()?;
        if positions.next().is_none() && inner.settings.repeat_last {
            inner.steps.get(next).cloned()
        } else {
            inner.steps.remove(next)
        }
    }

    /// Writes a request down. The number is its place among all requests of the space.
    pub fn record(&self, request: &ReceivedRequest, authentication: &Authentication) -> u64 {
        let mut inner = self.lock();
        let index = inner.received;
        inner.received += 1;
        inner
            .records
            .push_back(Record::new(index, request, authentication));
        inner.body_bytes += request.body.len();
        while inner.records.len() > RECORDS_KEPT || inner.body_bytes > BODIES_KEPT {
            let Some(oldest) = inner.records.pop_front() else {
                break;
            };
            inner.body_bytes -= oldest.body_bytes;
        }
        drop(inner);
        self.changed.send_replace(());
        index
    }

    /// Writes a preflight down.
    pub fn record_preflight(&self, request: &ReceivedRequest) {
        let mut inner = self.lock();
        if inner.preflights.len() < RECORDS_KEPT {
            inner.preflights.push(Preflight::new(request));
        }
    }

    /// Changes a record, if it is still kept.
    pub fn update(&self, index: u64, change: impl FnOnce(&mut Record)) {
        let mut inner = self.lock();
        let Some(record) = inner
            .records
            .iter_mut()
            .rev()
            .find(|record| record.index == index)
        else {
            return;
        };
        let before = record.state;
        change(record);
        let ended = record.state != before;
        drop(inner);
        if ended {
            self.changed.send_replace(());
        }
    }

    /// Waits until the request `index` has come as far as `milestone`, or can no longer.
    pub async fn wait(&self, index: u64, milestone: Milestone, timeout: Duration) {
        let mut changes = self.changed.subscribe();
        let reached = async {
            while !self.has_reached(index, milestone) {
                // The sender lives as long as `self`: there is no error to handle.
                let _ = changes.changed().await;
            }
        };
        // Too late is an answer too: the caller looks at the state.
        let _ = tokio::time::timeout(timeout, reached).await;
    }

    fn has_reached(&self, index: u64, milestone: Milestone) -> bool {
        let inner = self.lock();
        match inner.records.iter().find(|record| record.index == index) {
            Some(record) => milestone == Milestone::Received || record.state != State::Open,
            // Forgotten, which an open one may be too, or yet to come.
            None => index < inner.received,
        }
    }

    /// Everything that was received.
    #[must_use]
    pub fn report(&self) -> Value {
        let inner = self.lock();
        json!({ "requests": inner.records, "preflights": inner.preflights, "stepsLeft": inner.steps.len() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All spaces by their names.
pub struct Spaces {
    by_name: Mutex<HashMap<String, Arc<Space>>>,
    token_delay: Duration,
}

impl Spaces {
    /// No spaces yet. Those to come have this time between two deltas, if they set no other.
    #[must_use]
    pub fn new(token_delay: Duration) -> Self {
        Self {
            by_name: Mutex::default(),
            token_delay,
        }
    }

    /// The time between two deltas in spaces that set no other.
    #[must_use]
    pub fn token_delay(&self) -> Duration {
        self.token_delay
    }

    /// The space of that name, made if it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> Arc<Space> {
        self.lock().entry(name.to_owned()).or_default().clone()
    }

    /// Puts a new space in the place of that name.
    pub fn replace(&self, name: String, space: Arc<Space>) {
        self.lock().insert(name, space);
    }

    /// Forgets the space of that name.
    pub fn remove(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Space>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
