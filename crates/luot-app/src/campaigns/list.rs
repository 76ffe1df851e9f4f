//! Reading campaigns. They are public: parents choose among them.

use luot_domain::policies::Policies;
use luot_store::{campaigns, entities::campaign, plans};
use uuid::Uuid;

use crate::App;
use crate::error::{Error, Result};
use crate::instances::from_json;

/// A campaign as anybody may see it.
#[derive(Debug, Clone)]
pub struct CampaignView {
    /// The row.
    pub row: campaign::Model,
    /// Its policies.
    pub policies: Policies,
    /// The plan that is published.
    pub published_plan_id: Option<Uuid>,
}

impl App {
    /// Campaigns in order of creation, after that one.
    ///
    /// # Errors
    /// Of the store.
    pub async fn list_campaigns(
        &self,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<CampaignView>> {
        self.store
            .read(async |tx| {
                let mut views = Vec::new();
                for row in campaigns::list(tx, after, limit).await? {
                    views.push(view(tx, row).await?);
                }
                Ok(views)
            })
            .await
    }

    /// One campaign.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_campaign(&self, id: Uuid) -> Result<CampaignView> {
        self.store
            .read(async |tx| {
                let row = campaigns::find(tx, id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                view(tx, row).await
            })
            .await
    }
}

async fn view(tx: &luot_store::Tx, row: campaign::Model) -> Result<CampaignView> {
    Ok(CampaignView {
        policies: from_json::<Policies>(&row.policies)?,
        published_plan_id: plans::find_published_id(tx, row.id).await?,
        row,
    })
}
