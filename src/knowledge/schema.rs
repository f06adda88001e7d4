//! The JSON schema of a knowledge file, made from the types: editors complete and check with it, and so does [`check()`](super::check()).
//! `knowledge/schema.json` is this schema, written by `footnote schema`.

use serde_json::Value;

use super::Document;

/// The JSON schema (draft 2020-12) of a knowledge file.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Document).to_value()
}

/// The schema as `knowledge/schema.json` holds it: indented, with a line break at its end.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_repository_is_of_these_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/schema.json");
        let held = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            held.replace("\r\n", "\n") == schema_text(),
            "knowledge/schema.json is stale; renew it with\n    cargo run -- schema > knowledge/schema.json"
        );
    }

    #[test]
    fn the_bundled_knowledge_is_valid_by_an_independent_validator() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let bundled = serde_json::from_str(&crate::knowledge::TextFile::builtin().text).unwrap();
        assert!(validator.validate(&bundled).is_ok());
    }
}
