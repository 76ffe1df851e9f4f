//! Creating a campaign from an instance.

use std::collections::BTreeMap;

use luot_domain::area::{Area, NoArea};
use luot_domain::calendar::Zone;
use luot_domain::finding::Note;
use luot_domain::policies::Policies;
use luot_domain::text::tidy;
use luot_planner::Instance;
use luot_store::entities::campaign;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Invalid, Result, note_of};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Planning};
use crate::trail::did;
use crate::{App, limits, new_id, plans};

use super::change::require_for_data;
use super::checks;

/// A campaign was created.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Created {
    /// Its id.
    pub id: Uuid,
    /// Its version.
    pub version: i32,
    /// Its title.
    pub title: String,
    /// Whether it is over, and kept for rehearsal.
    pub rehearsal: bool,
    /// What is odd about it, but usable.
    pub findings: Vec<Note>,
}

/// A campaign to be created, read and found sound.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub instance: Instance,
    pub title: String,
    pub policies: Policies,
    pub area: Option<Area>,
    pub names: BTreeMap<String, String>,
    pub findings: Vec<Note>,
}

impl App {
    /// Creates a campaign from an instance with `title`, `policies` and `names` beside it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault, each with its pointer; [`Error::Forbidden`] where
    /// it keeps data for longer or shorter, or asks for consent otherwise, than is usual, and
    /// that is not for the caller to decide.
    pub async fn create_campaign(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        body: &Value,
    ) -> Result<Created> {
        actor.require(Action::Plan, Where::Everywhere)?;
        let draft = read(body)?;
        let usual = Policies::default();
        require_for_data(actor, Where::Everywhere, &usual, &draft.policies)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let created = insert(self, tx, actor, &draft, "campaign.create").await?;
                keep(tx, once, &created, now).await?;
                Ok(created)
            })
            .await
    }
}

/// Writes a campaign, and publishes what its instance says is published.
pub(crate) async fn insert(
    app: &App,
    tx: &luot_store::Tx,
    actor: &Actor,
    draft: &Draft,
    action: &str,
) -> Result<Created> {
    let now = app.clock.now();
    let instance = &draft.instance;
    let zone = Zone::named(&instance.timezone).map_err(|e| Error::Bug(e.to_string()))?;
    let rehearsal = instance.end < zone.date_at(now);
    let mut findings = draft.findings.clone();
    if rehearsal {
        findings.push(Note::new(
            "/end",
            "campaign-over",
            format!(
                "The campaign was over on {}: it is kept as a rehearsal, in which its first day never passes.",
                instance.end
            ),
            format!(
                "Đợt cao điểm đã kết thúc ngày {}: được giữ làm diễn tập, trong đó ngày đầu tiên không bao giờ trôi qua.",
                instance.end.format("%d/%m/%Y")
            ),
        ));
    }
    let planning = Planning::of(instance);
    let row = campaign::Model {
        id: new_id(),
        created_at: now,
        name: instance.name.clone(),
        title: draft.title.clone(),
        timezone: instance.timezone.clone(),
        starts_on: instance.start,
        ends_on: instance.end,
        planning: instances::json(&planning)?,
        policies: instances::json(&draft.policies)?,
        rehearsal,
        frozen_before: instance.frozen_before,
        area: draft.area.map(|a| a.to_string()),
        version: 1,
        updated_at: now,
    };
    let id = row.id;
    let campaign = instances::rows(row, instance, &draft.names, now)?;
    instances::insert(tx, &campaign).await?;
    if let Some(published) = &instance.published {
        plans::publish_as_it_stands(app, tx, &campaign, published).await?;
    }
    luot_store::audit::record(
        tx,
        vec![did(
            now,
            id,
            actor.staff_id(),
            action,
            json!({ "campaign": id }),
        )],
    )
    .await?;
    Ok(Created {
        id,
        version: 1,
        title: draft.title.clone(),
        rehearsal,
        findings,
    })
}

/// Reads the body of a request, and finds every fault of it.
pub(crate) fn read(body: &Value) -> Result<Draft> {
    let mut faults = Vec::new();
    let (instance, mut findings) = match luot_planner::read_instance(body) {
        Ok((instance, findings)) => (
            Some(instance),
            findings
                .into_iter()
                .map(|f| Note::new(f.pointer, &f.code, f.detail, f.detail_vi))
                .collect(),
        ),
        Err(found) => {
            faults.extend(found.into_iter().map(note_of));
            (None, Vec::new())
        }
    };
    if let Some(instance) = &instance
        && let Err(unknown) = Zone::named(&instance.timezone)
    {
        faults.push(Note::new(
            "/timezone",
            "unknown-time-zone",
            format!("{unknown}; use an IANA name such as Asia/Ho_Chi_Minh"),
            format!(
                "Không có múi giờ {:?}; dùng tên IANA, ví dụ Asia/Ho_Chi_Minh",
                unknown.0
            ),
        ));
    }
    let title = match body.get("title") {
        None | Some(Value::Null) => instance
            .as_ref()
            .map(|i| i.name.clone())
            .unwrap_or_default(),
        Some(Value::String(title)) if title.chars().count() <= limits::NAME_MOST => tidy(title),
        Some(_) => {
            faults.push(Note::new(
                "/title",
                "invalid-title",
                format!(
                    "title must be a text of at most {} characters",
                    limits::NAME_MOST
                ),
                format!("title phải là chuỗi không quá {} ký tự", limits::NAME_MOST),
            ));
            String::new()
        }
    };
    let policies = read_policies(body.get("policies"), &mut faults);
    let area = read_area(body.get("area"), &mut faults);
    let names = read_names(body, &mut faults);
    faults.extend(checks::faults(body, instance.as_ref(), &findings));
    let Some(instance) = instance.filter(|_| faults.is_empty()) else {
        return Err(Error::Invalid(Invalid::Instance, faults));
    };
    if let (Some(day), true) = (instance.frozen_before, instance.published.is_some()) {
        findings.push(Note::new(
            "/frozen_before",
            "published-taken-over",
            format!("The published plan is taken over as it stands; before {day} nothing changes."),
            format!(
                "Kế hoạch đã công bố được giữ nguyên; trước ngày {} không thay đổi gì.",
                day.format("%d/%m/%Y")
            ),
        ));
    }
    Ok(Draft {
        instance,
        title,
        policies,
        area,
        names,
        findings,
    })
}

/// The province or commune it is of.
fn read_area(given: Option<&Value>, faults: &mut Vec<Note>) -> Option<Area> {
    let value = given.filter(|v| !v.is_null())?;
    let read = value.as_str().and_then(|text| text.parse().ok());
    if read.is_none() {
        faults.push(Note::new(
            "/area",
            "invalid-area",
            NoArea.to_string(),
            "area là mã tỉnh 2 chữ số, hoặc kèm mã xã 5 chữ số: 20 hoặc 20/06001",
        ));
    }
    read
}

pub(crate) fn read_policies(given: Option<&Value>, faults: &mut Vec<Note>) -> Policies {
    let Some(value) = given.filter(|v| !v.is_null()) else {
        return Policies::default();
    };
    match Policies::deserialize(value) {
        Ok(policies) => {
            faults.extend(policies.faults());
            policies
        }
        Err(error) => {
            faults.push(Note::new(
                "/policies",
                "invalid-policies",
                format!("policies cannot be read: {error}"),
                format!("không đọc được policies: {error}"),
            ));
            Policies::default()
        }
    }
}

/// What things are called on screen: `name` beside their `id`, or in `names`, which wins.
fn read_names(body: &Value, faults: &mut Vec<Note>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for list in ["sites", "machines", "shifts", "cohorts"] {
        let parts = body.get(list).and_then(Value::as_array);
        for (n, part) in parts.into_iter().flatten().enumerate() {
            if let (Some(Value::String(id)), Some(name)) = (part.get("id"), part.get("name")) {
                read_name(id, name, format!("/{list}/{n}/name"), &mut names, faults);
            }
        }
    }
    match body.get("names") {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => {
            for (id, name) in given {
                let escaped = id.replace('~', "~0").replace('/', "~1");
                read_name(id, name, format!("/names/{escaped}"), &mut names, faults);
            }
        }
        Some(_) => faults.push(Note::new(
            "/names",
            "invalid-names",
            "names maps ids to texts",
            "names ánh xạ mã sang chuỗi",
        )),
    }
    names
}

fn read_name(
    id: &str,
    name: &Value,
    pointer: String,
    names: &mut BTreeMap<String, String>,
    faults: &mut Vec<Note>,
) {
    match name.as_str().map(tidy) {
        Some(name) if (1..=limits::NAME_MOST).contains(&name.chars().count()) => {
            names.insert(id.to_owned(), name);
        }
        _ => faults.push(Note::new(
            pointer,
            "invalid-name",
            format!("a name has from 1 to {} characters", limits::NAME_MOST),
            format!("tên phải có từ 1 đến {} ký tự", limits::NAME_MOST),
        )),
    }
}
