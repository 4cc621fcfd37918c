import Datasets
import Files
import Foundation

/// `recallbench datasets convert`: brings a dataset or a table into another format.
enum DatasetsConvertCommand: Command {
  static let description = CommandDescription(
    "datasets convert", "write a dataset, or a single table, in another format", arguments: ["NAME|FILE", "TARGET"],
    options: [
      Option(
        "--format", .text("FORMAT"), default: TableFamily.bin.rawValue, "of the tables beside a .yml: \(families)"),
      Option("--gzip", .integer("LEVEL", 1...9), "compress what goes into .hdf5"),
      DatasetSource.folderOption,
      Option("--force", .flag, "replace files that are there already"),
      Option("--quiet", .flag, "no progress and no summary"),
    ],
    notes: """
      TARGET says what is written:
        NAME.hdf5, NAME.h5          ann-benchmarks' layout; components become float32
        NAME.yml                    a dataset file, and NAME.train.*, NAME.test.* and NAME.neighbors.* beside it
        .fvecs .ivecs .bvecs        a single table, of a single table: rows after their length
        .fbin .u8bin .i8bin .ibin   the same: rows after one header; .ibin may hold distances behind ids
        .npy                        the same, in numpy's format and the source's type
      A dataset file is YAML, its paths count from its folder, neighbors may be left out:
        distance: euclidean
        train: base.fbin
        test: query.fbin
        neighbors: groundtruth.ibin
      Integers of 8 and 16 bits and half floats widen to float32 without loss. A conversion that would change a value is
      refused and leaves nothing behind.
      """)

  private static var families: String { TableFamily.allCases.map(\.rawValue).joined(separator: ", ") }

  static func run(_ arguments: Arguments) throws {
    let formatName = arguments.text("--format") ?? ""
    guard let family = TableFamily(rawValue: formatName) else {
      throw UsageError.invalidValue(option: "--format", value: formatName, expected: "one of \(families)")
    }
    let (name, target) = (arguments.positionals[0], arguments.positionals[1])
    let line = ProgressLine(isShown: !arguments.has("--quiet"))
    defer { line.end() }
    let conversion = try DatasetSource(arguments).reading(name) { path, entry in
      let conversion = try DatasetConversion(
        from: path, name: entry?.name, metric: entry?.metric, to: target, family: family)
      let files = try conversion.targets.map { path throws(OutputError) in try OutputFile(path) }
      if !arguments.has("--force"), let taken = files.first(where: \.replacesFile)?.path {
        throw UsageError.invalidValue(
          option: "TARGET", value: taken, expected: "files that are not there yet, or --force to replace them")
      }
      try conversion.run(gzip: arguments.integer("--gzip")) { part, rows, total in
        line.draw("\(part)  \(rows) of \(total) rows")
      }
      return conversion
    }
    line.end()
    if !arguments.has("--quiet") { try Console.print(conversion.targets.map { "\($0)\n" }.joined()) }
  }
}
