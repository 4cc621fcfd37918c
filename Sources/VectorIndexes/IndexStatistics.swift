/// What an index says of itself.
public struct IndexStatistics: Sendable, Equatable {
  public var kind: String
  /// Stored vectors.
  public var count: Int
  /// Bytes allocated for everything the index keeps: vectors, codes, codebooks, ids, metadata.
  public var memoryBytes: Int
  /// Bytes in files; 0 for an index in memory.
  public var diskBytes: Int

  public init(kind: String, count: Int, memoryBytes: Int, diskBytes: Int = 0) {
    self.kind = kind
    self.count = count
    self.memoryBytes = memoryBytes
    self.diskBytes = diskBytes
  }
}
