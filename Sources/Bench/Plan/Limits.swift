/// The greatest time and memory of one build and its searches; beyond them the sweep continues without that build.
public struct Limits: Sendable, Equatable, Codable {
  /// Seconds for the build, and the same again for the warm-up and for each round of a cell; `nil` for no limit.
  public var seconds: Double?
  /// Bytes of memory for the process that builds and searches, including the dataset; `nil` for no limit.
  public var memoryBytes: Int?
  /// The walltime in seconds of the cluster's job that measured; `nil` unless that walltime stopped it.
  public var walltimeSeconds: Double?

  /// The limits of a sweep that sets none: two hours, as ann-benchmarks has it, so that no hanging index stops a night.
  public static let initial = Limits(seconds: 7200)

  public init(seconds: Double? = nil, memoryBytes: Int? = nil, walltimeSeconds: Double? = nil) {
    self.seconds = seconds
    self.memoryBytes = memoryBytes
    self.walltimeSeconds = walltimeSeconds
  }

  /// These limits; those that are not set are taken from `other`.
  func filled(from other: Limits) -> Limits {
    Limits(seconds: seconds ?? other.seconds, memoryBytes: memoryBytes ?? other.memoryBytes)
  }
}
