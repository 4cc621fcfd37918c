@_exported import IndexConformance
import Testing
import VectorSearch

/// Runs the conformance suite; what it finds is recorded as issues of the test.
///
/// Call it once for each metric and each build worth testing.
public func checkVectorIndex<Index: DeclaredIndex>(
  _ setup: IndexSetup<Index>, only checks: [ConformanceCheck] = ConformanceCheck.allCases, seed: UInt64 = 7,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try record(setup.checkConformance(only: checks, seed: seed), sourceLocation)
}

/// Plays random insertions, removals, batches, trainings and searches against brute force.
///
/// - Parameter invariants: what else must hold after each operation.
public func checkRandomOperations<Index: DeclaredIndex>(
  _ setup: IndexSetup<Index>, operations: Int, seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
  invariants: (Index) throws -> Void = { _ in }
) throws {
  try record(
    setup.checkConformance(only: [.randomOperations], seed: seed, operations: operations, invariants: invariants),
    sourceLocation)
}

/// One issue for each finding; a report that has checked nothing ends the test.
private func record(_ report: ConformanceReport, _ sourceLocation: SourceLocation) throws {
  for finding in report.findings { Issue.record("\(finding)", sourceLocation: sourceLocation) }
  try #require(report.passed || !report.findings.isEmpty, "\(report)", sourceLocation: sourceLocation)
}
