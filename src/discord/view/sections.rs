//! Renders the sections and their questions, so that members can browse instead of asking, and the text of `/about`.
//! Each document has a menu of its sections; the questions of a section come in pages.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateEmbedFooter, CreateSelectMenu, CreateSelectMenuKind,
    CreateSelectMenuOption,
};

use crate::discord::view::button_id::{ButtonAction, SectionId};
use crate::discord::view::limits::{
    ACTION_ROWS_MAX, EMBED_DESCRIPTION_MAX, ROW_BUTTONS_MAX, SELECT_OPTION_MAX, SELECT_OPTIONS_MAX,
};
use crate::discord::view::markdown::{curated, curated_line, label};
use crate::discord::view::message_view::{ANSWER_COLOR, Audience, MessageView, entry_button, title};
use crate::knowledge::{Document, Section};
use crate::library::Library;
use crate::text::truncate;

/// Questions on a page: two rows of buttons, so that a phone shows the list and the buttons at once.
pub const PAGE_QUESTIONS: usize = 2 * ROW_BUTTONS_MAX;

/// A section together with its document.
#[derive(Clone, Debug)]
pub struct SectionRef<'a> {
    /// The id that components use.
    pub id: SectionId,
    /// The document that contains the section.
    pub document: &'a Document,
    /// The section itself.
    pub section: &'a Section,
}

/// Returns every section of every document that answers, in order.
pub fn all_sections(library: &Library) -> impl Iterator<Item = SectionRef<'_>> {
    library.documents().flat_map(|(number, document)| {
        document.sections.iter().map(move |section| SectionRef {
            id: SectionId { document: number, section: section.id.clone() },
            document,
            section,
        })
    })
}

impl<'a> SectionRef<'a> {
    /// Finds a section by its id. Returns `None` if the library does not contain it any more, or not here.
    #[must_use]
    pub fn find(library: &'a Library, id: &SectionId) -> Option<Self> {
        let (_, document) = library.documents().find(|(number, _)| *number == id.document)?;
        Some(Self { id: id.clone(), document, section: document.section(&id.section)? })
    }

    /// Returns the title of the section, followed by the title of the document if several documents answer.
    #[must_use]
    pub fn label(&self, library: &Library) -> String {
        match library.documents().count() {
            0 | 1 => self.section.title.clone(),
            _ => format!("{} ({})", self.section.title, self.document.title),
        }
    }
}

/// Renders the list of all sections, with a menu for each of the first [`ACTION_ROWS_MAX`] documents.
#[must_use]
pub fn sections_view(library: &Library, audience: Audience) -> MessageView {
    let mut text = String::new();
    for (_, document) in library.documents() {
        if !text.is_empty() {
            text += "\n";
        }
        text += &format!("**{}**\n", curated_line(&document.title));
        for section in &document.sections {
            let summary =
                section.summary.as_deref().map(|summary| format!("\n{}", curated(summary))).unwrap_or_default();
            let count = question_count(document.entries_citing(&section.id).len());
            text += &format!("- **{}**: {count}{summary}\n", curated_line(&section.title));
        }
    }
    let embed = CreateEmbed::new().title("What I can answer").description(truncate(&text, EMBED_DESCRIPTION_MAX));
    let documents = library.documents().filter(|(_, document)| !document.sections.is_empty());
    let menus = documents.take(ACTION_ROWS_MAX).map(|(number, document)| section_menu(number, document, audience));
    MessageView { embed: embed.color(ANSWER_COLOR), rows: menus.collect() }
}

/// Returns a menu of the sections of a document.
fn section_menu(number: usize, document: &Document, audience: Audience) -> CreateActionRow {
    let option = |section: &Section| {
        let option = CreateSelectMenuOption::new(label(&section.title, SELECT_OPTION_MAX), &section.id);
        match &section.summary {
            Some(summary) => option.description(label(summary, SELECT_OPTION_MAX)),
            None => option,
        }
    };
    let options = document.sections.iter().take(SELECT_OPTIONS_MAX).map(option).collect();
    let custom_id = audience.custom_id(ButtonAction::ChooseSection(number));
    let menu = CreateSelectMenu::new(custom_id, CreateSelectMenuKind::String { options });
    let placeholder = label(&format!("Open a section of {}", document.title), SELECT_OPTION_MAX);
    CreateActionRow::SelectMenu(menu.placeholder(placeholder))
}

/// Returns `1 question` or `2 questions`.
fn question_count(count: usize) -> String {
    match count {
        1 => "1 question".to_owned(),
        _ => format!("{count} questions"),
    }
}

/// Renders one page of the questions of a section. A page number past the end selects the last page.
#[must_use]
pub fn section_page_view(section: &SectionRef<'_>, page: usize, audience: Audience) -> MessageView {
    let entries = section.document.entries_citing(&section.section.id);
    let pages = entries.len().div_ceil(PAGE_QUESTIONS).max(1);
    let page = page.min(pages - 1);
    let shown = entries.iter().enumerate().skip(page * PAGE_QUESTIONS).take(PAGE_QUESTIONS);
    let list = shown.clone().map(|(number, entry)| format!("{}. {}", number + 1, curated_line(&entry.question)));
    let summary = section.section.summary.iter().map(|summary| format!("{}\n", curated(summary)));
    let text = summary.chain(list).collect::<Vec<_>>().join("\n");
    let footer = format!("{}, page {} of {pages}", question_count(entries.len()), page + 1);
    let embed = CreateEmbed::new()
        .title(title(&section.section.title))
        .description(truncate(&text, EMBED_DESCRIPTION_MAX))
        .footer(CreateEmbedFooter::new(footer))
        .color(ANSWER_COLOR);
    let buttons: Vec<_> =
        shown.map(|(number, entry)| entry_button(entry, &(number + 1).to_string(), audience)).collect();
    let mut rows: Vec<_> = buttons.chunks(ROW_BUTTONS_MAX).map(|row| CreateActionRow::Buttons(row.to_vec())).collect();
    rows.push(CreateActionRow::Buttons(page_buttons(section, page, pages, audience)));
    MessageView { embed, rows }
}

/// Returns the buttons that lead to the neighboring pages and back to all sections.
fn page_buttons(section: &SectionRef<'_>, page: usize, pages: usize, audience: Audience) -> Vec<CreateButton> {
    let button =
        |action, label| CreateButton::new(audience.custom_id(action)).label(label).style(ButtonStyle::Secondary);
    let turn = |page, label| button(ButtonAction::Page(section.id.clone(), page), label);
    let previous = (page > 0).then(|| turn(page - 1, "◀ Previous"));
    let next = (page + 1 < pages).then(|| turn(page + 1, "Next ▶"));
    previous.into_iter().chain([button(ButtonAction::Sections, "All sections")]).chain(next).collect()
}

/// Renders `/about`: the texts that answer here and the data that the bot stores. `stores_questions` tells whether it stores
/// unanswered questions; `follows_minutes` is how long it remembers which answer belongs to which message.
#[must_use]
pub fn about_view(library: &Library, stores_questions: bool, follows_minutes: u64) -> MessageView {
    let texts = library.documents().map(|(_, document)| {
        let about = document.about.as_deref().map(|about| format!("\n{}", curated(about))).unwrap_or_default();
        let sections = document.sections.len();
        let plural = if sections == 1 { "" } else { "s" };
        let questions = question_count(document.entries.len());
        let link = document.url.as_deref().map(|url| format!("\n<{url}>")).unwrap_or_default();
        format!("**{}**{about}{link}\n{sections} section{plural}, {questions}.", curated_line(&document.title))
    });
    let stored = if stores_questions {
        " I keep the words of a question that I could not answer for the moderators for a while, but not who asked it or where."
    } else {
        ""
    };
    let text = format!(
        "I answer questions from a curated text and show where it says so. Mention me, write to me directly, use `/ask`, \
         or pick **Answer this** in a message's menu.\n\n{}\n\nI store no messages and no names. For {follows_minutes} \
         minutes I remember, in memory only, which of my answers belongs to which message, so that the answer follows when \
         you edit or delete your question.{stored}",
        texts.collect::<Vec<_>>().join("\n\n")
    );
    let embed = CreateEmbed::new().title("About Footnote").description(truncate(&text, EMBED_DESCRIPTION_MAX));
    MessageView { embed: embed.color(ANSWER_COLOR), rows: Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;
    use serenity::all::UserId;

    use super::*;
    use crate::knowledge::{Citation, Entry, Knowledge};
    use crate::matching::Thresholds;

    fn library(entries: usize) -> Library {
        let entry = |n: usize| Entry {
            id: format!("e{n}"),
            question: format!("Question {n}?"),
            citations: vec![Citation { section: "one".into(), paragraphs: vec![1], quote: None }],
            ..Entry::default()
        };
        let section = |id: &str| Section { id: id.into(), title: id.to_uppercase(), paragraphs: 1, summary: None };
        let document = Document {
            title: "Text".into(),
            sections: vec![section("one"), section("two")],
            entries: (1..=entries).map(entry).collect(),
            ..Document::default()
        };
        Library::new(Knowledge::new(vec![document]), Thresholds::default())
    }

    fn labels(view: MessageView) -> Vec<Vec<String>> {
        let message = serde_json::to_value(view.message()).unwrap();
        let rows = message["components"].as_array().unwrap().clone();
        let row = |row: &Value| {
            let parts = row["components"].as_array().unwrap().clone();
            parts.iter().map(|part| part["label"].as_str().unwrap_or("menu").to_owned()).collect()
        };
        rows.iter().map(row).collect()
    }

    fn page_labels(entries: usize, number: usize) -> Vec<Vec<String>> {
        let library = library(entries);
        let id = SectionId { document: 0, section: "one".into() };
        let section = SectionRef::find(&library, &id).unwrap();
        labels(section_page_view(&section, number, Audience { asker: UserId::new(1), private: true }))
    }

    #[test]
    fn a_section_is_shown_in_pages_with_a_button_for_each_question() {
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
        let view = sections_view(&library(1), Audience { asker: UserId::new(1), private: true });
        let message = serde_json::to_value(view.message()).unwrap();
        assert_eq!(message["embeds"][0]["description"], "**Text**\n- **ONE**: 1 question\n- **TWO**: 0 questions\n");
        assert_eq!(message["components"][0]["components"][0]["options"].as_array().unwrap().len(), 2);
    }
}
