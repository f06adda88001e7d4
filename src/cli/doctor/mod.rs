//! `footnote doctor`: looks at everything that a running bot needs, and says for each what is right or what to change.
//! Ends with 1 when something must be changed. It changes nothing itself.

mod machine;

use std::io::Write;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::{Ended, paths};
use crate::config::{Config, DiscordId};
use crate::discord::{self, Diagnostic, DiagnosticInput, Grade};

#[derive(Args, Debug)]
pub(super) struct Doctor {
    /// A channel in which the bot is to speak; besides those of the configuration
    #[arg(long, value_name = "ID")]
    channel: Vec<NonZeroU64>,
    /// The configuration file [default: config.toml, if there is one]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Doctor {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        let config = Config::load(self.config.as_deref())?;
        let mut diagnostics = machine::examine(&config, &paths(&[], &config));
        match config.token() {
            Ok(token) => {
                let subject = DiagnosticInput {
                    token,
                    api_url: config.api_url(),
                    guild: config.discord.guild,
                    shards: config.discord.shards,
                    listens: !config.discord.listen_channels.is_empty(),
                    names_no_moderators: config.moderation.names_nobody(),
                    channels: self.channels(&config),
                };
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                diagnostics.extend(runtime.block_on(discord::examine(subject))?);
            }
            Err(error) => diagnostics.push(Diagnostic::error("token", format!("{error}; Discord was not asked"))),
        }
        show(&diagnostics, out)?;
        Ok(!diagnostics.iter().any(|diagnostic| diagnostic.grade == Grade::Error))
    }

    /// The channels in which the bot speaks unasked, and those that were named; each once.
    fn channels(&self, config: &Config) -> Vec<DiscordId> {
        let mut channels = config.discord.listen_channels.clone();
        channels.extend(config.moderation.log_channel);
        channels.extend(self.channel.iter().copied().map(DiscordId));
        let mut seen = std::collections::HashSet::new();
        channels.retain(|channel| seen.insert(*channel));
        channels
    }
}

/// A line for each, in columns, and a last one that counts.
fn show(diagnostics: &[Diagnostic], out: &mut impl Write) -> std::io::Result<()> {
    let width = diagnostics.iter().map(|diagnostic| diagnostic.subject.chars().count()).max().unwrap_or(0);
    for Diagnostic { subject, grade, says } in diagnostics {
        // Discord's words stand on one line, whatever is in them.
        let says: String = says.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        writeln!(out, "{:<6} {subject:<width$}  {says}", label(*grade))?;
    }
    let count = |grade| diagnostics.iter().filter(|diagnostic| diagnostic.grade == grade).count();
    match (count(Grade::Error), count(Grade::Warning)) {
        (0, 0) => writeln!(out, "\nall is well"),
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
