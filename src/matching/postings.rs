//! Posting lists: for each feature, the classes that it supports or opposes, and its weight for each.
//! A posting takes three bytes (five in very large files): the class, and one byte for the weight on a log scale.

use std::ops::Range;

use super::sparse_matrix::IndexedWeight;

/// The number of magnitudes that a code distinguishes; the rest of the byte is the sign. If the smallest magnitude is a
/// hundredth of the largest, as after training, rounding changes a weight by at most 2 %.
const MAGNITUDES: usize = 128;

/// For each feature, the classes that it has a weight for, in ascending order.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// The index of each feature's first posting, and the number of postings at the end.
    starts: Vec<u32>,
    /// The class of each posting.
    classes: ClassIds,
    /// The weight of each posting, as a code of `scale`.
    codes: Vec<u8>,
    scale: LogScale,
}

/// The class numbers of postings, in as few bytes as the number of classes needs.
#[derive(Debug)]
pub(super) enum ClassIds {
    /// For at most 65,536 classes.
    Narrow(Vec<u16>),
    /// For more.
    Wide(Vec<u32>),
}

/// A quantisation of weights: [`MAGNITUDES`] values from the smallest to the largest, each the same factor above the
/// previous one, and their negatives.
#[derive(Debug)]
struct LogScale {
    smallest: f32,
    largest: f32,
    /// The weight of each code.
    weights: [f32; 2 * MAGNITUDES],
}

impl Default for ClassIds {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl ClassIds {
    /// An empty list of numbers below `classes`.
    pub fn of(classes: usize) -> Self {
        if classes <= 1 << u16::BITS { Self::Narrow(Vec::new()) } else { Self::Wide(Vec::new()) }
    }

    fn push(&mut self, class: u32) {
        match self {
            Self::Narrow(ids) => ids.push(class as u16),
            Self::Wide(ids) => ids.push(class),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(ids) => ids.len(),
            Self::Wide(ids) => ids.len(),
        }
    }

    fn shrink_to_fit(&mut self) {
        match self {
            Self::Narrow(ids) => ids.shrink_to_fit(),
            Self::Wide(ids) => ids.shrink_to_fit(),
        }
    }

    fn largest(&self) -> Option<u32> {
        match self {
            Self::Narrow(ids) => ids.iter().max().map(|&class| class.into()),
            Self::Wide(ids) => ids.iter().max().copied(),
        }
    }
}

impl Default for LogScale {
    fn default() -> Self {
        Self::new(1.0, 1.0)
    }
}

impl LogScale {
    fn new(smallest: f32, largest: f32) -> Self {
        let magnitude = |step: usize| smallest * (largest / smallest).powf(step as f32 / (MAGNITUDES - 1) as f32);
        let weight = |code| if code < MAGNITUDES { magnitude(code) } else { -magnitude(code - MAGNITUDES) };
        Self { smallest, largest, weights: std::array::from_fn(weight) }
    }

    /// The code of the nearest weight.
    fn code(&self, weight: f32) -> u8 {
        let share = (weight.abs() / self.smallest).ln() / (self.largest / self.smallest).ln();
        // If all weights are equal, `share` is NaN, which the cast turns into 0.
        let step = (share * (MAGNITUDES - 1) as f32).round().clamp(0.0, (MAGNITUDES - 1) as f32) as u8;
        if weight < 0.0 { step + MAGNITUDES as u8 } else { step }
    }

    fn weight(&self, code: u8) -> f32 {
        self.weights[code as usize]
    }
}

impl Postings {
    /// Encodes the weights of each feature for classes below `classes`. The absolute values must lie between
    /// `smallest`, which is greater than 0, and `largest`.
    pub fn new(
        features: impl Iterator<Item = impl Iterator<Item = IndexedWeight>>,
        classes: usize,
        smallest: f32,
        largest: f32,
    ) -> Self {
        let scale = LogScale::new(smallest, largest.max(smallest));
        let (mut starts, mut classes, mut codes) = (vec![0], ClassIds::of(classes), Vec::new());
        for postings in features {
            for (class, weight) in postings {
                classes.push(class);
                codes.push(scale.code(weight));
            }
            starts.push(codes.len() as u32);
        }
        starts.shrink_to_fit();
        classes.shrink_to_fit();
        codes.shrink_to_fit();
        Self { starts, classes, codes, scale }
    }

    /// Calls `visit` with each class of a feature and the feature's weight for it.
    pub fn for_each(&self, feature: usize, mut visit: impl FnMut(u32, f32)) {
        let range = self.range(feature);
        let weights = self.codes[range.clone()].iter().map(|&code| self.scale.weight(code));
        match &self.classes {
            ClassIds::Narrow(ids) => {
                ids[range].iter().zip(weights).for_each(|(&class, weight)| visit(class.into(), weight))
            }
            ClassIds::Wide(ids) => ids[range].iter().zip(weights).for_each(|(&class, weight)| visit(class, weight)),
        }
    }

    /// The number of classes that a feature has a weight for.
    pub fn count(&self, feature: usize) -> usize {
        self.range(feature).len()
    }

    /// The weight of a feature for a class, or 0 if there is no posting.
    pub fn weight(&self, feature: usize, class: u32) -> f32 {
        let range = self.range(feature);
        let found = match &self.classes {
            ClassIds::Narrow(ids) => ids[range.clone()].binary_search_by_key(&class, |&id| id.into()),
            ClassIds::Wide(ids) => ids[range.clone()].binary_search(&class),
        };
        found.map_or(0.0, |at| self.scale.weight(self.codes[range][at]))
    }

    /// The parts to serialise: starts, classes, codes, and the smallest and the largest magnitude.
    pub fn parts(&self) -> (&[u32], &ClassIds, &[u8], [f32; 2]) {
        (&self.starts, &self.classes, &self.codes, [self.scale.smallest, self.scale.largest])
    }

    /// Postings from deserialised parts. Returns `None` if the parts are inconsistent or contain a class that is not
    /// below `class_count`.
    pub fn from_parts(
        starts: Vec<u32>,
        classes: ClassIds,
        codes: Vec<u8>,
        [smallest, largest]: [f32; 2],
        class_count: usize,
    ) -> Option<Self> {
        let (first, last) = (*starts.first()?, *starts.last()? as usize);
        let consistent = first == 0 && starts.is_sorted() && last == classes.len() && last == codes.len();
        let in_bounds = || classes.largest().is_none_or(|largest| (largest as usize) < class_count);
        (consistent && in_bounds()).then(|| Self { starts, classes, codes, scale: LogScale::new(smallest, largest) })
    }

    fn range(&self, feature: usize) -> Range<usize> {
        self.starts[feature] as usize..self.starts[feature + 1] as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A weight of either sign, at least as large as the smallest magnitude.
    fn weight() -> impl Strategy<Value = f32> {
        (0.01..2.0_f32, any::<bool>())
            .prop_map(|(magnitude, is_negative)| if is_negative { -magnitude } else { magnitude })
    }

    proptest! {
        #[test]
        fn decoded_weights_differ_by_at_most_a_fiftieth(
            lists in prop::collection::vec(prop::collection::btree_map(0..1_000_000_u32, weight(), 0..9), 0..9),
            classes in prop::sample::select(&[0, 1, 2, 10, 1_000_000][..]),
        ) {
            let fits = |&(class, _): &(u32, f32)| class < classes;
            let lists: Vec<Vec<IndexedWeight>> =
                lists.into_iter().map(|list| list.into_iter().filter(fits).collect()).collect();
            let largest = lists.iter().flatten().fold(0.0, |largest: f32, (_, weight)| largest.max(weight.abs()));
            let postings = Postings::new(lists.iter().map(|list| list.iter().copied()), classes as usize, 0.01, largest);
            for (feature, list) in lists.iter().enumerate() {
                let mut read = Vec::new();
                postings.for_each(feature, |class, weight| read.push((class, weight)));
                prop_assert_eq!(read.len(), postings.count(feature));
                prop_assert_eq!(read.len(), list.len());
                for ((class, weight), &(of, was)) in read.into_iter().zip(list) {
                    prop_assert!(class == of && (weight - was).abs() <= was.abs() * 0.0212, "{weight} for {was}");
                    prop_assert_eq!(postings.weight(feature, class), weight);
                }
            }
        }
    }
}
