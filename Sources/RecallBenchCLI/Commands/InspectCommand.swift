import Bench
import Files
import Foundation
import Reports
import VectorIndexes

/// `recallbench inspect`: what there is to tell of an index without searching it.
enum InspectCommand: Command {
  static let description = CommandDescription(
    "inspect", "look into an index: configuration, sizes, how even its lists are, and the nprobe that they suggest",
    arguments: [
      Argument(
        .file("FILE|FOLDER|CELL"), "the file of an index, a folder of kept ones, or the name of a cell in a report")
    ],
    options: [
      Option("--compact", .flag, "first write the FILE anew, without the room that removals have left"),
      Option("--build", .flag, "build the index of the CELL again"),
      Option("--open-index", .folder("DIR"), "look for the index of the CELL where `run --keep-index` has kept it"),
      Option("--run", .text("RUN"), default: "latest", "the run of the CELL, written as `compare` takes it"),
      ResultsFolder.option,
      .format(Exporters.inspection),
    ],
    notes: """
      A FILE is an index with storage=lmdb, which is opened for reading, or a log of memtables. A FOLDER is one that
      `run --keep-index` has written to. A CELL is called as in tables and reports, or by its kind and all parameters; of its
      parameters only those of the build matter.

      The imbalance factor is 1 where all lists are equally long. An nprobe for a coverage says how many of the largest lists
      hold that share of the vectors.

      --compact writes a copy, which then takes the place of the FILE. It is refused while another process has the FILE open.
      """,
    examples: [
      "inspect reports/kept/ivf-pq-0123456789ab/index.lmdb", "inspect 'ivf-flat(nlist=64)' --out reports/mine --build",
    ])

  static func run(_ arguments: Arguments) throws {
    let inspection = try inspection(arguments)
    try arguments.exporter(Exporters.inspection).export(inspection).write(to: nil)
  }

  private static func inspection(_ arguments: Arguments) throws -> IndexInspection {
    let name = arguments.positionals[0]
    let isPath = FileManager.default.fileExists(atPath: name)
    for option in ["--build", "--open-index"] where isPath && arguments.has(option) {
      throw UsageError.unsuitedOption(option, with: "a file or folder")
    }
    guard !isPath else { return try inspection(of: file(at: name), arguments) }
    let record = try InspectedCell(arguments).record
    if let origin = record.measurement?.origin, origin.interface != .swift {
      throw InspectError.foreign(cell: name, library: origin.library)
    }
    if arguments.has("--build") {
      for other in ["--compact", "--open-index"] where arguments.has(other) {
        throw UsageError.conflictingOptions("--build", other)
      }
      return try IndexInspection(building: record, arguments)
    }
    let path = arguments.text("--open-index").map { KeptIndexFiles.path(of: record, in: $0) }
    guard let path, FileManager.default.fileExists(atPath: path) else {
      throw InspectError.notKept(cell: name, path: path)
    }
    return try inspection(of: path, arguments)
  }

  /// The file of an index, or the only one that was kept in a folder.
  private static func file(at path: String) throws(InspectError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return path }
    let files = KeptIndexFiles.paths(in: path)
    guard let file = files.first, files.count == 1 else { throw .notOne(folder: path, files: files) }
    return file
  }

  private static func inspection(of file: String, _ arguments: Arguments) throws(IndexError) -> IndexInspection {
    if arguments.has("--compact") { try arguments.program.catalog.compact(file: file) }
    return try arguments.program.catalog.inspect(file: file)
  }
}

/// The cell of a run that a command line names.
struct InspectedCell {
  let record: CellRecord

  /// - Throws: `CompareError`; `InspectError` for a name that no cell has, or cells of several builds.
  init(_ arguments: Arguments) throws {
    let name = arguments.positionals[0]
    let run = try RunReference(arguments.text("--run") ?? "latest").find(in: ResultsFolder.path(arguments))
    let names = CellNames(run.records)
    let found = run.records.filter { record in
      [names.cell(record), names.whole(record), record.planned.label, record.variant].contains(name)
    }
    guard let record = found.first else {
      throw InspectError.noSuch(name: name, folder: run.folder, cells: run.records.map { names.whole($0) }.distinct)
    }
    guard found.allSatisfy({ Self.build(of: $0) == Self.build(of: record) }) else {
      throw InspectError.several(name: name, cells: found.map { names.whole($0) }.distinct)
    }
    self.record = record
  }

  /// What tells a build from all others.
  private static func build(of record: CellRecord) -> [String] {
    let (cell, options) = (record.planned.cell, record.planned.options)
    return [record.dataset.sha256, String(record.dataset.shape.trainSize), String(options.seed)]
      + [Cell.label(kind: cell.kind, cell.build.entries)]
  }
}

extension IndexInspection {
  /// Builds the index of a cell again, as the run has built it, and looks into it.
  ///
  /// - Throws: `InspectError.notFinished` for a cell of a workload that lets its index grow; `DatasetError`, `BenchError`,
  ///   and `UsageError.index` for a kind that this program does not know.
  init(building record: CellRecord, _ arguments: Arguments) throws {
    let (cell, options) = (record.planned.cell, record.planned.options)
    if let stage = options.stage { throw InspectError.notFinished(cell: record.planned.label, stage.workload) }
    guard let subject = try arguments.program.subjects.subjects(ofKinds: [cell.kind]).first else {
      preconditionFailure("one kind has one subject")
    }
    let built = try Runner(dataset: record.dataset.loadVectors()).build(subject, cell.build, options: options)
    self.init(built.index)
    parameters = cell.build.entries.map { Parameter(name: $0.name, value: $0.value.description) }
    seed = options.seed
  }
}

/// Why there is no index to look into.
enum InspectError: Error, CustomStringConvertible {
  case noSuch(name: String, folder: String, cells: [String])
  case several(name: String, cells: [String])
  case notOne(folder: String, files: [String])
  /// `path` is where it would be in the folder that was named.
  case notKept(cell: String, path: String?)
  case notFinished(cell: String, String)
  case foreign(cell: String, library: String)

  private static let mostNames = 8

  var description: String {
    switch self {
    case .noSuch(let name, let folder, let cells):
      "\(name) is no file or folder, and no cell of the run in \(folder): name one of \(Self.list(cells))"
    case .several(let name, let cells):
      "\(name) stands for several indexes: name one of \(Self.list(cells))"
    case .notOne(let folder, let files) where files.isEmpty:
      "\(folder) has no index in a file: name a file, or the folder of `\(ProgramName.current) run --keep-index`"
    case .notOne(let folder, let files):
      "\(folder) has \(files.count) indexes: name one of \(Self.list(files))"
    case .notKept(let cell, nil):
      "the index of \(cell) was not kept: look into it with --build, or with --open-index DIR where "
        + "`\(ProgramName.current) run --keep-index DIR` has kept it"
    case .notKept(let cell, let path?):
      "the index of \(cell) is not at \(path): look into it with --build, or name the folder of "
        + "`\(ProgramName.current) run --keep-index`"
    case .foreign(let cell, let library):
      "\(cell) is an index of \(library), into which this program cannot look: name a cell of one of its own kinds"
    case .notFinished(let cell, let workload):
      "\(cell) is a stage of the workload \(workload), whose index can't be built alone: name a cell of a search"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(mostNames).joined(separator: "; ") + (names.count > mostNames ? "; and others" : "")
  }
}
