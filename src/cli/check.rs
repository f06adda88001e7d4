//! `footnote check`: lists all errors and warnings in knowledge files, as text or as JSON.
//! Exits with 1 if there are errors; warnings do not count.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::{CliError, CommandResult};
use crate::app;
use crate::config::Config;
use crate::knowledge::{self, ItemKey, Knowledge, WordingWarning};
use crate::matching::{AmbiguousWording, Matcher};

#[derive(Args, Debug)]
pub(super) struct Check {
    /// Knowledge files or folders [default: the configuration's, else knowledge/, else the built-in copy]
    paths: Vec<PathBuf>,
    /// The source text, in Markdown or with one paragraph per line; verifies quotes and paragraph numbers
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// The configuration file [default: config.toml, if it exists]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Check {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let paths = app::knowledge::paths(&self.paths, &Config::load(self.config.as_deref())?);
        if paths.is_empty() && self.source.is_some() {
            return Err(CliError::Usage("--source needs the knowledge file it is the text of"));
        }
        let report = knowledge::check(&paths, self.source.as_deref(), wording_warnings);
        if self.json {
            serde_json::to_writer(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{report}")?;
        }
        Ok(report.errors() == 0)
    }
}

/// Warns about wordings that the matcher assigns to another entry about as well as to their own.
fn wording_warnings(knowledge: &Knowledge) -> Vec<WordingWarning> {
    let warning = |ambiguous: AmbiguousWording| {
        let (own, other) = (knowledge.id_of(ambiguous.wording.item), knowledge.id_of(ambiguous.other));
        WordingWarning {
            wording: ambiguous.wording,
            message: format!("of `{own}` is ambiguous: it matches `{other}` about as well"),
            help: format!("reword it to make the difference clear, move it to `{other}`, or merge the two"),
        }
    };
    // A wording that fits two boundaries does no harm: neither answers a question.
    let answers = |key| matches!(key, ItemKey::Entry(_));
    let ambiguous = Matcher::new(knowledge).ambiguous_wordings(knowledge).into_iter();
    ambiguous.filter(|found| answers(found.wording.item) || answers(found.other)).map(warning).collect()
}
