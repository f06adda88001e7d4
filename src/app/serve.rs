//! Runs the bot in Discord until a signal, for `footnote serve`.

use std::pin::pin;

use super::{App, AppError, DiscordEndpoint, knowledge, logging, runtime};
use crate::config::{Config, Token, open_to_others};

/// Runs the bot until Ctrl-C or SIGTERM.
///
/// # Errors
/// If the configuration, the token or the knowledge is wrong, Discord refuses the bot or cannot be reached at the
/// start, or a task that the bot needs ends.
pub fn run(config: &Config) -> Result<(), AppError> {
    logging::init(&config.log);
    let token = config.token()?;
    warn_of_open_token_file(config);
    runtime::block_on(serve(config, token))??;
    tracing::info!("stopped");
    Ok(())
}

async fn serve(config: &Config, token: Token) -> Result<(), AppError> {
    let mut stop = pin!(runtime::stop_signal()?);
    // Serves metrics before the knowledge is loaded, so that monitoring sees the start.
    let mut app = App::start(config, knowledge::origin(&[], config)).await?;
    let library = tokio::select! {
        loaded = app.load_library() => loaded?,
        () = &mut stop => return Ok(()),
    };
    app.run(DiscordEndpoint { token, api_url: config.api_url() }, library, stop).await
}

/// Warns if other users of this machine can read or change the token's file.
fn warn_of_open_token_file(config: &Config) {
    if let Some((path, Ok(Some(mode)))) = config.token_file().map(|path| (path, open_to_others(path))) {
        let (path, mode) = (path.display(), format!("{mode:03o}"));
        tracing::warn!(%path, mode, "others on this machine may read or change the token's file; make it mode 600");
    }
}
