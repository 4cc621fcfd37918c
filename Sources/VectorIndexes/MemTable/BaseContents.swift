import VectorCore

/// The contents of the base index, below the memtables, at one point in time.
struct BaseContents {
  let model: ProductModel
  let lists: PostingLists
  /// The number of lists to search when the search leaves it to the index.
  let defaultNProbe: Int
  /// The number of the first row that the base does not have.
  let nextRow: UInt64
}

/// The lists of a base, which `BaseContents` keeps alive, so that searches need no reference counting.
protocol BaseSource: AnyObject, ProductSource {}

extension VectorStore: BaseSource {}
extension StoredLists: BaseSource {}

/// The operations with which a `MemTableWriter`, the only user of the base, reads and changes it.
extension IVFPQIndex {
  /// The number of the first row that the base does not have.
  var nextRow: UInt64 { storage.nextSequence }

  /// The present contents, which searches can go on reading after the base has changed.
  ///
  /// - Throws: `IndexError.notTrained` or `.storage`.
  func currentContents() throws(IndexError) -> BaseContents {
    BaseContents(
      model: try requireModel(), lists: try storage.lastingLists(), defaultNProbe: storage.defaultNProbe,
      nextRow: nextRow)
  }

  /// Stores rows and removes ids, atomically; contents that were handed out before stay unchanged.
  ///
  /// - Throws: `IndexError.storage`; the base is then unchanged.
  /// - Complexity: in memory O(n·d) for all n vectors, old and new, and as much additional memory as the base has,
  ///   because searches go on in the old lists. In a file O(n·d) for n rows and ids, and the chunks that contain them.
  func take(_ rows: borrowing FlushedRows, removing ids: [UInt64], threads: Int) throws(IndexError) {
    let coded = CodedVectors(labels: rows.labels, codes: rows.codes, spill: try spill(of: rows, threads: threads))
    let vectors = rows.vectors
    try storage.insert(rows.plan, coded, removing: ids, threads: threads) { row, format, target in
      target.copyMemory(from: vectors.pointer[row]!, byteCount: format.rowBytes)
    }
    try storage.commit()
  }

  /// The codes of flushed rows in a second list each; `nil` if the base has no spilled copies.
  ///
  /// They are computed from the vectors, or from the decoded codes if no vectors are stored.
  private func spill(of rows: borrowing FlushedRows, threads: Int) throws(IndexError) -> Spill? {
    guard settings.spills else { return nil }
    let model = try requireModel()
    let format = settings.rowFormat(dimension: dimension)
    let vectors =
      format.encoding == .absent
      ? model.coder.decode(rows.codes, lists: rows.labels.map(UInt32.init), threads: threads)
      : Matrix(rows: rows.plan.ids.count, columns: dimension) { floats in
        floats.initialize(repeating: 0)
        for row in rows.plan.rows {
          format.read(rows.vectors.pointer[row]!, into: floats.baseAddress! + row * dimension)
        }
      }
    return model.spill(of: vectors, labels: rows.labels, threads: threads)
  }
}
