import Datasets
import Synchronization
import VectorCore
import VectorIndexes

/// The index to which the requests of a load are sent, and the rows that its insertions and removals take.
///
/// Rows are inserted in the order of the dataset, after those that the index has at first, and begin again with the
/// first row after the last one; a row that is stored is replaced. Removals take the rows in the same order, from the
/// first row on. Both go on from round to round.
final class LoadTarget: Sendable {
  /// The index that is searched.
  let searched: any VectorIndex
  /// The same index for insertions and removals; `nil` when requests are searches alone.
  private let changed: (any ConcurrentlyMutableIndex)?
  private let rows: Matrix
  private let nextInsertion: Atomic<Int>
  private let nextRemoval = Atomic<Int>(0)

  /// - Parameter storedRows: the number of rows that the index has, the first ones of the dataset.
  init(
    searched: any VectorIndex, changed: (any ConcurrentlyMutableIndex)?, dataset: Dataset, storedRows: Int
  ) {
    self.searched = searched
    self.changed = changed
    rows = dataset.train
    nextInsertion = Atomic(storedRows)
  }

  func insert() throws(IndexError) {
    let row = nextInsertion.add(1, ordering: .relaxed).oldValue % rows.rows
    try changed?.insertBatch(
      ids: [UInt64(row)], vectors: rows[rows: row..<row + 1], metadata: [], onConflict: .replace, threads: 1)
  }

  func remove() throws(IndexError) {
    try changed?.remove(id: UInt64(nextRemoval.add(1, ordering: .relaxed).oldValue % rows.rows))
  }
}
