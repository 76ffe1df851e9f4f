//! Why it is somebody's turn, and why somebody waits, in words; and names as boards show them.

use serde::{Deserialize, Serialize};

use super::Instant;
use super::order::{Came, Ground, Window};
use crate::calendar::Zone;

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// What a ticket's place in the line rests on.
#[derive(Debug, Clone, Copy)]
pub struct Basis {
    /// How they came.
    pub came: Came,
    /// The appointment's window.
    pub window: Option<Window>,
    /// When they came.
    pub arrived_at: Instant,
    /// The ground of their credit.
    pub ground: Option<Ground>,
    /// How often they did not answer.
    pub misses: u32,
    /// Whether they were set aside.
    pub was_parked: bool,
    /// The effective time.
    pub effective_at: Instant,
}

impl Ground {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Elderly => ("người cao tuổi", "an elderly person"),
            Self::Disabled => ("người khuyết tật", "a disabled person"),
            Self::Pregnant => ("phụ nữ mang thai", "a pregnant woman"),
            Self::SmallChildren => ("người có con nhỏ", "somebody with small children"),
            Self::Displaced => (
                "người bị đổi lịch hẹn",
                "somebody whose appointment was moved",
            ),
        }
    }
}

/// What their place in the line rests on: the effective time, and where it comes from.
#[must_use]
pub fn basis(basis: &Basis, zone: Zone) -> Words {
    tell(basis, zone, true)
}

/// The same for everybody's eyes: that there is a credit, and not on which ground.
#[must_use]
pub fn public(basis: &Basis, zone: Zone) -> Words {
    tell(basis, zone, false)
}

fn tell(basis: &Basis, zone: Zone, grounds: bool) -> Words {
    let hour = |instant: Instant| zone.local(instant).format("%H:%M").to_string();
    let arrived = hour(basis.arrived_at);
    let (mut vi, mut en) = match (basis.came, basis.window) {
        (Came::Early | Came::OnTime, Some(window)) => {
            let window = format!("{}–{}", hour(window.starts_at), hour(window.ends_at));
            (
                format!("lịch hẹn {window}, đến lúc {arrived}"),
                format!("appointment {window}, came at {arrived}"),
            )
        }
        (Came::Late, Some(window)) => (
            format!("đến muộn lúc {arrived} (hẹn đến {})", hour(window.ends_at)),
            format!(
                "came late at {arrived} (appointment until {})",
                hour(window.ends_at)
            ),
        ),
        (Came::TooLate, _) => (
            format!("quá giờ hẹn, đến lúc {arrived}, xếp như người không hẹn"),
            format!("missed the appointment, came at {arrived}, counts as without one"),
        ),
        (Came::WalkIn, _) | (_, None) => (
            format!("không hẹn trước, đến lúc {arrived}"),
            format!("without an appointment, came at {arrived}"),
        ),
    };
    if let Some(ground) = basis.ground {
        let (ground_vi, ground_en) = ground.words();
        if grounds {
            vi.push_str(&format!("; ưu tiên {ground_vi}"));
            en.push_str(&format!("; priority as {ground_en}"));
        } else {
            vi.push_str("; được ưu tiên");
            en.push_str("; has priority");
        }
    }
    if basis.misses > 0 {
        vi.push_str(&format!("; {} lần gọi không có mặt", basis.misses));
        en.push_str(&format!("; did not answer {} calls", basis.misses));
    }
    if basis.was_parked {
        vi.push_str("; đã tạm gác");
        en.push_str("; was set aside");
    }
    let counts = hour(basis.effective_at);
    Words {
        vi: format!("Tính từ {counts}: {vi}."),
        en: format!("Counts from {counts}: {en}."),
    }
}

/// Why this ticket is called now, with so many left waiting behind it, and so many passed over
/// who need a card that the station does not issue.
#[must_use]
pub fn called(of: &Basis, behind: u64, passed: u64, zone: Zone) -> Words {
    let why = basis(of, zone);
    let (vi, en) = if passed > 0 {
        (
            format!(
                "Sớm nhất trong những lượt bàn này phục vụ được: {passed} lượt trước cần làm thẻ, chờ bàn khác; còn {behind} lượt sau."
            ),
            format!(
                "The earliest whom this station can serve: {passed} before need a card and wait for another; {behind} wait behind."
            ),
        )
    } else if behind == 0 {
        (
            "Không còn ai khác đang chờ.".into(),
            "Nobody else waits.".into(),
        )
    } else {
        (
            format!("Sớm nhất trong {} lượt đang chờ.", behind + 1),
            format!("The earliest of {} who wait.", behind + 1),
        )
    };
    Words {
        vi: format!("{vi} {}", why.vi),
        en: format!("{en} {}", why.en),
    }
}

/// The same, of somebody who needs a card while no station issues cards.
#[must_use]
pub fn without_cards(why: Words) -> Words {
    Words {
        vi: format!("{} Đang chờ máy làm được thẻ.", why.vi),
        en: format!("{} No machine that issues cards is at work.", why.en),
    }
}

/// A name as a public board shows it: initials, and the given name (the last word).
#[must_use]
pub fn masked(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let Some((given, before)) = words.split_last() else {
        return String::new();
    };
    if before.is_empty() {
        // A single word would be the whole name.
        return given.chars().take(1).chain(['.']).collect();
    }
    let initials: String = before
        .iter()
        .filter_map(|word| word.chars().next())
        .flat_map(|first| first.to_uppercase().chain(['.', ' ']))
        .collect();
    format!("{initials}{given}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        format!("2026-04-08T{text}Z").parse().unwrap_or_default()
    }

    #[test]
    fn a_reason_names_the_hours_of_the_place() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap_or_else(|e| unreachable!("{e}"));
        let of = Basis {
            came: Came::OnTime,
            window: Some(Window {
                starts_at: at("01:00:00"),
                ends_at: at("01:30:00"),
            }),
            arrived_at: at("01:05:00"),
            ground: Some(Ground::Elderly),
            misses: 1,
            was_parked: false,
            effective_at: at("00:30:00"),
        };
        assert_eq!(
            called(&of, 2, 0, zone),
            Words {
                vi: "Sớm nhất trong 3 lượt đang chờ. Tính từ 07:30: lịch hẹn 08:00–08:30, \
                     đến lúc 08:05; ưu tiên người cao tuổi; 1 lần gọi không có mặt."
                    .into(),
                en: "The earliest of 3 who wait. Counts from 07:30: appointment 08:00–08:30, \
                     came at 08:05; priority as an elderly person; did not answer 1 calls."
                    .into(),
            }
        );
        assert_eq!(
            public(&of, zone).en,
            "Counts from 07:30: appointment 08:00–08:30, came at 08:05; has priority; \
             did not answer 1 calls."
        );
        let passing = called(&of, 2, 1, zone).en;
        assert!(
            passing.starts_with(
                "The earliest whom this station can serve: 1 before need a card and wait for \
                 another; 2 wait behind. Counts from"
            ),
            "{passing}"
        );
        for came in Came::ALL {
            let alone = called(
                &Basis {
                    came,
                    window: None,
                    ..of
                },
                0,
                0,
                zone,
            );
            assert!(alone.en.starts_with("Nobody else waits."), "{alone:?}");
        }
    }

    #[test]
    fn a_board_shows_initials_and_the_given_name() {
        for (name, expect) in [
            ("Nguyễn Văn An", "N. V. An"),
            ("đỗ Ích", "Đ. Ích"),
            ("An", "A."),
            ("", ""),
        ] {
            assert_eq!(masked(name), expect);
        }
    }
}
