//! A REST call and its response, as faults, routes and the REST server use them.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::message::Upload;

/// The state of a limit after a call, for the headers of its response.
#[derive(Clone, Debug)]
pub(super) struct BucketState {
    pub(super) bucket: String,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_after: Duration,
}

/// A REST call.
#[derive(Debug)]
pub(super) struct ApiRequest {
    pub(super) method: String,
    /// The path without `/api/v10` and without the query.
    pub(super) path: String,
    pub(super) query: String,
    /// The JSON body; null if there is none.
    pub(super) body: Value,
    /// The files in the body.
    pub(super) files: Vec<Upload>,
    pub(super) authorization: Option<String>,
}

impl ApiRequest {
    /// Whether the query contains this name with the value `true`.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        self.parameter(name) == Some("true")
    }

    /// The value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The response to a call.
#[derive(Clone, Debug)]
pub(super) struct ApiResponse {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// Seconds for the header Retry-After.
    pub(super) retry_after: Option<f64>,
    /// The limit for the headers X-RateLimit.
    pub(super) limit: Option<BucketState>,
}

impl ApiResponse {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), retry_after: None, limit: None }
    }

    /// Status 429 with a retry delay in seconds.
    pub(super) fn rate_limited(retry_after: f64) -> Self {
        let body = json!({
            "code": 0, "message": "You are being rate limited.", "retry_after": retry_after, "global": false,
        });
        Self { retry_after: Some(retry_after), ..Self::json(429, body) }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    /// Cuts the connection instead of responding. The log shows status 0.
    pub(super) fn cut() -> Self {
        Self { status: 0, body: None, retry_after: None, limit: None }
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None, retry_after: None, limit: None }
    }
}

impl From<ApiError> for ApiResponse {
    fn from(error: ApiError) -> Self {
        Self::json(error.status, error.body())
    }
}

impl IntoResponse for ApiResponse {
    fn into_response(self) -> Response {
        if self.status == 0 {
            let broken = std::future::ready(Err::<Bytes, _>(std::io::Error::other("cut off")));
            return Body::from_stream(futures_util::stream::once(broken)).into_response();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match self.body {
            Some(body) => (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response(),
            None => status.into_response(),
        };
        // The header takes whole seconds; the body contains the exact time.
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.ceil() as u64));
        }
        for (name, value) in self.limit.iter().flat_map(BucketState::headers) {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
