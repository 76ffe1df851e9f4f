//! What somebody works as, and what they reach.

use luot_app::{Role, users::ScopeOf};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::AreaCode;

/// What somebody works as.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(super) enum RoleName {
    /// Sets the service up.
    Admin,
    /// Plans and publishes.
    Scheduler,
    /// School staff: the own classes.
    School,
    /// Head of a village or residential group: the own one.
    Village,
    /// Works a station: the own site or session.
    Operator,
    /// Reads totals, and with a reason names.
    Supervisor,
    /// A board.
    Display,
    /// Gives walk-in tickets.
    Kiosk,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Scheduler => Self::Scheduler,
            RoleName::School => Self::School,
            RoleName::Village => Self::Village,
            RoleName::Operator => Self::Operator,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Display => Self::Display,
            RoleName::Kiosk => Self::Kiosk,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Scheduler => Self::Scheduler,
            Role::School => Self::School,
            Role::Village => Self::Village,
            Role::Operator => Self::Operator,
            Role::Supervisor => Self::Supervisor,
            Role::Display => Self::Display,
            Role::Kiosk => Self::Kiosk,
        }
    }
}

/// A part of what somebody reaches; with nothing in it, everything.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Scope, example = json!({
    "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "cohort_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"
}))]
pub(super) struct Scope {
    /// The campaigns of a province or commune; nothing else goes with it.
    area: Option<AreaCode>,
    /// Within this campaign; all of it, if nothing further is named.
    campaign_id: Option<Uuid>,
    /// The sites and cohorts of a unit, and of those under it.
    unit_id: Option<Uuid>,
    /// A site.
    site_id: Option<Uuid>,
    /// A session.
    session_id: Option<Uuid>,
    /// A cohort.
    cohort_id: Option<Uuid>,
}

impl From<Scope> for ScopeOf {
    fn from(scope: Scope) -> Self {
        Self {
            area: scope.area.map(|it| it.0),
            campaign: scope.campaign_id,
            unit: scope.unit_id,
            site: scope.site_id,
            session: scope.session_id,
            cohort: scope.cohort_id,
        }
    }
}

impl From<ScopeOf> for Scope {
    fn from(scope: ScopeOf) -> Self {
        Self {
            area: scope.area.map(AreaCode),
            campaign_id: scope.campaign,
            unit_id: scope.unit,
            site_id: scope.site,
            session_id: scope.session,
            cohort_id: scope.cohort,
        }
    }
}
