/// Which library an index is of, and how it was called.
public struct SubjectOrigin: Sendable, Equatable, Codable {
  /// How searches reach an index.
  public enum Interface: String, Sendable, Codable {
    /// A function of this program.
    case swift
    /// A function of a shared library, called in the measuring process.
    case plugin
    /// A function in Python, called and timed in a process of its own.
    case python
  }

  public var interface: Interface
  /// Name and version: `hnswlib 0.8.0`.
  public var library: String
  /// What tells its code apart: the SHA-256 of a plug-in, or packages with the SHA-256 of their files.
  public var code: String
  /// What else the library tells of itself, such as the instruction set that it uses.
  public var details: [String: String] = [:]
  /// What an empty call costs by the same clock, in nanoseconds; it is part of every single query's time.
  public var callOverheadNanoseconds: Double?
}
