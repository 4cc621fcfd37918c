/// The size of an index and other figures that it reports about itself.
public struct IndexStatistics: Sendable, Equatable {
  public var kind: String
  /// The number of stored vectors.
  public var count: Int
  /// Bytes allocated for everything the index keeps: vectors, codes, codebooks, ids, metadata.
  public var memoryBytes: Int
  /// Bytes in files; 0 for an index in memory.
  public var diskBytes: Int
  /// Further figures of this kind of index, by the names that its documentation lists.
  public var figures: [String: Double]

  public init(kind: String, count: Int, memoryBytes: Int, diskBytes: Int = 0, figures: [String: Double] = [:]) {
    self.kind = kind
    self.count = count
    self.memoryBytes = memoryBytes
    self.diskBytes = diskBytes
    self.figures = figures
  }
}
