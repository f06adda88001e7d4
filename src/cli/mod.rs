//! The command line: what can be asked of Footnote in a terminal, and how it ends (0 done, 1 the input was wrong, 2 usage,
//! 75 Discord could not be reached).
//! It calls the same functions as Discord.

mod ask;
mod check;
mod doctor;
mod eval;
mod explanation;
mod moderation;
mod sandbox;
mod sections;
mod serve;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};
use crate::discord::ServeError;
use crate::knowledge::{self, Knowledge, LoadError};
use crate::library::Library;
use crate::telemetry::ListenError;

/// The folder that is read when neither the command line nor the config names knowledge.
const KNOWLEDGE_FOLDER: &str = "knowledge";

/// The exit code of what may go better another time; `EX_TEMPFAIL` of sysexits(3).
const TEMPORARY: u8 = 75;

/// Answers questions from a text its community trusts, and shows where the text says so.
#[derive(Debug, Parser)]
#[command(name = "footnote", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer a question; without one, every line of standard input
    Ask(ask::Ask),
    /// Tell everything that is wrong with knowledge files
    Check(check::Check),
    /// Look at all that a running bot needs, and say what to change
    Doctor(doctor::Doctor),
    /// Measure the answers to labelled questions
    Eval(eval::Eval),
    /// List the sections with their number of questions
    Sections(sections::Sections),
    /// Print the JSON schema of a knowledge file
    Schema,
    /// Try the bot in a browser, without Discord
    Sandbox(sandbox::Sandbox),
    /// Run the bot in Discord
    Serve(serve::Serve),
}

/// Where knowledge and settings come from.
#[derive(Args, Debug)]
struct From {
    /// Knowledge files or folders [default: the config's, else knowledge/, else the copy built in]
    #[arg(long, value_name = "PATH")]
    knowledge: Vec<PathBuf>,
    /// The configuration file [default: config.toml, if there is one]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Knowledge(#[from] LoadError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Metrics(#[from] ListenError),
    #[error(transparent)]
    Eval(#[from] eval::EvalError),
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    #[error("expected to write the output, found: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Usage(&'static str),
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let ended = match arguments.command {
        Command::Ask(ask) => ask.run(&mut out),
        Command::Check(check) => check.run(&mut out),
        Command::Doctor(doctor) => doctor.run(&mut out),
        Command::Eval(eval) => eval.run(&mut out),
        Command::Sections(sections) => sections.run(&mut out),
        Command::Schema => out.write_all(knowledge::schema_text().as_bytes()).map_err(CliError::from).map(|()| true),
        Command::Sandbox(sandbox) => sandbox.run(&mut out),
        Command::Serve(serve) => serve.run(),
    };
    match ended.and_then(|good| Ok(out.flush().map(|()| good)?)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever reads the output has seen enough.
        Err(CliError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("footnote: {error}");
            ExitCode::from(match error {
                CliError::Usage(_) => 2,
                // What starts the bot may try again; all else must be changed by somebody.
                CliError::Serve(ServeError::Unreachable(_)) => TEMPORARY,
                _ => 1,
            })
        }
    }
}

/// Whether the input was good.
type Ended = Result<bool, CliError>;

impl From {
    fn config(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref())
    }

    /// The library that this command answers from.
    fn library(&self) -> Result<Library, CliError> {
        let config = self.config()?;
        Ok(Library::new(load(&paths(&self.knowledge, &config))?, config.matching))
    }
}

/// The files and folders to read; none stands for the copy built in.
fn paths(named: &[PathBuf], config: &Config) -> Vec<PathBuf> {
    if !named.is_empty() {
        named.to_vec()
    } else if !config.knowledge.is_empty() {
        config.knowledge.clone()
    } else if Path::new(KNOWLEDGE_FOLDER).is_dir() {
        vec![KNOWLEDGE_FOLDER.into()]
    } else {
        Vec::new()
    }
}

fn load(paths: &[PathBuf]) -> Result<Knowledge, LoadError> {
    if paths.is_empty() { knowledge::builtin() } else { knowledge::load(paths) }
}
