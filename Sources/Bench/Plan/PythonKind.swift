import Foundation
import VectorIndexes

/// One kind of index in Python.
public struct PythonKind: Sendable, Hashable, Codable {
  /// Whose class it is, and how it is called.
  public enum Interface: Sendable, Hashable, Codable {
    /// An adapter that this program brings for a library; it takes parameters by name.
    case adapter(library: String, kind: String)
    /// A module of ann-benchmarks: `module.py` in a folder, with the arguments of its constructor and of
    /// `set_query_arguments`.
    case module(folder: String, constructor: String, build: [PythonArgument], search: [PythonArgument])
  }

  /// The interpreter.
  public var interpreter: String
  public var interface: Interface
  /// What tells two versions of the code apart: the versions of the installed packages, or a digest of `module.py`.
  public var version: String

  var identity: String {
    let code =
      switch interface {
      case .adapter(let library, let kind): "adapter \(library) \(kind)"
      case .module(_, let constructor, let build, let search): "constructor \(constructor) \(build) \(search)"
      }
    return "\(interpreter), \(code), \(version)"
  }
}

/// One argument of a call in Python, in which parameters of a sweep stand.
public indirect enum PythonArgument: Sendable, Hashable, Codable {
  /// A JSON value that is always the same.
  case fixed(String)
  /// The dataset's metric, as ann-benchmarks names it.
  case metric
  /// Components of a vector.
  case dimension
  /// Neighbours that are asked for.
  case count
  /// The value of a parameter.
  case parameter(String)
  /// Keyword arguments, or a dictionary; a parameter that is left at `auto` is left out.
  case mapping([Entry])
  case list([PythonArgument])

  public struct Entry: Sendable, Hashable, Codable {
    public var key: String
    public var value: PythonArgument
  }
}
