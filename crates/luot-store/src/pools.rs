//! Taking places, and giving them back. The one statement that decides.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::bulk;
use crate::connect::Backend;
use crate::entities::pool;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Places to take (or, negative, to give back) by pool: people, and of them those who need
/// a card. Ordered by id, which is the order in which rows are locked.
pub type Changes = BTreeMap<Uuid, (i32, i32)>;

/// Takes places: only where they are, only where it is open.
///
/// # Errors
/// [`StoreError::Raced`] when a pool has not so many by now.
pub async fn take(tx: &Tx, changes: &Changes) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let taken = match tx.backend {
        Backend::Postgres => take_all(tx, changes).await?,
        Backend::Sqlite => take_each(tx, changes).await?,
    };
    if taken == changes.len() as u64 {
        tx.changed.pools(changes.keys().copied());
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
}

/// All at once. The rows are locked first, in the order of their ids: an update alone may
/// come to them in any order, and two servers would wait for each other.
async fn take_all(tx: &Tx, changes: &Changes) -> Result<u64, StoreError> {
    const TAKE: &str = "\
        WITH wanted AS (\
            SELECT * FROM UNNEST(CAST($1 AS uuid[]), CAST($2 AS int4[]), CAST($3 AS int4[])) \
                AS wanted (id, people, cards)\
        ), held AS MATERIALIZED (\
            SELECT pool.id FROM pool WHERE pool.id = ANY(CAST((SELECT CAST($1 AS uuid[])) AS uuid[])) \
            ORDER BY pool.id FOR NO KEY UPDATE\
        ) \
        UPDATE pool SET taken = taken + people, card_taken = card_taken + cards \
        FROM held JOIN wanted USING (id) \
        WHERE pool.id = held.id AND taken + people >= 0 AND card_taken + cards >= 0 \
            AND (people <= 0 AND cards <= 0 OR open AND taken + people <= places \
                AND card_taken + cards <= card_places)";
    let ids: Vec<Uuid> = changes.keys().copied().collect();
    let (people, cards): (Vec<i32>, Vec<i32>) = changes.values().copied().unzip();
    let taking = bulk::statement(tx, TAKE, vec![ids.into(), people.into(), cards.into()]);
    Ok(tx.db.execute_raw(taking).await?.rows_affected())
}

async fn take_each(tx: &Tx, changes: &Changes) -> Result<u64, StoreError> {
    let mut done = 0;
    for (&id, &(people, cards)) in changes {
        let taken = Expr::col(pool::Column::Taken).add(people);
        let card_taken = Expr::col(pool::Column::CardTaken).add(cards);
        let mut update = pool::Entity::update_many()
            .col_expr(pool::COLUMN.taken, taken.clone())
            .col_expr(pool::COLUMN.card_taken, card_taken.clone())
            .filter(pool::COLUMN.id.eq(id))
            .filter(taken.clone().gte(0))
            .filter(card_taken.clone().gte(0));
        if people > 0 || cards > 0 {
            update = update
                .filter(pool::COLUMN.open.eq(true))
                .filter(taken.lte(Expr::col(pool::Column::Places)))
                .filter(card_taken.lte(Expr::col(pool::Column::CardPlaces)));
        }
        done += update.exec(&tx.db).await?.rows_affected;
    }
    Ok(done)
}
