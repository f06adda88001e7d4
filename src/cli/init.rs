//! `footnote init`: writes the draft of a knowledge file next to a text, or from questions and answers in another
//! format, and says what to do with it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, CommandResult};
use crate::knowledge::draft::{self, KnowledgeDraft};

/// Omissions that are printed. Further ones are counted.
const OMISSIONS_SHOWN: usize = 20;

#[derive(Args, Debug)]
pub(super) struct Init {
    /// A text (Markdown, or one paragraph per line), a CSV file of questions and answers, a TOML file of tags, or a
    /// folder of tags in Markdown
    input: PathBuf,
    /// The knowledge file to write [default: the input's name with .json]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    /// Only list the paragraphs of a text with their numbers, for citing
    #[arg(long, conflicts_with_all = ["output", "force"])]
    paragraphs: bool,
}

impl Init {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        if self.paragraphs {
            write!(out, "{}", draft::numbered_paragraphs(&self.input)?)?;
            return Ok(true);
        }
        let output = self.output.clone().unwrap_or_else(|| default_output(&self.input));
        if output.extension().is_none_or(|extension| extension != "json") {
            return Err(CliError::Usage("`--output` must end in .json"));
        }
        let draft = KnowledgeDraft::of(&self.input)?;
        let saved = draft.save(&output, self.force)?;
        let (json, entries, unwritten) = (output.display(), draft.document.entries.len(), draft.unwritten());
        let sections = draft.document.sections.len();
        writeln!(out, "wrote {json}: sections: {sections}, entries: {entries}, to be written: {unwritten}")?;
        let text = saved.text.as_deref().unwrap_or(&self.input);
        if let Some(text) = &saved.text {
            writeln!(out, "wrote {}: the answers, as the text that the entries cite", text.display())?;
        }
        if saved.other_schema {
            let schema = saved.schema.display();
            writeln!(
                out,
                "kept {schema}, which differs from the current schema; `footnote schema > {schema}` replaces it"
            )?;
        }
        for omission in draft.omissions.iter().take(OMISSIONS_SHOWN) {
            writeln!(out, "note: {omission}")?;
        }
        if let Some(more @ 1..) = draft.omissions.len().checked_sub(OMISSIONS_SHOWN) {
            writeln!(out, "note: and {more} more")?;
        }
        let text = text.display();
        writeln!(out, "\nnext:")?;
        match unwritten {
            0 => writeln!(out, "  1. add wordings to the entries (`also_asked`)")?,
            _ if saved.text.is_some() => {
                writeln!(out, "  1. write the empty questions, and add wordings (`also_asked`)")?
            }
            _ => writeln!(
                out,
                "  1. write question, wordings (`also_asked`) and passage of each entry, or remove the entry;\n     \
                 `footnote init --paragraphs {text}` lists the paragraphs"
            )?,
        }
        writeln!(out, "  2. footnote check --source {text} {json}   lists what is left to do")?;
        writeln!(out, "  3. footnote sandbox --knowledge {json}   tries it in the browser")?;
        Ok(true)
    }
}

/// The input's name with the ending of a knowledge file, next to the input.
fn default_output(input: &Path) -> PathBuf {
    // `.` and `..` have no name of their own.
    let named = if input.file_name().is_some() { None } else { input.canonicalize().ok() };
    named.as_deref().unwrap_or(input).with_extension("json")
}
