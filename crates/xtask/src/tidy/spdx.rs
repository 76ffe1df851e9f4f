//! Licence expressions: `(MIT OR Apache-2.0) AND Unicode-3.0`, and the old `MIT/Apache-2.0`.
//!
//! Grammar: `any = all ("OR" | "/") all …`, `all = one "AND" one …`, `one = "(" any ")" | id ["WITH" id]`.

/// Whether a choice exists among what the expression offers such that `accepts` says yes to every licence chosen.
///
/// A licence with an exception is asked for as one: `Apache-2.0 WITH LLVM-exception`.
/// Errors name what could not be read; nothing unreadable is ever accepted.
pub(super) fn satisfiable(
    expression: &str,
    accepts: &dyn Fn(&str) -> bool,
) -> Result<bool, String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        accepts,
    };
    let answer = reader.any()?;
    match reader.words.first() {
        None => Ok(answer),
        Some(word) => Err(format!("unexpected `{word}` in `{expression}`")),
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    accepts: &'a dyn Fn(&str) -> bool,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<bool, String> {
        let mut answer = self.all()?;
        while self.take("OR") {
            // Not `answer || …`: the rest has to be read in any case.
            answer |= self.all()?;
        }
        Ok(answer)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut answer = self.one()?;
        while self.take("AND") {
            answer &= self.one()?;
        }
        Ok(answer)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let answer = self.any()?;
            return if self.take(")") {
                Ok(answer)
            } else {
                Err("a parenthesis is not closed".to_owned())
            };
        }
        let licence = self.identifier()?;
        if self.take("WITH") {
            let exception = self.identifier()?;
            return Ok((self.accepts)(&format!("{licence} WITH {exception}")));
        }
        Ok((self.accepts)(licence))
    }

    fn identifier(&mut self) -> Result<&'a str, String> {
        let (word, rest) = self.words.split_first().ok_or("a licence is missing")?;
        if matches!(*word, "OR" | "AND" | "WITH" | "(" | ")") {
            return Err(format!("a licence is missing before `{word}`"));
        }
        self.words = rest;
        Ok(word)
    }

    fn take(&mut self, expected: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if *word == expected => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::satisfiable;

    #[track_caller]
    fn check(expression: &str, expected: Option<bool>) {
        let accepts =
            |licence: &str| matches!(licence, "MIT" | "Zlib" | "Apache-2.0 WITH LLVM-exception");
        assert_eq!(
            satisfiable(expression, &accepts).ok(),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn one_of_several_is_enough() {
        check("MIT", Some(true));
        check("GPL-3.0", Some(false));
        check("GPL-3.0 OR MIT", Some(true));
        check("GPL-3.0/MIT", Some(true));
        check("MIT / GPL-3.0", Some(true));
        check("GPL-3.0 OR AGPL-3.0", Some(false));
    }

    #[test]
    fn all_of_several_are_needed() {
        check("MIT AND Zlib", Some(true));
        check("MIT AND GPL-3.0", Some(false));
        check("(GPL-3.0 OR MIT) AND Zlib", Some(true));
        check("(GPL-3.0 OR MIT) AND AGPL-3.0", Some(false));
    }

    #[test]
    fn and_binds_closer_than_or() {
        check("MIT OR GPL-3.0 AND AGPL-3.0", Some(true));
        check("GPL-3.0 AND MIT OR AGPL-3.0", Some(false));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        check("Apache-2.0 WITH LLVM-exception", Some(true));
        check("Apache-2.0", Some(false));
        check("MIT WITH LLVM-exception", Some(false));
    }

    #[test]
    fn what_cannot_be_read_is_not_accepted() {
        for broken in [
            "", "MIT OR", "(MIT", "MIT)", "MIT Zlib", "OR MIT", "MIT WITH",
        ] {
            check(broken, None);
        }
    }
}
