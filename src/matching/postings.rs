//! What each feature says of each class, three bytes apiece, or five in a file of very many classes: the class, and one byte for the weight.
//! Weights are told apart by their ratios, as decibels are: a large one may be off by more than a small one.

use std::ops::Range;

use super::sparse_matrix::IndexedWeight;

/// How many sizes of weights are told apart; a byte has as many for each sign. With the smallest a hundredth of the largest, as in what is
/// learned, a weight is off by at most 2 %.
const SIZES: usize = 128;

/// For each feature the classes that it says something about, in rising order.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// The number of each feature's first posting; one more at the end.
    starts: Vec<u32>,
    /// The class of each posting.
    classes: ClassIds,
    /// The weight of each posting: its place in the scale.
    places: Vec<u8>,
    scale: LogScale,
}

/// The classes of postings, in as few bytes as their numbers need.
#[derive(Debug)]
pub(super) enum ClassIds {
    /// In a file of at most 65,536.
    Few(Vec<u16>),
    /// In any other.
    Many(Vec<u32>),
}

/// The weights that are told apart: from the smallest to the largest in equal ratios, and the same below 0.
#[derive(Debug)]
struct LogScale {
    smallest: f32,
    largest: f32,
    weights: [f32; 2 * SIZES],
}

impl Default for ClassIds {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl ClassIds {
    /// None yet, of so many that there are.
    pub fn of(classes: usize) -> Self {
        if classes <= 1 << u16::BITS { Self::Few(Vec::new()) } else { Self::Many(Vec::new()) }
    }

    fn push(&mut self, class: u32) {
        match self {
            Self::Few(few) => few.push(class as u16),
            Self::Many(many) => many.push(class),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    fn shrink_to_fit(&mut self) {
        match self {
            Self::Few(few) => few.shrink_to_fit(),
            Self::Many(many) => many.shrink_to_fit(),
        }
    }

    fn largest(&self) -> Option<u32> {
        match self {
            Self::Few(few) => few.iter().max().map(|&class| class.into()),
            Self::Many(many) => many.iter().max().copied(),
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
        let size = |place: usize| smallest * (largest / smallest).powf(place as f32 / (SIZES - 1) as f32);
        let weights = std::array::from_fn(|place| if place < SIZES { size(place) } else { -size(place - SIZES) });
        Self { smallest, largest, weights }
    }

    /// The place of the nearest weight.
    fn place(&self, weight: f32) -> u8 {
        let share = (weight.abs() / self.smallest).ln() / (self.largest / self.smallest).ln();
        // Where all weights are the same the share is no number, and is cast to 0.
        let size = (share * (SIZES - 1) as f32).round().clamp(0.0, (SIZES - 1) as f32) as u8;
        if weight < 0.0 { size + SIZES as u8 } else { size }
    }

    fn weight(&self, place: u8) -> f32 {
        self.weights[place as usize]
    }
}

impl Postings {
    /// Packs lists of so many classes. By their absolute value, weights are between `smallest`, which is more than 0, and `largest`.
    pub fn new(
        lists: impl Iterator<Item = impl Iterator<Item = IndexedWeight>>,
        classes: usize,
        smallest: f32,
        largest: f32,
    ) -> Self {
        let scale = LogScale::new(smallest, largest.max(smallest));
        let (mut starts, mut classes, mut places) = (vec![0], ClassIds::of(classes), Vec::new());
        for list in lists {
            for (class, weight) in list {
                classes.push(class);
                places.push(scale.place(weight));
            }
            starts.push(places.len() as u32);
        }
        starts.shrink_to_fit();
        classes.shrink_to_fit();
        places.shrink_to_fit();
        Self { starts, classes, places, scale }
    }

    /// Tells the classes of a feature, and its weight for each.
    pub fn each(&self, feature: usize, mut tell: impl FnMut(u32, f32)) {
        let range = self.range(feature);
        let weights = self.places[range.clone()].iter().map(|&place| self.scale.weight(place));
        match &self.classes {
            ClassIds::Few(few) => {
                few[range].iter().zip(weights).for_each(|(&class, weight)| tell(class.into(), weight))
            }
            ClassIds::Many(many) => many[range].iter().zip(weights).for_each(|(&class, weight)| tell(class, weight)),
        }
    }

    /// How many classes a feature says something about.
    pub fn count(&self, feature: usize) -> usize {
        self.range(feature).len()
    }

    /// The weight of a feature for a class.
    pub fn of(&self, feature: usize, class: u32) -> f32 {
        let range = self.range(feature);
        let found = match &self.classes {
            ClassIds::Few(few) => few[range.clone()].binary_search_by_key(&class, |&few| few.into()),
            ClassIds::Many(many) => many[range.clone()].binary_search(&class),
        };
        found.map_or(0.0, |place| self.scale.weight(self.places[range][place]))
    }

    /// All that there is, for writing: starts, classes, the weights' places, the smallest and the largest weight.
    pub fn parts(&self) -> (&[u32], &ClassIds, &[u8], [f32; 2]) {
        (&self.starts, &self.classes, &self.places, [self.scale.smallest, self.scale.largest])
    }

    /// Postings of such parts; none if they do not fit together or name a class that is not there.
    pub fn of_parts(
        starts: Vec<u32>,
        classes: ClassIds,
        places: Vec<u8>,
        [smallest, largest]: [f32; 2],
        count: usize,
    ) -> Option<Self> {
        let (first, last) = (*starts.first()?, *starts.last()? as usize);
        let fit = first == 0 && starts.is_sorted() && last == classes.len() && last == places.len();
        let known = || classes.largest().is_none_or(|largest| (largest as usize) < count);
        (fit && known()).then(|| Self { starts, classes, places, scale: LogScale::new(smallest, largest) })
    }

    fn range(&self, feature: usize) -> Range<usize> {
        self.starts[feature] as usize..self.starts[feature + 1] as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A weight that is kept: more than the smallest, of either sign.
    fn weight() -> impl Strategy<Value = f32> {
        (0.01..2.0_f32, any::<bool>()).prop_map(|(size, is_below)| if is_below { -size } else { size })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_there_within_a_fiftieth(
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
                postings.each(feature, |class, weight| read.push((class, weight)));
                prop_assert_eq!(read.len(), postings.count(feature));
                prop_assert_eq!(read.len(), list.len());
                for ((class, weight), &(of, was)) in read.into_iter().zip(list) {
                    prop_assert!(class == of && (weight - was).abs() <= was.abs() * 0.0212, "{weight} for {was}");
                    prop_assert_eq!(postings.of(feature, class), weight);
                }
            }
        }
    }
}
