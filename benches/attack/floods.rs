//! The table of floods. To add one, add a row here and a function in `members.rs`, `moderators.rs` or `operators.rs`.

use futures_util::future::LocalBoxFuture;

use crate::arena::{Arena, Result};
use crate::{members, moderators, operators};

/// A flood.
pub struct Flood {
    /// By this name, the user selects the flood.
    pub name: &'static str,
    /// Further lines of `config.toml`; `GENERAL` stands for the id of the flooded channel.
    pub settings: &'static str,
    /// The knowledge file.
    pub knowledge: fn() -> String,
    /// Whether bystanders ask in the flooded channel, too.
    pub crowded: bool,
    /// Whether the sandbox limits the messages of each channel, as Discord does.
    pub channel_limit: bool,
    /// The value of the label `work` with which the metrics must name the flood; `None` if no member exceeds a limit, so
    /// that the bot need not refuse anything.
    pub work: Option<&'static str>,
    /// Attacks until the flood is over.
    pub attack: for<'a> fn(&'a Arena) -> LocalBoxFuture<'a, Result<FloodOutcome>>,
}

/// The outcome of a flood itself.
#[derive(Default)]
pub struct FloodOutcome {
    /// Figures for the table.
    pub notes: Vec<String>,
    /// Answers that remained although their question was deleted.
    pub deletions_lost: usize,
    /// Sentences that say what went wrong.
    pub problems: Vec<String>,
}

impl FloodOutcome {
    /// An outcome with one note.
    pub fn note(note: String) -> Self {
        Self { notes: vec![note], ..Self::default() }
    }

    /// The outcome of a flood that could not go on, for this reason.
    pub fn stopped(reason: &str) -> Self {
        let problem = format!("the flood stopped: {reason}");
        Self { notes: vec![problem.clone()], problems: vec![problem], deletions_lost: 0 }
    }

    /// Adds a problem unless the condition holds.
    pub fn expect(mut self, holds: bool, otherwise: &str) -> Self {
        if !holds {
            self.problems.push(otherwise.to_owned());
        }
        self
    }
}

const FLOOD: Flood = Flood {
    name: "",
    settings: "",
    knowledge: || include_str!("../../knowledge/japan-russia.json").to_owned(),
    crowded: false,
    channel_limit: true,
    work: None,
    attack: |_| Box::pin(async { Ok(FloodOutcome::default()) }),
};

const NO_LIMITS: &str = "[limits]\nuser_per_10s = 0\nchannel_per_10s = 0\n";
const LISTENING: &str = "[discord]\nlisten_channels = [\"GENERAL\"]\n";

/// All floods, in the order in which they run.
pub const FLOODS: &[Flood] = &[
    Flood {
        name: "typing, 1 user",
        work: Some("autocomplete"),
        attack: |arena| Box::pin(members::typing(arena, 1, 30, 6_000)),
        ..FLOOD
    },
    Flood { name: "typing, 50 users", attack: |arena| Box::pin(members::typing(arena, 50, 200, 1_000)), ..FLOOD },
    Flood {
        name: "busy channel",
        crowded: true,
        work: Some("question"),
        attack: |arena| Box::pin(members::busy_channel(arena)),
        ..FLOOD
    },
    Flood {
        name: "edits and deletions",
        settings: "[limits]\nchannel_per_10s = 0\n",
        work: Some("edit"),
        attack: |arena| Box::pin(members::edits(arena)),
        ..FLOOD
    },
    Flood {
        name: "over the limit",
        crowded: true,
        work: Some("question"),
        attack: |arena| Box::pin(members::over_the_limit(arena)),
        ..FLOOD
    },
    Flood {
        name: "unasked",
        settings: LISTENING,
        crowded: true,
        work: Some("unasked"),
        attack: |arena| Box::pin(members::unasked(arena)),
        ..FLOOD
    },
    Flood {
        name: "presses, 1 user",
        work: Some("interaction"),
        attack: |arena| Box::pin(members::presses(arena, 1)),
        ..FLOOD
    },
    Flood { name: "presses, 50 users", attack: |arena| Box::pin(members::presses(arena, 50)), ..FLOOD },
    Flood {
        name: "nonsense",
        settings: NO_LIMITS,
        channel_limit: false,
        attack: |arena| Box::pin(members::nonsense(arena)),
        ..FLOOD
    },
    Flood { name: "many places", attack: |arena| Box::pin(members::many_places(arena)), ..FLOOD },
    Flood { name: "duplicates and storms", attack: |arena| Box::pin(members::storm(arena)), ..FLOOD },
    Flood { name: "import of kanji", attack: |arena| Box::pin(moderators::import(arena)), ..FLOOD },
    Flood {
        name: "40 forms, 4 MiB file",
        knowledge: moderators::long_file,
        attack: |arena| Box::pin(moderators::forms(arena)),
        ..FLOOD
    },
    Flood {
        name: "30 submissions of a form",
        work: Some("preview"),
        attack: |arena| Box::pin(moderators::submissions(arena)),
        ..FLOOD
    },
    Flood { name: "long citations", attack: |arena| Box::pin(moderators::citations(arena)), ..FLOOD },
    Flood { name: "32 forms opened", attack: |arena| Box::pin(moderators::opened_forms(arena)), ..FLOOD },
    Flood { name: "metrics port", attack: |arena| Box::pin(operators::metrics_port(arena)), ..FLOOD },
];
