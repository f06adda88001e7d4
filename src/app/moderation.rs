//! Opens moderation for a bot: the database, the edit service for the knowledge files, and the unanswered queue.
//! If any of them fails to open, the log and the replies to moderators say why, and the bot still answers questions.

use std::sync::Arc;
use std::time::Duration;

use super::labelled;
use super::tasks::Tasks;
use crate::config;
use crate::discord;
use crate::library::handle::LibraryHandle;
use crate::library::reload::Origin;
use crate::moderation::{EditService, ModerationUnavailable, SharedDatabase, UnansweredQueue, UnixMillis};
use crate::telemetry::Telemetry;

/// The interval at which unanswered questions are counted: Prometheus' default scrape interval.
const COUNT_INTERVAL: Duration = Duration::from_secs(60);

/// The timeout of a call to the database. Discord expects the first response to an interaction within 3 s, so a
/// moderator still gets an error message in time.
const DATABASE_TIME: Duration = Duration::from_millis(2_500);

/// Opens moderation of the knowledge files in `origin`.
///
/// # Errors
/// If the runtime shuts down.
pub(super) async fn open(
    settings: &config::Moderation,
    origin: &Origin,
    library: &Arc<LibraryHandle>,
    telemetry: &Telemetry,
    tasks: &mut Tasks,
) -> std::io::Result<(UnansweredQueue, discord::ModerationSetup)> {
    let opening = {
        let (settings, origin, library) = (settings.clone(), origin.clone(), Arc::clone(library));
        move || {
            let database = SharedDatabase::open(&settings.state, DATABASE_TIME)?;
            let edit_service = EditService::open(
                origin.paths,
                settings.source.clone(),
                origin.thresholds,
                database.clone(),
                library,
                regression(&settings),
            );
            Ok::<_, ModerationUnavailable>((database, edit_service))
        }
    };
    let opened = tokio::task::spawn_blocking(opening).await.map_err(std::io::Error::other)?;
    let (unanswered_queue, edit_service) = match opened {
        Ok((database, edit_service)) => {
            tasks.spawn("count of unanswered questions", count_unanswered(database.clone(), telemetry.clone()));
            let (queue, writer) = UnansweredQueue::new(database, settings.retention_days, UnixMillis::now);
            if settings.retention_days > 0 {
                tasks.spawn("unanswered queue", writer);
            } else {
                // Optional: it ends after deleting the questions that an earlier run retained.
                tasks.spawn_optional("unanswered queue", writer);
            }
            (queue, edit_service.map(Arc::new))
        }
        Err(closed) => (UnansweredQueue::off(), Err(closed)),
    };
    match &edit_service {
        Ok(edit_service) => {
            let edit_service = Arc::clone(edit_service);
            tasks.spawn("history of the knowledge files", async move { edit_service.follow().await });
        }
        Err(ModerationUnavailable::BuiltIn) => {
            tracing::info!("moderation is off: the knowledge is the built-in copy, which cannot be edited")
        }
        Err(closed) => tracing::error!(error = %closed, "moderation is off"),
    }
    let queue = unanswered_queue.clone();
    Ok((queue, discord::ModerationSetup { edit_service, unanswered_queue, settings: settings.clone() }))
}

/// Updates the metric of the number of unanswered questions, forever.
async fn count_unanswered(database: SharedDatabase, telemetry: Telemetry) {
    let mut ticks = tokio::time::interval(COUNT_INTERVAL);
    loop {
        ticks.tick().await;
        match database.run(|database| database.question_count()).await {
            Ok(count) => telemetry.set_unanswered(count),
            Err(error) => tracing::debug!(%error, "could not count the unanswered questions"),
        }
    }
}

/// The questions that previews ask in addition to every wording.
fn regression(settings: &config::Moderation) -> Vec<String> {
    let Some(path) = &settings.questions else { return Vec::new() };
    // Previews need only the questions; an edit may have removed an entry that a label names.
    match labelled::read(path, None) {
        Ok(questions) => questions.into_iter().map(|labelled| labelled.q).collect(),
        Err(error) => {
            tracing::error!(%error, "previews will not ask the questions of `moderation.questions`");
            Vec::new()
        }
    }
}
