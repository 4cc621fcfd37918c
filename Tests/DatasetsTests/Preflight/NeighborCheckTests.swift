import Testing
import VectorCore

@testable import Datasets

struct NeighborCheckTests {
  /// Points 0, 1, 2, … on a line and a query at 2.25: its neighbours are 2, 3, 1, 4 at 0.25, 0.75, 1.25, 1.75.
  private func check(
    _ neighbors: [Int64] = [2, 3, 1, 4], _ distances: [Float] = [0.25, 0.75, 1.25, 1.75],
    _ standard: NeighborCheck.Standard = .recall
  ) -> NeighborCheck {
    NeighborCheck(
      Dataset(
        name: "line", path: "/line", metric: .euclidean, train: Matrix((0..<8).map { [Float($0)] }),
        test: Matrix([[2.25]]), groundTruth: GroundTruth(depth: 4, neighbors: neighbors, distances: distances)),
      standard: standard)
  }

  @Test func theTruthHasNoFault() {
    for standard in [NeighborCheck.Standard.recall, .exact] {
      #expect(check([2, 3, 1, 4], [0.25, 0.75, 1.25, 1.75], standard).fault(of: 0) == nil)
    }
  }

  @Test func everyFaultIsFound() {
    #expect(check([2, -1, 1, 4]).fault(of: 0) == .gap(position: 2))
    #expect(check([2, 3, 1, -1]).fault(of: 0) == .incomplete(found: 3, places: 4))
    #expect(check([2, 3, 2, 4]).fault(of: 0) == .twice(row: 2))
    #expect(
      check([2, 3, 1, 4], [0.25, 0.75, 1.5, 1.75]).fault(of: 0) == .wrongDistance(row: 1, stated: 1.5, exact: 1.25))
    #expect(check([2, 1, 3, 4], [0.25, 1.25, 0.75, 1.75]).fault(of: 0) == .misplaced(row: 3, behind: 1))
    #expect(
      check([2, 3, 1, 0], [0.25, 0.75, 1.25, 2.25]).fault(of: 0) == .omitted(row: 4, distance: 1.75, last: 2.25))
  }

  @Test func nothingIsNoNumber() {
    guard case .wrongDistance(row: 2, _, exact: 0.25) = check([2, 3, 1, 4], [.nan, 0.75, 1.25, 1.75]).fault(of: 0)
    else {
      Issue.record("NaN passes")
      return
    }
  }

  /// What recall forgives is no fault in the file of another, and one in our own.
  @Test func theStandardsDiffer() {
    let distances: [Float] = [0.2505, 0.75, 1.25, 1.75]
    #expect(check([2, 3, 1, 4], distances).fault(of: 0) == nil)
    #expect(check([2, 3, 1, 4], distances, .exact).fault(of: 0) != nil)
    let ties = Dataset(
      name: "ties", path: "/ties", metric: .euclidean, train: Matrix([[1], [1], [1]]), test: Matrix([[0]]),
      groundTruth: GroundTruth(depth: 2, neighbors: [2, 0], distances: [1, 1]))
    #expect(NeighborCheck(ties, standard: .recall).fault(of: 0) == nil)
    #expect(NeighborCheck(ties, standard: .exact).fault(of: 0) == .misplaced(row: 0, behind: 2))
  }

  @Test func fewerRowsThanPlacesAreNoFault() {
    let small = Dataset(
      name: "small", path: "/small", metric: .euclidean, train: Matrix([[1], [2]]), test: Matrix([[0]]),
      groundTruth: GroundTruth(depth: 3, neighbors: [0, 1, -1], distances: [1, 2, .infinity]))
    #expect(NeighborCheck(small, standard: .exact).fault(of: 0) == nil)
  }

  @Test func aZeroQueryHasNoNeighborsUnderAngular() {
    func fault(_ neighbors: [Int64], _ distances: [Float]) -> NeighborFault? {
      NeighborCheck(
        Dataset(
          name: "zero", path: "/zero", metric: .angular, train: Matrix([[1, 0], [0, 1]]), test: Matrix([[0, 0]]),
          groundTruth: GroundTruth(depth: 2, neighbors: neighbors, distances: distances)), standard: .recall
      ).fault(of: 0)
    }
    #expect(fault([-1, -1], [.infinity, .infinity]) == nil)
    #expect(fault([0, 1], [1, 1]) == .withoutDirection(stated: 2))
  }

  @Test func theFirstFaultOfManyQueriesIsTold() throws {
    let dataset = Dataset(
      name: "many", path: "/many", metric: .euclidean, train: Matrix([[0], [1]]),
      test: Matrix((0..<50).map { [Float($0)] }),
      groundTruth: GroundTruth(
        depth: 1, neighbors: [0] + Array(repeating: 1, count: 49),
        distances: [0] + (1..<50).map { $0 < 7 ? Float($0) - 1 : 0 })
    )
    let check = NeighborCheck(dataset, standard: .recall)
    #expect(check.firstFault(among: Array(0..<7), threads: 2) == nil)
    let (query, fault) = try #require(check.firstFault(among: Array(0..<50), threads: 2))
    #expect(query == 7 && fault == .wrongDistance(row: 1, stated: 0, exact: 6))
    #expect(check.firstFault(among: [20, 7, 3], threads: 1)?.query == 20)
  }
}
