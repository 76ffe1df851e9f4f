//! Every operation of the API's document is sent something marked.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::service::Service;

/// Sends every operation of the document something marked; gives all that was refused, as it
/// was told.
pub async fn everything(service: &Service) -> String {
    let mut heard = String::new();
    let document = service.get("/openapi.json", None).await;
    let person = json!({
        "full_name": "Dấuvết Văn An", "birth_date": "1917-03-04", "personal_number": "001217654321",
        "cohort_id": "Dấuvết",
    });
    let marked = json!({
        "window_id": uuid::Uuid::nil(), "contact": { "name": "Dấuvết Thị Bình", "phone": "0987650001" },
        "persons": [person], "phone": "0987650001", "code": "0987650001", "login": "dauvet",
        "password": "dauvet dauvet dauvet", "full_name": "Dấuvết", "name": "Dấuvết", "consent": "Dấuvết",
    });
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for (method, operation) in item.as_object().expect("operations") {
            let Ok(verb) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let mut bodies = vec![marked.clone()];
            bodies.extend(example(&document, operation));
            for body in bodies {
                for bearer in [Some(service.admin.as_str()), None, Some("DAUVET0987650001")] {
                    let told = refused(service, &verb, path, &body, bearer).await;
                    heard.push_str(&told);
                }
            }
        }
    }
    heard
}

/// Tries an operation; gives what was told, if it was refused.
async fn refused(
    service: &Service,
    verb: &Method,
    path: &str,
    body: &Value,
    bearer: Option<&str>,
) -> String {
    let address = format!(
        "{}{}?q=0987650001&after=Dauvet&phone=0987650001&reason=D%E1%BA%A5uv%E1%BA%BFt",
        service.base,
        fill(path)
    );
    let mut request = service
        .client
        .request(verb.clone(), address)
        .header(
            "Idempotency-Key",
            format!("0987650001{}", uuid::Uuid::now_v7().simple()),
        )
        .header("User-Agent", "DAUVET")
        .header(
            "X-Request-Id",
            ["a b DAUVET", "tel-0987650001", "DAUVET-1"][body.to_string().len() % 3],
        )
        .header("X-Forwarded-For", "DAUVET")
        .header("If-Match", "\"DAUVET\"");
    if let Some(bearer) = bearer {
        request = request.bearer_auth(bearer);
    }
    if path.ends_with("/imports") {
        let file = Part::text("Họ và tên,Ngày sinh\nDấuvết Văn An,04/03/1917x\n");
        let form = Form::new().text("kind", "Dấuvết");
        request = request.multipart(form.part("file", file.file_name("Dấuvết.csv")));
    } else if *verb != Method::GET && *verb != Method::DELETE {
        request = request.json(body);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{verb} {path}");
    if status.is_success() {
        return String::new();
    }
    let headers = format!("{:?}", answer.headers());
    let mut told: Value = answer.json().await.unwrap_or_default();
    // The address is the caller's own.
    told["instance"] = Value::Null;
    headers + &told.to_string()
}

fn fill(path: &str) -> String {
    let part = |part: &str| match part {
        "{code}" => "0987650001".to_owned(),
        part if part.starts_with('{') => uuid::Uuid::nil().to_string(),
        part => part.to_owned(),
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    parts.join("/")
}

fn example(document: &Value, operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    let mut example = document["components"]["schemas"][name]["example"].clone();
    mark(&mut example);
    (!example.is_null()).then_some(example)
}

/// Puts marks where people are.
fn mark(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "full_name" | "contact_name" => *value = "Dấuvết Văn An".into(),
                    "phone" => *value = "0987650001".into(),
                    "birth_date" => *value = "1917-03-04".into(),
                    "personal_number" => *value = "001217654321".into(),
                    _ => mark(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mark),
        _ => {}
    }
}
