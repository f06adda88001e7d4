//! Many short lists of numbered weights, end to end in one allocation: a hundred thousand vectors of their own would cost
//! more in gaps and bookkeeping than in content.

/// A number and the weight that it has: a feature's in a vector, a class's in a feature's postings.
pub(super) type IndexedWeight = (u32, f32);

/// The lists, numbered in the order in which they came.
#[derive(Debug)]
pub(super) struct SparseMatrix {
    /// Where each list starts; one more at the end.
    starts: Vec<usize>,
    items: Vec<IndexedWeight>,
}

impl Default for SparseMatrix {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl SparseMatrix {
    /// Appends a list.
    pub fn push(&mut self, list: impl IntoIterator<Item = IndexedWeight>) {
        self.items.extend(list);
        self.starts.push(self.items.len());
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The list of this number.
    pub fn get(&self, list: usize) -> &[IndexedWeight] {
        &self.items[self.starts[list]..self.starts[list + 1]]
    }

    /// The same, to change the weights.
    pub fn get_mut(&mut self, list: usize) -> &mut [IndexedWeight] {
        &mut self.items[self.starts[list]..self.starts[list + 1]]
    }

    /// The lists in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[IndexedWeight]> {
        self.starts.windows(2).map(|ends| &self.items[ends[0]..ends[1]])
    }

    /// Lists by what are numbers here, of what are lists here; there are `numbers` of them, each in rising order.
    pub fn transposed(&self, numbers: usize) -> Self {
        let mut starts = vec![0; numbers + 1];
        for &(number, _) in &self.items {
            starts[number as usize + 1] += 1;
        }
        for number in 0..numbers {
            starts[number + 1] += starts[number];
        }
        let mut items = vec![(0, 0.0); self.items.len()];
        let mut next = starts.clone();
        for (list, weighted) in (0..).zip(self.iter()) {
            for &(number, weight) in weighted {
                let place = &mut next[number as usize];
                items[*place] = (list, weight);
                *place += 1;
            }
        }
        Self { starts, items }
    }

    /// The largest weight, by its absolute value; 0 where there is none.
    pub fn largest(&self) -> f32 {
        self.items.iter().fold(0.0, |largest, (_, weight)| largest.max(weight.abs()))
    }
}

impl<L: IntoIterator<Item = IndexedWeight>> FromIterator<L> for SparseMatrix {
    fn from_iter<I: IntoIterator<Item = L>>(lists: I) -> Self {
        let mut collected = Self::default();
        lists.into_iter().for_each(|list| collected.push(list));
        collected
    }
}

#[cfg(test)]
mod tests {
    use super::SparseMatrix;

    #[test]
    fn lists_are_turned_around() {
        let lists: SparseMatrix = [vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]].into_iter().collect();
        let turned = lists.transposed(4);
        let expected: [&[(u32, f32)]; 4] = [&[(0, 1.0)], &[], &[(0, 2.0), (2, 3.0)], &[]];
        assert!(turned.iter().eq(expected), "{turned:?}");
        assert_eq!(turned.get(2), expected[2]);
    }
}
