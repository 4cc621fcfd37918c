import Foundation
import Testing

/// Peers where none are installed.
@Suite struct PeersCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(words, environment: ["RECALLBENCH_PEERS": "\(workspace.path)/peers"])
  }

  @Test func theListSaysWhatCanBeHad() throws {
    // Set but empty is not set.
    let unset = try Workspace.runProgram(["peers", "list"], environment: ["RECALLBENCH_PEERS": ""])
    #expect(!unset.output.hasSuffix("installed in \n"))
    let ended = try run(["peers", "list"])
    #expect(ended.code == 0 && ended.errors.isEmpty)
    #expect(ended.output.contains("not installed: Meta's library of indexes; python: faiss-flat, faiss-ivfflat"))
    #expect(ended.output.contains("not installed: the graph of the HNSW paper's authors; plugin: hnswlib"))
    #expect(ended.output.hasSuffix("installed in \(workspace.path)/peers\n"))
  }

  @Test func aDamagedListOfInstalledLibrariesIsNamed() throws {
    let folder = "\(workspace.path)/peers"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{\"libraries\": [".utf8).write(to: URL(filePath: "\(folder)/installed.json"))
    let ended = try run(["peers", "list"])
    #expect(ended.code == 0 && ended.output.contains("not installed: Meta's library"))
    #expect(ended.errors == "\(folder)/installed.json is damaged; install the libraries again\n")
  }

  @Test func aRunThatMeasuresNothingFails() throws {
    let ended = try run([
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "hnswlib",
      "--quiet",
    ])
    #expect(ended.code == 1 && ended.errors.split(separator: "\n").count == 1)
    #expect(ended.errors.contains("1 of 1 cells could not be measured"))
    #expect(ended.errors.contains("hnswlib is not installed; recallbench peers install hnswlib"))
  }

  @Test func whatIsNotInstalledIsSkippedByNameWithTheCommandThatInstallsIt() throws {
    let ended = try run([
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index",
      "hnswlib,faiss-ivfflat,flat", "--set", "ef=20", "--set", "nlist=4", "--runs", "1",
    ])
    #expect(ended.code == 0)
    let said = ended.output + ended.errors
    #expect(said.contains("hnswlib is not installed; recallbench peers install hnswlib"))
    #expect(said.contains("faiss is not installed; recallbench peers install faiss"))
    #expect(said.contains("3/3 flat: recall 1.0000"))
  }

  @Test func kindsThatAreNotInstalledAreListedOnlyByName() throws {
    #expect(try !run(["indexes"]).output.contains("hnswlib"))
    #expect(
      try run(["indexes", "--index", "hnswlib"]).output.contains("search: candidates that are kept while searching"))
  }

  @Test func aLibraryThatThereIsNotIsWrongUsage() throws {
    let ended = try run(["peers", "install", "hnsw"])
    #expect(ended.code == 2 && ended.errors.split(separator: "\n").count == 1)
    #expect(ended.errors.contains("hnsw") && ended.errors.contains("faiss, hnswlib, "))
    #expect(try run(["peers", "install"]).code == 2)
  }
}
