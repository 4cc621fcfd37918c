import Datasets
import Files
import Foundation

/// `recallbench datasets convert`: writes a dataset or a table in another format.
enum DatasetsConvertCommand: Command {
  static let description = CommandDescription(
    "datasets convert", "write a dataset, or a single table, in another format",
    arguments: [
      DatasetSource.argument, Argument(.file("TARGET"), "the file to write; its ending names the format"),
    ],
    options: [
      Option(
        "--format", .choice("FORMAT", of: TableFamily.self), default: TableFamily.bin.rawValue,
        "the format of the tables that are written beside a .yml"),
      Option("--gzip", .integer("LEVEL", 1...9), "compress an HDF5 file, from 1 (fast) to 9 (small)"),
      DatasetSource.folderOption,
      Option("--force", .flag, "replace files that exist already"),
      Option("--quiet", .flag, "show no progress and no summary"),
    ],
    notes: """
      The ending of TARGET determines the format:

        .hdf5 .h5             a dataset in ann-benchmarks' layout, as float32
        .yml                  a dataset file, and its tables beside it:
                              NAME.train.*, NAME.test.*, NAME.neighbors.*
        .fvecs .ivecs .bvecs  one table, from one table: the length before each row
        .hvecs                the same with half floats
        .fbin .u8bin .i8bin   one table, from one table: the shape, then all rows
        .f16bin .bf16bin      the same with half floats and bfloat16
        .ibin                 the same; distances may follow the row numbers
        .npy                  the same in the format of numpy

      Files and folders of every format that is read can be the source, a Parquet or Arrow column and an array of an
      .npz file too: vectors.parquet:emb.

      A dataset file is YAML. Its paths are relative to its folder, and neighbors may be omitted:

        distance: euclidean
        train: base.fbin
        test: query.fbin
        neighbors: groundtruth.ibin

      No value changes: integers of 8 and 16 bits and half floats become float32, which represents all of them exactly.
      A conversion that would change a value is refused and writes nothing.
      """,
    examples: [
      "datasets convert photo-sift-20k-128-euclidean sift.yml",
      "datasets convert sift.train.fbin sift.npy",
    ])

  static func run(_ arguments: Arguments) throws {
    let family = arguments.choice(TableFamily.self)
    let (name, target) = (arguments.positionals[0], arguments.positionals[1])
    let line = ProgressLine(isShown: !arguments.has("--quiet"))
    defer { line.end() }
    let (path, entry) = try DatasetSource(arguments).resolve(name)
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
    line.end()
    if !arguments.has("--quiet") {
      try Console.print((conversion.targets + [conversion.omission].compactMap { $0 }).map { "\($0)\n" }.joined())
    }
  }
}
