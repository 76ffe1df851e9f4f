//! Every code a problem can have: one table for the code, the document, `openapi/problems.md` and `/problems/{code}`.
//!
//! A code keeps its meaning and its status for good: clients switch on it. Retire one by no longer using it.

use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, schema::Schema, schema::Type},
};

/// A row of the registry.
#[derive(Debug)]
pub struct Entry {
    /// What clients switch on, and the last part of the problem's `type`.
    pub slug: &'static str,
    /// The status it is always answered with.
    pub status: u16,
    /// Short, English, the same every time.
    pub title: &'static str,
    /// What has happened.
    pub meaning: &'static str,
    /// What the client should do; the `detail` where a problem brings none of its own.
    pub advice_en: &'static str,
    /// The same in Vietnamese.
    pub advice_vi: &'static str,
}

macro_rules! registry {
    ($($variant:ident $slug:literal $status:literal $title:literal
        $meaning:literal
        $en:literal
        $vi:literal;)*) => {
        /// What went wrong, from a closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code's row.
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &Entry {
                        slug: $slug,
                        status: $status,
                        title: $title,
                        meaning: $meaning,
                        advice_en: $en,
                        advice_vi: $vi,
                    },)*
                }
            }
        }
    };
}

registry! {
    // The request cannot be read.
    BadRequest "bad-request" 400 "The request cannot be understood"
        "The request breaks HTTP or the conventions of this API in a way that has no code of its own."
        "Compare the request with the API document."
        "Hãy đối chiếu yêu cầu với tài liệu API.";
    MalformedJson "malformed-json" 400 "The body is not JSON"
        "The body is not well-formed JSON: cut off, badly quoted, or not UTF-8."
        "Send well-formed JSON in UTF-8."
        "Hãy gửi JSON đúng cú pháp, mã hóa UTF-8.";
    MalformedForm "malformed-form" 400 "The form cannot be read"
        "The body is not a well-formed multipart form, or a field is missing, doubled or unreadable."
        "Send `multipart/form-data` with the fields the document names."
        "Hãy gửi `multipart/form-data` với các trường nêu trong tài liệu.";
    InvalidQuery "invalid-query" 400 "A query parameter is wrong"
        "A parameter after the `?` is missing, doubled, of the wrong type or out of its range."
        "Correct the parameter that `errors` names."
        "Hãy sửa tham số nêu trong `errors`.";
    InvalidHeader "invalid-header" 400 "A header is wrong"
        "A header that this operation uses cannot be read, such as `If-Match` without quotes."
        "Correct the header that `detail` names."
        "Hãy sửa trường tiêu đề nêu trong thông báo.";
    IdempotencyKeyRequired "idempotency-key-required" 400 "An idempotency key is required"
        "This operation could book twice when retried, and the request has no `Idempotency-Key`."
        "Make a random key once for each thing a person asks for, and send it with every attempt."
        "Hãy tạo một khóa ngẫu nhiên cho mỗi việc và gửi kèm khóa đó trong mọi lần thử.";
    IdempotencyKeyInvalid "idempotency-key-invalid" 400 "The idempotency key is not usable"
        "The `Idempotency-Key` is empty, too long, doubled, has characters that are not visible ASCII, or, from a caller without a token, is so short that others could guess it."
        "Send 22 to 255 visible ASCII characters, made at random."
        "Hãy gửi 22 đến 255 ký tự ASCII hiển thị được, tạo ngẫu nhiên.";

    // The caller.
    Unauthorized "unauthorized" 401 "Sign in first"
        "The request needs a bearer token and has none, or one that is unknown, expired or misspelt."
        "Send a valid token in `Authorization: Bearer …`."
        "Hãy gửi mã truy cập hợp lệ trong `Authorization: Bearer …`.";
    Forbidden "forbidden" 403 "This is not yours to do"
        "The caller is known and may know that this exists, but may not do this to it."
        "Ask somebody whose role allows it."
        "Hãy nhờ người có quyền thực hiện.";

    SignInRefused "sign-in-refused" 401 "Nobody is signed in by that"
        "What was given to sign in is wrong, too late, or was tried too often. Which of them is not told."
        "Check what was typed; ask for a new code, or wait a while after several tries."
        "Hãy kiểm tra lại; xin mã mới, hoặc chờ một lúc nếu đã thử nhiều lần.";
    SecondFactorRequired "second-factor-required" 401 "The authenticator's code is wanted too"
        "The password is right, and this login has an authenticator."
        "Send `second_factor` as well."
        "Hãy gửi thêm mã của ứng dụng xác thực trong `second_factor`.";
    PasswordChangeRequired "password-change-required" 401 "The password must be changed first"
        "The password was given by somebody else, who therefore knows it."
        "Send `new_password` as well."
        "Hãy gửi thêm mật khẩu mới trong `new_password`.";
    SecondFactorSetupRequired "second-factor-setup-required" 403 "Set up an authenticator first"
        "This service wants an authenticator of everybody in this role, and the caller has none. Until then the own account is all there is."
        "Set one up with `POST /v1/me/totp` and `POST /v1/me/totp/confirm`; it counts at once."
        "Hãy thiết lập ứng dụng xác thực bằng `POST /v1/me/totp` và `POST /v1/me/totp/confirm`; có hiệu lực ngay.";
    CsrfTokenRequired "csrf-token-required" 403 "This change did not come from our page"
        "The token came in a cookie, which browsers send along by themselves, and `X-CSRF-Token` is missing or wrong."
        "Send the `csrf_token` of the sign-in as `X-CSRF-Token`."
        "Hãy gửi `csrf_token` của lần đăng nhập trong `X-CSRF-Token`.";
    ZaloAbroad "zalo-abroad" 403 "Zalo does not say who it is"
        "Zalo tells nothing personal to requests from outside Viet Nam."
        "Sign in by phone instead."
        "Hãy đăng nhập bằng số điện thoại.";

    // The address.
    NotFound "not-found" 404 "Nothing here"
        "There is nothing at this address, or it is not the caller's to know of."
        "Check the address and the id, and sign in if it should be yours."
        "Hãy kiểm tra địa chỉ và mã, và đăng nhập nếu đó là của bạn.";
    MethodNotAllowed "method-not-allowed" 405 "This address does not do that"
        "The address exists, but not with this method; `Allow` names those it has."
        "Use one of the methods in `Allow`."
        "Hãy dùng một trong các phương thức nêu trong `Allow`.";

    // The state of things.
    InProgress "in-progress" 409 "The first request is still under way"
        "A request with the same idempotency key has not been answered yet, and waiting five seconds did not help."
        "Send the same request again with the same key after a moment."
        "Hãy gửi lại đúng yêu cầu này với cùng khóa sau giây lát.";
    WindowFull "window-full" 409 "This window is full"
        "The window has fewer places left than the party needs; `alternatives` names the nearest that have enough."
        "Choose another window, or join the waitlist."
        "Hãy chọn khung giờ khác hoặc vào danh sách chờ.";
    AlreadyBooked "already-booked" 409 "This person has an appointment already"
        "One of the persons has a live appointment for this service in this campaign."
        "Move or cancel the appointment there is."
        "Hãy đổi hoặc hủy lịch hẹn đã có.";
    AlreadyWaiting "already-waiting" 409 "This person waits already"
        "One of the persons is on the campaign's waitlist for this service."
        "Look at the entry there is, or leave the waitlist first."
        "Hãy xem lượt chờ đã có, hoặc rời danh sách chờ trước.";
    WindowClosed "window-closed" 409 "This window is closed"
        "The window or its session takes no bookings: withdrawn, paused, or never opened to the public."
        "Choose another window."
        "Hãy chọn khung giờ khác.";
    WindowPast "window-past" 409 "This window is over"
        "The window has begun or ended, or booking for it has ended."
        "Choose a later window."
        "Hãy chọn khung giờ muộn hơn.";
    SessionFull "session-full" 409 "This session is full for today"
        "All the day's capacity is spoken for, by appointments and by those who wait in line."
        "Book a window of another session."
        "Hãy đặt khung giờ ở buổi khác.";
    NoCardMachine "no-card-machine" 409 "No machine here issues cards"
        "Somebody needs a card, and no machine that issues cards is at work or planned in this session."
        "Go to a session with a machine that issues cards: `availability` with `service=card` lists them."
        "Hãy đến buổi có máy làm thẻ: xem `availability` với `service=card`.";
    StateForbids "state-forbids" 409 "Its state does not allow this now"
        "What the request wants to change exists, but is in a state in which this cannot be done, such as a cancelled appointment."
        "Read it again and decide from its present state."
        "Hãy tải lại để xem trạng thái hiện tại rồi quyết định.";
    PlanNotReady "plan-not-ready" 409 "The plan is not ready"
        "The plan is still running, has failed, or was cancelled, so that there is nothing to show or publish."
        "Wait until its state is `draft`, or plan again."
        "Hãy đợi đến khi kế hoạch ở trạng thái `draft`, hoặc lập lại kế hoạch.";
    PlanNotCancellable "plan-not-cancellable" 409 "The plan cannot be cancelled"
        "The plan is published or superseded: it is what people have booked by, or the record of it."
        "Publish another plan instead."
        "Hãy công bố một kế hoạch khác để thay thế.";
    CampaignConflict "campaign-conflict" 409 "This contradicts what the campaign has"
        "The change collides with something else in the campaign, such as a code that is taken or a site that is in use."
        "Read the campaign again, and change or retire what it collides with first."
        "Hãy tải lại chiến dịch và sửa hoặc ngừng phần bị trùng trước.";
    HoldExpired "hold-expired" 410 "The hold has expired"
        "The places were kept for some minutes and have been given back, or the hold was used."
        "Choose a window again."
        "Hãy chọn lại khung giờ.";
    OfferExpired "offer-expired" 410 "The offer has expired"
        "The places were kept until a deadline and went on to the next, or the offer was answered."
        "Look at your entry on the waitlist: it waits on, unless it has let too many offers go."
        "Hãy xem lượt chờ của bạn: lượt chờ vẫn còn, trừ khi đã bỏ qua quá nhiều lời mời.";

    // Versions.
    Stale "stale" 412 "It has changed meanwhile"
        "`If-Match` names a version that is not the current one: somebody else was faster."
        "Read it again, and make the change anew if it is still wanted."
        "Hãy tải lại và thực hiện lại thay đổi nếu vẫn cần.";
    PlanStale "plan-stale" 412 "The plan was made against an older state"
        "Another plan was published, or the campaign has changed, since this plan was made."
        "Plan again against what is published now."
        "Hãy lập lại kế hoạch theo trạng thái đang công bố.";
    PreconditionRequired "precondition-required" 428 "Say which version you change"
        "Changing a versioned thing needs `If-Match`, so that nobody overwrites what they have not seen."
        "Read it, and send its `ETag` as `If-Match`."
        "Hãy đọc bản hiện tại rồi gửi `ETag` của nó trong `If-Match`.";

    // The body.
    PayloadTooLarge "payload-too-large" 413 "The body is too large"
        "The body is larger than this operation takes."
        "Send less, or in several requests."
        "Hãy gửi ít hơn hoặc chia thành nhiều yêu cầu.";
    UnsupportedMediaType "unsupported-media-type" 415 "This kind of body is not taken"
        "The `Content-Type` (or a `Content-Encoding`) is missing or is not one this operation reads."
        "Send the media type that the document names."
        "Hãy gửi đúng kiểu nội dung nêu trong tài liệu.";
    InvalidBody "invalid-body" 422 "The body does not fit"
        "The JSON is well-formed, but something in it is missing, unknown, of the wrong type or out of its range."
        "Correct what `errors` points at."
        "Hãy sửa những chỗ nêu trong `errors`.";
    IdempotencyKeyReused "idempotency-key-reused" 422 "The idempotency key was used for something else"
        "The same caller has sent this key before with another body or to another address."
        "Use a new key for a new request."
        "Hãy dùng khóa mới cho yêu cầu mới.";
    InvalidInstance "invalid-instance" 422 "The instance contradicts itself"
        "The campaign's data breaks the planning model: `errors` has every fault with its place."
        "Correct what `errors` points at."
        "Hãy sửa những chỗ nêu trong `errors`.";
    InvalidPlan "invalid-plan" 422 "The plan breaks a rule"
        "The plan breaks a rule that no plan may break: `errors` has each."
        "Correct what `errors` points at, or plan again."
        "Hãy sửa những chỗ nêu trong `errors`, hoặc lập lại kế hoạch.";
    ImportRefused "import-refused" 422 "The file was not taken"
        "The file cannot be used as it is; nothing of it was kept. `errors` and `findings` say where and why."
        "Correct the file and send it again; `dry_run` tries without keeping anything."
        "Hãy sửa tệp và gửi lại; `dry_run` để thử mà không lưu gì.";
    PersonMismatch "person-mismatch" 422 "Name and birth date do not go with this number"
        "What is said of one of the persons does not agree with what the campaign has under the same personal number. What it has is not told."
        "Check the number, the given name and the birth date. If all are right, ask the school, the village or the commune's police to put the list right."
        "Hãy kiểm tra số định danh, tên và ngày sinh. Nếu đều đúng, hãy nhờ trường, thôn hoặc công an xã sửa lại danh sách.";
    NotEligible "not-eligible" 422 "Not for this person"
        "One of the persons cannot get this service on that day, by age, cohort or what they already have; `errors` says who and why."
        "Correct the person's data, or choose another service or day."
        "Hãy sửa thông tin người đăng ký, hoặc chọn dịch vụ hay ngày khác.";

    // The service.
    TooManyRequests "too-many-requests" 429 "Too many requests"
        "The caller is over its rate."
        "Wait as long as `Retry-After` says."
        "Hãy chờ số giây nêu trong `Retry-After`.";
    Internal "internal" 500 "Something broke on our side"
        "A fault in the service. It has been logged under the request id."
        "Try again later; if it stays, report the request id."
        "Hãy thử lại sau; nếu vẫn lỗi, hãy báo mã yêu cầu (request_id).";
    Busy "busy" 503 "Too busy just now"
        "More requests are waiting than can be answered in time. Nothing was changed."
        "Send the same request again after `Retry-After` seconds, with the same idempotency key."
        "Hãy gửi lại đúng yêu cầu này, cùng khóa, sau số giây nêu trong `Retry-After`.";
    Unavailable "unavailable" 503 "Not available just now"
        "Something the service needs, such as its database, cannot be reached."
        "Send the same request again after `Retry-After` seconds."
        "Hãy gửi lại đúng yêu cầu này sau số giây nêu trong `Retry-After`.";
    Timeout "timeout" 503 "It took too long"
        "The request was not answered in time. What it asked for may have been done or not."
        "Send the same request again with the same idempotency key, or look before you repeat."
        "Hãy gửi lại đúng yêu cầu này với cùng khóa, hoặc kiểm tra trước khi làm lại.";
}

impl Code {
    /// What clients switch on.
    pub fn slug(self) -> &'static str {
        self.entry().slug
    }

    /// The status it is always answered with.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem's `type`: an address on the same server that explains it, so that it holds wherever it is deployed.
    pub fn type_uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The code with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.slug() == slug)
    }

    /// What an error response that is not ours means.
    pub(crate) fn for_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            412 => Self::Stale,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::InvalidBody,
            429 => Self::TooManyRequests,
            503 => Self::Unavailable,
            400..=499 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What went wrong, from a closed list. Switch on this, not on the title or the status."))
            .enum_values(Some(Self::ALL.iter().map(|code| code.slug())))
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> std::borrow::Cow<'static, str> {
        "ProblemCode".into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_are_unique_and_kebab_case_and_statuses_are_errors() {
        let slugs: BTreeSet<_> = Code::ALL.iter().map(|code| code.slug()).collect();
        assert_eq!(slugs.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(
                code.slug()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}",
                code.slug()
            );
            assert!((400..600).contains(&code.entry().status), "{}", code.slug());
            assert_eq!(Code::from_slug(code.slug()), Some(*code));
        }
    }
}
