//! Live updates through server-sent events: sends the complete view again whenever it changes. The page redraws only
//! the differences, so an update cannot get lost or out of order.

use std::convert::Infallible;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::state::{PageRefusal, PageState, Viewer};
use super::{inspector, view};

/// A client of the event stream.
struct EventStream {
    state: PageState,
    viewer: Viewer,
    changes: watch::Receiver<()>,
    /// The last data that was sent.
    view: String,
    inspector: String,
    _permit: OwnedSemaphorePermit,
}

/// `GET /api/events`: `view` events, and `inspector` events while the inspector is open.
pub(super) async fn stream_events(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
) -> Result<impl IntoResponse, PageRefusal> {
    let Query(viewer) = viewer?;
    // Report an invalid viewer now instead of sending an empty stream.
    view::view_json(&state, &viewer)?;
    let permit = state.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| PageRefusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open"))?;
    let changes = state.sandbox.shared.changes();
    let stream = EventStream { state, viewer, changes, view: String::new(), inspector: String::new(), _permit: permit };
    let events = futures_util::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl EventStream {
    /// Waits for the next event; returns `None` when the page stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.changes.mark_unchanged();
            let view = view::view_json(&self.state, &self.viewer).ok()?.to_string();
            if view != self.view {
                self.view = view;
                return Some(Event::default().event("view").data(&self.view));
            }
            if self.viewer.inspector {
                let inspector = inspector::inspector_json(&self.state, &self.viewer).ok()?.to_string();
                if inspector != self.inspector {
                    self.inspector = inspector;
                    return Some(Event::default().event("inspector").data(&self.inspector));
                }
            }
            tokio::select! {
                () = self.state.stop.cancelled() => return None,
                changed = self.changes.changed() => changed.ok()?,
            }
        }
    }
}
