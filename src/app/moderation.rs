//! Opens moderation for a bot: the database, the edit service for the knowledge files, and the unanswered queue.
//! If any of them fails to open, the log and the replies to moderators say why, and the bot still answers questions.
//! A source text or a file of labelled questions that cannot be used only leaves its part out of previews.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::labelled;
use super::tasks::Tasks;
use crate::config;
use crate::discord;
use crate::knowledge::{self, Severity};
use crate::library::handle::LibraryHandle;
use crate::library::reload::Origin;
use crate::moderation::{EditService, ModerationUnavailable, Regression, SharedDatabase, UnansweredQueue, UnixMillis};
use crate::telemetry::Telemetry;
use crate::throttle::off_thread;

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
                database.clone(),
                library,
                regression(&settings),
            );
            Ok::<_, ModerationUnavailable>((database, edit_service))
        }
    };
    if let Some(source) = settings.source.clone().filter(|_| !origin.paths.is_empty()) {
        let paths = origin.paths.clone();
        tasks.spawn_optional("check of the source text", async move {
            if let Err(problem) = off_thread(move || verify_source(&paths, &source)).await {
                tracing::error!(%problem, "`moderation.source` does not fit the knowledge");
            }
        });
    }
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
fn regression(settings: &config::Moderation) -> Regression {
    let Some(path) = &settings.questions else { return Regression::default() };
    match questions(path) {
        Ok(questions) => Regression { questions, problem: None },
        Err(problem) => {
            tracing::error!(%problem, "previews will not ask the questions of `moderation.questions`");
            Regression { questions: Vec::new(), problem: Some(problem) }
        }
    }
}

/// Reads the questions of a file.
///
/// # Errors
/// The reason that they cannot be used.
pub(super) fn questions(path: &Path) -> Result<Vec<String>, String> {
    // Reading a pipe without a writer would block forever.
    if path.exists() && !path.is_file() {
        return Err(format!("{}: expected a file, found a folder, a pipe or a device", path.display()));
    }
    // Previews need only the questions; an edit may have removed an entry that a label names.
    // The log and the previews show the problem in one line.
    let questions = labelled::read(path, None).map_err(|error| error.to_string().replace('\n', " "))?;
    Ok(questions.into_iter().map(|labelled| labelled.q).collect())
}

/// Compares the knowledge files with the source text. Takes about as long as a check of the files.
///
/// # Errors
/// The reason that quotes are not verified, or that some are wrong already.
pub(super) fn verify_source(knowledge: &[PathBuf], source: &Path) -> Result<(), String> {
    let report = knowledge::check_edited(knowledge, None, Some(source));
    if let Some(problem) = report.source_problem() {
        return Err(format!(
            "{problem}. Until it fits, quotes are not verified; `footnote check --source` lists the problems"
        ));
    }
    match report.findings().iter().filter(|finding| finding.about_source && finding.severity == Severity::Error).count()
    {
        0 => Ok(()),
        wrong => Err(format!(
            "{}: quotes that do not occur in their paragraphs: {wrong}; `footnote check --source` lists them",
            source.display()
        )),
    }
}
