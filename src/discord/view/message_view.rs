//! Renders a reply as a Discord message: an embed and its buttons, within Discord's limits.
//! A [`MessageView`] becomes a new message, an edit or a response. None of them can ping anybody.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateEmbedFooter,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage, EditMessage, UserId,
};

use crate::discord::view::button_id::{ButtonAction, ButtonId};
use crate::discord::view::limits::{BUTTON_LABEL_MAX, EMBED_DESCRIPTION_MAX, EMBED_TITLE_MAX};
use crate::discord::view::markdown::{curated, curated_line, curated_within, escape_line, label};
use crate::knowledge::Entry;
use crate::knowledge::display::without_reordering;
use crate::knowledge::limits::WORDING_CHARS;
use crate::library::reply::{CitationView, Passage, RELATED_MAX, Reply};
use crate::text::{one_line, truncate};

/// The prefix of the footer that repeats the question. An answer to a slash command has this footer, because no message
/// with the question is above it.
pub const ASKED_PREFIX: &str = "Asked: ";

/// The number of characters of the question in that footer: the length limit of a wording, because moderators can add
/// the question as a wording.
const ASKED_CHARS: usize = WORDING_CHARS;

/// The most characters of the citations and the second question together. Usually they take some hundreds, and five
/// citations at their limits 2,100 ([`PASSAGE_CHARS`](crate::knowledge::limits::PASSAGE_CHARS)); escaping can add one
/// to each mark. Leaves 1,096 for the passage.
const EVIDENCE_MAX: usize = 3_000;

/// The accent color of an answer: ink blue, readable in Discord's light and dark themes.
pub const ANSWER_COLOR: u32 = 0x3B_6E_A8;

/// The accent color of suggestions and of an "unknown" reply: gray.
const NO_ANSWER_COLOR: u32 = 0x80_84_8E;

/// The content of one of the bot's messages.
#[derive(Clone, Debug)]
pub struct MessageView {
    /// The embed.
    pub embed: CreateEmbed,
    /// The rows of components, at most [`ACTION_ROWS_MAX`](super::limits::ACTION_ROWS_MAX).
    pub rows: Vec<CreateActionRow>,
}

/// The user that a message is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Audience {
    /// The user who asked.
    pub asker: UserId,
    /// Whether the message is ephemeral, so that only this user sees it. It then has no Remove button, because Discord
    /// adds "Dismiss message" itself.
    pub private: bool,
}

impl Audience {
    /// Returns the `custom_id` of a button for this asker.
    #[must_use]
    pub fn custom_id(self, action: ButtonAction) -> String {
        ButtonId { asker: self.asker, action }.to_string()
    }
}

impl MessageView {
    /// Converts the view to a new message.
    pub fn message(self) -> CreateMessage {
        CreateMessage::new().embed(self.embed).components(self.rows).allowed_mentions(no_mentions())
    }

    /// Adds a footer with the question, for an answer that is not a reply to the message with the question.
    #[must_use]
    pub fn with_question(mut self, question: &str) -> Self {
        let question = label(question, ASKED_CHARS);
        self.embed = self.embed.footer(CreateEmbedFooter::new(format!("{ASKED_PREFIX}{question}")));
        self
    }

    /// Adds the feedback button of a reply, if it has one: "Not what I meant" for an entry or a boundary, "None of
    /// these" for suggestions. The button goes before Remove, in the same row; a private message has no Remove, so the
    /// button gets a row of its own.
    #[must_use]
    pub fn with_feedback(mut self, reply: &Reply<'_>, audience: Audience) -> Self {
        let (action, label) = match (reply, reply.id()) {
            (Reply::Suggestions { .. }, _) => (ButtonAction::NoneOfThese, "None of these"),
            (_, Some(id)) => (ButtonAction::NotHelpful(id.to_owned()), "Not what I meant"),
            (_, None) => return self,
        };
        let feedback = secondary_button(audience.custom_id(action), label);
        match self.rows.last_mut() {
            Some(CreateActionRow::Buttons(last)) if !audience.private => last.insert(0, feedback),
            _ => self.rows.push(CreateActionRow::Buttons(vec![feedback])),
        }
        self
    }

    /// Converts the view to an edit of a message.
    pub fn edit(self) -> EditMessage {
        EditMessage::new().content("").embed(self.embed).components(self.rows).allowed_mentions(no_mentions())
    }

    /// Converts the view to a response to an interaction, or to an update of the message that the interaction came
    /// from.
    pub fn response(self) -> CreateInteractionResponseMessage {
        let response = CreateInteractionResponseMessage::new().embed(self.embed).components(self.rows);
        response.allowed_mentions(no_mentions())
    }
}

/// Returns an update of a message that replaces its components and keeps its text and embeds.
pub fn components_update(rows: Vec<CreateActionRow>) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().components(rows).allowed_mentions(no_mentions())
}

/// Returns a plain text as an ephemeral response.
pub fn ephemeral_text(text: &str) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().content(text).ephemeral(true).allowed_mentions(no_mentions())
}

/// Returns an ephemeral follow-up, for use after the first response: a text and, if there are any, entries to choose
/// from.
pub fn ephemeral_followup(text: &str, entries: &[&Entry], asker: UserId) -> CreateInteractionResponseFollowup {
    let followup =
        CreateInteractionResponseFollowup::new().content(text).ephemeral(true).allowed_mentions(no_mentions());
    if entries.is_empty() {
        return followup;
    }
    let view = choice_view(None, entries, ButtonAction::Show, Audience { asker, private: true });
    followup.embed(view.embed).components(view.rows)
}

/// Returns a plain text as a message.
pub fn text_message(text: &str) -> CreateMessage {
    CreateMessage::new().content(text).allowed_mentions(no_mentions())
}

/// Makes Discord notify nobody, even if the text contains mentions.
pub fn no_mentions() -> CreateAllowedMentions {
    CreateAllowedMentions::new().empty_users().empty_roles().replied_user(false)
}

/// Renders the library's reply: an answer, suggestions, or "unknown".
#[must_use]
pub fn reply_view(reply: &Reply<'_>, audience: Audience) -> MessageView {
    match reply {
        Reply::Passage(passage) => passage_view(passage, audience),
        Reply::Suggestions { entries, boundary } => {
            let says = boundary.map(|boundary| boundary.says.as_str());
            choice_view(says, entries, ButtonAction::Take, audience)
        }
        Reply::Unknown { boundary, nearest } => {
            unknown_view(boundary.map(|boundary| boundary.says.as_str()), nearest, audience)
        }
        Reply::Unclear { examples } => unclear_view(examples, audience),
        Reply::OtherLanguage(notice) => remark_view(notice, audience),
        Reply::SmallTalk(small_talk) => remark_view(&small_talk.reply, audience),
    }
}

/// Renders the answer of an entry: its question, passage, citations and related questions.
#[must_use]
pub fn passage_view(passage: &Passage<'_>, audience: Audience) -> MessageView {
    let citations = passage.citations.iter().map(citation).collect::<Vec<_>>().join("\n");
    let second = passage.second.map(|entry| format!("\n\nYou also asked: {}", curated_line(&entry.question)));
    let evidence = truncate(&format!("\n\n{citations}{}", second.unwrap_or_default()), EVIDENCE_MAX);
    let evidence = without_reordering(&evidence);
    // The citations always fit; the passage gets the rest.
    let text = curated_within(&passage.entry.passage, EMBED_DESCRIPTION_MAX - evidence.chars().count());
    let embed = CreateEmbed::new()
        .title(title(&passage.entry.question))
        .description(format!("{text}{evidence}"))
        .color(ANSWER_COLOR);
    let shown = Some(passage.entry.id.clone());
    let mut offered = passage.related.clone();
    if let Some(second) = passage.second {
        offered.retain(|entry| entry.id != second.id);
        offered.insert(0, second);
        offered.truncate(RELATED_MAX);
    }
    MessageView { embed, rows: question_rows(&offered, ButtonAction::Show, shown, audience) }
}

/// Renders a text of a knowledge file as the title of an embed.
pub fn title(text: &str) -> String {
    curated_within(&one_line(text, EMBED_TITLE_MAX), EMBED_TITLE_MAX)
}

/// Renders a citation as a block quote. The label comes last, on a line of its own.
fn citation(citation: &CitationView<'_>) -> String {
    let label = match citation.url {
        // `escape` leaves closing brackets as they are, but here one would end the link's text.
        Some(url) => format!("[{}]({url})", escape_line(&citation.label()).replace(']', "\\]")),
        None => curated_line(&citation.label()),
    };
    match citation.quote {
        Some(quote) => format!("> “{}”\n> — {label}", curated_line(quote)),
        None => format!("> — {label}"),
    }
}

/// Renders a choice between the entries that the member may have meant. `says` is what the text lacks, if a boundary
/// matches about as well; `action` is the effect of the entries' buttons.
fn choice_view(
    says: Option<&str>,
    entries: &[&Entry],
    action: fn(String) -> ButtonAction,
    audience: Audience,
) -> MessageView {
    let says = says.map(|says| format!("\n\n{}", curated(says))).unwrap_or_default();
    let embed = CreateEmbed::new()
        .title("Did you mean …")
        .description(truncate(&format!("{}{says}", question_list(entries)), EMBED_DESCRIPTION_MAX))
        .color(NO_ANSWER_COLOR);
    MessageView { embed, rows: question_rows(entries, action, None, audience) }
}

/// Lists the questions of entries, one on each line.
fn question_list(entries: &[&Entry]) -> String {
    entries.iter().map(|entry| format!("- {}", curated_line(&entry.question))).collect::<Vec<_>>().join("\n")
}

/// Renders the reply to a question that the text does not answer. `says` is the explanation of the boundary, if one
/// matches; `nearest` are the entries to offer instead.
pub fn unknown_view(says: Option<&str>, nearest: &[&Entry], audience: Audience) -> MessageView {
    let explanation = curated(says.unwrap_or("I found nothing in it that fits your question."));
    let nearest_questions = match nearest {
        [] => String::new(),
        _ => format!("\n\nThe nearest questions that it answers:\n{}", question_list(nearest)),
    };
    let description = format!("{explanation}{nearest_questions}\n\n`/sections` shows what it does cover.");
    let embed = CreateEmbed::new()
        .title("The text does not answer that")
        .description(truncate(&description, EMBED_DESCRIPTION_MAX))
        .color(NO_ANSWER_COLOR);
    MessageView { embed, rows: question_rows(nearest, ButtonAction::Show, None, audience) }
}

/// Renders the reply to a question without content: asks what is meant and offers `examples`.
fn unclear_view(examples: &[&Entry], audience: Audience) -> MessageView {
    let description =
        format!("I cannot tell what that is about. You can ask, for example:\n{}", question_list(examples));
    let embed = CreateEmbed::new()
        .title("What would you like to know?")
        .description(truncate(&description, EMBED_DESCRIPTION_MAX))
        .color(NO_ANSWER_COLOR);
    MessageView { embed, rows: question_rows(examples, ButtonAction::Show, None, audience) }
}

/// Renders a reply that is a plain remark, such as the reply to small talk.
fn remark_view(remark: &str, audience: Audience) -> MessageView {
    let embed = CreateEmbed::new().description(curated_within(remark, EMBED_DESCRIPTION_MAX)).color(NO_ANSWER_COLOR);
    MessageView { embed, rows: question_rows(&[], ButtonAction::Show, None, audience) }
}

/// Returns one row for each question, so that long labels stay readable, and a last row with Remove. `shown` is the id
/// of the entry that the message answers with, if any.
fn question_rows(
    entries: &[&Entry],
    action: fn(String) -> ButtonAction,
    shown: Option<String>,
    audience: Audience,
) -> Vec<CreateActionRow> {
    let questions = entries.iter().map(|entry| primary_button(action(entry.id.clone()), entry.label(), audience));
    let remove =
        (!audience.private).then(|| secondary_button(audience.custom_id(ButtonAction::Remove(shown)), "Remove"));
    questions.chain(remove).map(|button| CreateActionRow::Buttons(vec![button])).collect()
}

/// Returns a button that shows the answer of an entry.
pub fn entry_button(entry: &Entry, label: &str, audience: Audience) -> CreateButton {
    primary_button(ButtonAction::Show(entry.id.clone()), label, audience)
}

fn primary_button(action: ButtonAction, text: &str, audience: Audience) -> CreateButton {
    let text = label(text, BUTTON_LABEL_MAX);
    CreateButton::new(audience.custom_id(action)).label(text).style(ButtonStyle::Primary)
}

fn secondary_button(custom_id: String, label: &str) -> CreateButton {
    CreateButton::new(custom_id).label(label).style(ButtonStyle::Secondary)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::discord::view::limits::{ACTION_ROWS_MAX, EMBEDS_TOTAL_MAX};
    use crate::knowledge::{Boundary, Citation, Document, Knowledge, Section};
    use crate::library::Library;
    use crate::library::reply::SUGGESTED_MAX;
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

    fn buttons(message: &Value) -> Vec<&Value> {
        message["components"].as_array().unwrap().iter().flat_map(|row| row["components"].as_array().unwrap()).collect()
    }

    #[test]
    fn an_answer_shows_passage_quote_citation_related_and_remove() {
        let library = library("Why?", "Because.");
        let key = library.knowledge().entry_keys().next().unwrap();
        let message = serde_json::to_value(passage_view(&library.passage(key), audience(false)).message()).unwrap();
        let embed = &message["embeds"][0];
        assert_eq!(embed["title"], "Why?");
        assert_eq!(embed["description"], "Because.\n\n> “these words”\n> — Section One, ¶ 1–2");
        assert_eq!(message["allowed_mentions"]["parse"], json!([]));
        let labels: Vec<_> = buttons(&message).iter().map(|button| button["label"].clone()).collect();
        assert_eq!(labels, ["Why?", "Why?", "Why?", "Why?", "Remove"]);
    }

    #[test]
    fn buttons_show_labels_and_citations_link_to_the_text() {
        let entry = |id: &str| Entry {
            id: id.into(),
            question: "Why did the keeper climb the stairs of the lighthouse every single night?".into(),
            label: Some("Why the keeper climbed".into()),
            citations: vec![Citation { section: "one".into(), paragraphs: vec![2], quote: None }],
            ..Entry::default()
        };
        let section = Section { id: "one".into(), title: "Section [One]".into(), paragraphs: 2, summary: None };
        let url = Some("https://example.org/a,b?c=1".into());
        let document =
            Document { url, sections: vec![section], entries: vec![entry("a"), entry("b")], ..Document::default() };
        let library = Library::new(Knowledge::new(vec![document]), Thresholds::default());
        let key = library.knowledge().entry_keys().next().unwrap();
        let message = serde_json::to_value(passage_view(&library.passage(key), audience(false)).message()).unwrap();
        let description = message["embeds"][0]["description"].as_str().unwrap();
        assert!(description.ends_with("> — [Section \\[One\\], ¶ 2](https://example.org/a,b?c=1)"), "{description}");
        assert_eq!(buttons(&message)[0]["label"], "Why the keeper climbed");
    }

    #[test]
    fn answers_and_suggestions_have_a_feedback_button() {
        let library = library("Why?", "Because.");
        let knowledge = library.knowledge();
        let answer = Reply::Passage(library.passage(knowledge.entry_keys().next().unwrap()));
        let entries = knowledge.entry_keys().take(SUGGESTED_MAX).map(|key| knowledge.entry(key));
        let suggestions = Reply::Suggestions { entries: entries.collect(), boundary: None };
        for (reply, private, last_row) in [
            (&answer, false, &["Not what I meant", "Remove"][..]),
            (&answer, true, &["Not what I meant"]),
            (&suggestions, false, &["None of these", "Remove"]),
            (&suggestions, true, &["None of these"]),
        ] {
            let view = reply_view(reply, audience(private));
            let view = view.with_feedback(reply, audience(private)).with_question("why?");
            let message = serde_json::to_value(view.message()).unwrap();
            let rows = message["components"].as_array().unwrap();
            let last = rows.last().unwrap()["components"].as_array().unwrap();
            let labels: Vec<_> = last.iter().map(|button| button["label"].as_str().unwrap()).collect();
            assert_eq!(labels, last_row, "private {private}");
            assert!(rows.len() <= ACTION_ROWS_MAX);
            assert_eq!(message["embeds"][0]["footer"]["text"], "Asked: why?");
        }
    }

    #[test]
    fn a_private_answer_has_no_remove() {
        let view = reply_view(&Reply::Unknown { boundary: None, nearest: Vec::new() }, audience(true));
        assert!(view.rows.is_empty());
    }

    #[test]
    fn text_over_a_limit_is_truncated() {
        let library = library(&long(EMBED_TITLE_MAX + 1), &long(EMBED_DESCRIPTION_MAX + 1));
        let key = library.knowledge().entry_keys().next().unwrap();
        let message = serde_json::to_value(passage_view(&library.passage(key), audience(false)).message()).unwrap();
        let chars = |value: &Value| value.as_str().unwrap().chars().count();
        let embed = &message["embeds"][0];
        assert_eq!(chars(&embed["title"]), EMBED_TITLE_MAX);
        assert_eq!(chars(&embed["description"]), EMBED_DESCRIPTION_MAX);
        assert!(chars(&embed["title"]) + chars(&embed["description"]) <= EMBEDS_TOTAL_MAX);
        assert_eq!(chars(&buttons(&message)[0]["label"]), BUTTON_LABEL_MAX);
    }

    /// Texts of Discord's marks, control characters and fake citations, and any other text.
    fn hostile_text(max_chars: usize) -> impl Strategy<Value = String> {
        let marks = prop::sample::select(vec![
            "`",
            "``",
            "```",
            "```\n",
            "||",
            "**",
            "_",
            "~~",
            "[x](https://y.example)",
            "# ",
            "> ",
            ">>> ",
            "-# ",
            "\n",
            "\n> “fake”\n> — Section, ¶ 9\n",
            "\u{202E}",
            "\u{202B}",
            "\u{2067}",
            "\u{2069}",
            "\u{2028}",
            "\\",
            "<",
            "word ",
            "島",
            "é ",
            "\u{3164}",
        ]);
        let text = prop_oneof![
            4 => prop::collection::vec(marks, 0..60).prop_map(|marks| marks.concat()),
            1 => any::<String>(),
            1 => (any::<char>(), 0..3_000usize).prop_map(|(letter, times)| letter.to_string().repeat(times)),
            1 => (0..3_000usize).prop_map(|times| "*`".repeat(times)),
        ];
        text.prop_map(move |text| text.chars().take(max_chars).collect())
    }

    /// Whether the text at this byte is outside of code and hidden text, in Discord and in stricter Markdown, where an
    /// open code fence never ends.
    fn is_visible_at(text: &str, at: usize) -> bool {
        let mut position = 0;
        while position < at {
            let rest = &text[position..];
            let mark = ["```", "``", "`", "||"].into_iter().find(|mark| rest.starts_with(mark));
            position += match mark {
                Some(mark) => match rest[mark.len()..].find(mark) {
                    Some(end) => end + 2 * mark.len(),
                    None if mark == "```" => return false,
                    None => mark.len(),
                },
                None => rest.chars().take(if rest.starts_with('\\') { 2 } else { 1 }).map(char::len_utf8).sum(),
            };
        }
        position == at
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn whatever_the_text_the_citation_is_visible(
            question in hostile_text(256), passage in hostile_text(2_000), quote in hostile_text(200),
            section in hostile_text(100), document in hostile_text(256),
        ) {
            let entry = Entry { question: question.clone(), passage, ..Entry::default() };
            let second = Entry { question, id: "second".into(), ..Entry::default() };
            let citation = CitationView {
                document: Some(&document), url: None, section: &section, paragraphs: &[1, 2], quote: Some(&quote),
            };
            let answer = Passage { entry: &entry, citations: vec![citation], related: Vec::new(), second: Some(&second) };
            let message = serde_json::to_value(passage_view(&answer, audience(false)).message()).unwrap();
            let embed = &message["embeds"][0];
            let description = embed["description"].as_str().unwrap();
            prop_assert!(description.chars().count() <= EMBED_DESCRIPTION_MAX, "{description}");
            let lines: Vec<&str> = description.lines().filter(|line| line.starts_with("> — ")).collect();
            prop_assert!(lines.len() == 1 && lines[0].ends_with("¶ 1–2"), "{description}");
            let label = description.find("\n> — ").unwrap() + 1;
            prop_assert!(is_visible_at(description, label), "{description}");
            let paragraphs = label + lines[0].len() - "¶ 1–2".len();
            prop_assert!(is_visible_at(description, paragraphs), "{description}");
            for text in [description, embed["title"].as_str().unwrap(), buttons(&message)[0]["label"].as_str().unwrap()] {
                prop_assert!(!text.contains(|letter| matches!(letter, '\u{202A}'..='\u{202E}')), "{text:?}");
                let isolates = |range: std::ops::RangeInclusive<char>| text.matches(|letter| range.contains(&letter)).count();
                prop_assert_eq!(isolates('\u{2066}'..='\u{2068}'), isolates('\u{2069}'..='\u{2069}'), "{:?}", text);
            }
            for text in [&embed["title"], &buttons(&message)[0]["label"]] {
                prop_assert!(!text.as_str().unwrap().contains(['\n', '\u{2028}']), "{text}");
            }
        }
    }

    #[test]
    fn emphasis_stays_and_markup_that_pretends_is_shown_as_it_is_written() {
        for (passage, shown) in [
            ("**Bold**, `/sections`\n- one", "**Bold**, `/sections`\n- one"),
            ("# Head", "\\# Head"),
            ("> “Fake”\n> — Section, ¶ 9", "\\> “Fake”\n\\> — Section, ¶ 9"),
            ("```\nopen", "\\`\\`\\`\nopen"),
            ("[x](https://y.example)", "\\[x](https://y.example)"),
            ("\u{202E}txt.exe", "txt.exe"),
        ] {
            let entry = Entry { passage: passage.to_owned(), ..Entry::default() };
            let citation = CitationView {
                document: None,
                url: None,
                section: "One",
                paragraphs: &[1],
                quote: Some("a\n> — Two, ¶ 9"),
            };
            let answer = Passage { entry: &entry, citations: vec![citation], related: Vec::new(), second: None };
            let message = serde_json::to_value(passage_view(&answer, audience(false)).message()).unwrap();
            let expected = format!("{shown}\n\n> “a > — Two, ¶ 9”\n> — One, ¶ 1");
            assert_eq!(message["embeds"][0]["description"], expected);
        }
    }

    #[test]
    fn a_boundary_explains_what_is_missing() {
        let boundary = Boundary { says: "The essay gives no figures.".into(), ..Boundary::default() };
        let view = reply_view(&Reply::Unknown { boundary: Some(&boundary), nearest: Vec::new() }, audience(false));
        let message = serde_json::to_value(view.message()).unwrap();
        let description = message["embeds"][0]["description"].as_str().unwrap().to_owned();
        assert!(description.starts_with("The essay gives no figures."), "{description}");
        assert!(description.contains("/sections"));
    }
}
