//! Checks REST calls against Discord's own description of its API (OpenAPI 3.1), if `DISCORD_OPENAPI` names that file:
//! the bodies that the bot sends, and the answers of the stand-in.
#![allow(dead_code, reason = "each test program uses a part of this")]

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use footnote_sandbox::Call;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The environment variable with the path of the description.
const VARIABLE: &str = "DISCORD_OPENAPI";
/// The number of violations reported for one body. If a schema has alternatives, each alternative reports one.
const REPORTED_MAX: usize = 5;

/// Panics with every violation in `calls`. Without the description, prints a note and does nothing.
pub fn assert_conforms(calls: &[Call]) {
    let violations = violations(calls).unwrap_or_default();
    assert!(violations.is_empty(), "{} violations of {VARIABLE}:\n{}", violations.len(), violations.join("\n"));
}

/// Every violation in `calls`, or `None` without the description.
pub fn violations(calls: &[Call]) -> Option<Vec<String>> {
    let api = Api::get()?;
    Some(calls.iter().flat_map(|call| api.violations(call)).collect())
}

/// Panics unless `value` conforms to a schema of the description (`MessageResponse`).
pub fn assert_is(schema: &str, value: &Value) {
    let Some(api) = Api::get() else { return };
    let violations = api.check(&format!("/components/schemas/{schema}"), value, schema);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

struct Api {
    document: Value,
    validators: Mutex<HashMap<String, &'static Validator>>,
}

impl Api {
    fn get() -> Option<&'static Self> {
        static API: OnceLock<Option<Api>> = OnceLock::new();
        API.get_or_init(|| {
            let Some(path) = std::env::var_os(VARIABLE) else {
                eprintln!("{VARIABLE} is not set: calls are not checked against Discord's description of its API");
                return None;
            };
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{VARIABLE}={path:?}: {error}"));
            let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{VARIABLE}={path:?}: {error}"));
            Some(Self { document, validators: Mutex::default() })
        })
        .as_ref()
    }

    fn violations(&self, call: &Call) -> Vec<String> {
        let name = format!("{} {}", call.method, call.path);
        let Some((template, route)) = self.route(&call.path) else {
            return vec![format!("{name}: there is no such route")];
        };
        let method = call.method.to_lowercase();
        let Some(operation) = route.get(&method) else { return vec![format!("{name}: there is no such method")] };
        let base = format!("/paths/{}/{method}", escape(template));

        let mut found = Vec::new();
        // Tests of the stand-in send bodies on purpose that it must refuse, so ignore those.
        if call.status < 400 && !call.body.is_null() {
            let pointer = format!("{base}/requestBody/content/{}/schema", escape("application/json"));
            if self.document.pointer(&pointer).is_none() {
                found.push(format!("{name}: takes no body"));
            } else {
                found.extend(self.check(&pointer, &as_described(&call.body), &format!("{name}: request")));
            }
        }
        // A success with Discord's error object is a fault that a test ordered.
        if call.status < 300 && call.response["code"].is_u64() && call.response["message"].is_string() {
            return found;
        }
        // Status 0: the connection was cut off before an answer.
        if call.status == 0 {
            return found;
        }
        // The description has neither server errors nor the 501 of routes that the stand-in does not model.
        if call.status < 500 {
            found.extend(self.check_response(operation, &base, call, &name));
        }
        found
    }

    fn check_response(&self, operation: &Value, base: &str, call: &Call, name: &str) -> Vec<String> {
        let name = format!("{name}: response {}", call.status);
        let exact = call.status.to_string();
        let described = [exact.as_str(), "4XX"].into_iter().find(|key| !operation["responses"][key].is_null());
        let Some(key) = described.filter(|key| *key == exact || call.status >= 400) else {
            return vec![format!("{name}: is not described")];
        };
        let mut pointer = format!("{base}/responses/{key}");
        if let Some(reference) = operation["responses"][key]["$ref"].as_str() {
            pointer = reference.trim_start_matches('#').to_owned();
        }
        let schema = format!("{pointer}/content/{}/schema", escape("application/json"));
        match (self.document.pointer(&schema), &call.response) {
            (None, Value::Null) => Vec::new(),
            (None, _) => vec![format!("{name}: should have no body")],
            (Some(_), response) => self.check(&schema, &error_as_described(response), &name),
        }
    }

    /// The route of a path. A literal segment wins over a parameter.
    fn route(&self, path: &str) -> Option<(&str, &Value)> {
        let path = path.split('?').next().unwrap_or_default();
        let found: Vec<&str> = path.split('/').collect();
        let matches = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            let fits = |(wanted, found): (&&str, &&str)| wanted.starts_with('{') || wanted == found;
            wanted.len() == found.len() && wanted.iter().zip(&found).all(fits)
        };
        let routes = self.document["paths"].as_object()?.iter().filter(|(template, _)| matches(template));
        routes
            .min_by_key(|(template, _)| template.matches('{').count())
            .map(|(template, route)| (template.as_str(), route))
    }

    fn check(&self, pointer: &str, value: &Value, name: &str) -> Vec<String> {
        let validator = self.validator(pointer);
        validator
            .iter_errors(value)
            .take(REPORTED_MAX)
            .map(|error| {
                format!("{name}: at {:?}: {}", error.instance_path().to_string(), shortened(&error.to_string()))
            })
            .collect()
    }

    /// The validator of a schema in the document, built once. Schemas refer to the document's components.
    fn validator(&self, pointer: &str) -> &'static Validator {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        validators.entry(pointer.to_owned()).or_insert_with(|| {
            let schema = self.document.pointer(pointer).unwrap_or_else(|| panic!("no schema at {pointer}"));
            let schema = json!({ "allOf": [schema], "components": self.document["components"] });
            let made = jsonschema::options().with_draft(Draft::Draft202012).build(&schema);
            Box::leak(Box::new(made.unwrap_or_else(|error| panic!("{pointer}: {error}"))))
        })
    }
}

/// A body in the form of the description. Discord documents command permissions as a string, but describes them as a
/// number.
fn as_described(body: &Value) -> Value {
    let mut body = body.clone();
    for command in body.as_array_mut().into_iter().flatten() {
        let permissions = command.get("default_member_permissions").and_then(Value::as_str);
        if let Some(number) = permissions.and_then(|bits| bits.parse::<u64>().ok()) {
            command["default_member_permissions"] = json!(number);
        }
    }
    body
}

/// An error in the form of the description: it has numbers for the codes in the details of a form error, where
/// Discord's documentation (<https://discord.com/developers/docs/reference#error-messages>) and Discord itself have
/// names.
fn error_as_described(response: &Value) -> Value {
    let mut response = response.clone();
    if let Some(errors) = response.get_mut("errors") {
        number_codes(errors);
    }
    response
}

fn number_codes(errors: &mut Value) {
    for (key, value) in errors.as_object_mut().into_iter().flatten() {
        match value.as_array_mut().filter(|_| key == "_errors") {
            Some(list) => list.iter_mut().for_each(|error| error["code"] = json!(0)),
            None => number_codes(value),
        }
    }
}

/// Escapes one step of a JSON pointer.
fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(" ...".chars()).collect() }
}
