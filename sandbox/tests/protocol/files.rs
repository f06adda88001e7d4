//! Files: options of commands, uploads, downloads, and removal by edits.

use footnote_sandbox::{MODERATOR, Options};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::openapi;
use crate::raw::TestClient;

/// One byte more than one call may contain.
const TOO_MUCH: usize = 10 * 1024 * 1024 + 1;

impl TestClient {
    /// Makes a call with files.
    async fn upload(&self, method: &str, path: &str, body: Value, files: &[(&str, Vec<u8>)]) -> (u16, Value) {
        let mut form = Form::new().text("payload_json", body.to_string());
        for (number, (name, content)) in files.iter().enumerate() {
            form = form.part(format!("files[{number}]"), Part::bytes(content.clone()).file_name((*name).to_owned()));
        }
        let url = format!("{}/api/v10{path}", self.sandbox.base_url());
        let request = reqwest::Client::new().request(method.parse().unwrap(), url).multipart(form);
        let answer = request.header("Authorization", format!("Bot {}", self.sandbox.token())).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    async fn fetch(&self, url: &Value) -> (u16, Vec<u8>) {
        let answer = reqwest::get(url.as_str().unwrap()).await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }
}

#[tokio::test]
async fn a_file_given_to_a_command_can_be_fetched() {
    let client = TestClient::start(Options::default()).await;
    let option = json!({ "type": 11, "name": "file", "description": "d", "required": true });
    let path = format!("/applications/{}/commands", client.sandbox.bot());
    client.call("PUT", &path, json!([{ "name": "import", "description": "d", "options": [option] }])).await;
    let mut gateway = client.identify(1).await;
    let file = client.sandbox.attach("guide.json", "{}");
    client.sandbox.slash(MODERATOR, "general", "import", &[("file", json!(file))]).await.unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["options"], json!([{ "type": 11, "name": "file", "value": file }]));
    let attachment = &event["data"]["resolved"]["attachments"][file.to_string()];
    assert_eq!((&attachment["filename"], &attachment["size"]), (&json!("guide.json"), &json!(2)));
    openapi::assert_is("AttachmentResponse", attachment);
    assert_eq!(client.fetch(&attachment["url"]).await, (200, b"{}".to_vec()));
    let elsewhere = attachment["url"].as_str().unwrap().replace("guide", "other");
    assert_eq!(client.fetch(&json!(elsewhere)).await.0, 404);
    let none = client.sandbox.slash(MODERATOR, "general", "import", &[("file", json!("1"))]).await;
    assert!(none.is_err(), "{none:?}");
}

#[tokio::test]
async fn messages_keep_files_until_an_edit_removes_them() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let body = json!({ "attachments": [{ "id": 0, "filename": "a.json" }, { "id": "1", "filename": "b.txt" }] });
    let files = [("a.json", b"{}".to_vec()), ("b.txt", b"text".to_vec())];
    let (status, message) = client.upload("POST", &path, body, &files).await;
    assert_eq!(status, 200, "{message}");
    openapi::assert_is("MessageResponse", &message);
    let attachments = message["attachments"].as_array().unwrap();
    assert_eq!(client.fetch(&attachments[0]["url"]).await.1, b"{}");
    assert_eq!(client.fetch(&attachments[1]["url"]).await.1, b"text");

    let path = format!("{path}/{}", message["id"].as_str().unwrap());
    let names = |message: &Value| {
        let files = message["attachments"].as_array().unwrap().iter();
        files.map(|file| file["filename"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, kept) = client.call("PATCH", &path, json!({ "content": "new" })).await;
    assert_eq!(names(&kept), ["a.json", "b.txt"]);
    let body = json!({ "attachments": [{ "id": attachments[1]["id"] }, { "id": 0, "filename": "c.txt" }] });
    let (_, exchanged) = client.upload("PATCH", &path, body, &[("c.txt", b"c".to_vec())]).await;
    assert_eq!(names(&exchanged), ["b.txt", "c.txt"]);
    let (_, bare) = client.call("PATCH", &path, json!({ "attachments": [] })).await;
    assert_eq!(names(&bare), Vec::<String>::new());
    let (status, _) = client.call("PATCH", &path, json!({ "content": "" })).await;
    assert_eq!(status, 400, "nothing would be left");
}

#[tokio::test]
async fn uploads_that_discord_refuses_are_refused() {
    let client = TestClient::start(Options::default()).await;
    let path = format!("/channels/{}/messages", client.channel("general"));
    let small = || ("a.txt", b"a".to_vec());
    for (body, files, expected) in [
        (json!({ "attachments": [{ "id": 1, "filename": "a.txt" }] }), vec![small()], 400),
        (json!({ "attachments": [{ "id": "x" }] }), vec![], 400),
        (json!({}), vec![small(); 11], 400),
        (json!({}), vec![("a.txt", vec![0; TOO_MUCH])], 413),
        (json!({}), vec![("a.txt", vec![0; TOO_MUCH - 1])], 200),
    ] {
        let (status, answer) = client.upload("POST", &path, body.clone(), &files).await;
        assert_eq!(status, expected, "{body} with {} files: {answer}", files.len());
    }
}
