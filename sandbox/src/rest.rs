//! The HTTP side of REST: reads a call, applies faults, passes the call to [`crate::routes`], logs it and responds.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

use crate::call_log::Call;
use crate::error::ApiError;
use crate::http::{ApiRequest, ApiResponse};
use crate::message::{UPLOAD_BYTES_MAX, Upload};
use crate::routes;
use crate::world::{SharedWorld, World};

/// The path of version 10 of the API.
const PREFIX: &str = "/api/v10";

/// Maximum size in bytes of a body without files; about a thousand times the size of a message.
pub(super) const JSON_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Responds to any REST call.
pub(super) async fn respond(
    State(shared): State<Arc<SharedWorld>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> ApiResponse {
    let Some(path) = uri.path().strip_prefix(PREFIX) else {
        return ApiError::not_modelled("anything but version 10 of the API").into();
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut request = ApiRequest {
        method: method.to_string(),
        path: path.to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: Value::Null,
        files: Vec::new(),
        authorization: text(AUTHORIZATION),
    };
    let read = read_body(body, text(CONTENT_TYPE).as_deref()).await;
    let read = read.map(|(body, files)| (request.body, request.files) = (body, files));

    let fault = shared.update(|world| world.faults.take(&request.method, &request.path));
    let work = |world: &mut World| {
        let counted = world.options.channel_limit.map(|limit| world.channel_limits.take(&request, limit)).transpose();
        let limit = match counted {
            Ok(limit) => limit.flatten(),
            Err(refused) => return refused,
        };
        let response = read.and_then(|()| routes::respond(world, &request)).unwrap_or_else(ApiResponse::from);
        ApiResponse { limit, ..response }
    };
    match fault {
        Some(fault) if fault.is_after_work() => {
            let response = shared.update(work);
            let response = fault.apply().await.unwrap_or(response);
            shared.update(|world| world.log.push(record(&request, &response)));
            response
        }
        fault => {
            let instead = match fault {
                Some(fault) => fault.apply().await,
                None => None,
            };
            // One update for work and log, so that a test that sees the effect of a call also finds it in the log.
            shared.update(|world| {
                let response = instead.unwrap_or_else(|| work(world));
                world.log.push(record(&request, &response));
                response
            })
        }
    }
}

fn record(request: &ApiRequest, response: &ApiResponse) -> Call {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    tracing::debug!(method = request.method, path = request.path, status = response.status, "REST call");
    Call {
        method: request.method.clone(),
        path: request.path.clone() + &query,
        body: request.body.clone(),
        status: response.status,
        response: response.body.clone().unwrap_or_default(),
    }
}

/// Returns the JSON of a body and its files.
async fn read_body(
    body: Result<Bytes, BytesRejection>,
    content_type: Option<&str>,
) -> Result<(Value, Vec<Upload>), ApiError> {
    let body = body.map_err(|_| ApiError::body_too_large())?;
    if body.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    let json = |text: &[u8]| serde_json::from_slice(text).map_err(|_| ApiError::invalid_json());
    match content_type {
        Some(kind) if kind.starts_with("multipart/form-data") => {
            let (text, files) = read_form(body, kind).await.ok_or_else(ApiError::invalid_json)?;
            match files.iter().map(|file| file.content.len()).sum::<usize>() {
                0..=UPLOAD_BYTES_MAX => Ok((json(&text)?, files)),
                _ => Err(ApiError::body_too_large()),
            }
        }
        _ if body.len() > JSON_BYTES_MAX => Err(ApiError::body_too_large()),
        Some(kind) if !kind.starts_with("application/json") => Err(ApiError::not_modelled("bodies of this type")),
        _ => Ok((json(&body)?, Vec::new())),
    }
}

/// Reads the parts of a form: `payload_json` and `files[n]`.
async fn read_form(body: Bytes, content_type: &str) -> Option<(Bytes, Vec<Upload>)> {
    let request = axum::http::Request::builder().header(CONTENT_TYPE, content_type).body(Body::from(body));
    let mut request = request.ok()?;
    // The router has already limited the size.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let (mut text, mut files) = (Bytes::from_static(b"{}"), Vec::new());
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name()?.to_owned();
        let number = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
        match (name.as_str(), number) {
            ("payload_json", _) => text = field.bytes().await.ok()?,
            (_, Some(number)) => {
                let (number, filename) = (number.parse().ok()?, field.file_name()?.to_owned());
                files.push(Upload { number, filename, content: field.bytes().await.ok()? });
            }
            _ => return None,
        }
    }
    Some((text, files))
}
