//! `footnote sections`: lists the sections of the knowledge with the number of questions in each.

use std::io::Write;

use clap::Args;

use super::{CommandResult, Inputs};

#[derive(Args, Debug)]
pub(super) struct Sections {
    #[command(flatten)]
    inputs: Inputs,
}

impl Sections {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let library = self.inputs.library()?;
        for document in library.knowledge().documents() {
            writeln!(out, "{}", document.title)?;
            for section in &document.sections {
                let questions = document.entries_citing(&section.id).len();
                writeln!(out, "  {} ({} paragraphs, {questions} questions)", section.title, section.paragraphs)?;
                section.summary.iter().try_for_each(|summary| writeln!(out, "    {summary}"))?;
            }
        }
        Ok(true)
    }
}
