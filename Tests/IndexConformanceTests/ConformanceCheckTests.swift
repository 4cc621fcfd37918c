import IndexConformance
import Testing
import VectorSearch

/// Each fault is found by the check one would expect, and what has none passes all.
@Suite struct ConformanceCheckTests {
  @Test(arguments: zip(Metric.allCases, [UInt64(1), 2, 3, 4, 5]))
  func aRightIndexPasses(metric: Metric, seed: UInt64) {
    let report = IndexSetup.with(.none, metric).checkConformance(seed: seed)
    #expect(report.passed, "\(report)")
    #expect(report.results.map(\.check) == ConformanceCheck.allCases)
    #expect(report.results.allSatisfy { $0.skipped == nil })
  }

  @Test(arguments: Metric.allCases)
  func aRightIndexWithApproximateSearchesPasses(metric: Metric) {
    let report = IndexSetup.with(.none, metric, isApproximate: true).checkConformance(seed: 9)
    #expect(report.passed, "\(report)")
  }

  @Test(arguments: Fault.allCases.filter { $0 != .none })
  func aFaultIsFoundByItsCheck(fault: Fault) throws {
    let report = IndexSetup.with(fault).checkConformance(only: [fault.check], seed: 7)
    #expect(!report.passed)
    #expect(report.findings.allSatisfy { $0.check == fault.check && $0.seed == 7 })
    let finding = try #require(report.findings.first)
    #expect(finding.message.contains("expected "), "\(finding)")
    #expect(!finding.message.contains("\n"), "\(finding)")
  }

  /// What an approximate search may lack is not its fault; everything else is found all the same.
  @Test(arguments: Fault.allCases)
  func aFaultIsFoundInApproximateSearchesToo(fault: Fault) {
    let report = IndexSetup.with(fault, isApproximate: true).checkConformance(only: [fault.check], seed: 7)
    #expect(report.passed == fault.isAllowedInApproximateSearch, "\(report)")
  }

  @Test func anApproximateSearchIsNotExhaustive() {
    let setup = IndexSetup(
      FaultyIndex.self, metric: .euclidean, exhaustive: ["share": "50"],
      construct: { _, seed in FaultyIndex(dimension: 20, metric: .euclidean, seed: seed, fault: .none) })
    #expect(!setup.checkConformance(only: [.answers], seed: 7).passed)
  }

  /// Without true distances only those of brute force are not asked for.
  @Test func estimatedDistancesMayDiffer() {
    func report(_ fault: Fault) -> ConformanceReport {
      IndexSetup(
        FaultyIndex.self, metric: .euclidean, exhaustive: ["share": "100"], hasTrueDistances: false,
        construct: { _, seed in FaultyIndex(dimension: 20, metric: .euclidean, seed: seed, fault: fault) }
      ).checkConformance(seed: 7)
    }
    #expect(report(.squaredDistances).passed)
    #expect(report(.squaredDistances).results.filter { $0.skipped != nil }.map(\.check) == [.hugeValues])
    #expect(!report(.missesTheNearest).passed)
    #expect(!report(.unsorted).passed)
  }

  /// Vectors of a few components have no component 7 to be wrong.
  @Test(arguments: zip(Metric.allCases, [1, 1, 2, 2, 1]))
  func anyDimensionWillDo(metric: Metric, dimension: Int) {
    let report = IndexSetup(
      FaultyIndex.self, metric: metric, dimension: dimension, exhaustive: ["share": "100"],
      construct: { _, seed in FaultyIndex(dimension: dimension, metric: metric, seed: seed, fault: .none) }
    ).checkConformance(seed: 7)
    #expect(report.passed, "\(report)")
  }

  /// What the index promises of itself is looked at after each operation.
  @Test func invariantsAreChecked() throws {
    struct BrokenPromise: Error {}
    let report = IndexSetup.with(.none).checkConformance(only: [.randomOperations], seed: 7) { index in
      if index.count > 10 { throw BrokenPromise() }
    }
    let message = try #require(report.findings.first?.message)
    #expect(message.contains("expected no error, found BrokenPromise()"), "\(message)")
  }

  /// The fault needs more than 20 vectors, the removal of an id that ends with 7, and a count after it.
  @Test func aRandomHistoryIsShortened() throws {
    let report = IndexSetup.with(.removesTwo).checkConformance(only: [.randomOperations], seed: 7)
    let message = try #require(report.findings.first?.message)
    let found = try #require(
      message.firstMatch(
        of:
          #/^operation (\d+) of 500, remove id \d*7: count: expected (\d+), found (\d+); the fewest .* fail, (\d+), /#
      ))
    #expect(Int(found.3)! == Int(found.2)! - 1)
    #expect(Int(found.4)! <= 23, "\(message)")
    #expect(message.contains(/, remove id \d*7$/), "\(message)")
  }
}
