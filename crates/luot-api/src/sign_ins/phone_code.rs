//! `POST /v1/phone-codes`: a code is sent to a phone.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    extract::{Address, Json},
    problem::Problem,
};

/// To which phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPhoneCode, example = json!({"phone": "0912345678"}))]
struct Request {
    /// A Vietnamese mobile number.
    #[schema(max_length = 40)]
    phone: String,
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = PhoneCode, example = json!({"expires_in_seconds": 300}))]
struct Response {
    /// For how long it is good.
    expires_in_seconds: i64,
}

/// Sends a code to a phone
///
/// To every mobile number, whether or not it is known here: the answer is the same. Only the newest code of a phone counts.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_phone_code",
    request_body = Request,
    responses((status = 202, description = "On its way", body = Response)),
)]
#[post("/v1/phone-codes")]
pub(super) async fn create(
    address: Address,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    app.count_sign_in(address.0).await?;
    let expires_in_seconds = app.send_phone_code(&body.value.phone).await?;
    Ok(HttpResponse::Accepted().json(Response { expires_in_seconds }))
}
