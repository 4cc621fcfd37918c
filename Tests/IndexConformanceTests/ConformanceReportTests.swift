import IndexConformance
import Testing
import VectorSearch

@Suite struct ConformanceReportTests {
  @Test func tellsWhatFailedAndHowToRunItAgain() {
    let report = IndexSetup.with(.keepsMetadata).checkConformance(
      only: [.filling, .conflictRules, .hugeValues], seed: 17)
    #expect(
      report.description == """
        faulty, euclidean, dimension 20, seed 17: 3 checks run, 1 failed, 0 skipped

        filling         passed
        conflict rules  failed, 4 findings
        huge values     passed

        conflict rules (seed 17): id 9 was inserted with the metadata a = 1, then replaced by another vector with b = 1; \
        ids found with the filter a = 1: expected [], found [9]
        conflict rules (seed 17): id 9 was inserted with the metadata a = 1, then replaced by another vector with b = 1; \
        ids found with the filter b = 1: expected [9], found []
        conflict rules (seed 17): a batch of the ids 4, 3, 4 with x = 0, nothing and x = 2 was inserted under the rule \
        replace; ids found with x = 2: expected [4], found []
        conflict rules (seed 17): a batch of the ids 4, 3, 4 with x = 0, nothing and x = 2 was inserted under the rule \
        replace; ids found with x = 0: expected [], found [4]

        Run one check again:
          checkConformance(only: [.conflictRules], seed: 17)
        """)
  }

  @Test func aPassedReportIsATableOnly() {
    let report = IndexSetup.with(.none).checkConformance(only: [.removal], seed: 1)
    #expect(
      report.description == """
        faulty, euclidean, dimension 20, seed 1: 1 checks run, 0 failed, 0 skipped

        removal  passed
        """)
  }

  @Test func theLengthOfTheHistoryBelongsToTheCall() {
    let report = IndexSetup.with(.removesTwo).checkConformance(only: [.randomOperations], seed: 7, operations: 600)
    #expect(report.description.hasSuffix("  checkConformance(only: [.randomOperations], seed: 7, operations: 600)"))
  }

  /// Errors are findings, not the end; of many findings the first are kept.
  @Test func anIndexThatThrowsIsCheckedToTheEnd() throws {
    let report = IndexSetup.with(.throwsAlways).checkConformance(seed: 7)
    #expect(report.results.map(\.check) == ConformanceCheck.allCases)
    let results = Dictionary(uniqueKeysWithValues: report.results.map { ($0.check, $0) })
    #expect(results[.filling]?.findingCount == 0)
    #expect(results[.statistics]?.findingCount == 0)
    let ties = try #require(results[.ties])
    #expect(
      ties.findings.map(\.message) == [
        "40 equal vectors were inserted one by one under the ids 39, 38, …, 0; expected no error, found "
          + "notTrained(kind: \"faulty\")"
      ])
    let searches = try #require(
      IndexSetup.with(.acceptsOtherMetric).checkConformance(only: [.refusedSearches], seed: 7).results.first {
        $0.check == .refusedSearches
      })
    #expect(searches.findings.count == ConformanceReport.mostFindings)
    #expect(searches.findingCount == 12)
  }

  @Test func theSameSeedFindsTheSame() {
    let setup = IndexSetup.with(.findsRemoved)
    func findings(_ seed: UInt64) -> [String] {
      setup.checkConformance(only: [.removal, .randomOperations], seed: seed).findings.map(\.message)
    }
    #expect(findings(3) == findings(3))
    #expect(findings(3) != findings(4))
  }

  @Test func anIndexThatCannotBeFilledFails() {
    let report = IndexSetup(EmptyIndex.self, metric: .dot).checkConformance(only: [.filling, .filters], seed: 7)
    #expect(!report.passed)
    #expect(
      report.description == """
        empty, dot, dimension 20, seed 7: 1 checks run, 1 failed, 1 skipped

        filling  failed, 1 finding
        filters  skipped: nothing can be inserted into the index

        filling (seed 7): expected a MutableVectorIndex, found EmptyIndex, which is none: nothing can be inserted into \
        it, and the harness refuses it too

        Run one check again:
          checkConformance(only: [.filling], seed: 7)
        """)
    #expect(!IndexSetup(EmptyIndex.self, metric: .dot).checkConformance(only: [.filters]).passed)
  }
}

/// An index that stores nothing.
private final class EmptyIndex: DeclaredIndex {
  static let declaration = IndexDeclaration(
    kind: "empty", summary: "stores nothing", metrics: Metric.allCases, build: [], search: [])

  let dimension: Int
  let metric: Metric
  let count = 0

  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    self.dimension = dimension
    self.metric = metric
  }

  var statistics: IndexStatistics { IndexStatistics(kind: "empty", count: 0, memoryBytes: 0) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    try check(query, k: k, parameters, filter)
  }
}
