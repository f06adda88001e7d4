//! The command line: arguments, output and exit codes. Exit codes: 0 success, 1 wrong input, 2 wrong usage, 70 a bug
//! ended a background task of the bot, 75 Discord could not be reached.

mod ask;
mod check;
mod doctor;
mod eval;
mod explanation;
mod init;
mod sandbox;
mod sections;
mod serve;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::labelled::LabelledError;
use crate::app::{self, AppError};
use crate::config::{Config, ConfigError};
use crate::discord::ServeError;
use crate::knowledge::draft::DraftError;
use crate::knowledge::{self, Knowledge, LoadError};
use crate::library::Library;

/// The exit code of a bug in Footnote: `EX_SOFTWARE` of sysexits(3). Unlike 1, it makes the service manager restart the
/// bot.
const BUG: u8 = 70;

/// The exit code of a temporary failure: `EX_TEMPFAIL` of sysexits(3).
const TEMPORARY: u8 = 75;

/// Answers questions from a text that a community trusts, and cites it.
#[derive(Debug, Parser)]
#[command(name = "footnote", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: CliCommand,
}

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Answer a question, or every line of standard input
    Ask(ask::Ask),
    /// List all errors and warnings in knowledge files
    Check(check::Check),
    /// Check everything that a running bot needs, and say what to change
    Doctor(doctor::Doctor),
    /// Measure the answers to labelled questions
    Eval(eval::Eval),
    /// Write the draft of a knowledge file from a text, or from questions and answers
    Init(init::Init),
    /// List the sections and their number of questions
    Sections(sections::Sections),
    /// Print the JSON schema of knowledge files
    Schema,
    /// Try the bot in a browser, without Discord
    #[command(long_about = sandbox::long_about())]
    Sandbox(sandbox::SandboxCommand),
    /// Run the bot in Discord
    Serve(serve::Serve),
}

/// The options that select knowledge and settings.
#[derive(Args, Debug)]
struct Inputs {
    /// Knowledge file or folder; may be repeated [default: the configuration's, else knowledge/, else the built-in
    /// copy]
    #[arg(long, value_name = "PATH")]
    knowledge: Vec<PathBuf>,
    /// The configuration file [default: config.toml, if it exists]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Knowledge(#[from] LoadError),
    #[error(transparent)]
    Questions(#[from] LabelledError),
    #[error("{}: expected a file that can be written, found: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("expected to write the output, found: {0}")]
    Output(#[from] io::Error),
    #[error("expected the id of an entry, found `{id}`{}", near.as_ref().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
    UnknownEntry { id: String, near: Option<String> },
    #[error("{0}")]
    Usage(&'static str),
}

/// Whether the command succeeded; `false` exits with 1 without an error message, because the output lists the errors.
type CommandResult = Result<bool, CliError>;

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let result = match arguments.command {
        CliCommand::Ask(ask) => ask.run(&mut out),
        CliCommand::Check(check) => check.run(&mut out),
        CliCommand::Doctor(doctor) => doctor.run(&mut out),
        CliCommand::Eval(eval) => eval.run(&mut out),
        CliCommand::Init(init) => init.run(&mut out),
        CliCommand::Sections(sections) => sections.run(&mut out),
        CliCommand::Schema => out.write_all(knowledge::schema_text().as_bytes()).map_err(CliError::from).map(|()| true),
        CliCommand::Sandbox(sandbox) => sandbox.run(&mut out),
        CliCommand::Serve(serve) => serve.run(),
    };
    match result.and_then(|success| Ok(out.flush().map(|()| success)?)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // The reader closed the pipe, as `head` does: not an error.
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("footnote: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// A service manager restarts the bot unless the exit code is 1 or 2; those mean that somebody must change a setting.
fn exit_code(error: &CliError) -> u8 {
    match error {
        CliError::Usage(_) => 2,
        CliError::App(AppError::Task(_) | AppError::Discord(ServeError::TaskEnded(_))) => BUG,
        CliError::App(AppError::Discord(ServeError::Unreachable(_))) => TEMPORARY,
        _ => 1,
    }
}

impl Inputs {
    fn config(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref())
    }

    /// The knowledge that this command asks.
    fn knowledge(&self, config: &Config) -> Result<Knowledge, CliError> {
        let paths = app::knowledge::paths(&self.knowledge, config);
        announce_builtin(&paths);
        Ok(app::knowledge::load(&paths)?)
    }

    /// The library that this command asks.
    fn library(&self) -> Result<Library, CliError> {
        let config = self.config()?;
        Ok(Library::new(self.knowledge(&config)?, config.matching))
    }
}

/// Says on standard error that the built-in knowledge is used, if there are no other paths. Somebody whose own file is
/// elsewhere would take its answers for those of the file.
fn announce_builtin(paths: &[PathBuf]) {
    if let Some(notice) = app::knowledge::builtin_notice(paths) {
        eprintln!("footnote: {notice}");
    }
}
