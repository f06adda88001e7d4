//! `footnote sections`: what the knowledge covers, with the number of questions to each section.

use std::io::Write;

use clap::Args;

use super::{Ended, From};

#[derive(Args, Debug)]
pub(super) struct Sections {
    #[command(flatten)]
    from: From,
}

impl Sections {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        let library = self.from.library()?;
        for document in library.knowledge().documents() {
            writeln!(out, "{}", document.title)?;
            for section in &document.sections {
                let cites = |id: &str| id == section.id;
                let entries = document.entries.iter();
                let questions = entries.filter(|entry| entry.citations.iter().any(|citation| cites(&citation.section)));
                writeln!(
                    out,
                    "  {} ({} paragraphs, {} questions)",
                    section.title,
                    section.paragraphs,
                    questions.count()
                )?;
                section.summary.iter().try_for_each(|summary| writeln!(out, "    {summary}"))?;
            }
        }
        Ok(true)
    }
}
