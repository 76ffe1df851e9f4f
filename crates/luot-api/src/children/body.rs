//! A child as its parent, or whoever confirms it, sees it.

use chrono::{DateTime, Utc};
use luot_app::signin::{AskedView, ChildView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::Day;

/// A child.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "state": "linked", "full_name": "Lý Minh Khôi", "birth_date": "2016-09-02", "number_ends": "001",
    "cohorts": [{"code": "5a", "name": "Lớp 5A"}], "by_law": true
}))]
pub(crate) struct Child {
    /// Its id among the parent's children.
    id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// `linked`, or `asked` while it is to be confirmed.
    state: String,
    /// Full name; null while it is to be confirmed, and once erased.
    #[schema(required = true)]
    full_name: Option<String>,
    /// Day of birth; likewise.
    #[schema(required = true)]
    birth_date: Option<Day>,
    /// The last three digits of the personal number.
    #[schema(required = true)]
    number_ends: Option<String>,
    /// The classes or villages whose lists it is on.
    cohorts: Vec<ChildCohort>,
    /// Whether the data came by law from a list, not from a parent.
    by_law: bool,
}

/// A class or village.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChildCohort {
    /// Its code.
    code: String,
    /// What it is called.
    name: String,
}

impl From<ChildView> for Child {
    fn from(view: ChildView) -> Self {
        let cohorts = view.cohorts.into_iter();
        Self {
            id: view.row.id,
            campaign_id: view.campaign_id,
            state: view.row.state,
            full_name: view.full_name,
            birth_date: view.birth_date.map(Day),
            number_ends: view.number_ends,
            cohorts: cohorts
                .map(|(code, name)| ChildCohort { code, name })
                .collect(),
            by_law: view.by_law,
        }
    }
}

/// A child that somebody says is theirs.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "state": "asked", "full_name": "Lý Minh Khôi", "birth_date": "2016-09-02", "number_ends": "001",
    "cohorts": [{"code": "5a", "name": "Lớp 5A"}], "by_law": true,
    "asked": {"at": "2026-04-08T01:00:00Z", "full_name": "Lý Khôi", "birth_date": "2016-09-02", "by_number": true, "phone": "091••••678"}
}))]
pub(crate) struct AskedChild {
    /// The child that is known here, by which it is decided.
    #[serde(flatten)]
    child: Child,
    /// What is said of it.
    asked: Asked,
}

/// What a parent says of a child.
#[derive(Serialize, ToSchema)]
#[schema(as = AskedOfChild)]
struct Asked {
    /// When.
    at: DateTime<Utc>,
    /// The name that the parent gives; null if that was not kept.
    #[schema(required = true)]
    full_name: Option<String>,
    /// The day of birth; likewise.
    #[schema(required = true)]
    birth_date: Option<Day>,
    /// Whether the parent gave the child's personal number.
    by_number: bool,
    /// The parent's phone, masked but for three digits at either end.
    #[schema(required = true)]
    phone: Option<String>,
}

impl From<AskedView> for AskedChild {
    fn from(view: AskedView) -> Self {
        Self {
            asked: Asked {
                at: view.child.row.updated_at,
                full_name: view.full_name,
                birth_date: view.birth_date.map(Day),
                by_number: view.by_number,
                phone: view.phone,
            },
            child: view.child.into(),
        }
    }
}
