//! A sparse matrix of weights in compressed row format (CSR): all rows in one allocation.
//! A hundred thousand `Vec`s would use more memory for unused capacity and pointers than for weights.

/// A nonzero element of a row: its column and its weight. The column is a feature or a class, as the row's owner
/// defines.
pub(super) type IndexedWeight = (u32, f32);

/// The rows, numbered in the order of insertion.
#[derive(Debug)]
pub(super) struct SparseMatrix {
    /// The index of the first element of each row, and the number of elements at the end.
    starts: Vec<usize>,
    elements: Vec<IndexedWeight>,
}

impl Default for SparseMatrix {
    fn default() -> Self {
        Self { starts: vec![0], elements: Vec::new() }
    }
}

impl SparseMatrix {
    /// Appends a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = IndexedWeight>) {
        self.elements.extend(row);
        self.starts.push(self.elements.len());
    }

    /// The number of rows.
    pub fn row_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The elements of a row.
    pub fn row(&self, row: usize) -> &[IndexedWeight] {
        &self.elements[self.starts[row]..self.starts[row + 1]]
    }

    /// The elements of a row, for changing their weights.
    pub fn row_mut(&mut self, row: usize) -> &mut [IndexedWeight] {
        &mut self.elements[self.starts[row]..self.starts[row + 1]]
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[IndexedWeight]> {
        self.starts.windows(2).map(|ends| &self.elements[ends[0]..ends[1]])
    }

    /// The number of elements of all rows.
    pub fn element_count(&self) -> usize {
        self.elements.len()
    }

    /// Returns unused memory.
    pub fn shrink_to_fit(&mut self) {
        self.starts.shrink_to_fit();
        self.elements.shrink_to_fit();
    }

    /// A matrix with rows of these lengths, whose elements are all (0, 0).
    pub fn with_lengths(lengths: impl Iterator<Item = usize>) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        starts.extend(lengths.map(|length| {
            end += length;
            end
        }));
        Self { starts, elements: vec![(0, 0.0); end] }
    }
}

impl<R: IntoIterator<Item = IndexedWeight>> FromIterator<R> for SparseMatrix {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        let mut collected = Self::default();
        rows.into_iter().for_each(|row| collected.push(row));
        collected
    }
}

#[cfg(test)]
mod tests {
    use super::SparseMatrix;

    #[test]
    fn rows_of_given_lengths_can_be_filled() {
        let mut matrix = SparseMatrix::with_lengths([1, 0, 2].into_iter());
        matrix.row_mut(2)[1] = (7, 3.0);
        let expected: [&[(u32, f32)]; 3] = [&[(0, 0.0)], &[], &[(0, 0.0), (7, 3.0)]];
        assert!(matrix.rows().eq(expected), "{matrix:?}");
        assert_eq!((matrix.row_count(), matrix.element_count()), (3, 3));
        let collected: SparseMatrix = expected.into_iter().map(<[_]>::to_vec).collect();
        assert!(collected.rows().eq(expected));
    }
}
