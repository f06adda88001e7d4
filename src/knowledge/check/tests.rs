//! Every kind of finding: a faulty snippet and the finding with its line and path. Then properties that hold for any
//! file.
#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::knowledge::arbitrary::{GOOD, mutated_json, mutated_text};
use crate::knowledge::{Finding, Severity, findings, limits};

/// The source text of the good file.
const SOURCE: &str =
    "It was the board's  lighthouse.\n\nThe Keeper\nA family lived there.\n\nThey kept it for forty years.\n";

fn file(name: &str, text: impl Into<String>) -> TextFile {
    TextFile { path: PathBuf::from(name), text: text.into() }
}

fn check_one(text: &str) -> Report {
    check_files(&[file("k.json", text)], None)
}

/// The good file with one piece replaced. The piece must occur in it.
fn with(piece: &str, replacement: &str) -> String {
    assert!(GOOD.contains(piece), "{piece:?} is not in the good file");
    GOOD.replacen(piece, replacement, 1)
}

/// The findings in short form: `severity line:column path message | help`.
fn short(report: &Report) -> Vec<String> {
    let finding = |f: &Finding| {
        let place = f.line.zip(f.column).map_or("-".to_owned(), |(line, column)| format!("{line}:{column}"));
        format!("{:?} {place} {} {} | {}", f.severity, f.path, f.message, f.help)
    };
    report.findings().iter().map(finding).collect()
}

/// Asserts that a report has one finding, with this start and this part of its short form.
fn assert_only(report: &Report, start: &str, part: &str, case: &str) {
    let found = short(report);
    let fits = found.len() == 1 && found[0].starts_with(start) && found[0].contains(part);
    assert!(fits, "{case}: expected one finding {start:?} with {part:?}, found {found:#?}");
}

#[test]
fn a_good_file_has_no_finding() {
    let report = check_files(&[file("k.json", GOOD)], Some(&file("s.txt", SOURCE)));
    assert_eq!(short(&report), Vec::<String>::new());
    assert_eq!(report.to_string(), "no problems in 1 file");
    let knowledge = report.into_knowledge().unwrap();
    assert_eq!(knowledge.entry(knowledge.find("who-kept-it").unwrap()).related, ["who-built-it"]);
}

#[test]
fn warnings_about_wordings_have_a_position() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.json");
    fs::write(&path, GOOD).unwrap();
    fs::write(dir.path().join("schema.json"), "").unwrap();
    let warning = |item, number, message: &str| WordingWarning {
        wording: WordingKey { item, number },
        message: message.to_owned(),
        help: "reword".to_owned(),
    };
    let report = check(&[path], None, |knowledge| {
        let entry = knowledge.find("who-built-it").unwrap();
        let boundary = knowledge.boundary_keys().next().unwrap();
        vec![warning(ItemKey::Boundary(boundary), 0, "vague"), warning(ItemKey::Entry(entry), 1, "long")]
    });
    let texts: Vec<String> = report.findings().iter().map(|f| format!("{} {}", f.path, f.message)).collect();
    assert_eq!(
        texts,
        [
            "$.entries[0].also_asked[0] `Whose work is the tower?` long",
            "$.boundaries[0].question `How tall is it?` vague"
        ]
    );
    assert_eq!((report.errors(), report.warnings()), (0, 2));
}

#[test]
fn the_built_in_knowledge_has_no_error() {
    let report = check_files(&[TextFile::builtin()], None);
    assert_eq!(report.errors(), 0, "{report}");
    assert!(!builtin().unwrap().documents().is_empty());
}

#[test]
fn each_violation_of_the_schema_is_reported_with_its_position() {
    let long = |characters: usize| "x".repeat(characters);
    let title = |characters| format!("\"title\": \"{}\"", long(characters));
    #[rustfmt::skip]
    let cases: [(&str, &str, &str, &str); 44] = [
        // Syntax.
        ("\"title\": \"The Lighthouse\",", "\"title\": \"The Lighthouse\"", "Error 4:3 $ not valid JSON: expected `,`", "comma"),
        ("\"builder\"]", "\"builder\",]", "Error 14:60 $ not valid JSON: trailing comma", "remove the comma"),
        ("  \"synonyms\"", "  // words\n  \"synonyms\"", "Error 9:3 $ not valid JSON: key must be", "comments"),
        ("lighthouse?\"", "lighthouse?", "Error 13:46 $ not valid JSON: control character", "quotation mark"),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"The \\Lighthouse\"", "Error 3:18 $ not valid JSON: invalid escape", "\\\\"),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"\\ud800\"", "Error 3:19 $ not valid JSON: ", ""),
        ("Who lived there.\"", "é🙂’\", \"x\": 0", "Error 7:84 $.sections[1].x unknown field", ""),
        // Fields.
        ("\"passage\": \"The h", "\"pasage\": \"\", \"passage\": \"The h", "Error 15:7 $.entries[0].pasage unknown field", "did you mean `passage`?"),
        ("\"about\"", "\"1 2\": 0, \"about\"", "Error 4:3 $[\"1 2\"] unknown field", "the allowed fields are `$schema`, `about`"),
        ("      \"id\": \"who-built-it\",\n", "", "Error 11:5 $.entries[0] the field `id` is missing", "A short name"),
        ("\"section\": \"introduction\", ", "", "Error 16:21 $.entries[0].citations[0] the field `section` is missing", "The id of the section."),
        ("\"about\"", "\"title\": \"Again\", \"about\"", "Error 4:3 $.title the field `title` appears twice", "remove one"),
        // Types.
        ("\"The Lighthouse\"", "7", "Error 3:12 $.title expected text in quotation marks, found the number `7`", "The title of the text."),
        ("\"An essay on a lighthouse.\"", "null", "Error 4:12 $.about expected text in quotation marks, found `null`", ""),
        ("[\"Whose work is the tower?\", \"builder\"]", "\"builder\"", "Error 14:21 $.entries[0].also_asked expected a list in brackets [], found the text `builder`", "Other wordings"),
        ("{\"section\": \"introduction\", \"paragraphs\": [1], \"quote\": \"the board’s lighthouse\"}", "true", "Error 16:21 $.entries[0].citations[0] expected an object in braces {}, found `true`", ""),
        ("\"paragraphs\": 2", "\"paragraphs\": \"2\"", "Error 7:63 $.sections[1].paragraphs expected a whole number, found the text `2`", ""),
        ("\"paragraphs\": 2", "\"paragraphs\": 2.0", "Error 7:63 $.sections[1].paragraphs expected a whole number, found `2.0`", ""),
        ("\"paragraphs\": [1]", "\"paragraphs\": [[1]]", "Error 16:64 $.entries[0].citations[0].paragraphs[0] expected a whole number, found a list", ""),
        // Sizes.
        ("\"The harbour board built it.\"", "\"\"", "Error 15:18 $.entries[0].passage the text is empty", "2 to 4 sentences"),
        ("\"The harbour board built it.\"", "\" \\n\\u200b\"", "Error 15:18 $.entries[0].passage the text is empty", ""),
        ("\"title\": \"The Lighthouse\"", &title(257), "Error 3:12 $.title the text has 257 characters, expected at most 256", ""),
        ("\"The harbour board built it.\"", "\"\\u3164 \\u2800\\u115f\"", "Error 15:18 $.entries[0].passage the text is empty: it has no visible character", "2 to 4 sentences"),
        ("The essay does not say.", &long(1_001), "Error 28:101 $.boundaries[0].says the text has 1001 characters, expected at most 1000", ""),
        ("Who lived there.", &long(1_001), "Error 7:77 $.sections[1].summary the text has 1001 characters, expected at most 1000", ""),
        ("\"The Keeper\"", &format!("\"{}\"", long(101)), "Error 7:35 $.sections[1].title the text has 101 characters, expected at most 100", ""),
        ("Who built the lighthouse?", &"é".repeat(257), "Error 13:19 $.entries[0].question the text has 257 characters, expected at most 256", ""),
        ("Whose work is the tower?", &long(301), "Error 14:22 $.entries[0].also_asked[0] the text has 301 characters, expected at most 300", ""),
        ("The harbour board built it.", &long(2_001), "Error 15:18 $.entries[0].passage the text has 2001 characters, expected at most 2000", ""),
        ("\"the board’s lighthouse\"", &format!("\"{}\"", long(201)), "Error 16:77 $.entries[0].citations[0].quote the text has 201 characters, expected at most 200", ""),
        ("[{\"section\": \"introduction\", \"paragraphs\": [1], \"quote\": \"the board’s lighthouse\"}]", "[]", "Error 16:20 $.entries[0].citations the list has 0 values, expected at least 1", "The places in the text"),
        ("\"paragraphs\": [1, 2]", "\"paragraphs\": []", "Error 23:61 $.entries[1].citations[0].paragraphs the list has 0 values, expected at least 1", ""),
        ("\"paragraphs\": [1, 2]", "\"paragraphs\": [0, 1, 2]", "Error 23:62 $.entries[1].citations[0].paragraphs[0] expected at least 1 and at most 10000, found `0`", ""),
        ("\"paragraphs\": 2", "\"paragraphs\": -2", "Error 7:63 $.sections[1].paragraphs expected at least 1 and at most 10000, found `-2`", ""),
        ("\"paragraphs\": 2", "\"paragraphs\": 99999999999999999999", "Error 7:63 $.sections[1].paragraphs expected at least 1 and at most 10000, found `9999", ""),
        ("[\"hi\", \"Good morning\"]", "[]", "Error 31:18 $.small_talk[0].wordings the list has 0 values, expected at least 1", "Different messages"),
        ("\"wordings\": [\"hi\", \"Good morning\"], ", "", "Error 31:5 $.small_talk[0] the field `wordings` is missing", "Different messages"),
        ("\"Good morning\"", "\" \"", "Error 31:25 $.small_talk[0].wordings[1] the text is empty", ""),
        ("Good morning", &long(301), "Error 31:25 $.small_talk[0].wordings[1] the text has 301 characters, expected at most 300", ""),
        ("Hello! Ask about the lighthouse.", "", "Error 31:51 $.small_talk[0].reply the text is empty", "friendly sentences"),
        ("Hello! Ask about the lighthouse.", &long(1_001), "Error 31:51 $.small_talk[0].reply the text has 1001 characters, expected at most 1000", ""),
        ("{\"wordings\": [\"hi\"", "{\"id\": \"hello\", \"wordings\": [\"hi\"", "Error 31:6 $.small_talk[0].id unknown field `id`", "`reply`, `wordings`"),
        ("[\"lighthouse\", \"light tower\"]", "[\"lighthouse\"]", "Error 9:16 $.synonyms[0] the list has 1 value, expected at least 2", "Groups of words"),
        ("three kept it.", "three \\u0007kept it.", "Error 22:18 $.entries[1].passage the text contains the control character U+0007", "remove it"),
    ];
    for (piece, replacement, start, part) in cases {
        // Some of these errors also leave a paragraph uncited; that warning is not tested here.
        let mut report = check_one(&with(piece, replacement));
        report = without_warnings(report);
        assert_only(&report, start, part, replacement);
        assert!(report.knowledge().is_none());
    }
}

/// The report without its warnings.
fn without_warnings(report: Report) -> Report {
    let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error).cloned();
    let mut findings = findings::Findings::default();
    for Finding { file, line, column, path, message, help, severity, .. } in errors {
        let position = line.zip(column);
        findings.push(severity, &file, || findings::FindingText { position, path, message, help });
    }
    findings.into_report(Knowledge::default())
}

#[test]
fn ids_are_kebab_case_and_bounded() {
    for (id, good) in [
        ("a", true),
        ("why-court-russia-2", true),
        (&"x".repeat(64), true),
        (&"x".repeat(65), false),
        ("", false),
        ("Why", false),
        ("a_b", false),
        ("-a", false),
        ("a-", false),
        ("a--b", false),
        ("a b", false),
        ("é", false),
        ("a\\n", false),
    ] {
        for (owner, path) in [("height", "$.boundaries[0].id"), ("who-kept-it", "$.entries[1].id")] {
            let report = check_one(&with(&format!("\"id\": \"{owner}\""), &format!("\"id\": \"{id}\"")));
            assert_eq!(report.errors() == 0, good, "{id:?}: {report}");
            assert!(report.findings().iter().all(|finding| finding.path == path), "{id:?}: {report}");
        }
    }
}

#[test]
fn each_violation_of_a_rule_is_reported_with_its_position() {
    #[rustfmt::skip]
    let cases = [
        // Ids and wordings.
        ("\"id\": \"height\"", "\"id\": \"who-built-it\"", "Error 28:12 $.boundaries[0].id the id `who-built-it` is already used at k.json:12", ""),
        ("\"the-keeper\", \"title\": \"The Keeper\", \"paragraphs\": 2", "\"the-keeper\", \"title\": \"The Keeper\", \"paragraphs\": 2}, {\"id\": \"the-keeper\", \"title\": \"Again\", \"paragraphs\": 1", "Error 7:74 $.sections[2].id the section id `the-keeper` is already used at k.json:7", ""),
        ("\"How tall is it?\"", "\"who BUILT the light-house\"", "", ""),
        ("\"How tall is it?\"", "\"WHO built: the lighthouse\"", "Error 28:34 $.boundaries[0].question the wording `WHO built: the lighthouse` is the same as the one of `who-built-it` at k.json:13", "may occur only once"),
        ("\"Good morning\"", "\"Hi!\"", "Error 31:25 $.small_talk[0].wordings[1] the wording `Hi!` is the same as the one at k.json:31", "remove one"),
        ("\"Good morning\"", "\"how tall is it\"", "Error 31:25 $.small_talk[0].wordings[1] the wording `how tall is it` is the same as the one of `height` at k.json:28", "may occur only once"),
        ("\"Good morning\"], \"reply\": \"Hello!", "\"hey\"], \"reply\": \"Hey!\"}, {\"wordings\": [\"HI\"], \"reply\": \"Hello!", "Error 31:65 $.small_talk[1].wordings[0] the wording `HI` is the same as the one of small talk at k.json:31", "may occur only once"),
        ("\"Good morning\"", "\"👋\"", "Error 31:25 $.small_talk[0].wordings[1] the wording `👋` has no letter", "use words"),
        ("\"Name of the keeper\"", "\"Whose wórk is the tower\"", "Error 21:53 $.entries[1].also_asked[1] the wording `Whose wórk is the tower` is the same as the one of `who-built-it` at k.json:14", ""),
        ("\"builder\"", "\"who built the lighthouse\"", "Error 14:50 $.entries[0].also_asked[1] the wording `who built the lighthouse` is the same as the one at k.json:13", "remove one"),
        ("\"builder\"", "\"?!\"", "Error 14:50 $.entries[0].also_asked[1] the wording `?!` has no letter", ""),
        ("\"light tower\"", "\"Lighthouse!\"", "Error 9:31 $.synonyms[0][1] `Lighthouse!` is already in this group", ""),
        // Citations.
        ("\"section\": \"the-keeper\"", "\"section\": \"the-keper\"", "Error 23:33 $.entries[1].citations[0].section the document has no section `the-keper`", "did you mean `the-keeper`?"),
        ("\"section\": \"the-keeper\"", "\"section\": \"zzz\"", "Error 23:33 $.entries[1].citations[0].section the document has no section `zzz`", "the sections are `introduction`, `the-keeper`"),
        ("[1, 2]", "[1, 2, 3]", "Error 23:68 $.entries[1].citations[0].paragraphs[2] the section `the-keeper` has no paragraph 3", "from 1 to 2"),
        ("[1, 2]", "[2, 1]", "Error 23:65 $.entries[1].citations[0].paragraphs[1] paragraph 1 follows paragraph 2", "ascending"),
        ("[1, 2]", "[1, 1, 2]", "Error 23:65 $.entries[1].citations[0].paragraphs[1] paragraph 1 follows paragraph 1", "ascending"),
        ("kept it for forty years", "1 2 3 4 5 6 7 8 9 10 11 12", "", ""),
        ("kept it for forty years", "1 2 3 4 5 6 7 8 9 10 11 12 13", "Error 23:78 $.entries[1].citations[0].quote the quote has 13 words; at most 12", ""),
        // Texts that deceive.
        ("The harbour board built it.", "The \\u202eharbour.", "Error 15:18 $.entries[0].passage the text contains U+202E, which changes the order of the letters", "right-to-left"),
        ("\"The Keeper\"", "\"The \\u202dKeeper\"", "Error 7:35 $.sections[1].title the text contains U+202D", "remove it"),
        ("builder", "\\u202ebuilder", "Error 14:50 $.entries[0].also_asked[1] the text contains U+202E", ""),
        ("The Lighthouse", "The\\nLighthouse", "Error 3:12 $.title the text contains a line break, expected a single line", "use a space"),
        ("the board’s lighthouse", "a”\\n> — The Keeper, ¶ 2\\n> “b", "Error 16:77 $.entries[0].citations[0].quote the text contains a line break", ""),
        ("Who built the lighthouse?", "Who built\\u2028the lighthouse?", "Error 13:19 $.entries[0].question the text contains a line break", ""),
        // Texts that are suspicious.
        ("The harbour board built it.", "# The board\\nbuilt it.", "Warning 15:18 $.entries[0].passage the line looks like a heading: `# The board`", "without the mark"),
        ("The essay does not say.", "No.\\n> “Fake”", "Warning 28:101 $.boundaries[0].says the line looks like a quote: `> “Fake”`", "`citations`"),
        ("Who lived there.", "See [it](https://x.example).", "Warning 7:77 $.sections[1].summary the text contains a link whose address is not visible: `[it](https://x.example).`", "write the address"),
        ("The harbour board built it.", "```\\nThe board", "Warning 15:18 $.entries[0].passage the text contains a block of code", "plain text"),
        ("The harbour board built it.", "The `board", "Warning 15:18 $.entries[0].passage the text contains code that does not end", ""),
        ("The harbour board built it.", "The **board", "Warning 15:18 $.entries[0].passage the text contains a mark that is not closed: `**`", "partner"),
        ("Hello! Ask about the lighthouse.", "||Hello||", "Warning 31:51 $.small_talk[0].reply the text contains a mark that hides text", ""),
        ("The harbour board built it.", "The \\u202bboard\\u202c.", "Warning 15:18 $.entries[0].passage the text contains U+202B, which may reorder", "U+2068"),
        ("The harbour board built it.", "The \\u2067board.", "Warning 15:18 $.entries[0].passage the text contains U+2067 without U+2069", ""),
        ("The harbour board built it.", "The bo\\u2062ard.", "Warning 15:18 $.entries[0].passage the text contains the invisible character U+2062", "cannot see"),
        ("The harbour board built it.", "نمی\\u200cخواهم, क्\\u200dष, 👩\\u200d🔬, \\u2068שלום\\u2069\\u200f.", "", ""),
        ("The harbour board built it.", "**Board** and *it*: `/sections`.\\n- one\\n- two", "", ""),
        // Related entries.
        ("[\"who-built-it\"]", "[\"who-bilt-it\"]", "Error 24:19 $.entries[1].related[0] no entry has the id `who-bilt-it`", "did you mean `who-built-it`?"),
        ("[\"who-built-it\"]", "[\"height\"]", "Error 24:19 $.entries[1].related[0] no entry has the id `height`; it belongs to a boundary", ""),
        ("[\"who-built-it\"]", "[\"who-kept-it\"]", "Error 24:19 $.entries[1].related[0] the entry `who-kept-it` lists itself as related", ""),
        ("[\"who-built-it\"]", "[\"who-built-it\"], \"false_premise\": true", "", ""),
        ("\"question\": \"Who built the lighthouse?\"", "\"question\": \"Who built the lighthouse?\", \"false_premise\": true", "Warning 24:19 $.entries[1].related[0] `who-built-it` rests on a false premise", "right premise"),
        ("\"question\": \"Who built the lighthouse?\"", "\"question\": \"Who built the lighthouse?\", \"false_premise\": 1", "Error 13:65 $.entries[0].false_premise expected `true` or `false`, found the number `1`", "assumes something"),
        ("\"question\": \"Who built the lighthouse?\"", "\"question\": \"Who built the lighthouse?\", \"label\": \"Builder\"", "", ""),
        ("\"question\": \"Who built the lighthouse?\"", "\"question\": \"Who built the lighthouse?\", \"label\": \"a\u{202E}b\"", "Error 13:57 $.entries[0].label", "U+202E"),
        ("\"question\": \"Who built the lighthouse?\"", "\"question\": \"Who built the lighthouse?\", \"label\": \"The people who built the lighthouse, long ago\"", "Error 13:57 $.entries[0].label the text has 45 characters, expected at most 38", "buttons"),
        ("does not say.\"", "does not say.\", \"related\": [\"who-built-it\"]", "", ""),
        ("does not say.\"", "does not say.\", \"related\": [\"who-bilt-it\"]", "Error 28:140 $.boundaries[0].related[0] no entry has the id `who-bilt-it`", "did you mean `who-built-it`?"),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"The Lighthouse\", \"url\": \"https://example.org/a?b=c#d\"", "", ""),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"The Lighthouse\", \"language\": \"de\"", "", ""),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"The Lighthouse\", \"language\": \"german\"", "Error 3:42 $.language `german` is not one of the accepted values", "use one of `ar`, `bg`, "),
        ("\"title\": \"The Lighthouse\"", "\"title\": \"The Lighthouse\", \"url\": \"javascript:alert(1)\"", "Error 3:37 $.url `javascript:alert(1)` is not a web address", "https://"),
                ("[\"who-built-it\"]", "[\"who-built-it\", \"who-built-it\"]", "Error 24:35 $.entries[1].related[1] `who-built-it` is listed twice", ""),
        // Warnings.
        (", \"builder\"]", "]", "Warning 13:19 $.entries[0].question the entry `who-built-it` has too few wordings: 2", "`also_asked`"),
        ("[1, 2]", "[2]", "Warning 7:63 $.sections[1].paragraphs no entry cites paragraph 1 of `the-keeper`", ""),
        ("\"paragraphs\": 2", "\"paragraphs\": 9", "Warning 7:63 $.sections[1].paragraphs no entry cites paragraphs 3 to 9 of `the-keeper`", ""),
        ("Its height in metres", "Is the lighthouse built, and who?", "Warning 28:68 $.boundaries[0].also_asked[0] `Is the lighthouse built, and who?` is nearly the same as `Who built the lighthouse?` of `who-built-it` at k.json:13", ""),
        ("What was the keeper called?", "who built the lighthuose", "Warning 21:22 $.entries[1].also_asked[0] `who built the lighthuose` is nearly the same as", "reword"),
        ("Good morning", "who built the lighthuose", "Warning 31:25 $.small_talk[0].wordings[1] `who built the lighthuose` is nearly the same as `Who built the lighthouse?` of `who-built-it` at k.json:13", ""),
        ("\"Good morning\"], \"reply\": \"Hello!", "\"Goodbye everyone\"], \"reply\": \"Hey!\"}, {\"wordings\": [\"goodby to everyone\"], \"reply\": \"Hello!", "", ""),
        ("builder", "the lighthouse, who built?", "", ""),
    ];
    for (piece, replacement, start, part) in cases {
        let mut report = check_one(&with(piece, replacement));
        if start.starts_with("Error") {
            report = without_warnings(report);
        }
        if start.is_empty() {
            assert_eq!(short(&report), Vec::<String>::new(), "{replacement}");
        } else {
            assert_only(&report, start, part, replacement);
        }
        assert_eq!(report.knowledge().is_some(), !start.starts_with("Error"), "{replacement}");
    }
}

#[test]
fn the_source_text_verifies_counts_and_quotes() {
    let quote = |quote: &str| with("kept it for forty years", quote);
    #[rustfmt::skip]
    let cases = [
        (GOOD.to_owned(), SOURCE.to_owned(), "", ""),
        (quote("They  kept it"), SOURCE.to_owned(), "", ""),
        (GOOD.to_owned(), SOURCE.replace("board's", "board’s"), "", ""),
        (GOOD.to_owned(), format!("Introduction\n{SOURCE}"), "", ""),
        (quote("kept it for four years"), SOURCE.to_owned(), "Error 23:78 $.entries[1].citations[0].quote the quote does not occur in paragraphs 1, 2 of `the-keeper`", "nowhere"),
        (quote("Kept it"), SOURCE.to_owned(), "Error 23:78 $.entries[1].citations[0].quote the quote does not occur", "nowhere"),
        (quote("It was"), SOURCE.to_owned(), "Error 23:78 $.entries[1].citations[0].quote the quote does not occur", "it occurs in paragraph 1 of `introduction`"),
        (with("\"paragraphs\": 2", "\"paragraphs\": 3").replace("[1, 2]", "[1, 2, 3]"), SOURCE.to_owned(), "Error 7:63 $.sections[1].paragraphs the section `the-keeper` has 2 paragraphs in the source text, not 3", "write 2"),
        (with("\"The Keeper\"", "\"The Keepers\""), SOURCE.replace("The Keeper\n", "Introduction\n"), "Error 7:35 $.sections[1].title the source text has no line `The Keepers`", ""),
    ];
    for (text, source, start, part) in cases {
        let report = check_files(&[file("k.json", text.as_str())], Some(&file("s.txt", source.as_str())));
        // A wrong title also makes counts and quotes fail, so that its finding is one of several.
        let found = short(&report);
        let fits = if start.is_empty() {
            found.is_empty()
        } else {
            found.iter().any(|f| f.starts_with(start) && f.contains(part))
        };
        assert!(fits, "expected {start:?} with {part:?}, found {found:#?}");
    }
}

/// The source text of the good file in Markdown. Each of its sections has the marks that a test names.
fn markdown(introduction: &str, keeper: &str) -> String {
    format!(
        "---\ntags: x\n---\n# The Lighthouse\n\n{introduction}\nIt was the *board's*\nlighthouse.\n\n{keeper}\n\n- A family\n- \
         lived there.\n\n### A detail\n\nThey **kept\nit** for [forty](http://x) years.\n"
    )
}

#[test]
fn a_source_text_in_markdown_is_understood() {
    #[rustfmt::skip]
    let fitting = [
        ("", "## The Keeper"), ("", "# the keeper"), ("", "THE *KEEPER*\n---"), ("", "## 2. The Keeper ##"),
        ("## Introduction", "## The Keeper"), ("Introduction\n---\n", "## II. The Keeper"),
    ];
    for (introduction, keeper) in fitting {
        for quote in
            ["kept it for forty years", "**kept it** for", "[forty](http://x)", "family - lived", "A family lived"]
        {
            let quoted = with("kept it for forty years", quote);
            let source = file("s.txt", markdown(introduction, keeper));
            let report = check_files(&[file("k.json", quoted)], Some(&source));
            // A link in a quote is a warning.
            assert_eq!(report.errors(), 0, "{keeper:?} {quote:?}: {report}");
            assert_eq!(report.warnings(), usize::from(quote.contains("](")), "{report}");
        }
    }
    let report = check_files(&[file("k.json", with("kept it for", "kept *it* for"))], Some(&file("s.md", SOURCE)));
    assert!(report.errors() > 0, "without headings, {}", report);
}

#[test]
fn titles_that_a_source_text_lacks_lead_to_its_headings_and_not_to_wrong_counts() {
    let other = markdown("", "## On the crew").replace("### A detail", "## Details");
    #[rustfmt::skip]
    let cases = [
        (markdown("", "## The Keepers"), "Error 7:35 $.sections[1].title the source text has no heading `The Keeper`", "did you mean `The Keepers`?"),
        (other.clone(), "Error 7:35 $.sections[1].title the source text has no heading `The Keeper`", "without a section are `On the crew`, `Details`"),
        (other.replace("# The Lighthouse\n", "## Opening\n"), "Error 5:15 $.sections the source text contains none of the section titles", "are `Opening`, `On the crew`, `Details`"),
        ("text".to_owned(), "Error 7:35 $.sections[1].title the source text has no heading `The Keeper`", "the text has no other headings"),
    ];
    for (text, start, part) in cases {
        let mut report = check_files(&[file("k.json", GOOD)], Some(&file("s.md", text.as_str())));
        let found = short(&report);
        assert!(found[0].starts_with(start) && found[0].contains(part), "{text}: {found:#?}");
        assert!(!found.iter().any(|f| f.contains("write ")), "{found:#?}");
        assert!(report.source_problem().is_some_and(|problem| problem.starts_with("s.md: the source text")));
        assert!(report.knowledge().is_some(), "the knowledge can be used");
        report = check_files(&[file("k.json", with("They lived there.", ""))], Some(&file("s.md", text)));
        assert!(report.source_problem().is_some());
    }
    let unread = markdown("", "## The Keeper") + "\n## Credits\n\nThanks.\n\n## Empty\n";
    let report = check_files(&[file("k.json", GOOD)], Some(&file("s.md", unread)));
    assert_only(&report, "Warning 20:1 $ the document has no section for `Credits`", "", "another heading");
    let subheading = markdown("", "## The Keeper").replace("### A detail", "### The Keeper");
    assert_eq!(short(&check_files(&[file("k.json", GOOD)], Some(&file("s.md", subheading)))), Vec::<String>::new());
    let guide = with("\"The Keeper\"", "\"The Lighthouse\"").replace("the-keeper", "x");
    let report = check_files(&[file("k.json", guide)], Some(&file("s.md", markdown("", "## The Lighthouse"))));
    assert_eq!(short(&report), Vec::<String>::new(), "the title of the text may be that of a section");
}

#[test]
fn errors_come_before_warnings_and_displace_them() {
    let mut findings = Findings::default();
    let words = || ("vague".to_owned(), "reword".to_owned());
    let (file, empty) = (file("k.json", ""), Knowledge::default());
    for severity in [vec![Severity::Warning; limits::FINDINGS + 1], vec![Severity::Error; 2]].concat() {
        IndexedFile::new(&file).report(&mut findings, severity, 0, &[], words);
    }
    let report = findings.into_report(empty);
    let severities: Vec<Severity> = report.findings().iter().map(|finding| finding.severity).collect();
    assert_eq!(severities[..3], [Severity::Error, Severity::Error, Severity::Warning]);
    assert_eq!((severities.len(), report.errors(), report.warnings()), (limits::FINDINGS, 2, limits::FINDINGS + 1));
    assert!(report.to_string().contains("help: reword\n\nk.json:1:1: warning: vague"), "{report}");
}

#[test]
fn a_source_text_finds_its_document_among_several() {
    let other = GOOD.replace("The Keeper", "The Cook").replace("who-", "what-").replace("height", "width");
    let other = other.replace("Who ", "Which person ").replace("Wh", "Pray wh").replace("keeper c", "cook c");
    let other =
        other.replace("Name of the keeper", "Cooking").replace("builder", "mason").replace("How tall", "How wide");
    let other = other.replace("Its height", "Breadth").replace("\"hi\", \"Good morning\"", "\"bye\"");
    let files = [file("cook.json", other), file("keeper.json", GOOD)];
    let report = check_files(&files, Some(&file("s.txt", SOURCE)));
    assert_eq!(short(&report), Vec::<String>::new());
    let report = check_files(&files, Some(&file("s.txt", "Something else.\n")));
    assert_only(&report, "Error 1:1 $ no document belongs to this source text", "", "a foreign text");
    let report = check_files(&files[1..], Some(&file("s.txt", format!("By A. Writer\nIntroduction\n{SOURCE}"))));
    assert_only(&report, "Warning 1:1 $ 1 paragraph before the first section title", "", "a byline");
}

#[test]
fn ids_are_unique_over_files_but_wordings_may_compete() {
    let report = check_files(&[file("a.json", GOOD), file("b.json", GOOD)], None);
    let found: Vec<String> = short(&report).iter().map(|f| f.split(" | ").next().unwrap().to_owned()).collect();
    assert_eq!(report.errors(), 3, "{found:#?}");
    assert!(report.findings().iter().all(|finding| finding.file == Path::new("b.json")));
    assert!(found.iter().any(|f| f.contains("$.entries[0].id the id `who-built-it` is already used at a.json:12")));
    // The wordings of the two entries, but neither those of the boundary nor small talk.
    let competing = found.iter().filter(|f| f.contains("is also a wording of `who-"));
    assert_eq!((competing.count(), found.len()), (6, 3 + 6), "{found:#?}");
}

#[test]
fn errors_of_every_kind_are_reported_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    write("1-syntax.json", b"{\"title\": }");
    write("2-encoding.json", b"{\n \"title\": \"Caf\xe9\"}");
    let bad = with("\"id\": \"who-kept-it\"", "\"id\": \"who-built-it\"")
        .replace("\"title\": \"The Lighthouse\"", "\"titel\": \"The Lighthouse\"")
        .replace("[1, 2]", "[2, 5]")
        .replace("\"the board’s lighthouse\"", "\"no such words\"")
        .replace("\"The harbour board built it.\"", "false");
    write("3-meaning.json", bad.as_bytes());
    write("schema.json", b"ignored");
    write(".hidden.json", b"ignored");
    write("notes.txt", b"ignored");
    fs::write(dir.path().join("source"), SOURCE).unwrap();
    let missing = dir.path().join("missing.json");

    let report = check(&[missing, dir.path().to_owned()], Some(&dir.path().join("source")), |_| {
        panic!("must not be called if there is an error")
    });
    let found: Vec<String> = short(&report).iter().map(|f| f.split(" | ").next().unwrap().to_owned()).collect();
    let expected = [
        "Error - $ cannot be read: ",
        "Error 1:11 $ not valid JSON: expected value",
        "Error 2:15 $ the file is not UTF-8: byte 0xe9 is invalid here",
        "Error 1:1 $ the field `title` is missing",
        "Error 3:3 $.titel unknown field `titel`",
        "Error 15:18 $.entries[0].passage expected text in quotation marks, found `false`",
        "Error 16:77 $.entries[0].citations[0].quote the quote does not occur in paragraph 1 of `introduction`",
        "Error 19:13 $.entries[1].id the id `who-built-it` is already used",
        "Error 23:65 $.entries[1].citations[0].paragraphs[1] the section `the-keeper` has no paragraph 5",
        "Warning 7:63 $.sections[1].paragraphs no entry cites paragraph 1 of `the-keeper`",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "expected {expected:?}, found {found:?}");
    }
    assert_eq!(report.files().len(), 4);
    assert!(report.to_string().ends_with("9 errors, 1 warning in 4 files"), "{report}");
    assert_eq!(report.into_knowledge().unwrap_err().report.errors(), 9);
}

#[test]
fn unreadable_files_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir(path("empty")).unwrap();
    fs::write(path("empty/schema.json"), "{}").unwrap();
    fs::File::create(path("large.json")).unwrap().set_len(limits::FILE_BYTES + 1).unwrap();
    fs::File::create(path("full.json")).unwrap().set_len(limits::FILE_BYTES).unwrap();
    fs::write(path("utf16.json"), b"\xff\xfe{\0}\0").unwrap();
    fs::write(path("nothing.json"), "").unwrap();
    for (name, start, part) in [
        ("empty", "Error - $ the folder contains no knowledge file", "schema.json"),
        ("large.json", "Error - $ the file is larger than 32 MiB", "split"),
        ("full.json", "Error 1:1 $ not valid JSON", ""),
        ("utf16.json", "Error 1:1 $ the file is UTF-16, not UTF-8", "save it as UTF-8"),
        ("nothing.json", "Error 1:1 $ not valid JSON: EOF", "one JSON object"),
        ("missing.json", "Error - $ cannot be read", "check the name"),
    ] {
        let report = check(&[path(name)], None, |_| Vec::new());
        assert_only(&report, start, part, name);
        assert!(load(&[path(name)]).is_err());
    }
    fs::write(path("bom.json"), format!("\u{FEFF}{}", with("\"title\"", "\"titel\""))).unwrap();
    let report = check(&[path("bom.json")], None, |_| Vec::new());
    assert!(short(&report)[1].starts_with("Error 3:3 $.titel unknown field"), "{report}");
    fs::write(path("bom.json"), format!("\u{FEFF}{GOOD}")).unwrap();
    assert_eq!(load(&[path("bom.json")]).unwrap().entry_keys().len(), 2);
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [200, 1_000_000] {
            for text in [open.repeat(depth), format!("{}1{}", open.repeat(depth), close.repeat(depth))] {
                let report = check_one(&text);
                assert_only(&report, "Error 1:", "recursion limit exceeded", open);
            }
        }
    }
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let many = format!("[{}]", vec!["0"; limits::FINDINGS + 500].join(","));
    let report = check_one(&with("[\"Whose work is the tower?\", \"builder\"]", &many));
    assert_eq!((report.errors(), report.findings().len()), (limits::FINDINGS + 500, limits::FINDINGS));
    assert!(report.to_string().contains("... and 5"), "{report}");
}

#[test]
fn messages_are_safe_to_print() {
    let report = check_one(&with("\"about\"", "\"\\u001b[2J\\u202e\": 0, \"about\""));
    assert!(!report.to_string().contains(['\u{1b}', '\u{202e}']), "{report}");
    assert_eq!(report.errors(), 1);
    let report = check_one(&with("\"about\"", &format!("\"{}\": 0, \"about\"", "x".repeat(100_000))));
    assert!(report.to_string().len() < 1_000, "{report}");
}

#[test]
fn a_hundred_thousand_wordings_are_checked() {
    // Few words in many combinations, so that each occurs in thousands of wordings.
    let wording = |n: usize| {
        let words =
            (0..6).map(|place| format!("w{}", char::from(b'a' + u8::try_from(n / 7_usize.pow(place) % 7).unwrap())));
        words.chain([n.to_string()]).collect::<Vec<_>>().join(" ")
    };
    let entries: Vec<String> = (0..1_000)
        .map(|n| {
            let also_asked: Vec<String> = (0..100).map(|m| wording(n * 100 + m)).collect();
            format!(
                r#"{{"id": "e{n}", "question": "Question {n}?", "also_asked": {also_asked:?}, "passage": "P.",
                    "citations": [{{"section": "s", "paragraphs": [1]}}]}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"title": "T", "sections": [{{"id": "s", "title": "S", "paragraphs": 1}}], "entries": [{}]}}"#,
        entries.join(",")
    );
    let report = check_one(&text);
    assert_eq!(short(&report), Vec::<String>::new());
    assert_eq!(report.knowledge().unwrap().entry_keys().len(), 1_000);
    let doubled = text.replacen(&wording(7), &wording(99_999), 1);
    assert_only(&check_one(&doubled), "Error ", "is the same as the one of `e0`", "a doubled wording");
}

#[test]
fn a_finding_is_printed_like_a_compiler_error() {
    let report = check_one(&with("\"title\": \"The", "\"titel\": \"The"));
    let printed = report.to_string();
    assert!(
        printed.starts_with(
            "k.json:1:1: error: the field `title` is missing\n    help: `title`: The title of the text.\n"
        )
    );
    assert!(printed.ends_with("2 errors in 1 file"), "{printed}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["errors"], &json["warnings"]), (&2.into(), &0.into()));
    let finding = serde_json::json!({
        "severity": "error", "file": "k.json", "line": 3, "column": 3, "path": "$.titel",
        "message": "unknown field `titel`", "help": "did you mean `title`?"
    });
    assert_eq!(json["findings"][1], finding);
}

/// Checks a report: its positions exist in the text, and it has knowledge exactly if it has no error.
fn assert_sound(text: &str, report: &Report) {
    let lines = text.lines().count().max(1);
    for finding in report.findings() {
        let (line, column) = (finding.line.unwrap(), finding.column.unwrap());
        assert!((1..=lines).contains(&line), "{finding:?}");
        let length = text.lines().nth(line - 1).unwrap_or_default().chars().count();
        assert!((1..=length + 1).contains(&column), "{finding:?}");
        assert!(
            finding.path.starts_with('$') && !finding.message.is_empty() && !finding.help.is_empty(),
            "{finding:?}"
        );
    }
    let is_harmless = |finding: &Finding| finding.severity == Severity::Warning || finding.about_source;
    assert_eq!(report.knowledge().is_some(), report.findings().iter().all(is_harmless));
    assert_eq!(report.findings().len(), report.errors() + report.warnings());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_reported_soundly(text in any::<String>()) {
        assert_sound(&text, &check_one(&text));
    }

    #[test]
    fn any_bytes_are_reported_soundly(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.json");
        fs::write(&path, &bytes).unwrap();
        let report = check(std::slice::from_ref(&path), None, |_| Vec::new());
        prop_assert!(report.errors() > 0);
        prop_assert!(report.findings().iter().all(|finding| finding.line.is_some()));
    }

    #[test]
    fn a_mutated_file_is_reported_soundly(text in prop_oneof![mutated_text(), mutated_json()]) {
        let report = check_files(&[file("k.json", text.as_str())], Some(&file("k.json", text.as_str())));
        assert_sound(&text, &report);
    }
}
