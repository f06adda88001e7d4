//! `footnote serve`: the arguments of the bot in Discord.

use std::path::PathBuf;

use clap::Args;

use super::CommandResult;
use crate::app::serve;
use crate::config::Config;

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// The configuration file [default: config.toml, if it exists]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Serve {
    pub fn run(&self) -> CommandResult {
        serve::run(&Config::load(self.config.as_deref())?)?;
        Ok(true)
    }
}
