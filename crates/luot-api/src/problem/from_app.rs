//! From what a use case says to what the client reads: one exhaustive `match` a kind.

use chrono::{DateTime, Utc};
use luot_app::{
    Error,
    error::{Conflict, Forbidden, Invalid, Refused, StoreError},
};
use luot_domain::{
    booking::{Refusal, alternatives::Candidate},
    finding::Note,
};
use serde::Serialize;
use uuid::Uuid;

use super::{Code, Problem, ineligible::ineligible};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthorized => Code::Unauthorized.into(),
            Error::Forbidden => Code::Forbidden.into(),
            Error::NotFound(what) => nothing(what),
            Error::Stale => Code::Stale.into(),
            Error::PlanStale => Code::PlanStale.into(),
            Error::Invalid(what, notes) => invalid(what, notes),
            Error::Booking {
                refusal,
                alternatives,
            } => refused(&refusal, &alternatives),
            Error::State(what) => forbidden(what),
            Error::KeyReused => Code::IdempotencyKeyReused.into(),
            Error::InProgress => Code::InProgress.into(),
            Error::SignIn(Refused::Wrong) => Code::SignInRefused.into(),
            Error::SignIn(Refused::SecondFactorNeeded) => Code::SecondFactorRequired.into(),
            Error::SignIn(Refused::NewPasswordNeeded) => Code::PasswordChangeRequired.into(),
            Error::SignIn(Refused::SetUpNeeded) => Code::SecondFactorSetupRequired.into(),
            Error::SignIn(Refused::Abroad) => Code::ZaloAbroad.into(),
            Error::Limited(seconds) => Self::new(Code::TooManyRequests).retry_after(seconds),
            Error::Outside => Code::Unavailable.into(),
            Error::Busy => Code::Busy.into(),
            Error::Crowded => Self::new(Code::Busy).detail(
                "As many screens and phones follow here as this server can serve. Look at the line now and then, or \
                 try again later.",
                "Máy chủ này đã phục vụ đủ số màn hình và điện thoại theo dõi. Thỉnh thoảng xem lại hàng chờ, \
                 hoặc thử lại sau.",
            ),
            Error::Store(error) => store(error),
            Error::Bug(_) => Self::internal(error),
        }
    }
}

fn nothing(what: &'static str) -> Problem {
    let vi = match what {
        "campaign" => "đợt cao điểm",
        "plan" => "kế hoạch",
        "session" => "buổi làm việc",
        "window" => "khung giờ",
        "site" => "điểm thu nhận",
        "machine" => "máy",
        "shift" => "ca",
        "cohort" => "lớp, thôn hoặc tổ",
        "appointment" => "lịch hẹn",
        "way to sign in" => "cách đăng nhập",
        "station" => "bàn máy",
        "ticket" => "số thứ tự",
        "call" => "lượt gọi",
        "hold" => "chỗ đang giữ",
        "waitlist entry" => "lượt chờ",
        "offer" => "lời mời",
        "child" => "trẻ",
        "request" => "yêu cầu",
        "legal hold" => "lệnh lưu giữ",
        "member of staff" => "cán bộ",
        "sign-in" => "lần đăng nhập",
        _ => "mục",
    };
    Problem::new(Code::NotFound).detail(
        format!("There is no such {what}, or it is not yours to know of."),
        format!("Không có {vi} này, hoặc bạn không được xem."),
    )
}

fn invalid(what: Invalid, notes: Vec<Note>) -> Problem {
    let code = match what {
        Invalid::Input => Code::InvalidBody,
        Invalid::Instance => Code::InvalidInstance,
        Invalid::Plan => Code::InvalidPlan,
        Invalid::Import => Code::ImportRefused,
    };
    notes.into_iter().fold(code.into(), |problem, note| {
        problem.error(note.pointer, note.code, note.en, note.vi)
    })
}

fn forbidden(what: Forbidden) -> Problem {
    match what {
        Forbidden::PlanNotDraft => Code::PlanNotReady.into(),
        Forbidden::PlanWhatIf => Problem::new(Code::StateForbids).detail(
            "The plan was made with overrides: change the campaign, and plan again.",
            "Kế hoạch lập theo giả định; hãy sửa đợt rồi lập lại.",
        ),
        Forbidden::PlanNotRunning => Code::PlanNotCancellable.into(),
        Forbidden::NothingPublished => Problem::new(Code::StateForbids).detail(
            "Nothing is published in this campaign yet.",
            "Đợt này chưa công bố kế hoạch nào.",
        ),
        Forbidden::PlansRunning => Problem::new(Code::StateForbids).detail(
            "Too many plans are being made for this campaign; wait for them, or cancel one.",
            "Đang lập quá nhiều kế hoạch cho đợt này; hãy đợi hoặc hủy bớt.",
        ),
        Forbidden::CodeTaken => code_taken(),
        Forbidden::SessionFull => Code::SessionFull.into(),
        Forbidden::NoCardMachine => Code::NoCardMachine.into(),
        Forbidden::NotTheDay
        | Forbidden::OtherSession
        | Forbidden::StationClosed
        | Forbidden::MachineTaken
        | Forbidden::CallOver
        | Forbidden::NotParked
        | Forbidden::NotWaiting => {
            let (en, vi) = forbidden_today(what);
            Problem::new(Code::StateForbids).detail(en, vi)
        }
        Forbidden::SomebodyElse => Problem::new(Code::CampaignConflict).detail(
            "Somebody is known under this name, birth date and phone already: ask staff whether they are the same.",
            "Đã có người với họ tên, ngày sinh và số điện thoại này; hãy hỏi cán bộ xem có phải cùng một người.",
        ),
        Forbidden::InUse => Problem::new(Code::CampaignConflict).detail(
            "It is in use; change or retire what uses it first.",
            "Đang được dùng; hãy sửa hoặc ngừng phần đang dùng nó trước.",
        ),
    }
}

/// What a state forbids on the day.
fn forbidden_today(what: Forbidden) -> (&'static str, &'static str) {
    match what {
        Forbidden::NotTheDay => (
            "It is not this session's day, or its line is closed.",
            "Không phải ngày của buổi này, hoặc buổi đã kết thúc.",
        ),
        Forbidden::OtherSession => (
            "The appointment is in another session; look it up by its code.",
            "Lịch hẹn này thuộc buổi khác; hãy tra cứu theo mã.",
        ),
        Forbidden::StationClosed => (
            "The station is closed; open another.",
            "Bàn máy đã đóng; hãy mở bàn khác.",
        ),
        Forbidden::MachineTaken => (
            "The machine is at work at another station of this session, or none is free.",
            "Máy đang dùng ở bàn khác trong buổi này, hoặc không còn máy trống.",
        ),
        Forbidden::CallOver => (
            "The call has ended otherwise: read it again.",
            "Lượt gọi đã kết thúc theo cách khác; hãy tải lại.",
        ),
        Forbidden::NotParked => (
            "The ticket is not set aside.",
            "Số thứ tự này không ở trạng thái tạm gác.",
        ),
        Forbidden::NotWaiting => (
            "The ticket has been called, or its turn is over.",
            "Số thứ tự này đã được gọi hoặc đã xong lượt.",
        ),
        _ => (
            "Its state forbids it.",
            "Trạng thái hiện tại không cho phép.",
        ),
    }
}

fn code_taken() -> Problem {
    Problem::new(Code::CampaignConflict)
        .detail(
            "Another part of the campaign has this code, perhaps a retired one.",
            "Mã này đã được dùng trong đợt, có thể bởi mục đã ngừng.",
        )
        .error("/code", "taken", "This code is taken.", "Mã này đã có.")
}

fn store(error: StoreError) -> Problem {
    match error {
        StoreError::Busy(_) | StoreError::Raced => Problem::new(Code::Busy).caused_by(error),
        StoreError::Unavailable(_) => Problem::new(Code::Unavailable).caused_by(error),
        StoreError::Stale => Code::Stale.into(),
        StoreError::Conflict(Conflict::PartCode) => code_taken(),
        StoreError::Conflict(Conflict::LiveAppointment) => Code::AlreadyBooked.into(),
        StoreError::Conflict(Conflict::Waiting) => Code::AlreadyWaiting.into(),
        StoreError::Conflict(Conflict::PublishedPlan) => Code::PlanStale.into(),
        StoreError::Conflict(Conflict::FirstAnswer) => Code::InProgress.into(),
        StoreError::Conflict(Conflict::Person | Conflict::Other)
        | StoreError::Bug(_)
        | StoreError::Missing(_) => Problem::internal(error),
    }
}

fn refused(refusal: &Refusal, alternatives: &[Candidate]) -> Problem {
    match refusal {
        Refusal::ConsentRequired => Problem::new(Code::InvalidBody).error(
            "/consent",
            "consent-required",
            "Name the version of the text that was agreed to: without it these people's data is not stored.",
            "Cần nêu phiên bản văn bản đã đồng ý; nếu không, dữ liệu sẽ không được lưu.",
        ),
        Refusal::WindowUnknown => nothing("window"),
        Refusal::HoldUnknown => nothing("hold"),
        Refusal::HoldExpired => Code::HoldExpired.into(),
        Refusal::OfferExpired => Code::OfferExpired.into(),
        Refusal::HoldsSpent {
            most,
            retry_seconds,
        } => Problem::new(Code::TooManyRequests)
            .detail(
                format!("At most {most} places are held at a time; use or give back those you hold."),
                format!("Chỉ được giữ tối đa {most} chỗ cùng lúc; hãy dùng hoặc trả lại chỗ đang giữ."),
            )
            .retry_after(*retry_seconds),
        Refusal::WindowClosed => Code::WindowClosed.into(),
        Refusal::WindowPast => Code::WindowPast.into(),
        Refusal::WindowFull {
            needed,
            needed_cards,
            ..
        } => Problem::new(Code::WindowFull)
            .detail(
                format!(
                    "It has no places for {needed} people, {needed_cards} of them for a card; see `alternatives`."
                ),
                format!(
                    "Không đủ chỗ cho {needed} người (trong đó {needed_cards} người làm thẻ); xem `alternatives`."
                ),
            )
            .with("alternatives", told(alternatives)),
        Refusal::AlreadyBooked(persons) => each(
            Code::AlreadyBooked,
            persons,
            "already-booked",
            "This person has an appointment already.",
            "Người này đã có lịch hẹn.",
        ),
        // Of whom is not told: whoever guesses would learn that number by number.
        Refusal::PersonMismatch(_) => Problem::new(Code::PersonMismatch).error(
            "/persons",
            "person-mismatch",
            "Number, name and birth date of one of these people do not go together.",
            "Số định danh, họ tên và ngày sinh của một trong những người này không khớp nhau.",
        ),
        Refusal::NamedTwice(persons) => each(
            Code::InvalidBody,
            persons,
            "named-twice",
            "This person was named before.",
            "Người này đã được nêu ở trên.",
        ),
        Refusal::NotEligible(persons) => {
            persons
                .iter()
                .fold(Code::NotEligible.into(), |problem, (i, why)| {
                    let (code, en, vi) = ineligible(why);
                    problem.error(format!("/persons/{i}"), code, en, vi)
                })
        }
        Refusal::CohortUnknown(i) => Problem::new(Code::InvalidBody).error(
            format!("/persons/{i}/cohort_id"),
            "unknown-cohort",
            "There is no such cohort in this campaign.",
            "Đợt này không có lớp, thôn hoặc tổ đó.",
        ),
        Refusal::PartyTooLarge { most } => Problem::new(Code::InvalidBody).error(
            "/persons",
            "party-too-large",
            format!("At most {most} people book together in this campaign."),
            format!("Đợt này cho đặt cùng lúc tối đa {most} người."),
        ),
        Refusal::StateForbids(state) => Problem::new(Code::StateForbids).detail(
            format!("The appointment is {state}."),
            format!("Lịch hẹn đang ở trạng thái {state}."),
        ),
        Refusal::OtherCampaign => Problem::new(Code::InvalidBody).error(
            "/window_id",
            "other-campaign",
            "This window belongs to another campaign.",
            "Khung giờ này thuộc đợt khác.",
        ),
        Refusal::AppointmentUnknown(_) => nothing("appointment"),
    }
}

/// A window somebody could have instead.
#[derive(Serialize)]
struct Alternative {
    window_id: Uuid,
    site_id: Uuid,
    starts_at: DateTime<Utc>,
    places_left: i32,
}

fn told(alternatives: &[Candidate]) -> Vec<Alternative> {
    let one = |it: &Candidate| Alternative {
        window_id: it.window_id,
        site_id: it.site_id,
        starts_at: it.starts_at,
        places_left: it.places_left,
    };
    alternatives.iter().map(one).collect()
}

fn each(
    code: Code,
    persons: &[usize],
    fault: &'static str,
    en: &'static str,
    vi: &'static str,
) -> Problem {
    persons.iter().fold(code.into(), |problem, i| {
        problem.error(format!("/persons/{i}"), fault, en, vi)
    })
}

#[cfg(test)]
mod tests {
    use luot_domain::booking::Ineligible;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{locale::Locale, problem::Occasion};

    /// The status, the code, and the pointers and codes of what is wrong.
    fn check(error: Error, expect: (u16, &str, &[(&str, &str)])) {
        let shown = format!("{error:?}");
        let problem = Problem::from(error);
        for locale in [Locale::En, Locale::Vi] {
            let occasion = Occasion {
                instance: "/".into(),
                request_id: "1".into(),
                locale,
            };
            let body = problem.body(&occasion);
            let errors: Vec<_> = body.errors.iter().map(|it| (it.pointer, it.code)).collect();
            let got = (body.status, body.code.slug(), errors.as_slice());
            assert_eq!(got, expect, "{shown}");
            assert!(body.errors.iter().all(|it| !it.detail.is_empty()));
        }
    }

    fn booking(refusal: Refusal) -> Error {
        refusal.into()
    }

    #[test]
    fn every_error_has_its_code() {
        check(Error::Unauthorized, (401, "unauthorized", &[]));
        check(Error::Forbidden, (403, "forbidden", &[]));
        check(Error::NotFound("site"), (404, "not-found", &[]));
        check(Error::Stale, (412, "stale", &[]));
        check(
            Error::SignIn(Refused::SetUpNeeded),
            (403, "second-factor-setup-required", &[]),
        );
        check(Error::PlanStale, (412, "plan-stale", &[]));
        check(Error::KeyReused, (422, "idempotency-key-reused", &[]));
        check(Error::Busy, (503, "busy", &[]));
        check(Error::Crowded, (503, "busy", &[]));
        check(Error::Bug("x".into()), (500, "internal", &[]));
        check(Error::Store(StoreError::Busy(None)), (503, "busy", &[]));
        check(
            Error::Store(StoreError::Missing("x")),
            (500, "internal", &[]),
        );
        check(
            Error::Store(StoreError::Conflict(Conflict::PartCode)),
            (409, "campaign-conflict", &[("/code", "taken")]),
        );
        let notes = |what| Error::Invalid(what, vec![Note::new("/a", "b", "c", "d")]);
        for (what, code) in [
            (Invalid::Input, "invalid-body"),
            (Invalid::Instance, "invalid-instance"),
            (Invalid::Plan, "invalid-plan"),
            (Invalid::Import, "import-refused"),
        ] {
            check(notes(what), (422, code, &[("/a", "b")]));
        }
        for (what, code) in [
            (Forbidden::PlanNotDraft, "plan-not-ready"),
            (Forbidden::PlanNotRunning, "plan-not-cancellable"),
            (Forbidden::NothingPublished, "state-forbids"),
            (Forbidden::PlanWhatIf, "state-forbids"),
            (Forbidden::PlansRunning, "state-forbids"),
            (Forbidden::InUse, "campaign-conflict"),
            (Forbidden::SomebodyElse, "campaign-conflict"),
            (Forbidden::SessionFull, "session-full"),
            (Forbidden::NoCardMachine, "no-card-machine"),
            (Forbidden::NotTheDay, "state-forbids"),
        ] {
            check(Error::State(what), (409, code, &[]));
        }
    }

    #[test]
    fn every_refusal_says_who_and_why() {
        check(booking(Refusal::WindowUnknown), (404, "not-found", &[]));
        check(booking(Refusal::WindowClosed), (409, "window-closed", &[]));
        check(booking(Refusal::WindowPast), (409, "window-past", &[]));
        check(
            booking(Refusal::AlreadyBooked(vec![1])),
            (409, "already-booked", &[("/persons/1", "already-booked")]),
        );
        check(
            booking(Refusal::PersonMismatch(vec![1])),
            (422, "person-mismatch", &[("/persons", "person-mismatch")]),
        );
        check(
            booking(Refusal::ConsentRequired),
            (422, "invalid-body", &[("/consent", "consent-required")]),
        );
        check(
            booking(Refusal::NamedTwice(vec![2])),
            (422, "invalid-body", &[("/persons/2", "named-twice")]),
        );
        check(
            booking(Refusal::NotEligible(vec![
                (0, Ineligible::TooYoung { age: 3, from: 6 }),
                (2, Ineligible::NotBorn),
                (3, Ineligible::TooOld { age: 20, under: 14 }),
                (4, Ineligible::NoService),
            ])),
            (
                422,
                "not-eligible",
                &[
                    ("/persons/0", "too-young"),
                    ("/persons/2", "not-born"),
                    ("/persons/3", "too-old"),
                    ("/persons/4", "no-service"),
                ],
            ),
        );
        check(
            booking(Refusal::CohortUnknown(1)),
            (
                422,
                "invalid-body",
                &[("/persons/1/cohort_id", "unknown-cohort")],
            ),
        );
        check(
            booking(Refusal::PartyTooLarge { most: 10 }),
            (422, "invalid-body", &[("/persons", "party-too-large")]),
        );
        check(
            booking(Refusal::StateForbids("cancelled")),
            (409, "state-forbids", &[]),
        );
        check(
            booking(Refusal::OtherCampaign),
            (422, "invalid-body", &[("/window_id", "other-campaign")]),
        );
        check(
            booking(Refusal::AppointmentUnknown(Uuid::nil())),
            (404, "not-found", &[]),
        );
    }

    #[test]
    fn a_full_window_names_others() {
        let other = Candidate {
            window_id: Uuid::from_u128(1),
            site_id: Uuid::from_u128(2),
            starts_at: chrono::DateTime::UNIX_EPOCH,
            places_left: 3,
            card_places_left: 0,
        };
        let problem = Problem::from(Error::Booking {
            refusal: Refusal::WindowFull {
                needed: 2,
                needed_cards: 0,
                cohorts: vec![],
            },
            alternatives: vec![other],
        });
        let occasion = Occasion {
            instance: "/".into(),
            request_id: "1".into(),
            locale: Locale::En,
        };
        assert_eq!(
            serde_json::to_value(problem.body(&occasion)).unwrap_or_default()["alternatives"],
            json!([{
                "window_id": Uuid::from_u128(1), "site_id": Uuid::from_u128(2),
                "starts_at": "1970-01-01T00:00:00Z", "places_left": 3
            }])
        );
    }
}
