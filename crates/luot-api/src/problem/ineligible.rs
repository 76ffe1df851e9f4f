//! Why somebody may not come, in words.

use std::borrow::Cow;

use luot_domain::booking::Ineligible;

type Words = Cow<'static, str>;

/// Its code, and in English and Vietnamese.
pub(super) fn ineligible(why: &Ineligible) -> (&'static str, Words, Words) {
    match why {
        Ineligible::NotBorn => (
            "not-born",
            "The birth date is after the day of the appointment.".into(),
            "Ngày sinh sau ngày hẹn.".into(),
        ),
        Ineligible::TooYoung { age, from } => (
            "too-young",
            format!("{age} years old on the day; this is from {from}.").into(),
            format!("{age} tuổi vào ngày hẹn; cần từ đủ {from} tuổi.").into(),
        ),
        Ineligible::TooOld { age, under } => (
            "too-old",
            format!("{age} years old on the day; this is for those under {under}.").into(),
            format!("{age} tuổi vào ngày hẹn; chỉ dành cho người dưới {under} tuổi.").into(),
        ),
        Ineligible::NoService => (
            "no-service",
            "This campaign does not have the service.".into(),
            "Đợt này không có dịch vụ đó.".into(),
        ),
    }
}
