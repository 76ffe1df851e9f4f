//! `GET /v1/sessions/{session_id}/line/events`: the line as it changes, as server-sent events.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, ContentEncoding},
    web::{Bytes, Data},
};
use futures_util::stream::unfold;
use luot_app::{
    App,
    line::{Follower, Told},
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::Ticket;
use crate::{
    extract::{Address, Path, Query},
    limits,
    problem::{Code, Problem},
};

/// What a reconnecting client sends by itself.
const LAST_EVENT_ID: &str = "Last-Event-ID";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// The version seen last, such as a line's; what came after it is sent first. A reconnecting client's
    /// `Last-Event-ID` counts more.
    #[param(nullable = false)]
    after: Option<i64>,
    /// One's own ticket, to hear where it stands: at first, and whenever that changes.
    #[param(nullable = false)]
    ticket: Option<Uuid>,
}

/// Follows a session's line
///
/// A stream of `text/event-stream`. First `hello` with the version it begins from, then a `line` for each change, in
/// order and none left out: `{"changes": [{"number", "state", "station"?, "effective_at"?, …}]}` (a change without
/// `number` is one of a station or of the whole line). With `ticket` also a `ticket` event, as `get_ticket` answers, at
/// first and whenever its place or its waiting time is another, no more than once a second; it has no id of its own.
/// A `line` event's id is the line's version: a client that comes again
/// with `Last-Event-ID` hears what it missed, after the `retry:` that it was told, which is another for each. A comment now and then keeps the connection open.
#[utoipa::path(
    tag = "line",
    operation_id = "follow_line",
    params(
        ("session_id" = Uuid, Path, description = "The session"),
        Question,
        ("Last-Event-ID" = Option<i64>, Header, description = "The id of the last event that was seen", example = 41),
    ),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "id: 42\nevent: line\ndata: {\"changes\":[{\"number\":27,\"state\":\"called\",\"station\":1}]}\n\n")),
)]
#[get("/v1/sessions/{session_id}/line/events")]
pub(super) async fn follow(
    session: Path<Uuid>,
    question: Query<Question>,
    address: Address,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let after = last_event(&request)?.or(question.0.after);
    let ticket = question.0.ticket;
    let follower = app.follow(*session, after, ticket, address.0).await?;
    let version = follower.version();
    let hello = format!(
        "retry: {}\nid: {version}\nevent: hello\ndata: {{\"version\":{version}}}\n\n",
        retry_milliseconds(Uuid::now_v7())
    );
    let stream = unfold(
        (Some(hello), follower),
        |(hello, mut follower)| async move {
            let text = match hello {
                Some(hello) => hello,
                None => next(&mut follower).await?,
            };
            Some((Ok::<_, Problem>(Bytes::from(text)), (None, follower)))
        },
    );
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // A compressing stream would hold events back until it has a block together.
        .insert_header(ContentEncoding::Identity)
        // The same for proxies that gather an answer before they pass it on.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream))
}

/// After how long this client comes again; chance is taken from a fresh id.
fn retry_milliseconds(chance: Uuid) -> u32 {
    let within = limits::EVENTS_RETRY_MILLISECONDS;
    let span = u128::from(within.end - within.start);
    let more = u32::try_from(chance.as_u128() % span).unwrap_or(0);
    within.start + more
}

fn last_event(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let Some(value) = request.headers().get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| {
        Problem::new(Code::InvalidHeader).detail(
            "Last-Event-ID is the id of an event: a whole number.",
            "Last-Event-ID là mã của một sự kiện: một số nguyên.",
        )
    })
}

async fn next(follower: &mut Follower) -> Option<String> {
    let Ok(told) = tokio::time::timeout(limits::EVENTS_ALIVE, follower.next()).await else {
        return Some(":\n\n".to_owned());
    };
    Some(match told? {
        Told::Change(change) => format!(
            "id: {}\nevent: line\ndata: {}\n\n",
            change.version, change.payload
        ),
        Told::Ticket(view) => {
            let ticket = serde_json::to_string(&Ticket::from(*view)).ok()?;
            format!("event: ticket\ndata: {ticket}\n\n")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn clients_come_again_at_many_different_times() {
        let times: HashSet<u32> = (0..500)
            .map(|_| retry_milliseconds(Uuid::now_v7()))
            .collect();
        assert!(
            times
                .iter()
                .all(|t| limits::EVENTS_RETRY_MILLISECONDS.contains(t))
        );
        assert!(times.len() > 400, "{}", times.len());
        let (early, late) = (times.iter().min(), times.iter().max());
        assert!(early < Some(&1_500) && late > Some(&5_500));
    }
}
