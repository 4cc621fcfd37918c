import TestSupport
import Testing
import YAML

@testable import Bench

@Suite struct RunbookFileTests {
  /// Two datasets in the layout of big-ann-benchmarks, whose steps need not be in order.
  private static let text = """
    random-xs:
      max_pts: 100
      1:
        operation: "insert"
        start: 0
        end: 75
      3:
        operation: "replace"
        tags_start: 0
        tags_end: 25
        ids_start: 75
        ids_end: 100
      2:
        operation: "search"
      4: {operation: search}
      5: {operation: delete, start: 25, end: 50}
      6: {operation: search}
      gt_url: "https://example.org/truth"
    other:
      1: {operation: insert, start: 0, end: 10}
      2: {operation: search}
    """

  private func read(_ text: String) throws -> RunbookFile {
    try RunbookFile(try YAMLParser.parse(text, source: "steps.yaml"), path: "steps.yaml")
  }

  @Test func everyOperationIsRead() throws {
    let file = try read(Self.text)
    let runbook = try file.runbook(for: "random-xs")
    #expect(
      runbook.steps == [
        .insert(0..<75), .search, .replace(tags: 0..<25, rows: 75..<100), .search, .delete(25..<50), .search,
      ])
    #expect(runbook.maximumRows == 100 && runbook.searches == [2, 4, 6])
    #expect(try file.runbook(for: "other").maximumRows == nil)
    #expect(try file.runbook(for: "random-xs-first-80") == runbook)
    try runbook.check(rows: 100, k: 50)
  }

  /// The published files differ in the order of keys, in quotes, comments, indentation, and in whether the last line ends.
  @Test(arguments: [
    """
    wiki:
      1:
        end: 8
        operation: insert
        start: 0
      2:
        operation: search
      3:
        ids_end: 10
        ids_start: 8
        operation: replace
        tags_end: 4
        tags_start: 2
      10:
        operation: search
      4:
        end: 2
        operation: delete
        start: 0
      5: {operation: search}
      6: {operation: search}
      7: {operation: search}
      8: {operation: search}
      9: {operation: search}
      gt_url: https://example.org/wiki/runbook.yaml
      max_pts: 8
    """,
    """
    wiki:
      max_pts: 8
      # On a machine with "R":50, "insert_threads":16
      # ~28 mins run time, average recall@10: 0.892
      1: \u{20}
        operation: 'insert'
        start: 0
        end: 8
      2:
        operation: "search"
      3: \u{20}
        operation: "replace"
        tags_start: 2
        tags_end: 4
        ids_start: 8
        ids_end: 10
      4:
        operation: 'delete'
        start: 0
        end: 2
      5:
        operation: "search"
      6:
        operation: "search"
      7:
        operation: "search"
      8:
        operation: "search"
      9:
        operation: "search"
      10:
        operation: "search"
      gt_url: "https://example.org/wiki/runbook.yaml"

    other:
      max_pts: 3
      1:
        operation: "insert"
        start: 0
        end: 3
      2:
        operation: "search"
    """,
  ])
  func everyLayoutOfThePublishedFilesIsRead(text: String) throws {
    let runbook = try read(text).runbook(for: "wiki")
    #expect(
      runbook.steps.prefix(4) == [.insert(0..<8), .search, .replace(tags: 2..<4, rows: 8..<10), .delete(0..<2)])
    #expect(runbook.steps.count == 10 && runbook.searches == [2] + Array(5...10) && runbook.maximumRows == 8)
    try runbook.check(rows: 10, k: 6)
  }

  @Test func theOnlyRunbookOfAFileServesEveryDataset() throws {
    let file = try read("a: {1: {operation: search}}")
    #expect(try file.runbook(for: "b").section == "a")
    #expect(throws: RunbookError.noRunbook(file: "steps.yaml", dataset: "b", known: ["random-xs", "other"])) {
      try read(Self.text).runbook(for: "b")
    }
  }

  @Test(arguments: [
    ("a: {}", "a: 'no steps'"), ("a: {2: {operation: search}}", "a: "), ("a: {1: {operation: upsert}}", "upsert"),
    ("a: {1: {operation: insert, start: 5}}", "end"), ("a: {1: {operation: insert, start: 5, end: 5}}", "a.1.end"),
    ("a: {1: {operation: delete, start: -1, end: 5}}", "a.1.start"),
    ("a: {max_pts: 0, 1: {operation: search}}", "max_pts"),
    ("a: {1: {operation: replace, tags_start: 0, tags_end: 2, ids_start: 0, ids_end: 3}}", "as many ids as tags"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, problem: String) {
    let error = #expect(throws: YAMLError.self) { try read(text) }
    let line = error?.description ?? ""
    #expect(line.hasPrefix("steps.yaml:1:") && line.contains(problem.replacing("'no steps'", with: "")), "\(line)")
  }

  @Test(arguments: [
    ("1: {operation: search}", 1, "operation", 0), ("1: {operation: insert, start: 90, end: 101}", 1, "end", 101),
    ("1: {operation: delete, start: 3, end: 4}", 1, "start", 3),
    ("1: {operation: insert, start: 0, end: 9}, 2: {operation: insert, start: 8, end: 12}", 2, "start", 8),
    (
      "1: {operation: insert, start: 0, end: 9}, 2: {operation: delete, start: 0, end: 9}, 3: {operation: search}", 3,
      "operation", 0
    ),
    (
      "1: {operation: insert, start: 0, end: 9}, 2: {operation: replace, tags_start: 7, tags_end: 10, ids_start: 20, ids_end: 23}",
      2, "tags_start", 9
    ),
    ("max_pts: 8, 1: {operation: insert, start: 0, end: 9}, 2: {operation: search}", 1, "max_pts", 8),
    ("1: {operation: insert, start: 0, end: 9}", 1, "operation", 0),
  ])
  func stepsThatCannotBeCarriedOutAreRefused(steps: String, step: Int, field: String, value: Int) throws {
    let runbook = try read("a: {\(steps)}").runbook(for: "a")
    let error = #expect(throws: RunbookError.self) { try runbook.check(rows: 100, k: 1) }
    guard case .step(let file, let section, let number, let name, let found, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file == "steps.yaml" && section == "a" && number == step && name == field && found == value)
  }
}
