import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct DatasetsCommandsTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A catalog of the workspace's dataset and one that is not there.
  private func writeCatalog() throws {
    let text = """
      datasets:
        - name: small-8-euclidean
          dimension: 8
          distance: euclidean
          summary: random points
        - name: far-away-3-angular
          dimension: 3
          distance: angular
          summary: not here
      """
    try text.write(toFile: workspace.path + "/catalog.yml", atomically: true, encoding: .utf8)
  }

  @Test func aCatalogNameIsEnoughToMeasureOn() throws {
    try writeCatalog()
    let words = [
      "run", "--allow-debug", "--in-process", "--index", "flat", "--quiet", "--out", workspace.output, "--datasets",
      workspace.path,
    ]
    #expect(RecallBench.run(words + ["--dataset", "small-8-euclidean"]) == .success)
    #expect(try workspace.rows().map { $0["dataset"] } == ["small-8-euclidean"])
    #expect(RecallBench.run(words + ["--dataset", "far-away-3-angular"]) == .failure)
    #expect(RecallBench.run(words + ["--dataset", "smal-8-euclidean"]) == .failure)
  }

  @Test func aFileIsShownWithTheDifficultyOfItsQueries() throws {
    let shown = try Workspace.runProgram(["datasets", "show", workspace.dataset]).output.split(separator: "\n")
    for name in ["contrast", "dimensionality"] {
      let line = try #require(shown.first { $0.hasPrefix("  \(name) ") })
      #expect(line.contains(#/\d+(\.\d+)? \(\d+(\.\d+)?–\d+(\.\d+)?\): /#), "\(line)")
    }
    #expect(!shown.contains { $0.hasPrefix("  warning ") })
  }

  @Test func filesAreShownWithoutACatalog() {
    #expect(RecallBench.run(["datasets", "show", workspace.dataset, "--datasets", "/nowhere"]) == .success)
    #expect(RecallBench.run(["datasets", "show", "/no/such.hdf5", "--datasets", "/nowhere"]) == .failure)
  }

  /// A folder is an argument as a file is; what is known of its rows is told.
  @Test func foldersAndTheirMetadataAreShown() throws {
    let folder = workspace.path + "/points-2-euclidean"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: URL(filePath: "\(folder)/\(name)")) }
    // Four vectors of two bytes, as numpy writes them.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2), }\n"
    try write(
      "vectors.npy",
      Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
        + Data([0, 0, 1, 1, 2, 2, 9, 9]))
    try write("payloads.jsonl", Data(String(repeating: "{\"city\": \"Bern\", \"size\": 3}\n", count: 4).utf8))
    try write("tests.jsonl", Data("{\"query\": [1, 2], \"conditions\": null, \"closest_ids\": [1, 2]}\n".utf8))
    let shown = try Workspace.runProgram(["datasets", "show", folder])
    #expect(shown.code == 0 && shown.output.contains("city strings, size integers"), "\(shown)")
    let checked = try Workspace.runProgram(["datasets", "check", folder])
    #expect(checked.code == 0 && checked.output.contains("metadata city strings, size integers"), "\(checked)")
    let converted = try Workspace.runProgram(["datasets", "convert", folder, workspace.path + "/points.yml"])
    #expect(converted.output.contains("metadata of the rows (city strings, size integers) are not written"))
    let words = ["run", "--dataset", folder, "--index", "flat", "-k", "2", "--quiet", "--out", workspace.output]
    #expect(RecallBench.run(words + ["--allow-debug", "--in-process"]) == .success)
    #expect(try workspace.rows().map { $0["recall_ids"] } == ["1.0"])
  }

  @Test func theCatalogIsListedAndShown() throws {
    try writeCatalog()
    let listed = try Workspace.runProgram(["datasets", "list"], environment: ["RECALLBENCH_DATASETS": workspace.path])
    let lines = listed.output.split(separator: "\n")
    #expect(listed.code == 0 && lines.contains { $0.hasPrefix("  small-8-euclidean ") && $0.contains("  here ") })
    #expect(lines.contains { $0.hasPrefix("  far-away-3-angular ") && $0.contains("  to fetch  not here") })
    #expect(lines.contains { $0.hasPrefix("  sift-128-euclidean ") })
    #expect(RecallBench.run(["datasets", "show", "far-away-3-angular", "--datasets", workspace.path]) == .success)
  }

  @Test func theCatalogIsThereInAnyFolder() throws {
    for words in [["list"], ["show", "sift-128-euclidean"]] {
      #expect(RecallBench.run(["datasets"] + words + ["--datasets", "/nowhere"]) == .success)
    }
  }

  @Test(arguments: [
    ("file:///etc/passwd", "'file' addresses are not fetched"), ("https://h/%2e%2e", "cannot be a file's name"),
    ("https://me:word@h/a.npy", "a user name or a password"), ("hf://owner", "hf://OWNER/SET[/PATH][@REVISION]"),
    ("far-away-3-angluar", "did you mean 'far-away-3-angular'?"), ("http://127.0.0.1:1/a.npy", "127.0.0.1:1/a.npy: "),
  ])
  func whatCannotBeFetchedIsToldInOneLine(address: String, message: String) throws {
    try writeCatalog()
    let before = try FileManager.default.contentsOfDirectory(atPath: workspace.path)
    let fetch = try Workspace.runProgram(["datasets", "fetch", address, "--datasets", workspace.path, "--quiet"])
    #expect(fetch.code == 1 && fetch.output.isEmpty)
    #expect(fetch.errors.contains(message) && fetch.errors.filter(\.isNewline).count == 1, "\(fetch.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path) == before)
  }

  @Test func aTokenThatIsNoneIsTold() throws {
    let fetch = try Workspace.runProgram(
      ["datasets", "fetch", "hf://owner/set", "--datasets", workspace.path], environment: ["HF_TOKEN": "two words"])
    #expect(fetch.code == 1 && fetch.errors.contains("HF_TOKEN") && !fetch.errors.contains("two words"))
  }

  @Test func whatHasNoAddressIsNotFetched() throws {
    try writeCatalog()
    #expect(RecallBench.run(["datasets", "fetch", "far-away-3-angular", "--datasets", workspace.path]) == .failure)
    #expect(
      RecallBench.run(["datasets", "fetch", "small-8-euclidean", "--datasets", workspace.path, "--quiet"]) == .success)
  }
}
