import VectorCore

/// What the index below memtables had at some time.
struct BaseContents {
  let model: ProductModel
  let lists: PostingLists
  /// Lists that a search looks at which leaves it to the index.
  let defaultNProbe: Int
  /// The row after the last that the index has taken.
  let nextRow: UInt64
}

/// Lists that searches through memtables read: these keep their classes alive, so that nothing is counted meanwhile.
protocol BaseSource: AnyObject, ProductSource {}

extension VectorStore: BaseSource {}
extension StoredLists: BaseSource {}

/// What a `MemTableWriter`, which has it for itself, does with the index below its memtables.
extension IVFPQIndex {
  /// The row after the last that it has taken.
  var nextRow: UInt64 { storage.nextSequence }

  /// What it has now, which searches go on reading when it has more.
  ///
  /// - Throws: `IndexError.notTrained` or `.storage`.
  func currentContents() throws(IndexError) -> BaseContents {
    BaseContents(
      model: try requireModel(), lists: try storage.lastingLists(), defaultNProbe: storage.defaultNProbe,
      nextRow: nextRow)
  }

  /// Stores rows and removes ids, all or nothing; contents that were handed out stay as they are.
  ///
  /// - Throws: `IndexError.storage`; it is then as it was.
  /// - Complexity: in memory O(n·d) for all n vectors, old and new, and as much memory as there is already, because
  ///   searches go on in the old lists; in a file O(n·d) for n rows and ids, and the chunks that these stand in.
  func take(_ rows: borrowing FlushedRows, removing ids: [UInt64], threads: Int) throws(IndexError) {
    let coded = CodedVectors(labels: rows.labels, codes: rows.codes, spill: try spill(of: rows, threads: threads))
    let vectors = rows.vectors
    try storage.insert(rows.plan, coded, removing: ids, threads: threads) { row, format, target in
      target.copyMemory(from: vectors.pointer[row]!, byteCount: format.rowBytes)
    }
    try storage.commit()
  }

  /// The codes of flushed rows in the second list of each, found from their vectors, or from their codes where only these
  /// are kept; `nil` where they have no second list.
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
