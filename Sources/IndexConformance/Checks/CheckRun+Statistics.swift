import VectorSearch

/// Checks of the statistics of an index.
extension CheckRun {
  func checkStatistics() throws {
    situation = "nothing is stored"
    let index = try makeReady()
    let empty = index.statistics
    expectEqual(empty.kind, Index.declaration.kind, "statistics.kind")
    expectEqual(empty.count, 0, "statistics.count")
    let isInMemory = !(index is any PersistentIndex)
    if isInMemory { expectEqual(empty.diskBytes, 0, "statistics.diskBytes of an index in memory") }
    situation = "2000 vectors are stored"
    let stored = vectors(2000, stream: 1)
    try index.insertBatch(
      ids: (0..<2000).map(UInt64.init), vectors: stored, metadata: [], onConflict: .fail, threads: 1)
    let filled = index.statistics
    expectEqual(filled.count, 2000, "statistics.count")
    guard isInMemory else { return }
    func expectAtLeast(_ bytes: Int, _ found: Int, _ what: String) {
      expect(found >= bytes, "expected statistics.memoryBytes of at least \(bytes), \(what), found \(found)")
    }
    expectAtLeast(empty.memoryBytes + 2000 * 16, filled.memoryBytes, "an id and a sequence for each vector")
    if setup.hasTrueDistances, setup.metric != .hamming {
      expectAtLeast(
        empty.memoryBytes + 2000 * (16 + 4 * setup.dimension), filled.memoryBytes,
        "an id, a sequence and \(setup.dimension) Float32 for each vector")
    }
    situation += ", then one with a text of 10000 bytes as metadata was inserted"
    let text = String(repeating: "x", count: 10_000)
    try index.insert(id: 5000, vector: stored.array(0), metadata: ["text": .text(text)])
    let withText = index.statistics.memoryBytes
    expectAtLeast(filled.memoryBytes + 10_000, withText, "10000 more than before")
    situation += " and removed"
    try index.remove(id: 5000)
    guard setup.freesRemoved else { return }
    let bytes = index.statistics.memoryBytes
    expect(
      bytes <= withText - 10_000,
      "expected statistics.memoryBytes of at most \(withText - 10_000), 10000 less than before, found \(bytes)")
  }
}
