//! Working on plans: on a thread of their own, one at a time, told to stop at a deadline or
//! when cancelled. Every few seconds the row says how far it is: that is also how another
//! server knows that somebody is at it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use luot_planner::{Disruption, Instance, Limit, Progress, Solution, Unserved};
use luot_store::entities::plan;
use luot_store::{Tx, Work, plans};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::start::PlanOptions;
use crate::disruptions::{self, Answered};
use crate::error::{Error, Result};
use crate::instances::json;
use crate::{App, limits};

/// How often the row of a running plan is written.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// A running plan of which nothing was heard for so long has been given up.
pub(crate) const SILENCE: chrono::Duration = chrono::Duration::seconds(30);

/// The plans this server is working on.
#[derive(Clone)]
pub struct Planners {
    running: Arc<Mutex<HashMap<Uuid, Arc<AtomicBool>>>>,
    places: Arc<Semaphore>,
    urgent: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    proposal_steps: Option<u64>,
}

impl Default for Planners {
    fn default() -> Self {
        Self {
            running: Arc::default(),
            places: Arc::new(Semaphore::new(limits::PLANNERS)),
            urgent: Arc::new(Semaphore::new(limits::PLANNERS)),
            looks: Arc::new(Semaphore::new(limits::PLANS_LOOKED_AT)),
            proposal_steps: None,
        }
    }
}

impl Planners {
    /// Looks for answers to disruptions for so many steps, whatever time they take.
    pub(crate) fn with_proposal_steps(self, steps: u64) -> Self {
        Self {
            proposal_steps: Some(steps),
            ..self
        }
    }

    /// Begins to work on a plan.
    pub(crate) fn start(
        &self,
        app: App,
        row: plan::Model,
        instance: Instance,
        options: PlanOptions,
    ) {
        let stop = Arc::new(AtomicBool::new(false));
        self.lock().insert(row.id, stop.clone());
        let planners = self.clone();
        tokio::spawn(async move {
            let id = row.id;
            if let Err(error) = work(&app, &planners, row, instance, options, stop).await {
                tracing::error!(plan.id = %id, error = &error as &dyn std::error::Error, "plan failed");
            }
            planners.lock().remove(&id);
        });
    }

    /// Tells a plan to stop.
    pub(crate) fn cancel(&self, id: Uuid) {
        if let Some(stop) = self.lock().get(&id) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Tells all of them to stop.
    pub(crate) fn stop(&self) {
        for stop in self.lock().values() {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Looks for answers to a disruption. They do not wait for plans that are being made.
    pub(crate) async fn rebalance(
        &self,
        instance: Instance,
        disruption: Disruption,
    ) -> Result<Answered> {
        let place = self
            .urgent
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        let steps = self.proposal_steps;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            disruptions::look(&instance, &disruption, steps)
        })
        .await
        .map_err(|e| Error::Bug(format!("the planner failed: {e}")))?
    }

    /// Looks at a plan, which takes a core for a while: on a thread of its own, a few at a time.
    /// Never inside a transaction.
    pub(crate) async fn consider<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = self
            .looks
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            look()
        })
        .await
        .map_err(|e| Error::Bug(format!("the planner failed: {e}")))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<AtomicBool>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work(
    app: &App,
    planners: &Planners,
    mut row: plan::Model,
    instance: Instance,
    options: PlanOptions,
    stop: Arc<AtomicBool>,
) -> Result<()> {
    let progress: Arc<Mutex<Option<Progress>>> = Arc::default();
    let solving = solve(planners, instance, options, stop.clone(), progress.clone());
    tokio::pin!(solving);
    let solved = loop {
        tokio::select! {
            solved = &mut solving => break solved,
            () = tokio::time::sleep(HEARTBEAT) => {
                let seen = *progress.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(seen) = seen {
                    row.steps = i64::try_from(seen.steps).unwrap_or(i64::MAX);
                    row.cost = Some(seen.cost);
                    row.terms = Some(json(&seen.terms)?);
                }
                row.updated_at = app.clock.now();
                match save(app, &row).await {
                    Ok(()) => row.version += 1,
                    // Cancelled, perhaps through another server.
                    Err(Error::Stale) => stop.store(true, Ordering::Relaxed),
                    Err(error) => tracing::warn!(
                        plan.id = %row.id,
                        error = &error as &dyn std::error::Error,
                        "how far a plan is cannot be written; the search goes on"
                    ),
                }
            }
        }
    };
    let now = app.clock.now();
    row.updated_at = now;
    row.finished_at = Some(now);
    match solved {
        Ok((unserved, solution)) => {
            row.state = "draft".into();
            row.steps = i64::try_from(solution.steps).unwrap_or(i64::MAX);
            row.cost = Some(solution.assessment.cost);
            row.terms = Some(json(&solution.assessment.terms)?);
            row.unserved = Some(json(&unserved)?);
            row.content = Some(json(&solution.plan)?);
        }
        Err(failure) => {
            row.state = "failed".into();
            row.failure = Some(failure);
        }
    }
    // Minutes of work are not thrown away because the database is away just now.
    let mut tries = 0;
    loop {
        match save(app, &row).await {
            Err(Error::Stale) | Ok(()) => return Ok(()),
            Err(other) if tries == limits::PLAN_SAVES => return Err(other),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(HEARTBEAT).await;
    }
}

async fn save(app: &App, row: &plan::Model) -> Result<()> {
    app.store.write_work(&Save(row)).await
}

/// Writes a plan that is still running.
struct Save<'a>(&'a plan::Model);

impl Work for Save<'_> {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        Ok(plans::advance(tx, "running", self.0.clone()).await?)
    }
}

async fn solve(
    planners: &Planners,
    instance: Instance,
    options: PlanOptions,
    stop: Arc<AtomicBool>,
    progress: Arc<Mutex<Option<Progress>>>,
) -> std::result::Result<(Vec<Unserved>, Solution), String> {
    let place = planners
        .places
        .clone()
        .acquire_owned()
        .await
        .map_err(|e| e.to_string())?;
    let solved = tokio::task::spawn_blocking(move || {
        let _place = place;
        let began = Instant::now();
        let deadline = Duration::from_secs(u64::from(options.seconds));
        let gone = || {
            if stop.load(Ordering::Relaxed) {
                1.0
            } else {
                began.elapsed().as_secs_f64() / deadline.as_secs_f64().max(0.001)
            }
        };
        let limit = match options.steps {
            Some(steps) => Limit::Steps(steps),
            None => Limit::Share(&gone),
        };
        let mut watch = |seen: &Progress| {
            *progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(*seen);
            // Steps take their time; but not for ever.
            let too_long = began.elapsed() >= Duration::from_secs(limits::PLAN_SECONDS_MOST.into());
            if too_long || stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let solution = luot_planner::solve(&instance, options.seed, limit, &mut watch);
        let unserved = luot_planner::explain(&instance, &solution.plan);
        (unserved, solution)
    })
    .await;
    match solved {
        Ok((_, solution)) if !solution.assessment.ok => Err(format!(
            "no plan keeps all rules: {}",
            solution.assessment.broken.join("; ")
        )),
        Ok(done) => Ok(done),
        Err(panicked) => {
            tracing::error!(error = %panicked, "the planner panicked");
            Err("the planner failed".into())
        }
    }
}
