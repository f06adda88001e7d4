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

    /// The transpose of a matrix with this number of columns. The elements of its rows are sorted by column.
    pub fn transposed(&self, columns: usize) -> Self {
        let mut starts = vec![0; columns + 1];
        for &(column, _) in &self.elements {
            starts[column as usize + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let mut elements = vec![(0, 0.0); self.elements.len()];
        let mut next = starts.clone();
        for (row_number, row) in (0..).zip(self.rows()) {
            for &(column, weight) in row {
                let at = &mut next[column as usize];
                elements[*at] = (row_number, weight);
                *at += 1;
            }
        }
        Self { starts, elements }
    }

    /// The largest absolute weight, or 0 if there are no elements.
    pub fn largest(&self) -> f32 {
        self.elements.iter().fold(0.0, |largest, (_, weight)| largest.max(weight.abs()))
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
    fn rows_become_columns() {
        let matrix: SparseMatrix = [vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]].into_iter().collect();
        let transposed = matrix.transposed(4);
        let expected: [&[(u32, f32)]; 4] = [&[(0, 1.0)], &[], &[(0, 2.0), (2, 3.0)], &[]];
        assert!(transposed.rows().eq(expected), "{transposed:?}");
        assert_eq!(transposed.row(2), expected[2]);
    }
}
