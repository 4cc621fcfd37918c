/// What one build and its searches may take before the sweep goes on without them.
public struct Limits: Sendable, Equatable, Codable {
  /// Seconds for the build, and as many again for the warm-up and for each round of a cell; nil for no limit.
  public var seconds: Double?
  /// Bytes of memory the building and searching process may have, dataset included; nil for no limit.
  public var memoryBytes: Int?

  public init(seconds: Double? = nil, memoryBytes: Int? = nil) {
    self.seconds = seconds
    self.memoryBytes = memoryBytes
  }

  /// These limits where they are set, else those of `other`.
  func filled(from other: Limits) -> Limits {
    Limits(seconds: seconds ?? other.seconds, memoryBytes: memoryBytes ?? other.memoryBytes)
  }
}
