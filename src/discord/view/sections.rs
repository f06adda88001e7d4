//! Reading instead of asking: all sections with a menu a document, and a section's questions in pages.
//! Also what the bot says of itself.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu, CreateSelectMenuKind,
    CreateSelectMenuOption,
};

use crate::discord::asking::followed::FOLLOWED_FOR;
use crate::discord::view::button_action::{SectionName, What};
use crate::discord::view::limits::{
    EMBED_DESCRIPTION_MAX, EMBED_TITLE_MAX, ROW_BUTTONS_MAX, SELECT_OPTION_MAX, SELECT_OPTIONS_MAX, clip,
};
use crate::discord::view::message_view::{Audience, INK, Look, show};
use crate::knowledge::{Document, Knowledge, Section};

/// Questions on a page: two rows of buttons, so that a phone shows list and buttons at once.
pub const PAGE_QUESTIONS: usize = 2 * ROW_BUTTONS_MAX;

/// Rows of components that a message can have; each document's menu takes one.
const MENUS_MAX: usize = 5;

/// A section of the loaded documents.
#[derive(Clone, Debug)]
pub struct Shelf<'a> {
    /// What its components call it.
    pub name: SectionName,
    /// The document it belongs to.
    pub document: &'a Document,
    /// The section itself.
    pub section: &'a Section,
}

/// Every section of every document, in order.
pub fn shelves(knowledge: &Knowledge) -> impl Iterator<Item = Shelf<'_>> {
    knowledge.documents().iter().enumerate().flat_map(|(number, document)| {
        document.sections.iter().map(move |section| Shelf {
            name: SectionName { document: number, section: section.id.clone() },
            document,
            section,
        })
    })
}

impl<'a> Shelf<'a> {
    /// The section with this name, if it is still there.
    #[must_use]
    pub fn find(knowledge: &'a Knowledge, name: &SectionName) -> Option<Self> {
        let document = knowledge.documents().get(name.document)?;
        Some(Self { name: name.clone(), document, section: document.section(&name.section)? })
    }

    /// The section's title; with its document's where several are loaded.
    #[must_use]
    pub fn label(&self, knowledge: &Knowledge) -> String {
        match knowledge.documents().len() {
            0 | 1 => self.section.title.clone(),
            _ => format!("{} ({})", self.section.title, self.document.title),
        }
    }
}

/// Draws all sections, with a menu for each of the first documents.
#[must_use]
pub fn sections(knowledge: &Knowledge, audience: Audience) -> Look {
    let mut text = String::new();
    for (number, document) in knowledge.documents().iter().enumerate() {
        if number > 0 {
            text += "\n";
        }
        text += &format!("**{}**\n", document.title);
        for shelf in shelves(knowledge).filter(|shelf| shelf.name.document == number) {
            let summary = shelf.section.summary.as_deref().map(|said| format!("\n{said}")).unwrap_or_default();
            text += &format!(
                "- **{}**: {}{summary}\n",
                shelf.section.title,
                questions(document.entries_citing(&shelf.section.id).len())
            );
        }
    }
    let embed = CreateEmbed::new().title("What I can answer").description(clip(&text, EMBED_DESCRIPTION_MAX));
    let menus = knowledge.documents().iter().enumerate().filter(|(_, document)| !document.sections.is_empty());
    let rows = menus.take(MENUS_MAX).map(|(number, document)| menu(number, document, audience)).collect();
    Look { embed: embed.color(INK), rows }
}

/// A menu of a document's sections.
fn menu(number: usize, document: &Document, audience: Audience) -> CreateActionRow {
    let option = |section: &Section| {
        let option = CreateSelectMenuOption::new(clip(&section.title, SELECT_OPTION_MAX), &section.id);
        match &section.summary {
            Some(summary) => option.description(clip(summary, SELECT_OPTION_MAX)),
            None => option,
        }
    };
    let options = document.sections.iter().take(SELECT_OPTIONS_MAX).map(option).collect();
    let menu =
        CreateSelectMenu::new(audience.action(What::ChooseSection(number)), CreateSelectMenuKind::String { options });
    CreateActionRow::SelectMenu(
        menu.placeholder(clip(&format!("Open a section of {}", document.title), SELECT_OPTION_MAX)),
    )
}

/// `1 question`, `2 questions`.
fn questions(count: usize) -> String {
    match count {
        1 => "1 question".to_owned(),
        _ => format!("{count} questions"),
    }
}

/// Draws one page of a section's questions; a page past the last is the last.
#[must_use]
pub fn page(shelf: &Shelf<'_>, page: usize, audience: Audience) -> Look {
    let entries = shelf.document.entries_citing(&shelf.section.id);
    let pages = entries.len().div_ceil(PAGE_QUESTIONS).max(1);
    let page = page.min(pages - 1);
    let first = page * PAGE_QUESTIONS;
    let shown = entries.iter().enumerate().skip(first).take(PAGE_QUESTIONS);
    let list = shown.clone().map(|(number, entry)| format!("{}. {}", number + 1, entry.question));
    let summary = shelf.section.summary.iter().map(|summary| format!("{summary}\n"));
    let text = summary.chain(list).collect::<Vec<_>>().join("\n");
    let embed = CreateEmbed::new()
        .title(clip(&shelf.section.title, EMBED_TITLE_MAX))
        .description(clip(&text, EMBED_DESCRIPTION_MAX))
        .footer(serenity::all::CreateEmbedFooter::new(format!(
            "{}, page {} of {pages}",
            questions(entries.len()),
            page + 1
        )))
        .color(INK);
    let buttons: Vec<_> = shown.map(|(number, entry)| show(entry, &(number + 1).to_string(), audience)).collect();
    let mut rows: Vec<_> = buttons.chunks(ROW_BUTTONS_MAX).map(|row| CreateActionRow::Buttons(row.to_vec())).collect();
    rows.push(CreateActionRow::Buttons(turns(shelf, page, pages, audience)));
    Look { embed, rows }
}

/// The buttons that lead to other pages and back to all sections.
fn turns(shelf: &Shelf<'_>, page: usize, pages: usize, audience: Audience) -> Vec<CreateButton> {
    let button = |what, label| CreateButton::new(audience.action(what)).label(label).style(ButtonStyle::Secondary);
    let turn = |page, label| button(What::Page(shelf.name.clone(), page), label);
    let back = (page > 0).then(|| turn(page - 1, "◀ Previous"));
    let forth = (page + 1 < pages).then(|| turn(page + 1, "Next ▶"));
    back.into_iter().chain([button(What::Sections, "All sections")]).chain(forth).collect()
}

/// Draws what the bot knows, from when the texts are, and what it stores; `noted` tells whether it keeps unanswered questions.
#[must_use]
pub fn about(knowledge: &Knowledge, noted: bool) -> Look {
    let texts = knowledge.documents().iter().map(|document| {
        let about = document.about.as_deref().map(|said| format!("\n{said}")).unwrap_or_default();
        let sections = document.sections.len();
        let known = questions(document.entries.len());
        format!("**{}**{about}\n{sections} section{}, {known}.", document.title, if sections == 1 { "" } else { "s" })
    });
    let minutes = FOLLOWED_FOR.as_secs() / 60;
    let kept = if noted {
        " The words of a question that I could not answer are kept for the moderators for a while; who asked, and where, is not."
    } else {
        ""
    };
    let text = format!(
        "I answer questions from a curated text and show where it says so. Mention me, write to me directly, use `/ask`, \
         or pick **Answer this** in a message's menu.\n\n{}\n\nI store no messages and no names. For {minutes} minutes I \
         remember, in memory only, which of my answers belongs to which message, so that it follows when you edit or \
         delete your question.{kept}",
        texts.collect::<Vec<_>>().join("\n\n")
    );
    let embed = CreateEmbed::new().title("About Footnote").description(clip(&text, EMBED_DESCRIPTION_MAX)).color(INK);
    Look { embed, rows: Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;
    use serenity::all::UserId;

    use super::*;
    use crate::knowledge::{Citation, Entry};

    fn knowledge(entries: usize) -> Knowledge {
        let entry = |n: usize| Entry {
            id: format!("e{n}"),
            question: format!("Question {n}?"),
            citations: vec![Citation { section: "one".into(), paragraphs: vec![1], quote: None }],
            ..Entry::default()
        };
        let section = |id: &str| Section { id: id.into(), title: id.to_uppercase(), paragraphs: 1, summary: None };
        Knowledge::new(vec![Document {
            title: "Text".into(),
            sections: vec![section("one"), section("two")],
            entries: (1..=entries).map(entry).collect(),
            ..Document::default()
        }])
    }

    fn labels(look: Look) -> Vec<Vec<String>> {
        let message = serde_json::to_value(look.message()).unwrap();
        let rows = message["components"].as_array().unwrap().clone();
        let row = |row: &Value| {
            let parts = row["components"].as_array().unwrap().clone();
            parts.iter().map(|part| part["label"].as_str().unwrap_or("menu").to_owned()).collect()
        };
        rows.iter().map(row).collect()
    }

    fn page_labels(entries: usize, number: usize) -> Vec<Vec<String>> {
        let knowledge = knowledge(entries);
        let name = SectionName { document: 0, section: "one".into() };
        let shelf = Shelf::find(&knowledge, &name).unwrap();
        labels(page(&shelf, number, Audience { asker: UserId::new(1), private: true }))
    }

    #[test]
    fn a_section_comes_in_pages_each_question_a_button() {
        assert_eq!(page_labels(0, 0), [vec!["All sections"]]);
        assert_eq!(page_labels(2, 0), [vec!["1", "2"], vec!["All sections"]]);
        let full = [vec!["1", "2", "3", "4", "5"], vec!["6", "7", "8", "9", "10"]];
        assert_eq!(page_labels(10, 0), [&full[..], &[vec!["All sections"]]].concat());
        assert_eq!(page_labels(11, 0), [&full[..], &[vec!["All sections", "Next ▶"]]].concat());
        assert_eq!(page_labels(11, 1), [vec!["11"], vec!["◀ Previous", "All sections"]]);
        assert_eq!(page_labels(11, 99), page_labels(11, 1));
        assert_eq!(page_labels(21, 1)[2], ["◀ Previous", "All sections", "Next ▶"]);
    }

    #[test]
    fn all_sections_are_listed_with_their_number_of_questions() {
        let look = sections(&knowledge(1), Audience { asker: UserId::new(1), private: true });
        let message = serde_json::to_value(look.message()).unwrap();
        assert_eq!(message["embeds"][0]["description"], "**Text**\n- **ONE**: 1 question\n- **TWO**: 0 questions\n");
        assert_eq!(message["components"][0]["components"][0]["options"].as_array().unwrap().len(), 2);
    }
}
