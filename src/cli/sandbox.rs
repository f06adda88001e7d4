//! `footnote sandbox`: the arguments of the bot in the sandbox.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use footnote_sandbox::ACTS;
use footnote_sandbox::page::Reach;

use super::{CliError, CommandResult, Inputs};
use crate::app::sandbox::{self, SandboxOptions};

/// The most servers: the number that one connection of a bot may serve
/// (<https://discord.com/developers/docs/events/gateway#sharding>).
const GUILDS_MAX: u16 = 2500;

/// The long help before and after the list of acts.
const ABOUT: [&str; 2] = [
    r#"Runs the bot against a stand-in for Discord on this machine, and serves a chat page to try it in the browser.

A script contains one act per line, as a JSON object:

  {"act": "post", "as": "member", "channel": "general", "text": "@footnote why?", "name": "q"}

Acts and their fields:
"#,
    r#"
"as" is owner, moderator, member or other. "channel" is general, offtopic, mods or dm.
A file in "options" is an object: {"filename": "notes.json", "text": "the content"}.
Later lines refer to a message by its name ("q") and to the bot's answer to it by "q.answer".
"expect" waits until a message contains "text" or, with "gone": true, until it is deleted.
If a line fails, the command exits with 1."#,
];

/// The long help, with every act.
pub(super) fn long_about() -> String {
    let width = ACTS.iter().map(|(act, _)| act.len()).max().unwrap_or(0);
    let acts = ACTS.iter().map(|(act, fields)| format!("\n  {act:<width$}  {}", fields.join(", ")));
    let acts: String = acts.collect();
    let [before, after] = ABOUT;
    format!("{before}{acts}\n{after}")
}

#[derive(Args, Debug)]
pub(super) struct SandboxCommand {
    /// Port of the page; 0 chooses a free port
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address of the page; an address that the network can reach also needs --open-to-network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Let everyone who can reach --bind act as any user of the sandbox and read your knowledge
    #[arg(long)]
    open_to_network: bool,
    /// Number of servers that the bot is in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(GUILDS_MAX)))]
    guilds: u16,
    /// Append the bot's REST calls to this file, one JSON object per line
    #[arg(long, value_name = "CALLS.jsonl")]
    log: Option<PathBuf>,
    /// Play this script, then keep running
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Exit after the script, when everything that it caused is finished
    #[arg(long, requires = "script")]
    exit: bool,
    #[command(flatten)]
    inputs: Inputs,
}

impl SandboxCommand {
    pub fn run(self, out: &mut impl Write) -> CommandResult {
        if !self.bind.is_loopback() && !self.open_to_network {
            return Err(CliError::Usage(
                "expected a loopback address for --bind, found one that the network can reach; add --open-to-network to allow that",
            ));
        }
        let config = self.inputs.config()?;
        let options = SandboxOptions {
            address: SocketAddr::new(self.bind, self.port),
            reach: if self.open_to_network { Reach::Network } else { Reach::Loopback },
            guilds: self.guilds,
            log: self.log,
            script: self.script,
            exit: self.exit,
            knowledge: self.inputs.knowledge,
        };
        sandbox::run(&options, &config, out)?;
        Ok(true)
    }
}
