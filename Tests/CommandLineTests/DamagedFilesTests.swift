import Bench
import Datasets
import Foundation
import HDF5
import Testing

/// What files cost that crash the HDF5 library, keep it for ever, or are replaced: their own cells and one line.
@Suite struct DamagedFilesTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// The text of `distance` lies in a heap whose first object, at byte 16, states its own length at byte 24.
  private enum HeapLength: UInt64 {
    /// Past everything: the library follows it out of its memory.
    case crash = 0x0000_0100_0000_0000
    /// With the object's header of 16 bytes this is 0, and the library's walk over the objects stays where it is.
    case hang = 0xFFFF_FFFF_FFFF_FFF0
  }

  /// A copy of the workspace's dataset with a damaged heap.
  private func damaged(_ length: HeapLength, _ name: String) throws -> String {
    var bytes = try Data(contentsOf: URL(filePath: workspace.dataset))
    let heap = try #require(bytes.range(of: Data("GCOL".utf8))).lowerBound
    bytes.replaceSubrange(heap + 24..<heap + 32, with: withUnsafeBytes(of: length.rawValue.littleEndian) { Data($0) })
    let path = "\(workspace.path)/\(name)-8-euclidean.hdf5"
    try bytes.write(to: URL(filePath: path))
    return path
  }

  /// Runs the program with so short a limit that a test can wait for it.
  private func run(_ words: [String]) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(words, environment: [ReadingLimits.variable: "1s"])
  }

  @Test func oneBadFileAmongThreeCostsItsOwnCells() throws {
    let (crash, hang) = (try damaged(.crash, "crash"), try damaged(.hang, "hang"))
    let ended = try run([
      "run", "--dataset", crash, "--dataset", workspace.dataset, "--dataset", hang, "--index", "flat", "--out",
      workspace.output, "--allow-debug", "--runs", "1", "--queries", "5",
    ])
    #expect(ended.code == 1)
    #expect(try workspace.rows().map { $0["dataset"] } == ["small-8-euclidean"])
    #expect(
      ended.errors.contains(
        "1/3 crash-8-euclidean, flat: failed: \(crash): the HDF5 library crashed while reading it (signal "))
    #expect(ended.errors.contains("2/3 small-8-euclidean, flat: recall 1.0000"))
    #expect(
      ended.errors.contains("3/3 hang-8-euclidean, flat: failed: \(hang): the HDF5 library read nothing for 1 s: "))
    #expect(ended.errors.contains("recallbench: 2 of 3 cells could not be measured"))
    let jsonl = try run(["export", "jsonl", "--out", workspace.output]).output.split(separator: "\n")
    #expect(jsonl.count == 3 && jsonl.count { $0.contains("\"status\":\"failed\"") } == 2)
  }

  @Test func aSweepOverNothingElseIsRefused() throws {
    let crash = try damaged(.crash, "crash")
    let ended = try run([
      "run", "--dataset", crash, "--index", "flat", "--out", workspace.output, "--allow-debug", "--quiet",
    ])
    #expect(ended.code == 1 && ended.errors.hasPrefix("recallbench: \(crash): the HDF5 library crashed"))
    #expect(ended.errors.count { $0 == "\n" } == 1 && workspace.outputContents == nil)
  }

  @Test func aPlanNamesWhatCannotBeRead() throws {
    let hang = try damaged(.hang, "hang")
    let ended = try run(["plan", "--dataset", hang, "--dataset", workspace.dataset, "--index", "flat"])
    #expect(ended.code == 1 && ended.output.contains("unreadable") && ended.output.contains("small-8-euclidean"))
    #expect(ended.errors.hasPrefix("recallbench: \(hang): ") && ended.errors.count { $0 == "\n" } == 1)
  }

  @Test func commandsThatReadOneFileEndWithOneLine() throws {
    let crash = try damaged(.crash, "crash")
    for words in [
      ["check", crash], ["show", crash], ["convert", crash, "\(workspace.path)/x.yml", "--quiet"],
      ["ground-truth", crash, "--out", "\(workspace.path)/x.hdf5", "--quiet"],
    ] {
      let ended = try run(["datasets"] + words)
      #expect(ended.code == 1 && ended.output.isEmpty, "\(words[0])")
      #expect(ended.errors.hasPrefix("recallbench: \(crash): the HDF5 library crashed"), "\(words[0])")
      #expect(ended.errors.count { $0 == "\n" } == 1, "\(words[0])")
    }
    let hang = try damaged(.hang, "hang")
    let ended = try run(["datasets", "check", hang])
    #expect(ended.code == 1 && ended.errors.hasPrefix("recallbench: \(hang): the HDF5 library read nothing for 1 s: "))
  }

  @Test func workloadsGoOnWithTheOtherDatasets() throws {
    let crash = try damaged(.crash, "crash")
    let ended = try run([
      "run", "--workload", "drift", "--dataset", crash, "--dataset", workspace.dataset, "--index", "flat", "--out",
      workspace.output, "--allow-debug", "--runs", "1", "--quiet",
    ])
    #expect(ended.code == 1 && ended.errors.hasPrefix("recallbench: 10 of 20 cells could not be measured"))
    #expect(ended.errors.count { $0 == "\n" } == 1)
    #expect(try workspace.rows().count == 10)
    let lines = try run(["export", "jsonl", "--out", workspace.output]).output
    #expect(lines.split(separator: "\n").count { $0.contains("the HDF5 library crashed") } == 10)
  }

  /// Bytes at the linked file's addresses would pass as vectors.
  @Test func linksIntoOtherFilesAreRefusedByEveryCommand() throws {
    let fixture = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../HDF5Tests/Fixtures/linked.hdf5")
    let linked = "\(workspace.path)/linked-4-euclidean.hdf5"
    try FileManager.default.copyItem(atPath: fixture.path(percentEncoded: false), toPath: linked)
    // The file that it names is there, and has such a dataset.
    try FileManager.default.copyItem(atPath: workspace.dataset, toPath: "\(workspace.path)/other.hdf5")
    for words in [
      ["datasets", "check", linked], ["datasets", "show", linked],
      ["datasets", "convert", linked, "\(workspace.path)/x.yml", "--quiet"],
      ["datasets", "ground-truth", linked, "--out", "\(workspace.path)/x.hdf5", "--quiet"],
      ["plan", "--dataset", linked, "--index", "flat"],
      ["run", "--dataset", linked, "--index", "flat", "--out", workspace.output, "--allow-debug", "--quiet"],
    ] {
      let ended = try run(words)
      #expect(ended.code == 1 && ended.output.isEmpty, "\(words)")
      #expect(ended.errors.hasPrefix("recallbench: \(linked): ") && ended.errors.contains("other.hdf5"), "\(words)")
      #expect(ended.errors.count { $0 == "\n" } == 1, "\(words)")
    }
    #expect(workspace.outputContents == nil)
  }

  /// Two files of equal bytes, whose names say two metrics, are two datasets.
  @Test func equalBytesUnderTwoMetricsAreTwoCells() throws {
    let (first, second) = ("\(workspace.path)/same-2-euclidean.hdf5", "\(workspace.path)/same-2-manhattan.hdf5")
    let file = try HDF5File.create(first)
    // On a line both metrics are the same, and so is the truth.
    try file.write((0..<20).flatMap { [Float($0), 0] }, shape: [20, 2], to: "train")
    try file.write([Float(0.25), 0, 19.5, 0], shape: [2, 2], to: "test")
    try file.write([Int32(0), 1, 19, 18], shape: [2, 2], to: "neighbors")
    try file.write([Float(0.25), 0.75, 0.5, 1.5], shape: [2, 2], to: "distances")
    try file.close()
    try FileManager.default.copyItem(atPath: first, toPath: second)
    let words = [
      "run", "--dataset", first, "--dataset", second, "--index", "flat", "-k", "1", "--runs", "1", "--out",
      workspace.output, "--allow-debug", "--quiet",
    ]
    #expect(try run(words).code == 0)
    let rows = try workspace.rows()
    #expect(
      rows.map { $0["metric"] } == ["euclidean", "manhattan"] && Set(rows.map { $0["dataset_sha256"] }).count == 1)
    // Nothing of one stands for the other when the run goes on.
    let again = try run(words.dropLast() + ["--resume"])
    #expect(try again.code == 0 && workspace.rows() == rows)
  }

  /// Nothing is judged by a truth of nothing: a recall of 1 would be everybody's.
  @Test func aTruthOfNothingIsRefused() throws {
    let path = "\(workspace.path)/none-1-euclidean.hdf5"
    let file = try HDF5File.create(path)
    try file.write((0..<20).map { Float($0) }, shape: [20, 1], to: "train")
    try file.write([Float(0.25), 19.5], shape: [2, 1], to: "test")
    try file.write([Int32](repeating: -1, count: 4), shape: [2, 2], to: "neighbors")
    try file.write([Float](repeating: .infinity, count: 4), shape: [2, 2], to: "distances")
    try file.close()
    let ended = try run([
      "run", "--dataset", path, "--index", "flat", "-k", "2", "--out", workspace.output, "--allow-debug", "--quiet",
    ])
    #expect(
      ended.code == 1 && ended.errors.hasPrefix("recallbench: \(path): none of its 2 queries has a true neighbour"))
    #expect(ended.errors.count { $0 == "\n" } == 1 && workspace.outputContents == nil)
    let checked = try run(["datasets", "check", path])
    #expect(checked.code == 1 && checked.output.contains("FAILED  places without neighbour"))
  }

  @Test func whatASoundFileSaysIsPassedOn() throws {
    let shown = try run(["datasets", "show", workspace.dataset])
    #expect(shown.code == 0 && shown.errors.isEmpty && shown.output.contains("400 × 8"))
    #expect(try run(["datasets", "show", "/no/such.hdf5"]).code == 1)
    #expect(try run(["datasets", "show", workspace.dataset, "--nonsense"]).code == 2)
    let badLimit = try Workspace.runProgram(
      ["datasets", "show", workspace.dataset], environment: [ReadingLimits.variable: "soon"])
    #expect(badLimit.code == 2 && badLimit.errors.hasPrefix("recallbench: \(ReadingLimits.variable)=soon: expected"))
  }

  @Test(arguments: ["--read-for-parent"])
  func theReadersWordIsForTheProgramAlone(_ word: String) throws {
    let ended = try run([word])
    #expect(ended.code == 2 && ended.errors.contains("for the program's own use"))
  }
}
