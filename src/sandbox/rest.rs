//! The HTTP side of REST: reads a call, lets faults strike, asks the routes, logs and answers.
//! What a call means is decided by [`super::routes`].

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
use super::world::{Shared, World};

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
    let work = |world: &mut World| read.and_then(|()| routes::answer(world, &request)).unwrap_or_else(Answer::from);
    match fault {
        Some(fault) if fault.is_after_work() => {
            let answer = shared.change(work);
            let answer = fault.strike().await.unwrap_or(answer);
            shared.change(|world| world.log.push(record(&request, &answer)));
            answer
        }
        fault => {
            let instead = match fault {
                Some(fault) => fault.strike().await,
                None => None,
            };
            // Worked and logged in one go: who sees what a call did finds it in the log.
            shared.change(|world| {
                let answer = instead.unwrap_or_else(|| work(world));
                world.log.push(record(&request, &answer));
                answer
            })
        }
    }
}

fn record(request: &Request, answer: &Answer) -> Call {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    tracing::debug!(method = request.method, path = request.path, status = answer.status, "REST call");
    Call {
        method: request.method.clone(),
        path: request.path.clone() + &query,
        body: request.body.clone(),
        status: answer.status,
        response: answer.body.clone().unwrap_or_default(),
    }
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
