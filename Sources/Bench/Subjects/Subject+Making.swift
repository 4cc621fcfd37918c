import CRecallBenchPlugin
import Datasets
import Foundation
import VectorCore
import VectorIndexes

extension Subject {
  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - parameters: the build parameters.
  ///   - threads: the number of building threads, for libraries that need it at creation.
  /// - Throws: `IndexError` when the index refuses; `PluginError` and `PythonError` as `IndexError.own`.
  func make(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64, threads: Int
  ) throws(IndexError) -> any VectorIndex {
    if let type { return try type.init(dimension: dimension, metric: metric, parameters: parameters, seed: seed) }
    switch foreign {
    case .plugin(let kind):
      return try PluginIndex(
        kind, as: declaration, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
    case .python(let kind):
      return try PythonIndex(
        kind, as: declaration, dimension: dimension, metric: metric, parameters: parameters, seed: seed,
        threads: threads)
    case nil: preconditionFailure("a subject is a type of this program, or has its code elsewhere")
    }
  }
}

extension Subject {
  /// Opens an index that `SavableIndex.save` has written.
  ///
  /// - Parameter rows: that it has stored, row i under id i.
  /// - Throws: `PluginError` as `IndexError.own`.
  func open(savedAt file: String, dimension: Int, metric: Metric, rows: Int) throws(IndexError) -> any VectorIndex {
    guard case .plugin(let kind) = foreign else { preconditionFailure("only plug-ins save to files") }
    return try PluginIndex(
      kind, as: declaration, dimension: dimension, metric: metric, savedAt: file, rows: rows)
  }
}

extension ForeignSubject {
  /// The kinds of a plug-in, which is loaded into this process.
  ///
  /// A kind with the library's name keeps that name; any other name is prefixed with the library's name.
  static func kinds(ofPlugin path: String) throws(PluginError) -> [ForeignSubject] {
    // The path is made absolute, because the measuring process may work in another folder.
    let path = URL(filePath: path).path
    let library = try PluginLibrary(path: path)
    let sha256 = SHA256.ofFile(path) ?? ""
    return try library.declarations().map { declaration in
      let kind = library.kind(named: declaration.kind)
      let code = ForeignCode.plugin(
        PluginKind(
          path: path, name: declaration.kind, sha256: sha256, canSave: kind?.save != nil,
          canFilter: kind.map { $0.flags & UInt32(RB_FILTERS) != 0 } ?? false))
      let name = declaration.kind == library.name ? library.name : "\(library.name)-\(declaration.kind)"
      return ForeignSubject(
        declaration: declaration.named(name), code: code, canUpdate: library.takesUpdates(kind: declaration.kind))
    }
  }
}

/// An index of another library; its origin is recorded with its figures.
protocol ForeignIndex: VectorIndex {
  var origin: SubjectOrigin { get }
}

/// An index of another library whose searches take a set of rows instead of a filter of metadata.
protocol BitmapFilteredIndex: ForeignIndex {
  /// Finds the nearest of the rows in a set.
  func search(
    _ query: Span<Float>, k: Int, accepting rows: RowBitmap, scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError)
}

/// An index in memory that can be written to a file, see `Subject.open`.
protocol SavableIndex: ForeignIndex {
  func save(to file: String) throws(IndexError)
}

/// An index that removes many vectors in one call.
protocol BatchRemovingIndex: MutableVectorIndex {
  func remove(ids: [UInt64]) throws(IndexError)
}

/// An index in another process, which times its searches there: the way to that process is no part of them.
protocol SelfTimingIndex: ForeignIndex {
  /// The process that builds and searches; `nil` when an unknown server process does the work.
  var processIdentifier: Int32? { get }
  /// The seconds that this process took for all insertions and removals so far; `nil` before.
  var buildSeconds: Double? { get }

  /// Answers the first `round.queries` queries, and records answers and times.
  ///
  /// - Parameters:
  ///   - filters: the filter of each query; `nil` for searches without one.
  ///   - threads: the number of threads for a batch; single queries are answered one after the other.
  ///   - limit: the nanoseconds after which no further single query begins.
  func answer(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filters: QueryFilters?, mode: SearchMode, threads: Int,
    limit: UInt64, into round: Round
  ) throws(IndexError)

  /// The time of an empty call by the clock of that process, in nanoseconds.
  func callOverhead(k: Int) throws(IndexError) -> Double?
}
