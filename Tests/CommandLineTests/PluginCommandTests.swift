import Foundation
import TestSupport
import Testing

/// Plug-ins with one fault each, through the program: what each line says, and that the sweep goes on.
@Suite(.enabled(if: CCompiler.path != nil, "needs a C compiler")) struct PluginCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(
    _ fault: String, _ words: [String] = []
  ) throws -> (code: Int32, output: String, errors: String, plugin: String) {
    let plugin = try CCompiler.plugin("faulty", "FAULT=\(fault)", in: workspace.path)
    let ended = try Workspace.runProgram(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--plugin", plugin, "--allow-debug"]
        + ["--index", "faulty,flat", "--runs", "1"] + words)
    return (ended.code, ended.output, ended.errors, plugin)
  }

  /// Why the plug-in's cell has no figures, and whether the flat index beside it has.
  private func reason(_ fault: String, _ words: [String] = []) throws -> String {
    let ended = try run(fault, words)
    let lines = (ended.output + ended.errors).split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("2/2 flat") && $0.contains("recall 1.0000") }, "the sweep went on")
    let line = try #require(lines.first { $0.hasPrefix("1/2 faulty") })
    return String(line).replacing(ended.plugin, with: "PLUGIN")
  }

  @Test(arguments: [
    ("abi_version", "made for version 999 of recallbench_index.h, this program has version 1"),
    ("missing_symbol", "no plug-in: recallbench_library() is missing or returns nothing"),
    ("null_library", "no plug-in: recallbench_library() is missing or returns nothing"),
    ("short_library", "rb_library.struct_size is 8"), ("short_kind", "rb_kind.struct_size is 16"),
    ("no_kinds", "rb_library.kind_count is 0"), ("null_kind", "rb_library.kinds[0] is missing"),
    ("missing_name", "kind '': its name is no word"), ("missing_search", "kind faulty: it has no function search"),
    ("no_metrics", "kind faulty: it declares no metric"),
    ("half_scratch", "make_scratch and free_scratch come together or not at all"),
    ("parameter_without_name", "parameter '': its name is no word"),
    ("parameter_twice", "parameter size is there twice"), ("parameter_type", "parameter 'size': type 7 is unknown"),
    ("parameter_range", "its initial value 4.0 is not in 9.0…8.0"),
    ("parameter_initial", "its initial value 99.0 is not in 1.0…8.0"),
    ("parameter_choices", "parameter 'order': its initial value 0.0 is no place in its 0 choices"),
    ("parameters_missing", "parameters is missing"), ("set_missing", "it has search parameters but no function set"),
    ("crash_in_load", "asking it for its declaration crashed (Aborted)"),
    ("exit_in_load", "asking it for its declaration ended the process with code 0"),
  ])
  func aDeclarationThatIsWrongIsOneLine(fault: String, expected: String) throws {
    let ended = try run(fault)
    #expect(ended.code == 2 && ended.output.isEmpty)
    let lines = ended.errors.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].hasPrefix("recallbench: \(ended.plugin): "))
    #expect(ended.errors.contains(expected), "\(ended.errors)")
  }

  @Test func aBuildIsKeptInAFileAndMeasuredAnotherTime() throws {
    let plugin = try CCompiler.plugin("exhaustive", in: workspace.path)
    let kept = workspace.path + "/kept"
    func rows(_ words: [String]) throws -> [[String: String]] {
      let ended = try Workspace.runProgram(
        ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--plugin", plugin, "--allow-debug"]
          + ["--index", "exhaustive-partial", "--set", "share=0.5,1", "--runs", "1", "--quiet"] + words)
      #expect(ended.code == 0, "\(ended.errors)")
      return try workspace.rows()
    }
    let built = try rows(["--keep-index", kept])
    let opened = try rows(["--open-index", kept])
    #expect(built.count == 2 && opened.count == 2)
    for (built, opened) in zip(built, opened) {
      for column in ["recall_ids", "distcomps", "build", "disk_bytes"] { #expect(built[column] == opened[column]) }
      #expect(try #require(Int(opened["disk_bytes"] ?? "")) > 400 * 8 * 4)
      #expect(try #require(Double(opened["store_open"] ?? "")) > 0)
    }
    #expect(opened[1]["recall_ids"] == "1.0")
  }

  @Test(arguments: [
    ("null_index", "PLUGIN: create reported success but made no index"),
    ("error_in_create", "PLUGIN: create: the plug-in says no"),
    ("error_in_train", "PLUGIN: train: the plug-in says no"), ("error_in_add", "PLUGIN: add: the plug-in says no"),
    ("error_in_search", "PLUGIN: search: the plug-in says no"),
    ("error_without_text", "PLUGIN: search: failed, and gave no reason"),
    ("error_of_two_lines", "PLUGIN: search: the first line\\nthe second line"),
    ("too_many", "PLUGIN: search found 11 neighbours where k is 10"),
    ("nan_id", "row 2147483647, which was not inserted"), ("unknown_id", "row 2147483647, which was not inserted"),
    ("out_of_range_id", "row 400, which was not inserted"), ("duplicate_id", "row 0 twice"),
    ("changes_query", "the library has changed the queries"),
    ("no_answer", "every answer was empty; check that the search writes its ids"),
    ("crash_in_create", "crashed (Aborted) while building"), ("crash_in_train", "crashed (Aborted) while building"),
    ("crash_in_add", "crashed (Aborted) while building"),
    ("crash_in_search", "crashed (Aborted) while searching in round 1"),
    ("exit_in_create", "ended with code 0 while building"), ("exit_in_add", "ended with code 0 while building"),
    ("exit_in_search", "ended with code 0 while searching in round 1"),
  ])
  func aFaultIsOneLineAndTheSweepGoesOn(fault: String, expected: String) throws {
    let reason = try reason(fault)
    #expect(reason.contains("failed: ") && reason.contains(expected), "\(reason)")
  }

  @Test(arguments: ["hang_in_create", "hang_in_search"])
  func aHangEndsWithTheTimeLimit(fault: String) throws {
    #expect(try reason(fault, ["--timeout", "2s"]).contains("timeout: more than 2 s while"))
  }

  @Test(arguments: ["none", "prints", "too_few"])
  func whatIsNoFaultIsMeasured(fault: String) throws {
    let reason = try reason(fault)
    #expect(reason.contains("recall 0.") && reason.contains("queries/s"), "\(reason)")
  }

  @Test func itsKindsAreListed() throws {
    let plugin = try CCompiler.plugin("exhaustive", in: workspace.path)
    let ended = try Workspace.runProgram(["indexes", "--plugin", plugin, "--index", "exhaustive-partial"])
    #expect(ended.code == 0)
    #expect(ended.output.hasPrefix("exhaustive-partial: "))
    #expect(
      ended.output.contains("search: at which end of the vectors a search begins (one of front, back, default front)"))
  }

  @Test func aSweepFileNamesIt() throws {
    let plugin = try CCompiler.plugin("exhaustive", in: workspace.path)
    let sweep = "\(workspace.path)/sweep.yml"
    let text = """
      datasets: \(workspace.dataset)
      runs: 2
      interleave: true
      indexes:
        mine: {plugin: \(plugin), index: exhaustive-partial, search: {share: [0.5, 1]}}
        flat:
      """
    try text.write(toFile: sweep, atomically: true, encoding: .utf8)
    let ended = try Workspace.runProgram(["run", sweep, "--out", workspace.output, "--allow-debug"])
    #expect(ended.code == 0, "\(ended.errors)")
    let rows = try workspace.rows()
    #expect(rows.map { $0["algorithm"] } == ["recallbench-mine", "recallbench-mine", "recallbench-flat"])
    #expect(rows.map { $0["recall_ids"] }[1...] == ["1.0", "1.0"])
  }
}
