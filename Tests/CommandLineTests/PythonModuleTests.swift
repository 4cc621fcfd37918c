import Foundation
import TestSupport
import Testing

private enum PythonWithNumpy {
  static let path = TestPython.path(importing: "numpy")
}

/// Modules of ann-benchmarks' interface, through the program.
@Suite(.enabled(if: PythonWithNumpy.path != nil, "needs a Python with numpy")) struct PythonModuleTests {
  private let workspace: Workspace
  private static let modules = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../PythonModules").standardizedFileURL.path

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--runs", "1", "--allow-debug"] + words,
      environment: ["RECALLBENCH_PYTHON": try #require(PythonWithNumpy.path)])
  }

  @Test(arguments: [[], ["--batch"]])
  func anExactModuleIsExact(words: [String]) throws {
    let ended = try run(["\(Self.modules)/exact"] + words)
    #expect(ended.code == 0, "\(ended.errors)")
    let rows = try workspace.rows()
    #expect(rows.map { $0["search_parameters"] } == ["share=0.5", "share=1.0"])
    #expect(rows.map { $0["build_parameters"] } == ["order=nearest", "order=nearest"])
    #expect(rows[1]["recall_ids"] == "1.0")
    // A name that could not be a folder's becomes one that can, and the module's own count is that of the column.
    #expect(rows.map { $0["index"] } == ["exact-numpy", "exact-numpy"])
    #expect(rows.map { $0["distcomps"] } == ["200.0", "400.0"])
    #expect(Double(rows[0]["recall_ids"] ?? "") ?? 1 < 0.8)
    #expect(Double(rows[1]["qps"] ?? "") ?? 0 > 0)
  }

  @Test func ourIndexesAreMeasuredBesideAModule() throws {
    let words = ["--index", "flat,ivf-flat", "--set", "nlist=4", "--set", "nprobe=1,4", "--interleave"]
    let ended = try run(["\(Self.modules)/exact"] + words)
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(
      try Set(workspace.rows().compactMap { row in row["index"].map { "\($0) \(row["search_parameters"] ?? "")" } })
        == [
          "exact-numpy share=0.5", "exact-numpy share=1.0", "flat ", "ivf-flat nprobe=1", "ivf-flat nprobe=4",
        ])
  }

  /// The files of the article, with another name of the index and another metric.
  private func template(named name: String = "my-index", metric: String = "any") throws -> String {
    let article = URL(filePath: #filePath)
      .appending(path: "../../../Sources/RecallBenchCLI/RecallBench.docc/Peers.md").standardizedFileURL
    let text = try String(contentsOf: article, encoding: .utf8)
    let folder = "\(workspace.path)/my-index"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (language, file) in [("python", "module.py"), ("yaml", "config.yml")] {
      let after = try #require(text.components(separatedBy: "\n```\(language)\n").last)
      let block = try #require(after.components(separatedBy: "\n```\n").first)
      let changed = block.replacing("my-index", with: name).replacing("any:", with: "\(metric):")
      try changed.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
    }
    return folder
  }

  @Test func theTemplateOfTheArticleIsExact() throws {
    let ended = try run([template(), "--index", "flat"])
    #expect(ended.code == 0, "\(ended.errors)")
    let rows = try workspace.rows()
    #expect(rows.count == 7 && rows.filter { $0["index"] == "my-index" }.count == 6)
    #expect(rows.allSatisfy { $0["recall_ids"] == "1.0" })
    let batch = try run([template(), "--batch"])
    let text = batch.output + batch.errors
    #expect(text.contains("the module has no batch_query; leave --batch out"), "\(text)")
  }

  @Test func aModuleThatWouldBeLeftOutBesideOthersIsRefused() throws {
    let other = try run([template(metric: "angular"), "--index", "flat"])
    #expect(other.code == 2 && other.errors.contains("write one below 'euclidean:' or 'any:'"), "\(other.errors)")
    let same = try run([template(named: "flat"), "--index", "flat"])
    #expect(same.code == 2 && same.errors.contains("leave flat out of --index"), "\(same.errors)")
  }

  @Test func everyFaultIsOneLineAndTheSweepGoesOn() throws {
    let ended = try run(["\(Self.modules)/faulty", "--timeout", "3s"])
    let lines = (ended.output + ended.errors).split(separator: "\n")
    func line(_ name: String) -> String {
      lines.first { $0.contains("/") && $0.contains(" \(name)(") || $0.contains(" \(name): ") }.map(String.init) ?? ""
    }
    for (name, expected) in Self.faults {
      let line = line(name)
      #expect(line.contains(expected), "\(name): \(line)")
    }
  }

  private static let faults: [(String, String)] = [
    ("raises-in-init", "ValueError: the module says no, in two lines"), ("raises-in-fit", "fit: ValueError"),
    ("raises-in-set", "set: ValueError"), ("raises-in-query", "query 0 of the round: ValueError"),
    ("hangs-in-fit", "more than 3 s while building"), ("hangs-in-query", "more than 3 s while searching"),
    ("exits-in-query", "exit(0) was called"), ("exits-at-once-in-fit", "Python ended with code 0 in fit"),
    ("exits-at-once-in-query", "Python ended with code 0 in query"),
    ("crashes-in-init", "Python crashed (Aborted) in its constructor"),
    ("crashes-in-fit", "Python crashed (Aborted) in fit"),
    ("prints-in-query", "recall 1.0000"), ("nan", "query 0: an id is not finite"),
    ("negative", "is not the id of a row"),
    ("out-of-range", "400 is not the id of a row"), ("twice", "is given twice"), ("too-many", "11 ids where k is 10"),
    ("too-few", "recall 0.9"), ("one-array", "recall 1.0000"), ("changes-queries", "recall 1.0000"),
    ("wrong-constructor", "has no Missing"), ("wrong-arguments", "TypeError"),
  ]
}
