import VectorSearch

extension IndexSetup {
  /// Checks what every index promises, and reports what does not hold.
  ///
  /// The checks need no test library: call this from Swift Testing, XCTest or a program, and expect `passed`. An index
  /// that throws where it should not is a finding like any other, and the other checks go on; an index that stops the
  /// process, by a failed precondition for one, ends the checks too. An index that is not a `MutableVectorIndex` fails,
  /// because nothing can be inserted into it; the harness refuses it for the same reason.
  ///
  /// - Parameters:
  ///   - checks: the checks to run; all of them unless given.
  ///   - seed: where the vectors, the random history and the index's own seed come from. The same seed gives the same
  ///     report, unless the index itself answers differently each time.
  ///   - operations: the length of the random history; about a fifth of it are searches.
  ///   - invariants: throws when something that the index itself promises does not hold; called after each operation of
  ///     the random history.
  /// - Complexity: some 30 indexes are made and filled with 20 to 2000 vectors; seconds in a debug build.
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
