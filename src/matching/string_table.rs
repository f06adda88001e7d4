//! A list of short strings, concatenated in one allocation.
//! Ten thousand `String`s would use more memory for pointers and lengths than for letters.

/// The strings, numbered in the order of insertion.
#[derive(Debug, Default)]
pub(super) struct StringTable {
    text: String,
    /// The end of each string in `text`, in bytes.
    ends: Vec<u32>,
}

impl StringTable {
    /// Appends a string.
    pub fn push(&mut self, string: &str) {
        self.text.push_str(string);
        self.ends.push(self.text.len() as u32);
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string with this number.
    pub fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }

    /// The strings in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// The number of the first string that is not less than `string`. The strings must be sorted.
    pub fn lower_bound(&self, string: &str) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            if self.get(middle) < string { from = middle + 1 } else { to = middle }
        }
        from
    }

    /// The number of `string`, if the table contains it. The strings must be sorted.
    pub fn position(&self, string: &str) -> Option<usize> {
        let number = self.lower_bound(string);
        (number < self.len() && self.get(number) == string).then_some(number)
    }

    /// Whether the table contains `string`. The strings must be sorted.
    pub fn contains(&self, string: &str) -> bool {
        self.position(string).is_some()
    }
}

impl<S: AsRef<str>> FromIterator<S> for StringTable {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut collected = Self::default();
        for string in strings {
            collected.push(string.as_ref());
        }
        collected.text.shrink_to_fit();
        collected.ends.shrink_to_fit();
        collected
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::StringTable;

    proptest! {
        #[test]
        fn strings_are_stored_and_found(sorted in prop::collection::btree_set("[a-cé]{0,3}", 0..20), sought in "[a-cé]{0,3}") {
            let strings: StringTable = sorted.iter().collect();
            prop_assert!(strings.iter().eq(sorted.iter().map(String::as_str)));
            prop_assert_eq!(strings.len(), sorted.len());
            prop_assert_eq!(strings.contains(&sought), sorted.contains(&sought));
            prop_assert_eq!(strings.lower_bound(&sought), sorted.range::<String, _>(..&sought).count());
        }
    }
}
