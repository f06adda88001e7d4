//! How a reply looks in Discord: an embed and its buttons, within every limit.
//! A [`Look`] becomes a new message, an edit or a response; none of them can ping anybody.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateEmbedFooter,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage, EditMessage, UserId,
};

use crate::discord::view::button_action::{Action, What};
use crate::discord::view::limits::{BUTTON_LABEL_MAX, EMBED_DESCRIPTION_MAX, EMBED_TITLE_MAX, clip};
use crate::knowledge::Entry;
use crate::library::reply::{CitationView, Passage, Reply};
use crate::moderation::unanswered::QUESTION_CHARS;

/// What stands before the question at the foot of an answer that is no reply to it.
pub const FOOT: &str = "Asked: ";

/// The bar beside an answer: ink blue, readable on Discord's light and dark themes.
pub const INK: u32 = 0x3B_6E_A8;

/// The bar beside what is no answer: grey.
const PENCIL: u32 = 0x80_84_8E;

/// What a message of the bot shows.
#[derive(Clone, Debug)]
pub struct Look {
    /// The embed.
    pub embed: CreateEmbed,
    /// Rows of components, at most five.
    pub rows: Vec<CreateActionRow>,
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Audience {
    /// Who asked.
    pub asker: UserId,
    /// Whether only the asker sees it; then Discord itself lets them dismiss it, and it needs no Remove.
    pub private: bool,
}

impl Audience {
    /// A `custom_id` for something that this asker may do.
    #[must_use]
    pub fn action(self, what: What) -> String {
        Action { asker: self.asker, what }.to_string()
    }
}

impl Look {
    /// As a new message.
    pub fn message(self) -> CreateMessage {
        CreateMessage::new().embed(self.embed).components(self.rows).allowed_mentions(nobody())
    }

    /// The same with what was asked at its foot: for a message that is no reply to it.
    #[must_use]
    pub fn asked(mut self, question: &str) -> Self {
        self.embed = self.embed.footer(CreateEmbedFooter::new(format!("{FOOT}{}", clip(question, QUESTION_CHARS))));
        self
    }

    /// The same with "Not what I meant" before Remove, or alone where that is not: for what an entry or boundary answers.
    #[must_use]
    pub fn doubtful(mut self, id: &str, audience: Audience) -> Self {
        let doubt = quiet(audience.action(What::Doubt(id.to_owned())), "Not what I meant");
        match self.rows.last_mut() {
            Some(CreateActionRow::Buttons(last)) if !audience.private => last.insert(0, doubt),
            _ => self.rows.push(CreateActionRow::Buttons(vec![doubt])),
        }
        self
    }

    /// As a change of a message.
    pub fn edit(self) -> EditMessage {
        EditMessage::new().content("").embed(self.embed).components(self.rows).allowed_mentions(nobody())
    }

    /// As a response to an interaction, or a change of the message it came from.
    pub fn response(self) -> CreateInteractionResponseMessage {
        let response = CreateInteractionResponseMessage::new().embed(self.embed).components(self.rows);
        response.allowed_mentions(nobody())
    }
}

/// A change of a message's components alone.
pub fn components(rows: Vec<CreateActionRow>) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().components(rows).allowed_mentions(nobody())
}

/// One sentence for one person.
pub fn aside(sentence: &str) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().content(sentence).ephemeral(true).allowed_mentions(nobody())
}

/// The same after the first response.
pub fn aside_later(sentence: &str) -> CreateInteractionResponseFollowup {
    CreateInteractionResponseFollowup::new().content(sentence).ephemeral(true).allowed_mentions(nobody())
}

/// One sentence as a message.
pub fn sentence(sentence: &str) -> CreateMessage {
    CreateMessage::new().content(sentence).allowed_mentions(nobody())
}

/// Mentions nobody, whatever the text says; the empty list of kinds is what Discord takes for that.
pub fn nobody() -> CreateAllowedMentions {
    CreateAllowedMentions::new().empty_users().empty_roles().replied_user(false)
}

/// Draws a reply.
#[must_use]
pub fn reply(reply: &Reply<'_>, audience: Audience) -> Look {
    match reply {
        Reply::Passage(passage) => self::passage(passage, audience),
        Reply::Suggestions(entries) => suggestions(entries, audience),
        Reply::Unknown { boundary } => unknown(boundary.map(|boundary| boundary.says.as_str()), audience),
    }
}

/// Draws an answer.
#[must_use]
pub fn passage(passage: &Passage<'_>, audience: Audience) -> Look {
    let places = passage.citations.iter().map(place).collect::<Vec<_>>().join("\n");
    let embed = CreateEmbed::new()
        .title(clip(&passage.entry.question, EMBED_TITLE_MAX))
        .description(clip(&format!("{}\n\n{places}", passage.entry.passage), EMBED_DESCRIPTION_MAX))
        .color(INK);
    Look { embed, rows: rows(&passage.related, What::Show, audience) }
}

/// A citation as a block quote.
fn place(place: &CitationView<'_>) -> String {
    let label = place.label();
    match place.quote {
        Some(quote) => format!("> “{quote}”\n> — {label}"),
        None => format!("> — {label}"),
    }
}

/// Asks which of these was meant.
fn suggestions(entries: &[&Entry], audience: Audience) -> Look {
    let questions = entries.iter().map(|entry| format!("- {}", entry.question)).collect::<Vec<_>>().join("\n");
    let embed =
        CreateEmbed::new().title("Did you mean …").description(clip(&questions, EMBED_DESCRIPTION_MAX)).color(PENCIL);
    Look { embed, rows: rows(entries, What::Take, audience) }
}

/// Says that the text does not answer it.
pub fn unknown(says: Option<&str>, audience: Audience) -> Look {
    let missing = says.unwrap_or("I found nothing in it that fits your question.");
    let embed = CreateEmbed::new()
        .title("The text does not answer that")
        .description(clip(&format!("{missing}\n\n`/sections` shows what it does cover."), EMBED_DESCRIPTION_MAX))
        .color(PENCIL);
    Look { embed, rows: rows(&[], What::Show, audience) }
}

/// A button a question, one below the other so that long ones stay readable, then Remove.
fn rows(entries: &[&Entry], pressed: fn(String) -> What, audience: Audience) -> Vec<CreateActionRow> {
    let questions = entries.iter().map(|entry| button(pressed(entry.id.clone()), &entry.question, audience));
    let remove = (!audience.private).then(|| quiet(audience.action(What::Remove), "Remove"));
    questions.chain(remove).map(|button| CreateActionRow::Buttons(vec![button])).collect()
}

/// A button that shows an entry's answer.
pub fn show(entry: &Entry, label: &str, audience: Audience) -> CreateButton {
    button(What::Show(entry.id.clone()), label, audience)
}

fn button(pressed: What, label: &str, audience: Audience) -> CreateButton {
    CreateButton::new(audience.action(pressed)).label(clip(label, BUTTON_LABEL_MAX)).style(ButtonStyle::Primary)
}

/// A button that nobody needs to notice.
fn quiet(custom_id: String, label: &str) -> CreateButton {
    CreateButton::new(custom_id).label(label).style(ButtonStyle::Secondary)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;
    use crate::knowledge::{Boundary, Citation, Document, Knowledge, Section};
    use crate::library::Library;
    use crate::matching::Thresholds;

    fn long(chars: usize) -> String {
        "島".repeat(chars)
    }

    fn library(question: &str, passage: &str) -> Library {
        let entry = |n: usize| Entry {
            id: format!("{n:064}"),
            question: question.to_owned(),
            passage: passage.to_owned(),
            citations: vec![Citation {
                section: "one".into(),
                paragraphs: vec![1, 2],
                quote: Some("these words".into()),
            }],
            ..Entry::default()
        };
        let section = Section { id: "one".into(), title: "Section One".into(), paragraphs: 2, summary: None };
        let document =
            Document { sections: vec![section], entries: (0..6).map(entry).collect(), ..Document::default() };
        Library::new(Knowledge::new(vec![document]), Thresholds::default())
    }

    fn audience(private: bool) -> Audience {
        Audience { asker: UserId::new(u64::MAX), private }
    }

    fn buttons(look: &Value) -> Vec<&Value> {
        look["components"].as_array().unwrap().iter().flat_map(|row| row["components"].as_array().unwrap()).collect()
    }

    #[test]
    fn an_answer_shows_passage_quote_citation_related_and_remove() {
        let library = library("Why?", "Because.");
        let key = library.knowledge().entry_keys().next().unwrap();
        let message = serde_json::to_value(passage(&library.passage(key), audience(false)).message()).unwrap();
        let embed = &message["embeds"][0];
        assert_eq!(embed["title"], "Why?");
        assert_eq!(embed["description"], "Because.\n\n> “these words”\n> — Section One, ¶ 1–2");
        assert_eq!(message["allowed_mentions"]["parse"], json!([]));
        let labels: Vec<_> = buttons(&message).iter().map(|button| button["label"].clone()).collect();
        assert_eq!(labels, ["Why?", "Why?", "Why?", "Why?", "Remove"]);
    }

    #[test]
    fn an_answer_can_be_doubted() {
        let library = library("Why?", "Because.");
        let key = library.knowledge().entry_keys().next().unwrap();
        let answer = Reply::Passage(library.passage(key));
        for (private, last_row) in [(false, &["Not what I meant", "Remove"][..]), (true, &["Not what I meant"])] {
            let look = reply(&answer, audience(private)).doubtful("why", audience(private)).asked("why?");
            let message = serde_json::to_value(look.message()).unwrap();
            let rows = message["components"].as_array().unwrap();
            let last = rows.last().unwrap()["components"].as_array().unwrap();
            let labels: Vec<_> = last.iter().map(|button| button["label"].as_str().unwrap()).collect();
            assert_eq!(labels, last_row, "private {private}");
            assert!(rows.len() <= 5);
            assert_eq!(message["embeds"][0]["footer"]["text"], "Asked: why?");
        }
    }

    #[test]
    fn a_private_answer_has_no_remove() {
        let look = reply(&Reply::Unknown { boundary: None }, audience(true));
        assert!(look.rows.is_empty());
    }

    #[test]
    fn what_is_over_a_limit_is_clipped() {
        let library = library(&long(EMBED_TITLE_MAX + 1), &long(EMBED_DESCRIPTION_MAX + 1));
        let key = library.knowledge().entry_keys().next().unwrap();
        let message = serde_json::to_value(passage(&library.passage(key), audience(false)).message()).unwrap();
        let chars = |value: &Value| value.as_str().unwrap().chars().count();
        let embed = &message["embeds"][0];
        assert_eq!(chars(&embed["title"]), EMBED_TITLE_MAX);
        assert_eq!(chars(&embed["description"]), EMBED_DESCRIPTION_MAX);
        assert!(
            chars(&embed["title"]) + chars(&embed["description"]) <= crate::discord::view::limits::EMBEDS_TOTAL_MAX
        );
        assert_eq!(chars(&buttons(&message)[0]["label"]), BUTTON_LABEL_MAX);
    }

    #[test]
    fn a_boundary_says_what_is_missing() {
        let boundary = Boundary { says: "The essay gives no figures.".into(), ..Boundary::default() };
        let look = reply(&Reply::Unknown { boundary: Some(&boundary) }, audience(false));
        let message = serde_json::to_value(look.message()).unwrap();
        let description = message["embeds"][0]["description"].as_str().unwrap().to_owned();
        assert!(description.starts_with("The essay gives no figures."), "{description}");
        assert!(description.contains("/sections"));
    }
}
