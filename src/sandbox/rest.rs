//! The HTTP side of REST: reads a call, lets faults strike, asks the routes, logs and answers.
//! What a call means is decided by [`routes`](super::routes).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::error::ApiError;
use super::log::Call;
use super::routes;
use super::world::Shared;

/// Where REST lives.
const PREFIX: &str = "/api/v10";

/// A call as the routes see it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without [`PREFIX`] and without query.
    pub(super) path: String,
    query: String,
    /// Null without a body.
    pub(super) body: Value,
    pub(super) authorization: Option<String>,
}

impl Request {
    /// Whether the query has this name with the value `true`.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        self.parameter(name) == Some("true")
    }

    /// The value of a name in the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// Seconds for the header Retry-After.
    pub(super) retry_after: Option<f64>,
}

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), retry_after: None }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None, retry_after: None }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self::json(error.status, error.body())
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match self.body {
            Some(body) => (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response(),
            None => status.into_response(),
        };
        // The header has whole seconds, the body the exact time.
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.ceil() as u64));
        }
        response
    }
}

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
