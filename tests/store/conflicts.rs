//! Each unique index that a request can run into means the same on both databases.

use luot_store::parts::{cohorts, machines, services, shifts, sites, units};
use luot_store::{Conflict, Store, StoreError, entities, people};
use serde_json::json;
use uuid::Uuid;

use super::both;

fn campaign(id: Uuid) -> entities::campaign::Model {
    let now = chrono::Utc::now();
    entities::campaign::Model {
        id,
        created_at: now,
        name: "x".into(),
        title: "x".into(),
        timezone: "Asia/Ho_Chi_Minh".into(),
        starts_on: "2026-04-08".parse().unwrap(),
        ends_on: "2026-05-08".parse().unwrap(),
        planning: json!({}),
        policies: json!({}),
        rehearsal: false,
        frozen_before: None,
        area: None,
        version: 1,
        updated_at: now,
    }
}

fn service(campaign_id: Uuid) -> entities::service::Model {
    entities::service::Model {
        id: Uuid::now_v7(),
        created_at: chrono::Utc::now(),
        campaign_id,
        code: "account".into(),
        title: "x".into(),
        issues_card: false,
        subject: "person".into(),
        age_from: None,
        age_under: None,
    }
}

fn site(campaign_id: Uuid) -> entities::site::Model {
    let now = chrono::Utc::now();
    entities::site::Model {
        id: Uuid::now_v7(),
        created_at: now,
        campaign_id,
        unit_id: None,
        code: "cax".into(),
        name: "x".into(),
        position: 0,
        machines_at_once: 1,
        calendar: json!({}),
        retired_at: None,
        version: 1,
        updated_at: now,
    }
}

fn machine(campaign_id: Uuid) -> entities::machine::Model {
    let now = chrono::Utc::now();
    entities::machine::Model {
        id: Uuid::now_v7(),
        created_at: now,
        campaign_id,
        home_site_id: None,
        code: "may-1".into(),
        name: "x".into(),
        position: 0,
        issues_cards: false,
        rate_hundredths: 100,
        calendar: json!({}),
        out: json!([]),
        retired_at: None,
        version: 1,
        updated_at: now,
    }
}

fn shift(campaign_id: Uuid) -> entities::shift::Model {
    let now = chrono::Utc::now();
    entities::shift::Model {
        id: Uuid::now_v7(),
        created_at: now,
        campaign_id,
        code: "ca1".into(),
        name: "x".into(),
        position: 0,
        starts: "07:00:00".parse().unwrap(),
        ends: "15:00:00".parse().unwrap(),
        records: 160,
        retired_at: None,
        version: 1,
        updated_at: now,
    }
}

fn cohort(campaign_id: Uuid, service_id: Uuid) -> entities::cohort::Model {
    let now = chrono::Utc::now();
    entities::cohort::Model {
        id: Uuid::now_v7(),
        created_at: now,
        campaign_id,
        unit_id: None,
        service_id,
        code: "1A".into(),
        name: "x".into(),
        position: 0,
        people: 3,
        sites: json!([]),
        whole: false,
        due_on: None,
        weight: 1,
        calendar: json!({}),
        left_of_id: None,
        retired_at: None,
        version: 1,
        updated_at: now,
    }
}

fn unit(campaign_id: Uuid) -> entities::unit::Model {
    entities::unit::Model {
        id: Uuid::now_v7(),
        created_at: chrono::Utc::now(),
        campaign_id,
        parent_id: None,
        kind: "commune".into(),
        official_code: None,
        code: "c01".into(),
        name: "x".into(),
    }
}

fn person(campaign_id: Uuid) -> entities::person::Model {
    entities::person::Model {
        id: Uuid::now_v7(),
        created_at: chrono::Utc::now(),
        campaign_id,
        unit_id: None,
        merged_into_id: None,
        subject: "person".into(),
        person_key: vec![1; 20],
        full_name_sealed: None,
        birth_date_sealed: None,
        personal_number_sealed: None,
        personal_number_index: None,
        representative_sealed: None,
        claim_hash: None,
        renamed_at: None,
        erased_at: None,
    }
}

async fn twice(
    store: &Store,
    what: &str,
    add: impl AsyncFn(&luot_store::Tx) -> Result<(), StoreError>,
) {
    store
        .write(async |tx| add(tx).await)
        .await
        .unwrap_or_else(|e| panic!("{what}: {e:?}"));
    let again = store.write(async |tx| add(tx).await).await;
    assert!(
        matches!(again, Err(StoreError::Conflict(Conflict::PartCode))),
        "{what}: {again:?}"
    );
}

#[tokio::test]
async fn a_code_that_is_taken_is_told_by_type() {
    for (_database, store) in both().await {
        let id = Uuid::now_v7();
        store
            .write(async |tx| luot_store::campaigns::insert(tx, campaign(id)).await)
            .await
            .unwrap();
        let first = service(id);
        let service_id = first.id;
        store
            .write(async |tx| services::insert(tx, vec![first.clone()]).await)
            .await
            .unwrap();
        let again = store
            .write(async |tx| services::insert(tx, vec![service(id)]).await)
            .await;
        assert!(matches!(
            again,
            Err(StoreError::Conflict(Conflict::PartCode))
        ));
        twice(&store, "site", async |tx| {
            sites::insert(tx, vec![site(id)]).await
        })
        .await;
        twice(&store, "machine", async |tx| {
            machines::insert(tx, vec![machine(id)]).await
        })
        .await;
        twice(&store, "shift", async |tx| {
            shifts::insert(tx, vec![shift(id)]).await
        })
        .await;
        twice(&store, "unit", async |tx| {
            units::insert(tx, vec![unit(id)]).await
        })
        .await;
        twice(&store, "cohort", async |tx| {
            cohorts::insert(tx, vec![cohort(id, service_id)]).await
        })
        .await;
    }
}

#[tokio::test]
async fn somebody_who_was_just_added_by_another_is_a_lost_race() {
    for (_database, store) in both().await {
        let id = Uuid::now_v7();
        store
            .write(async |tx| luot_store::campaigns::insert(tx, campaign(id)).await)
            .await
            .unwrap();
        store
            .write(async |tx| people::insert(tx, vec![person(id)]).await)
            .await
            .unwrap();
        let again = store
            .write(async |tx| people::insert(tx, vec![person(id)]).await)
            .await;
        // Tried again and again, it stays a loss: nobody looked the person up.
        assert!(matches!(again, Err(StoreError::Busy(None))));
    }
}
