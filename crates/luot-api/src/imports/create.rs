//! `POST /v1/campaigns/{campaign_id}/imports`.

use actix_web::{
    post,
    web::{self, Data},
};
use luot_app::{
    App,
    imports::{ImportFile, ImportFinding, ImportKind, Imported},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Form, OptionalIdempotencyKey, Path, Staff},
    locale::Locale,
    problem::{Code, Problem},
};

/// A table or list as it came.
#[derive(ToSchema)]
#[schema(as = NewImport, example = json!({"kind": "targets", "file": "phu-luc-2.xlsx", "dry_run": true}))]
#[allow(
    dead_code,
    reason = "only its schema matters: the form is read part by part"
)]
struct Request {
    /// What it is about.
    kind: Kind,
    /// CSV or XLSX.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Only tells what would happen, and keeps nothing.
    #[schema(default = false)]
    dry_run: Option<bool>,
}

/// What an import is about.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportKind)]
enum Kind {
    /// Which machine stands where and when; becomes a draft plan.
    Rotation,
    /// How many people each unit is to reach.
    Targets,
    /// The people of a class or a village.
    Roster,
}

/// What was read.
#[derive(Serialize, ToSchema)]
#[schema(as = Import, example = json!({
    "kind": "rotation", "rows": 141, "plan_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "dry_run": false,
    "findings": [{
        "severity": "warning", "code": "shift-contradicts-hours", "row": 17, "column": "Ca", "read": "Ca 1",
        "assumed": "Ca 2", "detail": "The shift's label contradicts its hours; the hours count."
    }]
}))]
struct Response {
    /// What it was read as.
    kind: Kind,
    /// Rows that say something.
    rows: usize,
    /// The draft that a rotation became.
    #[schema(required = true)]
    plan_id: Option<Uuid>,
    /// Whether nothing was kept.
    dry_run: bool,
    /// What is odd, but usable.
    findings: Vec<Finding>,
}

/// Something odd in a file.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportFinding)]
struct Finding {
    /// `info` or `warning`.
    severity: String,
    /// Kebab-case; an open list.
    code: String,
    /// The row as a spreadsheet shows it.
    #[schema(required = true)]
    row: Option<u32>,
    /// The heading of the column.
    #[schema(required = true)]
    column: Option<String>,
    /// What was read.
    #[schema(required = true)]
    read: Option<String>,
    /// What was assumed.
    #[schema(required = true)]
    assumed: Option<String>,
    /// All of it as a sentence, in English or Vietnamese by `Accept-Language`.
    detail: String,
}

crate::problems!(Problems: ImportRefused);

/// Imports an official table or list
///
/// All of it or nothing, with a finding for every oddity. `rotation` and `targets` are the annexes of an official plan,
/// `roster` is a list of the people of a class or village.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_import",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body(content = Request, content_type = "multipart/form-data"),
    responses((status = 200, description = "Read", body = Response), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/imports")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    locale: Locale,
    app: Data<App>,
    mut form: Form,
) -> Result<web::Json<Response>, Problem> {
    let once = staff.once(&key, form.fingerprint);
    let kind = read_kind(form.required("kind")?)?;
    let dry_run = form.flag("dry_run")?;
    let file = form.file("file")?;
    let imported = app
        .import(
            &staff.0,
            once.as_ref(),
            *campaign,
            &ImportFile {
                kind,
                name: &file.name,
                bytes: &file.bytes,
                dry_run,
            },
        )
        .await?;
    Ok(web::Json(Response::of(imported, locale)))
}

fn read_kind(text: &str) -> Result<ImportKind, Problem> {
    text.parse().map_err(|_| {
        Problem::new(Code::MalformedForm).error(
            "/kind",
            "invalid-value",
            "It is `rotation`, `targets` or `roster`.",
            "Phải là `rotation`, `targets` hoặc `roster`.",
        )
    })
}

impl Response {
    fn of(imported: Imported, locale: Locale) -> Self {
        let told = |it: ImportFinding| Finding {
            severity: it.severity,
            code: it.code,
            row: it.row,
            column: it.column,
            read: it.read,
            assumed: it.assumed,
            detail: match locale {
                Locale::En => it.en,
                Locale::Vi => it.vi,
            },
        };
        Self {
            kind: match imported.kind {
                ImportKind::Rotation => Kind::Rotation,
                ImportKind::Targets => Kind::Targets,
                ImportKind::Roster => Kind::Roster,
            },
            rows: imported.rows,
            plan_id: imported.plan_id,
            dry_run: imported.dry_run,
            findings: imported.findings.into_iter().map(told).collect(),
        }
    }
}
