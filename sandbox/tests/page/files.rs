//! Files as options of commands, and downloads from messages.

use footnote_sandbox::{Options, Snowflake};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::stage::Stage;

const IMPORT: &str = "import";

async fn start() -> Stage {
    let stage = Stage::start(Options::default()).await;
    let option = json!({ "type": 11, "name": "file", "description": "Which", "required": true });
    stage.register(json!([{ "type": 1, "name": IMPORT, "description": "Reads a file", "options": [option] }])).await;
    stage
}

/// Answers the interaction with an ephemeral message that contains a file.
async fn respond_with_file(stage: &Stage, interaction: Snowflake) {
    let token = stage.sandbox.read(|world| world.interaction(interaction).unwrap().token.clone());
    let body = json!({ "type": 4, "data": { "flags": 64, "attachments": [{ "id": 0, "filename": "out.json" }] } });
    let file = Part::bytes(b"<script>".to_vec()).file_name("out.json");
    let form = Form::new().text("payload_json", body.to_string()).part("files[0]", file);
    let url = format!("{}/api/v10/interactions/{interaction}/{token}/callback", stage.sandbox.base_url());
    let answer = reqwest::Client::new().post(url).multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn a_command_receives_a_file_and_answers_with_an_ephemeral_one() {
    let stage = start().await;
    let given = json!({ "filename": "in.json", "text": "{\"é\": 1}" });
    let act = stage.act(json!({ "act": "slash", "command": IMPORT, "options": { "file": given } }));
    let answer = async {
        let asked = |world: &footnote_sandbox::World| world.interactions().next().map(|asked| asked.id);
        let asked = stage.sandbox.wait_for("an interaction", asked).await.unwrap();
        let resolved = stage.sandbox.read(|world| world.interaction(asked).unwrap().data["resolved"].clone());
        let file = resolved["attachments"].as_object().unwrap().values().next().unwrap().clone();
        assert_eq!((&file["filename"], &file["size"]), (&json!("in.json"), &json!(9)));
        let content = reqwest::get(file["url"].as_str().unwrap()).await.unwrap().text().await.unwrap();
        assert_eq!(content, "{\"é\": 1}");
        respond_with_file(&stage, asked).await;
    };
    let ((status, told), ()) = tokio::join!(act, answer);
    assert_eq!(status, 200, "{told}");

    let message = stage.view("member", "general").await["messages"][0].clone();
    let file = &message["files"][0];
    assert_eq!((&file["filename"], &file["bytes"]), (&json!("out.json"), &json!(8)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |user: &str| format!("/api/file?as={user}&message={}&file={}", text(&message["id"]), text(&file["id"]));
    let response = stage.request(reqwest::Method::GET, &path("member")).send().await.unwrap();
    assert_eq!(response.headers()["content-disposition"], "attachment");
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.text().await.unwrap(), "<script>");
    assert_eq!(stage.get(&path("other")).await.0, 404, "only its user sees the message");
    assert_eq!(stage.get("/api/file?message=1&file=1").await.0, 404);
    assert_eq!(stage.get("/api/file?message=1").await.0, 400);
}

#[tokio::test]
async fn an_option_that_is_not_a_file_is_refused() {
    let stage = start().await;
    for (value, words) in [
        (json!({ "filename": "in.json" }), "missing field `text`"),
        (json!({ "filename": "in.json", "text": "", "more": 1 }), "unknown field `more`"),
        (json!("1"), "does not match"),
        (Value::Null, "does not match"),
    ] {
        let act = json!({ "act": "slash", "command": IMPORT, "options": { "file": value } });
        let (status, refused) = stage.act(act).await;
        assert_eq!(status, 422, "{refused}");
        assert!(refused["error"].as_str().unwrap().contains(words), "{refused}");
    }
}
