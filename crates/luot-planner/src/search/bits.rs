//! Sets of cells as words of 64 bits.

/// The bits of a word from this one up.
pub(crate) const fn from(bit: usize) -> u64 {
    u64::MAX << (bit % 64)
}

/// The bits of a word below this one.
pub(crate) const fn below(bit: usize) -> u64 {
    (1 << (bit % 64)) - 1
}

/// Whether a cell is in a set.
pub(crate) fn has(words: &[u64], cell: usize) -> bool {
    words[cell / 64] >> (cell % 64) & 1 == 1
}

pub(crate) fn set(words: &mut [u64], cell: usize) {
    words[cell / 64] |= 1 << (cell % 64);
}

pub(crate) fn clear(words: &mut [u64], cell: usize) {
    words[cell / 64] &= !(1 << (cell % 64));
}

/// The last cell of a set before this one.
pub(crate) fn last_before(words: &[u64], cell: usize) -> Option<usize> {
    let mut w = cell / 64;
    let mut word = words[w] & below(cell);
    loop {
        if word != 0 {
            return Some(w * 64 + 63 - word.leading_zeros() as usize);
        }
        w = w.checked_sub(1)?;
        word = words[w];
    }
}

/// The first cell of a set after this one.
pub(crate) fn first_after(words: &[u64], cell: usize) -> Option<usize> {
    let mut w = cell / 64;
    let mut word = words[w] & (from(cell) << 1);
    loop {
        if word != 0 {
            return Some(w * 64 + word.trailing_zeros() as usize);
        }
        w += 1;
        word = *words.get(w)?;
    }
}

/// The place of the n-th bit of a word, counted from 0; the word has more than n bits.
pub(crate) fn nth(mut word: u64, n: usize) -> usize {
    (0..n).for_each(|_| word &= word - 1);
    word.trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_set_are_found_across_words() {
        let mut words = vec![0; 3];
        for cell in [0, 63, 64, 130] {
            set(&mut words, cell);
        }
        assert_eq!(first_after(&words, 0), Some(63));
        assert_eq!(first_after(&words, 63), Some(64));
        assert_eq!(first_after(&words, 64), Some(130));
        assert_eq!(first_after(&words, 130), None);
        assert_eq!(last_before(&words, 130), Some(64));
        assert_eq!(last_before(&words, 64), Some(63));
        assert_eq!(last_before(&words, 0), None);
    }
}
