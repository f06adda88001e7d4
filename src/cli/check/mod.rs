//! `footnote check`: lists all errors and warnings in knowledge files, as text or as JSON, and measures without labels
//! how new questions are answered (`--self-test`). Exits with 1 if there are errors; warnings do not count.

mod self_test;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{CliError, CommandResult, announce_builtin};
use crate::app;
use crate::config::Config;
use crate::knowledge::{self, ItemKey, Knowledge, Report, WordingWarning};
use crate::library::Library;
use crate::library::self_test::SelfTest;
use crate::matching::{AmbiguousWording, Matcher};

#[derive(Args, Debug)]
pub(super) struct Check {
    /// Knowledge files or folders [default: the configuration's, else knowledge/, else the built-in copy]
    paths: Vec<PathBuf>,
    /// The source text, in Markdown or with one paragraph per line; verifies quotes and paragraph numbers
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// Ask each wording as if it were not in the file, and report what would make the file better
    #[arg(long)]
    self_test: bool,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// The configuration file [default: config.toml, if it exists]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// The JSON object of a check. Programs rely on it: its fields are never removed or renamed.
#[derive(Serialize)]
struct CheckRecord<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Only with `--self-test`, and only if there are no errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_test: Option<SelfTest>,
}

impl Check {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let config = Config::load(self.config.as_deref())?;
        let paths = app::knowledge::paths(&self.paths, &config);
        if paths.is_empty() && self.source.is_some() {
            return Err(CliError::Usage("--source needs the knowledge file it is the text of"));
        }
        announce_builtin(&paths);
        let report = knowledge::check(&paths, self.source.as_deref(), wording_warnings);
        let test = report.knowledge().filter(|_| self.self_test);
        let test = test.map(|knowledge| SelfTest::run(&Library::new(knowledge.clone(), config.matching)));
        if self.json {
            let record = CheckRecord { report: &report, self_test: test };
            serde_json::to_writer(&mut *out, &record).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{report}")?;
            test.iter().try_for_each(|test| self_test::print(test, out))?;
        }
        // The configuration's names are those of its own knowledge.
        if let Some(knowledge) = report.knowledge().filter(|_| self.paths.is_empty()) {
            app::knowledge::check_names(&config, knowledge)?;
        }
        Ok(report.errors() == 0)
    }
}

/// Warns about wordings that the matcher assigns to another entry about as well as to their own.
fn wording_warnings(knowledge: &Knowledge) -> Vec<WordingWarning> {
    let warning = |ambiguous: AmbiguousWording| {
        let (own, other) = (knowledge.id_of(ambiguous.wording.item), knowledge.id_of(ambiguous.other));
        let title = |item| knowledge.document_with(item).title.as_str();
        let (own_title, other_title) = (title(ambiguous.wording.item), title(ambiguous.other));
        let of_document = if own_title == other_title { String::new() } else { format!(" of \"{other_title}\"") };
        WordingWarning {
            wording: ambiguous.wording,
            message: format!("of `{own}` is ambiguous: it matches `{other}`{of_document} about as well"),
            help: format!("reword it to make the difference clear, move it to `{other}`, or merge the two"),
        }
    };
    // A wording that fits two boundaries does no harm: neither answers a question.
    let answers = |key| matches!(key, ItemKey::Entry(_));
    let ambiguous = Matcher::new(knowledge).ambiguous_wordings(knowledge).into_iter();
    ambiguous.filter(|found| answers(found.wording.item) || answers(found.other)).map(warning).collect()
}
