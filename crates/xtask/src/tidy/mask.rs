//! Blanks the comments and literals of Rust source, so that a word in a sentence is not taken for code.
//!
//! Not a lexer: it knows comments, strings (also raw ones), and characters apart from lifetimes. That is enough here.

/// The same text with blanks for what is in comments and literals; lines and their numbers stay.
pub(super) fn mask(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut masked = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            masked.extend(
                chars[at..end]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        } else {
            masked.push(chars[at]);
            at += 1;
        }
    }
    masked
}

/// Where the comment or literal that begins at `at` ends; `at` when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied();
    match (chars[at], next(1)) {
        ('/', Some('/')) => find(chars, at, |c| c == '\n'),
        ('/', Some('*')) => block_comment_end(chars, at),
        ('"', _) => quoted_end(chars, at, '"'),
        ('r', Some('"' | '#')) if !within_word(chars, at) => {
            raw_string_end(chars, at).unwrap_or(at)
        }
        // `'a'`, `'\n'`, but not the lifetime in `&'a str`.
        ('\'', Some('\\')) => quoted_end(chars, at, '\''),
        ('\'', Some(_)) if next(2) == Some('\'') => at + 3,
        _ => at,
    }
}

fn find(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    chars[from..]
        .iter()
        .position(|c| stop(*c))
        .map_or(chars.len(), |offset| from + offset)
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut index) = (0_usize, at);
    while index < chars.len() {
        match (chars[index], chars.get(index + 1)) {
            ('/', Some('*')) => (depth, index) = (depth + 1, index + 2),
            ('*', Some('/')) if depth == 1 => return index + 2,
            ('*', Some('/')) => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut index = at + 1;
    while index < chars.len() {
        match chars[index] {
            '\\' => index += 2,
            c if c == quote => return index + 1,
            _ => index += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#`, also after `b` or `c`; nothing for a raw identifier such as `r#type`.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let open = find(chars, at + 1, |c| c != '#');
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let hashes = open - at - 1;
    let closes = |index: &usize| {
        chars[*index] == '"'
            && chars[index + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    Some(
        (open + 1..chars.len())
            .find(closes)
            .map_or(chars.len(), |index| index + 1 + hashes),
    )
}

/// Whether the character before belongs to the same word; the prefixes of `br"…"` and `cr"…"` do not count.
fn within_word(chars: &[char], at: usize) -> bool {
    let is_word = |offset: usize| {
        let before = at.checked_sub(offset).map(|index| chars[index]);
        before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let prefixed = at > 0 && matches!(chars[at - 1], 'b' | 'c');
    if prefixed { is_word(2) } else { is_word(1) }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let masked = mask(source);
        let squeezed: Vec<&str> = masked.split_whitespace().collect();
        assert_eq!(squeezed.join(" "), expected);
        assert_eq!(
            masked.lines().count(),
            source.lines().count(),
            "the lines must stay where they are"
        );
    }

    #[test]
    fn comments_go_and_code_stays() {
        check("a // b\nc /* d /* e */ f */ g", "a c g");
        check("//! todo!()\nlet x = 1;", "let x = 1;");
    }

    #[test]
    fn strings_go_with_what_they_escape() {
        check(r#"f("a \" b", c)"#, "f( , c)");
        check("f(\"a\nb\") + 1", "f( ) + 1");
        check("let s = r#\"x \" // y\"#; z", "let s = ; z");
        check("let s = br\"x\\\"; z", "let s = b ; z");
    }

    #[test]
    fn characters_go_and_lifetimes_stay() {
        check(r"if c == '\'' || c == '/' { d }", "if c == || c == { d }");
        check(
            "fn f<'a>(x: &'a str) -> &'a str { x } // y",
            "fn f<'a>(x: &'a str) -> &'a str { x }",
        );
        check("let q = '\"'; g(\"h\")", "let q = ; g( )");
    }

    #[test]
    fn raw_identifiers_stay() {
        check("r#type.for_each(x)", "r#type.for_each(x)");
    }
}
