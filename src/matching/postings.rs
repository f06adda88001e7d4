//! What each feature says of each class, four bytes apiece: the class in as many low bits as the classes need, the weight as a
//! fixed-point number in the rest. With a thousand classes a weight has 22 bits, with a million 12.

use super::lists::Weighted;

/// For each feature the classes that it says something about, in rising order.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// Where each feature's start; one more at the end.
    starts: Vec<u32>,
    packed: Vec<u32>,
    /// How many bits a class has.
    class_bits: u32,
    /// What the least bit of a weight stands for.
    unit: f32,
}

impl Postings {
    /// Packs lists of so many classes. `largest` is the largest weight in them, by its absolute value.
    pub fn new(lists: impl Iterator<Item = impl Iterator<Item = Weighted>>, classes: usize, largest: f32) -> Self {
        let class_bits = usize::BITS - classes.saturating_sub(1).leading_zeros();
        // The sign takes one bit more; a float has no more than 24 to fill the rest with.
        let steps = (1_u32 << (31 - class_bits).min(f32::MANTISSA_DIGITS - 1)) - 1;
        let unit = largest.max(f32::MIN_POSITIVE) / steps as f32;
        let mut packed = Vec::new();
        let mut starts = vec![0];
        for list in lists {
            packed.extend(list.map(|(class, weight)| ((weight / unit).round() as i32 as u32) << class_bits | class));
            starts.push(packed.len() as u32);
        }
        starts.shrink_to_fit();
        packed.shrink_to_fit();
        Self { starts, packed, class_bits, unit }
    }

    /// The classes of a feature, and its weight for each.
    pub fn get(&self, feature: usize) -> impl Iterator<Item = Weighted> {
        self.packed_of(feature).iter().map(|&packed| (self.class(packed), self.weight(packed)))
    }

    /// How many classes a feature says something about.
    pub fn count(&self, feature: usize) -> usize {
        self.packed_of(feature).len()
    }

    /// The weight of a feature for a class.
    pub fn of(&self, feature: usize, class: u32) -> f32 {
        let packed = self.packed_of(feature);
        packed.binary_search_by_key(&class, |&packed| self.class(packed)).map_or(0.0, |at| self.weight(packed[at]))
    }

    /// All that there is, for writing: starts, packed postings, the least weight's worth.
    pub fn parts(&self) -> (&[u32], &[u32], f32) {
        (&self.starts, &self.packed, self.unit)
    }

    /// Postings of such parts; none if they do not fit together or name a class that is not there.
    pub fn of_parts(starts: Vec<u32>, packed: Vec<u32>, unit: f32, classes: usize) -> Option<Self> {
        let class_bits = usize::BITS - classes.saturating_sub(1).leading_zeros();
        let postings = Self { starts, packed, class_bits, unit };
        let (first, last) = (postings.starts.first()?, postings.starts.last()?);
        let fit = *first == 0 && postings.starts.is_sorted() && *last as usize == postings.packed.len();
        let known = || postings.packed.iter().all(|&packed| (postings.class(packed) as usize) < classes);
        (fit && class_bits < u32::BITS && known()).then_some(postings)
    }

    fn packed_of(&self, feature: usize) -> &[u32] {
        &self.packed[self.starts[feature] as usize..self.starts[feature + 1] as usize]
    }

    fn class(&self, packed: u32) -> u32 {
        packed & ((1 << self.class_bits) - 1)
    }

    fn weight(&self, packed: u32) -> f32 {
        (packed as i32 >> self.class_bits) as f32 * self.unit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_there_within_a_thousandth_of_the_largest(
            lists in prop::collection::vec(prop::collection::btree_map(0..1_000_000_u32, -3.0..3.0_f32, 0..9), 0..9),
            classes in prop::sample::select(&[0, 1, 2, 10, 1_000_000][..]),
        ) {
            let fits = |&(class, _): &(u32, f32)| class < classes;
            let lists: Vec<Vec<Weighted>> =
                lists.into_iter().map(|list| list.into_iter().filter(fits).collect()).collect();
            let largest = lists.iter().flatten().fold(0.0, |largest: f32, (_, weight)| largest.max(weight.abs()));
            let postings = Postings::new(lists.iter().map(|list| list.iter().copied()), classes as usize, largest);
            for (feature, list) in lists.iter().enumerate() {
                let read: Vec<Weighted> = postings.get(feature).collect();
                prop_assert_eq!(read.len(), list.len());
                for ((class, weight), &(of, was)) in read.into_iter().zip(list) {
                    prop_assert!(class == of && (weight - was).abs() <= largest / 1_000.0, "{weight} for {was}");
                    prop_assert_eq!(postings.of(feature, class), weight);
                }
            }
        }
    }
}
