//! Numbers the different items of a long list: a hash table with open addressing that keeps only the numbers.
//! The caller keeps the items, in the order of their numbers. Takes a third of the memory of a `HashMap`.

/// The numbers of items by their hashes.
#[derive(Debug, Default)]
pub(super) struct NumberTable {
    /// The number of an item plus 1, or 0 for a free place. The length is a power of two.
    places: Vec<u32>,
}

impl NumberTable {
    /// The number of an item with this hash, among `count` items so far: one for which `is_it` returns `true`, or
    /// `count` if it is new; the caller must then append it. `hash_of` returns the hash of an item by its number.
    pub fn number(
        &mut self,
        hash: u64,
        count: usize,
        hash_of: impl Fn(usize) -> u64,
        is_it: impl Fn(usize) -> bool,
    ) -> usize {
        // At most two thirds of the places are in use.
        if self.places.len() * 2 <= (count + 1) * 3 {
            /// The fewest places.
            const PLACES_MIN: usize = 1 << 10;
            let length = ((count + 1) * 3).next_power_of_two().max(PLACES_MIN);
            self.places = Vec::new();
            self.places.resize(length, 0);
            for number in 0..count {
                let place = self.place(hash_of(number), |_| false);
                self.places[place] = number as u32 + 1;
            }
        }
        let place = self.place(hash, is_it);
        match self.places[place] {
            0 => {
                self.places[place] = count as u32 + 1;
                count
            }
            number => number as usize - 1,
        }
    }

    /// The place of an item: the one with its number, or the first free one.
    fn place(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> usize {
        /// Spreads hashes whose low bits are equal (Fibonacci hashing).
        const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
        let mask = self.places.len() - 1;
        let mut place = (hash.wrapping_mul(MULTIPLIER) >> u32::BITS) as usize & mask;
        while self.places[place] != 0 && !is_it(self.places[place] as usize - 1) {
            place = (place + 1) & mask;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::NumberTable;

    #[test]
    fn each_item_keeps_its_number() {
        let (mut table, mut items) = (NumberTable::default(), Vec::new());
        // Many hashes have equal low or high bits, and some are equal.
        let all: Vec<(u64, u32)> =
            (0..5_000_u32).map(|item| (u64::from(item % 70) << 32 | u64::from(item / 140), item)).collect();
        for round in 0..2 {
            for (expected, &(hash, item)) in all.iter().enumerate() {
                let hash_of = |number: usize| all[number].0;
                let number = table.number(hash, items.len(), hash_of, |number| items[number] == item);
                assert_eq!(number, expected, "round {round}");
                if number == items.len() {
                    items.push(item);
                }
            }
        }
        assert_eq!(items.len(), all.len());
    }
}
