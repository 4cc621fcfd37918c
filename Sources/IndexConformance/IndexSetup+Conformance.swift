import VectorSearch

extension IndexSetup {
  /// Checks that an index keeps the promises of the protocols, and reports the violations.
  ///
  /// The checks need no test library: call this from Swift Testing, XCTest or a program, and expect `passed`. An
  /// unexpected error of the index is a finding, and the other checks go on. If the index ends the process, for example
  /// by a failed precondition, the checks end as well. An index that is not a `MutableVectorIndex` fails, because
  /// nothing can be inserted into it; the harness refuses such an index for the same reason.
  ///
  /// - Parameters:
  ///   - checks: the checks to run; by default all.
  ///   - seed: the seed of the vectors, the random history and the index. The same seed gives the same report, if the
  ///     index is deterministic.
  ///   - operations: the length of the random history, of which about a fifth are searches.
  ///   - invariants: throws if an invariant of the index itself is violated; called after each operation of the random
  ///     history.
  /// - Complexity: makes about 30 indexes with 20 to 2000 vectors each; this takes seconds in a debug build.
  public func checkConformance(
    only checks: [ConformanceCheck] = ConformanceCheck.allCases, seed: UInt64 = 7, operations: Int = 500,
    invariants: (Index) throws -> Void = { _ in }
  ) -> ConformanceReport {
    func run<Filled: MutableVectorIndex & DeclaredIndex>(_ type: Filled.Type) -> [ConformanceReport.Result] {
      guard let setup = self as? IndexSetup<Filled> else { preconditionFailure("one type under two names") }
      return checks.map { check in
        let run = CheckRun(setup, check, seed: seed)
        return run.result(operations: operations) { index in
          if let index = index as? Index { try invariants(index) }
        }
      }
    }
    let results =
      if let type = Index.self as? any (MutableVectorIndex & DeclaredIndex).Type { run(type) } else {
        checks.map { Self.resultWithoutInsertion($0, seed: seed) }
      }
    return ConformanceReport(
      kind: Index.declaration.kind, metric: metric, dimension: dimension, seed: seed, operations: operations,
      results: results)
  }

  private static func resultWithoutInsertion(_ check: ConformanceCheck, seed: UInt64) -> ConformanceReport.Result {
    guard check == .filling else {
      return ConformanceReport.Result(
        check: check, skipped: "nothing can be inserted into the index", findings: [], findingCount: 0)
    }
    let message =
      "expected a MutableVectorIndex, found \(Index.self), which is none: nothing can be inserted into it, and the "
      + "harness refuses it too"
    return ConformanceReport.Result(
      check: check, skipped: nil, findings: [ConformanceFinding(check: check, seed: seed, message: message)],
      findingCount: 1)
  }
}
