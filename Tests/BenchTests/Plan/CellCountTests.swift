import Testing
import VectorCore
import VectorIndexes
import YAML

@testable import Bench

@Suite struct CellCountTests {
  @Test func productsAndSumsDoNotOverflow() {
    #expect(CellCount([]).value == 1 && CellCount([3, 4]).value == 12)
    #expect(CellCount([1 << 32, 1 << 32]).value == nil && CellCount([1 << 32, 1 << 32, 0]).value == 0)
    var sum = CellCount([.max])
    sum += CellCount([1])
    #expect(sum.value == nil && sum.description == "more than 9223372036854775807")
  }

  private func plan(_ settings: [Setting], datasets: Int = 1, _ adjust: (inout Sweep) -> Void = { _ in }) throws {
    var sweep = Sweep()
    sweep.indexes = .variants(
      try IndexVariant.variants(of: [Subject(FlatIndex.self), Subject(IVFPQIndex.self)], settings: settings))
    adjust(&sweep)
    _ = try SweepPlan(sweep, datasets: (0..<datasets).map { .fixture("d\($0)") })
  }

  private func numbers(_ count: Int) -> [String] { (1...count).map(String.init) }

  /// Counted, not made: 2.5e10 cells need no memory.
  @Test func moreCellsThanASweepCanHaveAreRefusedWithWhatMultiplies() throws {
    let error = #expect(throws: PlanError.self) {
      try plan([Setting("nlist", numbers(5_000)), Setting("nprobe", numbers(5_000)), Setting("refine", numbers(500))]) {
        $0.modes = [.single, .batch]
      }
    }
    #expect(
      error
        == .tooManyCells(
          count: "25000000002", index: "ivf-pq", product: "5000 of nlist × 5000 of nprobe × 500 of refine × 2 of mode",
          datasets: 1))
    #expect(
      error?.description
        == "the sweep has 25000000002 cells (ivf-pq: 5000 of nlist × 5000 of nprobe × 500 of refine × 2 of mode; "
        + "1 dataset); a sweep has at most 1000000 cells; name fewer values")
  }

  @Test func whatIsBeyondCountingIsRefusedToo() {
    let error = #expect(throws: PlanError.self) {
      try plan(
        ["nlist", "nprobe", "m", "train_size", "refine"].map { Setting($0, numbers(10_000)) }, datasets: 2)
    }
    guard case .tooManyCells("more than 9223372036854775807", _, _, 2) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func theLimitItselfIsEnough() throws {
    // Of the flat index 1, of the other one less than a sweep can have.
    try plan([Setting("nprobe", numbers(100))]) { $0.ks = Array(1...10) }
  }

  @Test(arguments: ["args: [A, B, C, D, E]", "arg_groups: [A, B, C, D, E]", "args: {nlist: A, niter: B, m: C, x: D}"])
  func anAnnBenchmarksFileIsCountedBeforeItsProductIsMade(arguments: String) throws {
    let list = "[\(numbers(2_000).joined(separator: ", "))]"
    let text = arguments.replacing(/[A-E](?=[,\]\}])/, with: list)
    let config = try AnnBenchmarksConfig(
      try YAMLParser.parse(
        "{float: {any: [{constructor: ivf-pq, name: x, run_groups: {g: {\(text)}}}]}}", source: "c.yml"),
      catalog: SubjectCatalog(.standard))
    let shape = DatasetShape(name: "d", metric: .euclidean, trainSize: 100, dimension: 64, queries: 10)
    let error = #expect(throws: YAMLError.self) { try config.variants(for: shape, k: 10) }
    #expect(error?.description.contains("combinations; a sweep has at most 1000000 cells") == true, "\(error!)")
  }

  @Test(arguments: ["x/../../evil", "..", ".x", "", "a b", String(repeating: "x", count: 101)])
  func aNameThatIsNoFoldersNameIsRefusedInBothGrammars(name: String) throws {
    let quoted = "\"\(name)\""
    // Names of ann-benchmarks may have brackets and spaces: the nearest name that can be a folder's is taken.
    let nearest = ["x/../../evil": "x-..-..-evil", "a b": "a-b"][name]
    let text = "{float: {any: [{constructor: flat, name: \(quoted), run_groups: {g: {args: [[]]}}}]}}"
    do throws(YAMLError) {
      let config = try AnnBenchmarksConfig(
        try YAMLParser.parse(text, source: "c.yml"), catalog: SubjectCatalog(.standard))
      #expect(config.algorithms.map(\.name) == [nearest])
    } catch {
      #expect(nearest == nil, "\(error)")
    }
    #expect(throws: YAMLError.self) {
      try SweepFile.read(
        try YAMLParser.parse("{indexes: {\(quoted): {index: flat}}}", source: "s.yml"),
        catalog: SubjectCatalog(.standard))
    }
  }
}
