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
                let questions = document.entries_citing(&section.id).len();
                writeln!(out, "  {} ({} paragraphs, {questions} questions)", section.title, section.paragraphs)?;
                section.summary.iter().try_for_each(|summary| writeln!(out, "    {summary}"))?;
            }
        }
        Ok(true)
    }
}
