//! The HTTP side of REST: reads a call, lets faults strike, asks the routes, logs and answers.
//! What a call means is decided by [`routes`](super::routes).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

use super::error::ApiError;
use super::http::{Answer, Request};
use super::log::Call;
use super::routes;
use super::world::Shared;

/// Where REST lives.
const PREFIX: &str = "/api/v10";

/// Answers any call of REST.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let Some(path) = uri.path().strip_prefix(PREFIX) else {
        return ApiError::not_modelled("anything but version 10 of the API").into();
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut request = Request {
        method: method.to_string(),
        path: path.to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: Value::Null,
        authorization: text(AUTHORIZATION),
    };
    let read = read_body(body, text(CONTENT_TYPE).as_deref());
    let read = read.map(|body| request.body = body);

    let fault = shared.change(|world| world.faults.take(&request.method, &request.path));
    let work =
        || shared.change(|world| read.and_then(|()| routes::answer(world, &request)).unwrap_or_else(Answer::from));
    let answer = match fault {
        None => work(),
        Some(fault) if fault.is_after_work() => {
            let answer = work();
            fault.strike().await.unwrap_or(answer)
        }
        Some(fault) => match fault.strike().await {
            Some(answer) => answer,
            None => work(),
        },
    };

    let path = if request.query.is_empty() { request.path } else { format!("{}?{}", request.path, request.query) };
    let response = answer.body.clone().unwrap_or_default();
    let call = Call { method: request.method, path, body: request.body, status: answer.status, response };
    tracing::debug!(method = call.method, path = call.path, status = call.status, "REST call");
    shared.change(|world| world.log.push(call));
    answer
}

fn read_body(body: Result<Bytes, BytesRejection>, content_type: Option<&str>) -> Result<Value, ApiError> {
    let body = body.map_err(|_| ApiError::body_too_large())?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if content_type.is_some_and(|kind| !kind.starts_with("application/json")) {
        return Err(ApiError::not_modelled("bodies other than JSON"));
    }
    serde_json::from_slice(&body).map_err(|_| ApiError::invalid_json())
}
