//! The tokens of staff, systems and devices, for who looks after them: a device that was lost
//! is shut out without ending everything else that its holder has.

use luot_store::staff::{self, Holder, Token};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::trail::did_anywhere;

impl App {
    /// The ways in that somebody has open: tokens that were given, and sign-ins.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such member of staff.
    pub async fn list_tokens(&self, actor: &Actor, staff_id: Uuid) -> Result<Vec<Token>> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        let tokens = self
            .store
            .read(async |tx| {
                staff::find(tx, staff_id)
                    .await?
                    .ok_or(Error::NotFound("member of staff"))?;
                let now = self.clock.now();
                Ok::<_, Error>(staff::list_tokens(tx, Holder::Staff(staff_id), now).await?)
            })
            .await?;
        let whose = json!({ "staff": staff_id });
        self.note_reading(actor, None, "token.read", whose, None)
            .await?;
        Ok(tokens)
    }

    /// Ends one of them at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they have no such token, or it has ended.
    pub async fn end_token(&self, actor: &Actor, staff_id: Uuid, id: Uuid) -> Result<()> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        self.store
            .write(async |tx| {
                let (now, holder) = (self.clock.now(), Holder::Staff(staff_id));
                let open = staff::list_tokens(tx, holder, now).await?;
                if !open.iter().any(|token| token.id == id) {
                    return Err(Error::NotFound("token"));
                }
                staff::end_tokens(tx, holder, Some(id), now).await?;
                let subject = json!({ "staff": staff_id, "token": id });
                let trace = did_anywhere(now, actor, "token.end", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }
}
