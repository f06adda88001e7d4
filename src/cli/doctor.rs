//! `footnote doctor`: prints a diagnosis of everything that a running bot needs. Exits with 1 if something must be
//! changed.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::{CommandResult, announce_builtin};
use crate::app::{self, doctor};
use crate::config::{Config, DiscordId};
use crate::discord::{Diagnostic, Grade};

#[derive(Args, Debug)]
pub(super) struct Doctor {
    /// Also check the permissions in this channel; may be repeated
    #[arg(long, value_name = "ID")]
    channel: Vec<NonZeroU64>,
    /// The configuration file [default: config.toml, if it exists]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Doctor {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let config = Config::load(self.config.as_deref())?;
        announce_builtin(&app::knowledge::paths(&[], &config));
        let diagnostics = doctor::examine(&config, self.channels(&config))?;
        show(&diagnostics, out)?;
        Ok(!diagnostics.iter().any(|diagnostic| diagnostic.grade == Grade::Error))
    }

    /// The channels that the configuration and the command line name, without duplicates.
    fn channels(&self, config: &Config) -> Vec<DiscordId> {
        let mut channels = config.discord.listen_channels.clone();
        channels.extend(config.moderation.log_channel);
        channels.extend(self.channel.iter().copied().map(DiscordId));
        let mut seen = std::collections::HashSet::new();
        channels.retain(|channel| seen.insert(*channel));
        channels
    }
}

/// Prints a line for each diagnostic, and a summary.
fn show(diagnostics: &[Diagnostic], out: &mut impl Write) -> std::io::Result<()> {
    let width = diagnostics.iter().map(|diagnostic| diagnostic.subject.chars().count()).max().unwrap_or(0);
    for Diagnostic { subject, grade, says } in diagnostics {
        // Text from Discord may contain line breaks.
        let says: String = says.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        writeln!(out, "{:<6} {subject:<width$}  {says}", label(*grade))?;
    }
    let count = |grade| diagnostics.iter().filter(|diagnostic| diagnostic.grade == grade).count();
    match (count(Grade::Error), count(Grade::Warning)) {
        (0, 0) => writeln!(out, "\nno problems found"),
        (wrong, doubtful) => writeln!(out, "\n{wrong} to change, {doubtful} to look at"),
    }
}

fn label(grade: Grade) -> &'static str {
    match grade {
        Grade::Ok => "ok",
        Grade::Warning => "look",
        Grade::Error => "change",
    }
}
