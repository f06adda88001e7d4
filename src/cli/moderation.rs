//! Opening moderation for a bot: the database, the office over the knowledge files, and what notes unanswered questions.
//! Whatever of it cannot be opened is told in the log and to whoever tries to moderate; the bot answers all the same.

use std::sync::Arc;
use std::time::Duration;

use super::eval;
use crate::config;
use crate::discord;
use crate::moderation::moment::UnixMillis;
use crate::moderation::recorder::Recorder;
use crate::moderation::state::State;
use crate::moderation::{Closed, Office};
use crate::library::reload::Origin;
use crate::library::handle::LibraryHandle;
use crate::telemetry::Telemetry;

/// How often the unanswered questions are counted: as often as Prometheus asks, unless it is told otherwise.
const COUNT_EVERY: Duration = Duration::from_secs(60);

/// Opens moderation of these files.
///
/// # Errors
/// If the runtime ends meanwhile.
pub(super) async fn open(
    settings: &config::Moderation,
    origin: &Origin,
    library: &Arc<LibraryHandle>,
    telemetry: &Telemetry,
) -> std::io::Result<(Recorder, discord::Moderation)> {
    let opening = {
        let (settings, origin, library) = (settings.clone(), origin.clone(), Arc::clone(library));
        move || {
            let state = State::open(&settings.state)?;
            let office = Office::open(
                origin.paths,
                settings.source.clone(),
                origin.thresholds,
                state.clone(),
                library,
                regression(&settings),
            );
            Ok::<_, Closed>((state, office))
        }
    };
    let opened = tokio::task::spawn_blocking(opening).await.map_err(std::io::Error::other)?;
    let (recorder, office) = match opened {
        Ok((state, office)) => {
            tokio::spawn(count_unanswered(state.clone(), telemetry.clone()));
            (Recorder::start(state, settings.retention_days, UnixMillis::now).0, office.map(Arc::new))
        }
        Err(closed) => (Recorder::off(), Err(closed)),
    };
    match &office {
        Ok(office) => {
            let office = Arc::clone(office);
            tokio::spawn(async move { office.follow().await });
        }
        Err(Closed::BuiltIn) => tracing::info!("moderation is off: the knowledge is the copy that is built in"),
        Err(closed) => tracing::error!(error = %closed, "moderation is off"),
    }
    Ok((recorder.clone(), discord::Moderation::new(office, recorder, settings.clone())))
}

/// Keeps the metrics up to date on the list of unanswered questions.
async fn count_unanswered(state: State, telemetry: Telemetry) {
    let mut ticks = tokio::time::interval(COUNT_EVERY);
    loop {
        ticks.tick().await;
        match state.run(|database| database.question_count()).await {
            Ok(count) => telemetry.unanswered(count),
            Err(error) => tracing::debug!(%error, "the unanswered questions could not be counted"),
        }
    }
}

/// The questions that previews ask besides every wording.
fn regression(settings: &config::Moderation) -> Vec<String> {
    let Some(path) = &settings.questions else { return Vec::new() };
    match eval::questions(path) {
        Ok(questions) => questions,
        Err(error) => {
            tracing::error!(%error, "previews do without the questions of `moderation.questions`");
            Vec::new()
        }
    }
}
