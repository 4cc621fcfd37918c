import Foundation
import OrderedStore
import Testing
import VectorIndexes

@testable import RecallBenchCLI

@Suite struct InspectCommandTests {
  private let workspace: Workspace
  private let kept: String

  init() throws {
    workspace = try Workspace()
    kept = workspace.path + "/kept"
  }

  private func run(_ words: [String]) throws {
    #expect(workspace.run(["--in-process", "--runs", "1", "--queries", "5"] + words) == .success)
  }

  private func inspect(_ words: String...) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(["inspect", "--out", workspace.output] + words)
  }

  private func inspection(_ words: String...) throws -> IndexInspection {
    let ended = try Workspace.runProgram(["inspect", "--out", workspace.output, "--format", "json"] + words)
    #expect(ended.code == 0, "\(ended.errors)")
    return try JSONDecoder().decode(IndexInspection.self, from: Data(ended.output.utf8))
  }

  /// One line of an error, and its code.
  private func expect(_ message: String, code: Int32 = 1, of words: String...) throws {
    let ended = try Workspace.runProgram(["inspect", "--out", workspace.output] + words)
    #expect(ended.code == code && ended.output.isEmpty, "\(ended.output)")
    #expect(ended.errors.contains(message) && ended.errors.count { $0 == "\n" } == 1, "\(ended.errors)")
  }

  private static let stored = ["--index", "ivf-pq", "--set", "storage=lmdb", "--set", "nlist=4"]

  @Test func aKeptIndexIsFoundByFileFolderAndCell() throws {
    try run(Self.stored + ["--set", "nprobe=1,2", "--keep-index", kept])
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: kept).first)
    let file = "\(kept)/\(name)/index.lmdb"
    let inspected = try inspection(file)
    #expect(inspected.kind == "ivf-pq" && inspected.count == 400 && inspected.clusters?.count == 4)
    #expect(try inspection("\(kept)/\(name)") == inspected && inspection(kept) == inspected)
    #expect(try inspection("ivf-pq", "--open-index", kept) == inspected)
    #expect(try inspection("ivf-pq(nprobe=2)", "--open-index", kept, "--run", "1") == inspected)
    let text = try inspect(file).output
    for line in ["kind", "ivf-pq", "vectors", "400", "nlist", "imbalance factor", "nprobe for a coverage", "#"] {
      #expect(text.contains(line), "\(line)")
    }
    // Nothing was removed: a copy has the same contents.
    var compact = try inspection(file, "--compact")
    (compact.diskBytes, compact.freeBytes) = (inspected.diskBytes, inspected.freeBytes)
    #expect(compact == inspected)
  }

  @Test func aFileThatIsOpenIsInspectedButNotCompacted() throws {
    let path = workspace.path + "/tree.lmdb"
    let index = try PersistentFractalIndex.open(at: path, dimension: 8, metric: .euclidean, seed: 1)
    #expect(try inspection(path).kind == "fractal")
    try expect("another process writes to it; wait for its end", of: path, "--compact")
    #expect(index.count == 0)
  }

  @Test func anIndexThatWasNotKeptIsBuiltAgain() throws {
    try run(["--index", "ivf-flat,memtable", "--set", "nlist=4,8", "--set", "m=4", "--seed", "5"])
    let built = try inspection("ivf-flat(nlist=8)", "--build")
    #expect(built.kind == "ivf-flat" && built.clusters?.count == 8 && built.count == 400 && built.seed == 5)
    #expect(built.parameters.contains(.init(name: "nlist", value: "8")) && built.diskBytes == 0)
    #expect(try inspection("memtable(nlist=4)", "--build").figures["memtables"] == 1)
    try expect("the index of ivf-flat(nlist=4) was not kept: look into it with --build", of: "ivf-flat(nlist=4)")
    try expect("is not at \(kept)/ivf-flat-", of: "ivf-flat(nlist=4)", "--open-index", kept)
    try expect(
      "ivf-flat stands for several indexes: name one of ivf-flat(nlist=4); ivf-flat(nlist=8)", of: "ivf-flat", "--build"
    )
  }

  @Test func whatCannotBeInspectedIsOneLine() throws {
    try run(["--index", "flat"])
    let (folder, dataset) = (workspace.output, workspace.dataset)
    try expect("flatt is no file or folder, and no cell of the run in \(folder): name one of flat", of: "flatt")
    try expect("\(dataset) is no file of an index: name one of ivf-pq, fractal, memtable", of: dataset)
    try expect("\(workspace.path) has no index in a file", of: workspace.path)
    for other in ["--compact", "--open-index=kept"] {
      let ended = try Workspace.runProgram(["inspect", "flat", "--build", other, "--out", workspace.output])
      #expect(ended.code == 2 && ended.errors.contains("--build"), "\(ended.errors)")
    }
    try expect("--build does not go with a file or folder", code: 2, of: workspace.dataset, "--build")
    try expect("FILE|FOLDER|CELL is missing", code: 2)
    let path = workspace.path + "/old.lmdb"
    _ = try LMDBStore.open(path, for: StoreApplication(name: "recallbench ivf-pq", version: 1))
    try expect("holds 'recallbench ivf-pq' version 1, not 'recallbench ivf-pq' version", of: path)
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes.removeLast(bytes.count / 2)
    try bytes.write(to: URL(filePath: path))
    try expect("truncated: it has", of: path)
  }

  @Test func aStageOfAWorkloadCannotBeBuiltAlone() throws {
    try run(["--index", "flat", "--workload", "drift"])
    try expect("is a stage of the workload drift", of: "flat, step 3", "--build")
  }
}
