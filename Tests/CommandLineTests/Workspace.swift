import Foundation
import HDF5
import TestSupport
import Testing
import VectorCore

@testable import RecallBenchCLI

/// A folder of a test's own, gone with it, with a small dataset file in ann-benchmarks' layout.
final class Workspace {
  let path: String
  /// 400 × 8 vectors and 40 queries, uniformly random, with 20 true neighbours each.
  let dataset: String
  /// A folder that is not there yet.
  let output: String

  init() throws {
    TestCache.isSet
    let folder = FileManager.default.temporaryDirectory.appending(path: "recallbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    path = folder.path(percentEncoded: false)
    dataset = path + "/small-8-euclidean.hdf5"
    output = path + "/out"
    try Self.writeDataset(to: dataset)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Measures this program beside itself, and gates it.
  ///
  /// - Parameters:
  ///   - words: those of the run.
  ///   - faults: the disturbances of a side, by which that program is replaced; empty for none.
  ///   - tolerances: those of the gate's file.
  func gateBesideItself(
    _ words: [String], faults: String, tolerances: String
  ) throws -> (code: Int32, output: String, errors: String) {
    let config = "\(path)/gate.yml"
    try "{tolerances: {\(tolerances)}, at_recall: []}".write(toFile: config, atomically: true, encoding: .utf8)
    let ended = try Self.runProgram(
      words + ["--against", try Self.program().path(percentEncoded: false)],
      environment: ["RECALLBENCH_TEST_FAULTS": faults], program: faults.isEmpty ? nil : Self.disturbedProgram())
    #expect(ended.code == 0, "\(ended.errors)")
    let gated = try Self.runProgram([
      "gate", "latest~1", "latest", "--out", output, "--allow-disturbed", "--config", config,
    ])
    #expect(gated.output.contains("measured interleaved"), "\(faults):\n\(gated.output)")
    return gated
  }

  /// The rows of the run's CSV by column; of the quoted `parameters` only that they are there.
  func rows() throws -> [[String: String]] { try rows(in: output) }

  /// The rows of the CSV of a run into some folder, or of another file there.
  func rows(in folder: String, file: String = "results.csv") throws -> [[String: String]] {
    let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
    let lines = text.split(separator: "\r\n").map { line in
      line.replacing(/"[^"]*"/, with: "quoted").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  /// Runs a workload, or what the words say, over the dataset into the output folder.
  func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["run", "--dataset", dataset, "--out", output, "--quiet", "--allow-debug"] + words)
  }

  /// Names of all that is in the run's folder, sorted; nil when there is none.
  var outputContents: [String]? { try? FileManager.default.contentsOfDirectory(atPath: output).sorted() }

  /// The program as it was built beside the tests.
  static func program() throws -> URL { try BuiltProgram.url("recallbench") }

  /// The same, whose measurements the variable RECALLBENCH_TEST_FAULTS disturbs.
  static func disturbedProgram() throws -> URL { try BuiltProgram.url("DisturbedProgram") }

  /// Runs the program in a process of its own and waits for its end.
  ///
  /// - Parameters:
  ///   - environment: what is set beside the variables of this process.
  ///   - program: another one.
  static func runProgram(
    _ words: [String], environment: [String: String] = [:], program: URL? = nil
  ) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = try program ?? Self.program()
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let texts = [output, errors].map {
      String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
    process.waitUntilExit()
    return (process.terminationStatus, texts[0], texts[1])
  }

  private static func writeDataset(to path: String) throws {
    var generator = SeededGenerator(seed: 1)
    func vectors(_ count: Int) -> [[Float]] {
      (0..<count).map { _ in (0..<8).map { _ in Float(generator.nextUnit()) } }
    }
    let (train, test) = (vectors(400), vectors(40))
    var neighbors: [Int32] = []
    var distances: [Float] = []
    for query in test {
      let nearest = train.indices.map { row in
        (zip(query, train[row]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot(), row)
      }.sorted { $0 < $1 }.prefix(20)
      neighbors += nearest.map { Int32($0.1) }
      distances += nearest.map(\.0)
    }
    let file = try HDF5File.create(path)
    try file.write(Matrix(train), to: "train")
    try file.write(Matrix(test), to: "test")
    try file.write(neighbors, shape: [40, 20], to: "neighbors")
    try file.write(distances, shape: [40, 20], to: "distances")
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
  }
}
