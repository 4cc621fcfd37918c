import Foundation
import VectorIndexes

/// One kind of index in Python.
public struct PythonKind: Sendable, Hashable, Codable {
  /// Where the class comes from, and how it is called.
  public enum Interface: Sendable, Hashable, Codable {
    /// An adapter for a library, which is part of this program; it takes parameters by name.
    case adapter(library: String, kind: String)
    /// A module of ann-benchmarks: `module.py` in a folder, with the arguments of its constructor and of
    /// `set_query_arguments`.
    case module(folder: String, constructor: String, build: [PythonArgument], search: [PythonArgument])
  }

  /// The path of the interpreter.
  public var interpreter: String
  public var interface: Interface
  /// The version of the code: the versions of the installed packages, or a digest of `module.py`.
  public var version: String
  /// Whether its searches take a filter.
  public var canFilter = false
  /// Whether the index takes insertions after the first one, and removals.
  public var takesUpdates = false

  var identity: String {
    let code =
      switch interface {
      case .adapter(let library, let kind): "adapter \(library) \(kind)"
      case .module(_, let constructor, let build, let search): "constructor \(constructor) \(build) \(search)"
      }
    return "\(interpreter), \(code), \(version)"
  }
}

/// One argument of a call in Python, which contains parameters of a sweep or fixed values.
public indirect enum PythonArgument: Sendable, Hashable, Codable {
  /// A constant JSON value.
  case fixed(String)
  /// The dataset's metric, as ann-benchmarks names it.
  case metric
  /// The number of components of a vector.
  case dimension
  /// The number of neighbours that are requested.
  case count
  /// The value of a parameter.
  case parameter(String)
  /// Keyword arguments, or a dictionary; a parameter whose value is `auto` is left out.
  case mapping([Entry])
  case list([PythonArgument])

  public struct Entry: Sendable, Hashable, Codable {
    public var key: String
    public var value: PythonArgument
  }
}
