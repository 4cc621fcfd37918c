import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct ComparisonChangesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The comparison of a sweep with one in which some cells have other speeds and recalls.
  private func comparison(
    _ cells: [FixtureCell], _ change: (Int, inout FixtureCell) -> Void = { _, _ in }
  ) throws -> Comparison {
    let heads = cells.enumerated().map { number, cell in
      var cell = cell
      change(number, &cell)
      return cell
    }
    let runs = try [cells, heads].map { cells in
      let report = try SweepReport.fixture(cells, folder: folder)
      return ComparedRun(folder: folder.path, run: report.run, records: report.records)
    }
    return Comparison(base: runs[0], head: runs[1])
  }

  private let cells = [1, 2, 4, 8].map { FixtureCell(nprobe: $0, recall: 0.9) }

  @Test func theWorstComesFirst() throws {
    let comparison = try comparison(cells) { number, cell in
      cell.qps = [900, 1000, 500, 2000][number]
    }
    let changes = ComparisonChanges(comparison)
    func probes(_ cells: [CellComparison]) -> [String] { cells.map { String($0.name.prefix(17)) } }
    #expect(probes(changes.worse) == ["ivf-flat(nprobe=4", "ivf-flat(nprobe=1"])
    #expect(probes(changes.better) == ["ivf-flat(nprobe=8"] && probes(changes.unchanged) == ["ivf-flat(nprobe=2"])
    #expect(probes(changes.sorted).map(\.last) == ["4", "1", "2", "8"])
    let names = changes.worse + changes.better
    #expect(
      changes.verdict
        == "worse: 2 of 4 cells, most \(names[0].name): qps 0.500; better: 1 of 4 cells, most \(names[2].name): qps 2.000"
    )
  }

  @Test func withoutAChangeThatIsSaid() throws {
    #expect(try ComparisonChanges(comparison(cells)).verdict == "no change in 4 cells")
    #expect(try ComparisonChanges(comparison([])).verdict == "no cell was measured in both")
  }

  /// A table of the terminal lists few unchanged cells, and counts many.
  @Test func manyUnchangedCellsAreCounted() throws {
    let many = (1...41).map { FixtureCell(nprobe: $0) }
    #expect(!(try comparison(many) { number, cell in if number == 3 { cell.qps = 500 } }.text.contains("not listed")))
    let more = try comparison(many + [FixtureCell(nprobe: 42), FixtureCell(nprobe: 43)]) { number, cell in
      if number == 3 { cell.qps = 500 }
    }
    #expect(more.text.contains("42 unchanged cells are not listed; --format json has them"))
    #expect(more.text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    #expect(!(try comparison(cells).text.contains("not listed")))
  }

  @Test func whatDiffersIsInTheNames() throws {
    let comparison = try comparison([FixtureCell(k: 1), FixtureCell(k: 10), FixtureCell(dataset: "texts")]) {
      $1.qps = 500
    }
    let names = comparison.cells.map(ComparisonText(comparison).name)
    #expect(names[0].hasPrefix("photos, ivf-flat(seed=") && names[0].hasSuffix(", k = 1"))
    #expect(names[2].hasPrefix("texts, ivf-flat(seed="))
    #expect(Set(names).count == 3)
  }

  @Test func thePageFoldsWhatIsUnchangedAndLimitsTheRest() throws {
    let many = (1...60).map { FixtureCell(nprobe: $0) }
    let section = ComparisonSection(
      try comparison(many) { number, cell in cell.qps = number < 50 ? 500 + Double(number) : 1000 }
    ).html
    let tables = section.split(separator: "<details>")
    func rows(_ text: Substring) -> Int { text.matches(of: /<tr><th scope="row"/).count }
    #expect(tables[0].contains("<p class=\"verdict\"><strong>Worse: 50 of 60 cells, most ivf-flat(nprobe=1, "))
    #expect(rows(tables[0]) == 12)
    #expect(tables[1].hasPrefix("<summary>38 further changed cells") && rows(tables[1]) == 38)
    #expect(tables[2].hasPrefix("<summary>10 unchanged cells") && rows(tables[2]) == 10)
    // The plot has the line at 1 in the middle, and slower cells left of it.
    #expect(tables[0].contains("<title>queries per second: 0.500</title><path class=\"one\" d=\"M110.0,0v16\"/>"))
    let places = tables[0].matches(of: /cx="([0-9.]+)"/).compactMap { Double($0.output.1) }
    #expect(places.count == 12 && places == places.sorted() && places.allSatisfy { $0 > 0 && $0 < 110 })
  }
}
