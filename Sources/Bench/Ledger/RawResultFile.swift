import Files
import Foundation
import HDF5

/// A cell's raw results in the layout of ann-benchmarks, for its plotting code and for deriving the figures again.
///
/// `results/<dataset>/<k>/<algorithm>[-batch]/<name>.hdf5` holds `times` (f4, seconds), `neighbors` (i4, −1 where
/// missing) and `distances` (f4, infinite where missing) of the reported round, and ann-benchmarks' attributes. Beside
/// them are ours: `nanoseconds` (i8, rounds × q), `wall_nanoseconds` and `distance_computations` (i8, one a round),
/// `recalls` (f8, one a query), with which runs are compared without the dataset, and how hard each query is: `lid` and
/// `contrast` (f4, one a query).
///
/// Source: `ann_benchmarks/results.py` and `runner.py`, https://github.com/erikbern/ann-benchmarks.
public enum RawResultFile {
  /// The name of the folder of raw results, inside the ledger's folder.
  public static let folderName = "results"

  /// The name of an index for ann-benchmarks, with a prefix that distinguishes it from that project's own algorithms.
  public static func algorithm(variant: String) -> String { "recallbench-\(variant)" }

  /// The path of a cell's file, relative to the ledger's folder.
  ///
  /// The file's name has the parameters, shortened so that it stays within 255 bytes, the key and the number of the
  /// run. No two cells share a file, and no later run overwrites one.
  public static func path(
    of planned: PlannedCell, variant: String, dataset: String, key: CellKey, run: Int
  ) -> String {
    let suffix = "_\(key.short)_\(run).hdf5"
    let words = planned.cell.label.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
    let name = words.joined(separator: "_").prefix(255 - suffix.utf8.count)
    let batch = planned.options.mode == .batch ? "-batch" : ""
    let folders =
      "\(PathComponent.of(dataset))/\(planned.options.k)/\(PathComponent.of(algorithm(variant: variant)))\(batch)"
    return "\(folderName)/\(folders)/\(name)\(suffix)"
  }

  /// Writes a temporary file beside the target, flushes it to disk, and renames it to its final name.
  ///
  /// - Throws: `LedgerError.raw`, `.output`; an older file is then unchanged.
  /// - Complexity: O(q·k + rounds·q).
  public static func write(
    _ raw: RawRounds, of measurement: CellMeasurement, key: CellKey, to path: String
  ) throws(LedgerError) {
    let draft = try writing { () throws(OutputError) in
      _ = try OutputFolder(creating: (path as NSString).deletingLastPathComponent)
      return try OutputFile(path).draft()
    }
    do throws(LedgerError) {
      do throws(HDF5Error) { try writeParts(raw, of: measurement, key: key, to: draft.path) } catch {
        throw .raw(error)
      }
      try writing { () throws(OutputError) in try draft.commit() }
    } catch {
      draft.discard()
      throw error
    }
  }

  private static func writing<Result>(_ body: () throws(OutputError) -> Result) throws(LedgerError) -> Result {
    do throws(OutputError) { return try body() } catch { throw .output(error) }
  }

  private static func writeParts(
    _ raw: RawRounds, of measurement: CellMeasurement, key: CellKey, to path: String
  ) throws(HDF5Error) {
    let file = try HDF5File.create(path)
    let options = measurement.options
    let (rounds, queries) = (raw.nanoseconds.count, raw.queries)
    let reported = RawRounds.medianRound(raw.speeds(options))
    try file.write(raw.nanoseconds[reported].map { Float(Double($0) / 1e9) }, shape: [queries], to: "times")
    try file.write(raw.rows, shape: [queries, raw.k], to: "neighbors")
    try file.write(raw.distances, shape: [queries, raw.k], to: "distances")
    try file.write(raw.nanoseconds.joined().map { Int64($0) }, shape: [rounds, queries], to: "nanoseconds")
    try file.write(raw.wallNanoseconds.map { Int64($0) }, shape: [rounds], to: "wall_nanoseconds")
    try file.write(raw.distanceComputations.map { Int64($0) }, shape: [rounds], to: "distance_computations")
    if !raw.recalls.isEmpty { try file.write(raw.recalls, shape: [queries], to: "recalls") }
    for (name, values) in [("lid", raw.dimensionalities), ("contrast", raw.contrasts)] where !values.isEmpty {
      try file.write(values, shape: [queries], to: name)
    }
    let speed = measurement.speed
    let attributes: [(String, HDF5Attribute)] = [
      ("batch_mode", .integer(options.mode == .batch ? 1 : 0)),
      ("best_search_time", .real(1 / speed.queriesPerSecond)),
      ("candidates", .real(speed.candidates)),
      ("expect_extra", .integer(0)),
      ("name", .string(measurement.cell.label)),
      ("run_count", .integer(Int64(rounds))),
      ("distance", .string(measurement.dataset.metric.rawValue)),
      ("count", .integer(Int64(options.k))),
      ("build_time", .real(measurement.build.seconds)),
      ("index_size", .real(Double(measurement.build.indexBytes) / 1024)),
      ("algo", .string(algorithm(variant: measurement.variant))),
      ("dataset", .string(measurement.dataset.name)),
      // The sum over all rounds, because ann-benchmarks divides it by their number.
      ("dist_comps", .real(speed.distanceComputations * Double(queries * rounds))),
      ("recallbench_cell", .string(key.text)),
    ]
    for (name, value) in attributes { try file.setAttribute(name, value) }
    try file.close()
  }

  /// Reads a file that `write` wrote, ignoring anything that ann-benchmarks has added to it.
  ///
  /// - Throws: `LedgerError.raw`, `.damagedRawResult`.
  public static func read(_ path: String) throws(LedgerError) -> RawRounds {
    let raw = try readParts(path)
    let problem: (name: String, expected: String)? =
      if !areBearable(raw.nanoseconds.flatMap { $0 }, queries: raw.queries)
        || !areBearable(raw.wallNanoseconds, queries: 1)
      {
        ("nanoseconds", "times of some hours at most, not below 0")
      } else if raw.distanceComputations.contains(where: { $0 < 0 }) {
        ("distance_computations", "numbers not below 0")
      } else if raw.recalls.contains(where: { !(0...1.000_001).contains($0) && !$0.isNaN }) {
        ("recalls", "shares, 0…1")
      } else {
        nil
      }
    if let problem { throw .damagedRawResult(path: path, name: problem.name, expected: problem.expected) }
    return raw
  }

  private static func readParts(_ path: String) throws(LedgerError) -> RawRounds {
    do throws(HDF5Error) {
      let file = try HDF5File.open(path)
      let times = try file.dataset("nanoseconds")
      let neighbors = try file.dataset("neighbors")
      guard times.shape.count == 2, times.shape[0] > 0, times.shape[1] > 0, neighbors.shape.count == 2,
        neighbors.shape[0] == times.shape[1], neighbors.shape[1] > 0
      else {
        throw .wrongShape(path: path, name: "nanoseconds", shape: times.shape, expected: "rounds × queries")
      }
      let (rounds, queries) = (times.shape[0], times.shape[1])
      let nanoseconds = try times.read(as: Int64.self).map { UInt64(bitPattern: $0) }
      let wall = try file.dataset("wall_nanoseconds").read(as: Int64.self).map { UInt64(bitPattern: $0) }
      let computations = try file.dataset("distance_computations").read(as: Int64.self).map { Int($0) }
      let distances = try file.dataset("distances")
      for (name, count) in [("wall_nanoseconds", wall.count), ("distance_computations", computations.count)]
      where count != rounds {
        throw .wrongShape(path: path, name: name, shape: [count], expected: "one a round")
      }
      guard distances.shape == neighbors.shape else {
        throw .wrongShape(path: path, name: "distances", shape: distances.shape, expected: "that of neighbors")
      }
      // Files of earlier versions have none of these.
      func figures<Element: HDF5Element>(_ name: String, as type: Element.Type) throws(HDF5Error) -> [Element] {
        let values = try (try? file.dataset(name))?.read(as: type) ?? []
        guard values.isEmpty || values.count == queries else {
          throw .wrongShape(path: path, name: name, shape: [values.count], expected: "one a query")
        }
        return values
      }
      return RawRounds(
        k: neighbors.shape[1],
        nanoseconds: (0..<rounds).map { Array(nanoseconds[$0 * queries..<($0 + 1) * queries]) },
        wallNanoseconds: wall, distanceComputations: computations, rows: try neighbors.read(as: Int32.self),
        distances: try distances.read(as: Float.self), recalls: try figures("recalls", as: Double.self),
        dimensionalities: try figures("lid", as: Float.self), contrasts: try figures("contrast", as: Float.self))
    } catch {
      throw .raw(error)
    }
  }
}
