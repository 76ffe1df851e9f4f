//! Taking places, and giving them back. The one statement that decides.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

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
        if update.exec(&tx.db).await?.rows_affected == 0 {
            return Err(StoreError::Raced);
        }
    }
    Ok(())
}
