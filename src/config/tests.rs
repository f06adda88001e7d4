//! Valid and invalid configurations.
#![allow(clippy::unwrap_used)]

use tracing_subscriber::filter::LevelFilter;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("config.toml"), text)
}

#[test]
fn the_example_has_the_defaults() {
    assert_eq!(parse(EXAMPLE).unwrap(), Config::default());
}

#[test]
fn the_operators_guide_has_valid_configurations_that_keep_state_over_a_restart() {
    let guide = include_str!("../../deploy/README.md");
    let blocks: Vec<&str> = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let whole: Vec<Config> =
        blocks.iter().map(|block| parse(block).unwrap()).filter(|config| !config.knowledge.is_empty()).collect();
    assert_eq!(whole.len(), 2, "one for systemd and one for a container");
    for config in whole {
        assert!(config.learned_file.is_some() && config.discord.seen_file.is_some() && config.metrics.listen.is_some());
    }
}

#[test]
fn the_example_has_every_key_and_no_other() {
    let uncommented: String =
        EXAMPLE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).flat_map(|line| [line, "\n"]).collect();
    let table: toml::Table = uncommented.parse().unwrap();
    let mut found: Vec<String> = Vec::new();
    for (key, value) in &table {
        keys(key, value, &mut found);
    }
    found.sort();
    let mut known = KEYS.map(String::from).to_vec();
    known.sort();
    assert_eq!(found, known);
    parse(&uncommented).unwrap();
}

/// Collects the keys of a value with their tables.
fn keys(name: &str, value: &toml::Value, found: &mut Vec<String>) {
    // The keys of `documents` are ids.
    match value.as_table().filter(|_| name != "documents") {
        Some(inner) => inner.iter().for_each(|(key, value)| keys(&format!("{name}.{key}"), value, found)),
        None => found.push(name.to_owned()),
    }
}

#[test]
fn shards_are_a_range_of_all() {
    for (text, numbers) in [
        ("total = 1", Some(0..=0)),
        ("total = 4", Some(0..=3)),
        ("total = 4, first = 2", Some(2..=3)),
        ("total = 4, last = 1", Some(0..=1)),
        ("total = 4, first = 1, last = 1", Some(1..=1)),
        ("total = 16384", Some(0..=16_383)),
        ("total = 0", None),
        ("total = 16385", None),
        ("total = 4, first = 4", None),
        ("total = 4, last = 4", None),
        ("total = 4, first = 2, last = 1", None),
        ("first = 0", None),
    ] {
        let parsed = parse(&format!("[discord]\nshards = {{ {text} }}")).ok();
        assert_eq!(parsed.and_then(|config| config.discord.shards).map(Shards::numbers), numbers, "{text}");
    }
    assert_eq!((Shards::all(0).total, Shards::all(u32::MAX).total), (1, SHARDS_MAX));
}

#[test]
fn a_filter_is_a_level_and_levels_of_parts() {
    for (text, default, debug) in [
        ("warn", Some(LevelFilter::WARN), false),
        ("DEBUG", Some(LevelFilter::DEBUG), true),
        ("off", Some(LevelFilter::OFF), false),
        ("info, footnote=debug", Some(LevelFilter::INFO), true),
        ("footnote::discord=trace,footnote=error", None, false),
    ] {
        let Filter(filter) = parse(&format!("[log]\nlevel = '{text}'")).unwrap().log.level;
        let found = (filter.default_level(), filter.would_enable("footnote::app", &tracing::Level::DEBUG));
        assert_eq!(found, (default, debug), "{text}");
    }
}

#[test]
fn errors_say_what_would_be_right() {
    for (text, words) in [
        (
            "[discord]\ntoken-file = 'x'",
            &["unknown key `discord.token-file`", "did you mean `discord.token_file`?"][..],
        ),
        ("[limits]\nuser_per_10 = 1", &["limits.user_per_10s"]),
        ("knowlege = []", &["did you mean `knowledge`?"]),
        ("[discrod]", &["did you mean `discord`?"]),
        ("zzz = 1", &["unknown key `zzz`; config.example.toml"]),
        ("[matching]\nanswer = 1.5", &["matching.answer", "from 0 to 1", "found 1.5"]),
        ("[matching]\nanswer = nan", &["matching.answer"]),
        ("[matching]\nanswer = 0.4\nsuggest = 0.5", &["matching.suggest", "found 0.5"]),
        ("[discord]\napi_url = 'discord.com'", &["http://", "found discord.com"]),
        ("[discord]\nguild = 0", &["digits only"]),
        ("[log]\nlevel = 'debgu'", &["line 2", "info,footnote=debug", "found `debgu`"]),
        ("[log]\nlevel = 'info,footnote=all'", &["found `info,footnote=all`"]),
        ("[discord]\nlisten_channels = ['general']", &["digits only"]),
        ("[discord]\nshards = { total = 2, first = 2 }", &["discord.shards", "found total 2, first 2, last 1"]),
        ("[discord]\nshards = { total = 2, frist = 1 }", &["did you mean `discord.shards.first`?"]),
        ("[limits]\nuser_per_10s = -1", &["user_per_10s"]),
        ("[moderation]\nretention_days = -1", &["retention_days"]),
        ("[moderation]\nrole = ['1']", &["did you mean `moderation.roles`?"]),
        ("[metrics]\nlisten = 9464", &["line 2", "socket address"]),
        ("[metrics]\nlisten = 'localhost'", &["line 2", "socket address"]),
        ("= 1", &["config.toml", "line 1"]),
    ] {
        let error = parse(text).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}

#[test]
fn ids_are_numbers_or_strings() {
    let config = parse("[discord]\nguild = 123456789012345678\nlisten_channels = ['42', 43]").unwrap();
    assert_eq!(config.discord.guild, Some(DiscordId(123_456_789_012_345_678.try_into().unwrap())));
    assert_eq!(config.discord.listen_channels.len(), 2);
}

#[test]
fn documents_are_lists_of_names_by_id() {
    let id = |number| DiscordId(number_of(number));
    let parsed = parse("[documents]\n\"123\" = [\"rules\", \"faq\"]\n456 = [\"rules\"]\n").unwrap();
    let expected = [(id(123), vec!["rules".to_owned(), "faq".to_owned()]), (id(456), vec!["rules".to_owned()])];
    assert_eq!(parsed.documents, expected.into());
    assert_eq!(parsed.document_names(), ["faq", "rules"]);
    for (text, expected) in [
        ("general = [\"rules\"]", "expected a Discord id: digits only"),
        ("0 = [\"rules\"]", "expected a Discord id: digits only"),
        ("123 = []", "documents: expected the names of one or more knowledge files, without `.json`, found [] for 123"),
        ("123 = [\"rules.json\"]", "without `.json`, found [\"rules.json\"] for 123"),
        ("123 = [\" \"]", "without `.json`"),
        ("123 = \"rules\"", "expected a sequence"),
    ] {
        let error = parse(&format!("[documents]\n{text}\n")).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

fn number_of(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap()
}
