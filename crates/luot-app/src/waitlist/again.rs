//! The net below: whoever waits is looked for again now and then.

use luot_store::waitlist::{self, Scope};
use luot_store::{Tx, Work};
use uuid::Uuid;

use super::look::look;
use crate::App;
use crate::error::{Error, Result};

impl App {
    /// Looks for places for all who wait, in each campaign where somebody does. Places are
    /// offered when they come free; this finds what comes about otherwise: a list that now
    /// has somebody's name, a policy that changed, two servers that did not see each other.
    /// To be called every minute or so, by any server.
    ///
    /// # Errors
    /// Of the store; a campaign where it fails keeps nobody else waiting.
    pub async fn look_again(&self) -> Result<()> {
        let campaigns: Vec<Uuid> = self
            .store
            .read(async |tx| waitlist::list_campaigns(tx).await)
            .await?;
        for campaign in campaigns {
            if let Err(error) = self.store.write_work(&Again(self, campaign)).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    campaign = %campaign,
                    "those who wait in a campaign were not looked for again"
                );
            }
        }
        Ok(())
    }
}

struct Again<'a>(&'a App, Uuid);

impl Work for Again<'_> {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Self(app, campaign) = *self;
        let everywhere = Scope::default();
        look(&app.keys, tx, campaign, &everywhere, None, app.clock.now()).await?;
        Ok(())
    }
}
