/// The library that an index comes from, and the way in which it was called.
public struct SubjectOrigin: Sendable, Equatable, Codable {
  /// The way in which searches reach an index.
  public enum Interface: String, Sendable, Codable {
    /// A function of this program.
    case swift
    /// A function of a shared library, called in the measuring process.
    case plugin
    /// A function in Python, called and timed in a process of its own.
    case python
  }

  public var interface: Interface
  /// The name and version of the library: `hnswlib 0.8.0`.
  public var library: String
  /// The identity of the code: the SHA-256 of a plug-in, or the packages with the SHA-256 of their files.
  public var code: String
  /// Further properties that the library reports, such as the instruction set that it uses.
  public var details: [String: String] = [:]
  /// The time of an empty call by the same clock, in nanoseconds; it is part of every single query's time.
  public var callOverheadNanoseconds: Double?
}
