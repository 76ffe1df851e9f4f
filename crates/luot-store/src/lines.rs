//! The line of a session as a whole, and what its followers are told.

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{appointment, day_line, line_event, outcome, session, slot, ticket};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::tickets;
use crate::transaction::Tx;

pub use crate::entities::day_line::Model as Line;
pub use crate::entities::line_event::Model as Event;
pub use crate::entities::outcome::Model as Outcome;
pub use crate::entities::session::Model as Session;

/// A session.
///
/// # Errors
/// Of the database.
pub async fn find_session(tx: &Tx, id: Uuid) -> Result<Option<Session>, StoreError> {
    Ok(session::Entity::find_by_id(id).one(&tx.db).await?)
}

/// Holds a session's line until the transaction ends, and raises its version by one. The
/// first statement of whatever changes the line: two such transactions follow each other.
///
/// # Errors
/// Of the database.
pub async fn hold(tx: &Tx, new: Line) -> Result<Line, StoreError> {
    let next = Expr::col((day_line::Entity, day_line::Column::Version)).add(1);
    Ok(day_line::Entity::insert(new.into_active_model())
        .on_conflict(
            OnConflict::column(day_line::Column::SessionId)
                .value(day_line::Column::Version, next)
                .to_owned(),
        )
        .exec_with_returning(&tx.db)
        .await?)
}

/// A session's line, if anybody came yet.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, session: Uuid) -> Result<Option<Line>, StoreError> {
    Ok(day_line::Entity::find()
        .filter(day_line::COLUMN.session_id.eq(session))
        .one(&tx.db)
        .await?)
}

/// Writes what a held line counts.
///
/// # Errors
/// Of the database.
pub async fn count(tx: &Tx, line: &Line) -> Result<(), StoreError> {
    day_line::Entity::update_many()
        .col_expr(day_line::COLUMN.last_number, line.last_number.into())
        .col_expr(day_line::COLUMN.done_people, line.done_people.into())
        .col_expr(day_line::COLUMN.done_seconds, line.done_seconds.into())
        .col_expr(day_line::COLUMN.done_squares, line.done_squares.into())
        .col_expr(day_line::COLUMN.closed_at, Expr::value(line.closed_at))
        .filter(day_line::COLUMN.id.eq(line.id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Lines of sessions that ended before an instant and are not closed.
///
/// # Errors
/// Of the database.
pub async fn list_over(
    tx: &Tx,
    campaign: Uuid,
    before: Instant,
    most: u64,
) -> Result<Vec<Uuid>, StoreError> {
    let open = day_line::Entity::find()
        .select_only()
        .column(day_line::Column::SessionId)
        .filter(day_line::COLUMN.campaign_id.eq(campaign))
        .filter(day_line::COLUMN.closed_at.is_null())
        .into_tuple::<Uuid>()
        .all(&tx.db)
        .await?;
    Ok(session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::COLUMN.id.is_in(open))
        .filter(session::COLUMN.ends_at.lt(before))
        .order_by_asc(session::COLUMN.id)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Sessions of a campaign that were withdrawn while people stand in their line.
///
/// # Errors
/// Of the database.
pub async fn list_left_behind(tx: &Tx, campaign: Uuid, most: u64) -> Result<Vec<Uuid>, StoreError> {
    let standing = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::SessionId)
        .filter(
            Expr::col((ticket::Entity, ticket::Column::SessionId))
                .equals((session::Entity, session::Column::Id)),
        )
        .filter(ticket::Column::State.is_in(tickets::LIVE));
    Ok(session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::COLUMN.campaign_id.eq(campaign))
        .filter(session::COLUMN.state.eq("withdrawn"))
        .filter(Expr::exists(standing.into_query()))
        .order_by_asc(session::COLUMN.id)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Tells followers something.
///
/// # Errors
/// Of the database.
pub async fn tell(tx: &Tx, event: Event) -> Result<(), StoreError> {
    insert_all::<_, line_event::ActiveModel>(tx, vec![event]).await
}

/// What was told after a version, oldest first.
///
/// # Errors
/// Of the database.
pub async fn told_after(
    tx: &Tx,
    session: Uuid,
    version: i64,
    most: u64,
) -> Result<Vec<Event>, StoreError> {
    Ok(line_event::Entity::find()
        .filter(line_event::COLUMN.session_id.eq(session))
        .filter(line_event::COLUMN.version.gt(version))
        .order_by_asc(line_event::COLUMN.version)
        .limit(most)
        .all(&tx.db)
        .await?)
}

/// Forgets what was told of lines that closed before an instant, of so many lines; how much.
///
/// # Errors
/// Of the database.
pub async fn forget_told(tx: &Tx, closed_before: Instant, lines: u64) -> Result<u64, StoreError> {
    let told = line_event::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(
            Expr::col((line_event::Entity, line_event::Column::SessionId))
                .equals((day_line::Entity, day_line::Column::SessionId)),
        )
        .into_query();
    let closed: Vec<Uuid> = day_line::Entity::find()
        .select_only()
        .column(day_line::Column::SessionId)
        .filter(day_line::COLUMN.closed_at.lt(closed_before))
        .filter(Expr::exists(told))
        .order_by_asc(day_line::COLUMN.session_id)
        .limit(lines)
        .into_tuple()
        .all(&tx.db)
        .await?;
    if closed.is_empty() {
        return Ok(0);
    }
    let done = line_event::Entity::delete_many()
        .filter(line_event::COLUMN.session_id.is_in(closed))
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected)
}

/// Records what came of visits.
///
/// # Errors
/// Of the database.
pub async fn record(tx: &Tx, rows: Vec<Outcome>) -> Result<(), StoreError> {
    insert_all::<_, outcome::ActiveModel>(tx, rows).await
}

/// People of a site and a shift, by the cohort they booked with and the state of their appointments.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Seen {
    /// The site.
    pub site_id: Uuid,
    /// The shift.
    pub shift_id: Uuid,
    /// The cohort; none of those who booked with none.
    pub cohort_id: Option<Uuid>,
    /// Of their appointments.
    pub state: String,
    /// How many.
    pub people: i64,
}

/// People who have come to their appointments of a day: served, or in the line.
///
/// # Errors
/// Of the database.
pub async fn count_seen(tx: &Tx, campaign: Uuid, date: NaiveDate) -> Result<Vec<Seen>, StoreError> {
    let of_slot = slot::Entity::belongs_to(session::Entity)
        .from(slot::Column::SessionId)
        .to(session::Column::Id);
    Ok(appointment::Entity::find()
        .select_only()
        .column(slot::Column::SiteId)
        .column(session::Column::ShiftId)
        .column(appointment::Column::CohortId)
        .column(appointment::Column::State)
        .column_as(appointment::COLUMN.id.count(), "people")
        .inner_join(slot::Entity)
        .join(JoinType::InnerJoin, of_slot.into())
        .filter(slot::COLUMN.campaign_id.eq(campaign))
        .filter(slot::COLUMN.date.eq(date))
        .filter(
            appointment::COLUMN
                .state
                .is_in(["fulfilled", "arrived", "called"]),
        )
        .group_by(slot::COLUMN.site_id)
        .group_by(session::COLUMN.shift_id)
        .group_by(appointment::COLUMN.cohort_id)
        .group_by(appointment::COLUMN.state)
        .into_model()
        .all(&tx.db)
        .await?)
}

/// When the appointments of a session that have not come may still come: their windows, and
/// whether they need a card.
///
/// # Errors
/// Of the database.
pub async fn windows_to_come(
    tx: &Tx,
    session: Uuid,
) -> Result<Vec<(Instant, Instant, bool)>, StoreError> {
    Ok(appointment::Entity::find()
        .select_only()
        .column(slot::Column::StartsAt)
        .column(slot::Column::EndsAt)
        .column(appointment::Column::NeedsCard)
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.session_id.eq(session))
        .filter(appointment::COLUMN.state.eq("booked"))
        .order_by_asc(slot::COLUMN.starts_at)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// How many of a session's appointments came, and how many did not.
///
/// # Errors
/// Of the database.
pub async fn count_came(tx: &Tx, session: Uuid) -> Result<(u32, u32), StoreError> {
    let states: Vec<(String, i64)> = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::State)
        .column_as(appointment::COLUMN.id.count(), "people")
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.session_id.eq(session))
        .filter(appointment::Column::State.is_in(["arrived", "called", "fulfilled", "noshow"]))
        .group_by(appointment::COLUMN.state)
        .into_tuple()
        .all(&tx.db)
        .await?;
    let mut counts = (0_u32, 0_u32);
    for (state, people) in states {
        let people = u32::try_from(people).unwrap_or(0);
        if state == "noshow" {
            counts.1 += people;
        } else {
            counts.0 += people;
        }
    }
    Ok(counts)
}

/// Appointments that are only booked though their window ended before an instant, with the
/// session each stands in; those whose window ended more than three days before are left.
///
/// # Errors
/// Of the database.
pub async fn list_not_come(
    tx: &Tx,
    campaign: Uuid,
    before: Instant,
    most: u64,
) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    Ok(appointment::Entity::find()
        .select_only()
        .column(slot::Column::SessionId)
        .column(appointment::Column::Id)
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.campaign_id.eq(campaign))
        .filter(
            slot::COLUMN
                .starts_at
                .gt(before - chrono::Duration::days(3)),
        )
        .filter(slot::COLUMN.ends_at.lt(before))
        .filter(appointment::COLUMN.state.eq("booked"))
        .order_by_asc(slot::COLUMN.session_id)
        .order_by_asc(appointment::COLUMN.id)
        .limit(most)
        .into_tuple()
        .all(&tx.db)
        .await?)
}
