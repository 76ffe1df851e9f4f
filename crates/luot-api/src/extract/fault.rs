//! From an error of deserialization to a place in the input and a sentence.

use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// Adds what serde says is wrong, with a pointer to where.
pub(super) fn add(problem: Problem, path: &Path, message: &str) -> Problem {
    // "… at line 1 column 17" says nothing to a program that made the body from objects.
    let message = message.split(" at line ").next().unwrap_or(message);
    let (code, member, vi) = classify(message);
    let mut pointer = pointer_of(path);
    if let Some(member) = member
        && !pointer.ends_with(&format!("/{}", escape(member)))
    {
        pointer = format!("{pointer}/{}", escape(member));
    }
    problem.error(pointer, code, sentence(&without_value(message)), vi)
}

/// The message without what was sent, which may be a name or a number: what is refused is
/// shown to people, and kept by those who look for faults.
fn without_value(message: &str) -> String {
    const SAYS: [&str; 4] = [
        "invalid type: ",
        "invalid value: ",
        "unknown variant ",
        "unknown field ",
    ];
    if !SAYS.iter().any(|says| message.starts_with(says)) {
        return message.to_owned();
    }
    // The value may say anything; what is expected says the program, and comes last.
    let (sent, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let kind = sent.split(['"', '`']).next().unwrap_or(sent).trim_end();
    match expected {
        "" => kind.to_owned(),
        expected => format!("{kind}, expected {expected}"),
    }
}

/// The code, the member that the message names and the path does not, and the Vietnamese.
fn classify(message: &str) -> (&'static str, Option<&str>, &'static str) {
    if let Some(member) = message.strip_prefix("missing field `") {
        return ("required", member.split('`').next(), "Thiếu trường này.");
    }
    if message.starts_with("unknown field") {
        return (
            "unknown-member",
            None,
            "Trường này không có trong tài liệu.",
        );
    }
    if let Some(member) = message.strip_prefix("duplicate field `") {
        return (
            "doubled-member",
            member.split('`').next(),
            "Trường này xuất hiện hai lần.",
        );
    }
    if message.starts_with("invalid type") {
        return ("wrong-type", None, "Sai kiểu dữ liệu.");
    }
    ("invalid-value", None, "Giá trị không hợp lệ.")
}

fn pointer_of(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&escape(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// RFC 6901, 3.
fn escape(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::without_value;

    #[test]
    fn what_was_sent_is_not_said_again() {
        for (message, said) in [
            (
                r#"invalid type: string "Mẫu, expected x", expected a map"#,
                "invalid type: string, expected a map",
            ),
            (
                "invalid type: integer `900`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                "invalid type: null, expected u8",
                "invalid type: null, expected u8",
            ),
            (
                "unknown variant `Mẫu`, expected `a` or `b`",
                "unknown variant, expected `a` or `b`",
            ),
            ("unknown field `Mẫu`, there are no fields", "unknown field"),
            ("missing field `name`", "missing field `name`"),
        ] {
            assert_eq!(without_value(message), said, "{message}");
        }
    }
}
