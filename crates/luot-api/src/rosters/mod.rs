//! The list of a class or village, with names.

mod export;
mod list;

use luot_app::rosters;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::openapi::Endpoints;

/// Adds the endpoints of lists.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(list::list).service(export::export);
}

/// Why somebody reads names.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReadingReason)]
pub(crate) enum Reason {
    /// Somebody complained.
    Complaint,
    /// Those who have not come are to be found.
    Missing,
    /// Two rows may be one person.
    Duplicates,
    /// A parent asked about their data.
    DataRequest,
    /// An inspection.
    Inspection,
}

impl From<Reason> for rosters::Reason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Complaint => Self::Complaint,
            Reason::Missing => Self::Missing,
            Reason::Duplicates => Self::Duplicates,
            Reason::DataRequest => Self::DataRequest,
            Reason::Inspection => Self::Inspection,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Why {
    /// Why names are read. Supervisors must say; it is kept in the audit trail.
    #[param(nullable = false)]
    reason: Option<Reason>,
}
