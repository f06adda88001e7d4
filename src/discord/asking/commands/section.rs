//! `/section`: shows the questions of one section, named by its title, a part of it, or its id.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommand};

use super::{Asking, everywhere, library};
use crate::discord::interaction::command::{
    AutocompleteRequest, CallArguments, Choices, Command, Localized, choices, option, slash_command,
};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::view::limits::CHOICE_MAX;
use crate::discord::view::message_view::Audience;
use crate::discord::view::sections::{SectionRef, all_sections, section_page_view};
use crate::library::Library;
use crate::matching::normalise;
use crate::text::truncate;

/// The command.
pub const COMMAND: Command<Asking> = Command {
    name: "section",
    definition,
    run: |asking, call| Box::pin(run(asking, call)),
    complete: Some(|asking, request| Box::pin(async move { complete(asking, request) })),
};

fn definition() -> CreateCommand {
    let command = slash_command(
        Localized { en: COMMAND.name, ja: "章", ru: "раздел" },
        Localized {
            en: "See the questions of one section",
            ja: "一つの章の質問を見る",
            ru: "Посмотреть вопросы одного раздела",
        },
    );
    let name = option(
        CommandOptionType::String,
        Localized { en: "name", ja: "章名", ru: "название" },
        Localized { en: "The section's title", ja: "章の題名", ru: "Название раздела" },
    );
    everywhere(command).add_option(name.required(true).max_length(CHOICE_MAX as u16).set_autocomplete(true))
}

async fn run(asking: &Asking, call: &CommandInteraction) -> Result<(), HandlerError> {
    let options = CallArguments::of(call);
    let name = options.required_text("name")?;
    let view = {
        let library = library(asking, call);
        let matching = matching_sections(&library, name);
        // A name that consists of punctuation matches every section, so it names none.
        let named = matching.first().filter(|_| !normalise(name).is_empty());
        let section = named.ok_or(Refusal::NoSuchSection)?;
        section_page_view(section, 0, Audience { asker: call.user.id, private: true })
    };
    asking.responder.show(call, view, true).await
}

fn complete(asking: &Asking, request: AutocompleteRequest<'_>) -> Choices {
    completions(&library(asking, request.interaction), request.text)
}

/// Offers the sections whose label contains the text.
pub fn completions(library: &Library, typed: &str) -> Choices {
    let labels = matching_sections(library, typed);
    let labels = labels.iter().map(|section| truncate(&section.label(library), CHOICE_MAX));
    choices(labels.map(|label| (label.clone(), label)))
}

/// Returns the sections whose label contains the text or whose id equals it. A section whose whole label is the text
/// comes first.
fn matching_sections<'a>(library: &'a Library, typed: &str) -> Vec<SectionRef<'a>> {
    let normal = normalise(typed);
    let label = |section: &SectionRef<'_>| normalise(&section.label(library));
    let matches = |section: &SectionRef<'_>| label(section).contains(&normal) || section.section.id == typed;
    let mut found: Vec<_> = all_sections(library).filter(matches).collect();
    found.sort_by_key(|section| label(section) != normal);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Knowledge, Section};
    use crate::matching::Thresholds;

    #[test]
    fn a_section_is_found_by_its_label_a_part_of_it_or_its_id() {
        let section =
            |id: &str, title: &str| Section { id: id.into(), title: title.into(), paragraphs: 1, summary: None };
        let sections = vec![section("crew", "The Ferry and Its Crew"), section("bay-crossing", "The Ferry")];
        let knowledge = Knowledge::new(vec![Document { sections, ..Document::default() }]);
        let library = Library::new(knowledge, Thresholds::default());
        for (typed, ids) in [
            ("the ferry", &["bay-crossing", "crew"][..]),
            ("FERRY", &["crew", "bay-crossing"]),
            ("bay-crossing", &["bay-crossing"]),
            ("", &["crew", "bay-crossing"]),
            ("harbour", &[]),
        ] {
            let found: Vec<_> =
                matching_sections(&library, typed).iter().map(|section| section.section.id.clone()).collect();
            assert_eq!(found, ids, "{typed}");
        }
    }
}
