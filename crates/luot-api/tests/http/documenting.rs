//! What the document says of an endpoint, and what the check says of a careless one.

use actix_web::{HttpResponse, get};
use luot_api::openapi::{collect, lint};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::sample;

/// Another type that took the sample's name.
#[derive(ToSchema)]
#[schema(as = Sample)]
#[allow(dead_code, reason = "only its schema matters")]
struct Impostor {
    /// Not what the other has.
    number: u32,
}

#[utoipa::path(
    tag = "strays",
    operation_id = "careless",
    responses((status = 200, description = "", body = Impostor), (status = 404, description = "No", body = Impostor)),
)]
#[get("/v1/careless/{id}")]
async fn careless() -> HttpResponse {
    HttpResponse::NotImplemented().finish()
}

#[test]
fn an_endpoint_answers_with_its_own_problems_and_those_that_follow_from_its_shape() {
    let document = collect(|endpoints| {
        endpoints.service(sample::create);
    });
    assert_eq!(lint(&document), Vec::<String>::new());
    let document = serde_json::to_value(&document.openapi).expect("a document");
    let responses = &document["paths"]["/v1/samples"]["post"]["responses"];
    let codes = |status: &str| -> Vec<Value> {
        let pointer = responses[status]["$ref"]
            .as_str()
            .expect("a reference")
            .trim_start_matches('#');
        let schema = &document.pointer(pointer).expect("a response")["content"]["application/problem+json"]
            ["schema"];
        schema["allOf"][1]["properties"]["code"]["enum"]
            .as_array()
            .expect("codes")
            .clone()
    };
    assert_eq!(
        codes("400"),
        [
            "bad-request",
            "malformed-json",
            "idempotency-key-required",
            "idempotency-key-invalid"
        ]
        .map(Value::from)
    );
    assert_eq!(
        codes("409"),
        ["in-progress", "window-full", "already-booked"].map(Value::from)
    );
    assert_eq!(
        codes("422"),
        ["invalid-body", "idempotency-key-reused"].map(Value::from)
    );
    assert_eq!(
        codes("503"),
        ["busy", "unavailable", "timeout"].map(Value::from)
    );
    assert_eq!(
        codes("403"),
        ["forbidden", "csrf-token-required"].map(Value::from)
    );
    for status in ["401", "413", "415", "429", "500"] {
        assert_eq!(codes(status).len(), 1, "{status}");
    }
    let components = &document["components"];
    assert_eq!(
        components["schemas"]["Sample"]["required"],
        json!(["code", "window_id"])
    );
}

#[test]
fn a_careless_endpoint_is_found_out() {
    let document = collect(|endpoints| {
        endpoints
            .service(sample::create)
            .service(sample::create)
            .service(careless);
    });
    let faults = lint(&document);
    let here = "GET /v1/careless/{id}";
    for expect in [
        "POST /v1/samples: two handlers, of which only the first is served".to_owned(),
        "schema Sample: two types of this name; give one `#[schema(as = …)]`".to_owned(),
        "3 handlers, but 2 operations".to_owned(),
        format!("{here}: operation id `careless` is not `<verb>_<resource>`"),
        format!("{here}: tags [\"strays\"]: exactly one of the list is wanted"),
        format!("{here}: path parameters {{}} are documented, {{\"id\"}} are in the path"),
        format!("{here}: 200 has no example"),
        format!("{here}: 200 has no description"),
        format!("{here}: 404 answers with [\"application/json\"] instead of a problem"),
    ] {
        assert!(
            faults.contains(&expect),
            "{expect}\nis not among\n{faults:#?}"
        );
    }
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with(&format!("{here}: no summary")))
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with(&format!("{here}: no description")))
    );
}
