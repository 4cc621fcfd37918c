import VectorCore

/// numpy's `.npz`: a ZIP file of `.npy` files, one an array.
///
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.savez.html.
struct NPZReader {
  private let path: String
  private let archive: ZIPArchive

  static func reads(_ path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  /// - Throws: `DatasetError.cannotRead`, `table`.
  init(_ path: String) throws(DatasetError) {
    self.path = path
    let bytes = try FileBytes(mapping: path)
    archive = try withTableFaults(path) { () throws(TableFault) in try ZIPArchive(bytes) }
  }

  /// Whether a file has the arrays of a dataset; false for one that cannot be read.
  static func isDataset(_ path: String) -> Bool {
    guard let names = try? NPZReader(path).names else { return false }
    return names.contains("train") && names.contains("test")
  }

  /// The names of the arrays.
  var names: [String] {
    archive.entries.compactMap { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : nil }
  }

  /// Opens an array of two dimensions; a deflated one is inflated at once.
  ///
  /// - Parameters:
  ///   - name: nil for the only one.
  ///   - shown: the path to show in errors.
  /// - Throws: `DatasetError.table`.
  func table(_ name: String?, part: String, path shown: String) throws(DatasetError) -> MappedTable {
    try withTableFaults(shown) { () throws(TableFault) in
      let names = names
      guard let name = name ?? (names.count == 1 ? names[0] : nil) else {
        throw .memberNeeded(what: "arrays", names: names)
      }
      guard let entry = archive.entries.first(where: { $0.name == name + ".npy" }) else {
        throw .missingMember(what: "array", name: name, names: names)
      }
      let (file, range) = try archive.bytes(of: entry)
      let array = UnsafeRawBufferPointer(rebasing: file.bytes[range])
      var layout = try NPYFormat().layouts(of: array.bytes)[0]
      layout.offset += range.lowerBound
      return MappedTable(file, layout, part: part)
    }
  }

  /// Opens `train`, `test` and, where they are there, `neighbors`, `distances` and `learn`.
  func open(
    name: String, metric fallback: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    guard let metric = fallback ?? MetricSpelling.metric(ofName: name) else {
      throw .unknownMetric(path: path)
    }
    let names = names
    func table(_ part: String) throws(DatasetError) -> MappedTable? {
      names.contains(part) ? try self.table(part, part: part, path: path) : nil
    }
    let (train, test) = (
      try self.table("train", part: "train", path: path), try self.table("test", part: "test", path: path)
    )
    var truth: StoredTruth?
    if policy == .optional, let neighbors = try table("neighbors") {
      truth = StoredTruth(neighbors: neighbors, distances: try table("distances"), statesOwnDistances: false)
    }
    return try StoredDataset(
      name: name, path: path, metric: metric, train: train, test: test, truth: truth, learn: try table("learn"))
  }
}
