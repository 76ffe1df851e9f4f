//! Names of communes, wards and townships, which one table writes with their kind and the next
//! without: `Xã Hoàng Văn Thụ`, `Hoàng Văn Thụ`.

use crate::text;

/// Kinds of unit as they stand before a name. With accents: `Xá Lượng` is a commune's name, and its
/// first word is no kind.
const KINDS: &[(&str, &str)] = &[
    ("thị trấn ", "thị trấn"),
    ("thị xã ", "thị xã"),
    ("thành phố ", "thành phố"),
    ("đặc khu ", "đặc khu"),
    ("phường ", "phường"),
    ("xã ", "xã"),
    ("tt. ", "thị trấn"),
    ("tt.", "thị trấn"),
    ("tt ", "thị trấn"),
    ("p. ", "phường"),
    ("p.", "phường"),
    ("x. ", "xã"),
    ("x.", "xã"),
];

/// A unit's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitName {
    /// Its kind, where the name says it.
    pub(crate) kind: Option<&'static str>,
    /// The rest, folded.
    pub(crate) bare: String,
}

impl UnitName {
    pub(crate) fn of(name: &str) -> UnitName {
        let lower = text::clean(name).to_lowercase();
        let (kind, rest) = KINDS
            .iter()
            .find_map(|(prefix, kind)| {
                lower
                    .strip_prefix(prefix)
                    .filter(|rest| !rest.is_empty())
                    .map(|rest| (Some(*kind), rest))
            })
            .unwrap_or((None, &lower));
        UnitName {
            kind,
            bare: text::words(rest),
        }
    }

    /// Whether both may name one unit: the same name, and no two different kinds.
    pub(crate) fn may_be(&self, other: &UnitName) -> bool {
        self.bare == other.bare
            && (self.kind == other.kind || self.kind.is_none() || other.kind.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_the_same_with_and_without_its_kind() {
        for (a, b, same) in [
            ("Xã Hoàng Văn Thụ", "Hoàng Văn Thụ", true),
            ("XÃ HÒA BÌNH", "Hoà Bình", true),
            ("TT. Bình Gia", "Thị trấn Bình Gia", true),
            ("Thị trấn Bình Gia", "Xã Bình Gia", false),
            ("Xã Xá Lượng", "Xá Lượng", true),
            ("Xá Lượng", "Lượng", false),
            ("Xã", "Xã", true),
        ] {
            assert_eq!(UnitName::of(a).may_be(&UnitName::of(b)), same, "{a} / {b}");
        }
    }
}
