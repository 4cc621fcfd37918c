import CKernels
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct ShortlistTests {
  /// All of whose vectors are visible.
  let store = VectorStore(flat: 1, metric: .euclidean, projects: false)

  struct Candidate: Equatable {
    let estimate: Float
    let list: Int
    let row: Int

    func precedes(_ other: Candidate) -> Bool {
      (estimate, list, row) < (other.estimate, other.list, other.row)
    }
  }

  /// What is left of candidates that come in this order, as scans bring them: within the threshold, list by list.
  func shortlist(_ candidates: [Candidate], wanted: Int, _ list: inout Shortlist) -> [Candidate] {
    let shape = ProductCodeShape(m: 2, nbits: 4)
    let codes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    defer { codes.deallocate() }
    list.reset(wanted: wanted)
    for candidate in candidates where !(candidate.estimate > list.threshold) {
      let start = candidate.row / 32 * 32
      let kept = rbk_pq_kept(index: UInt32(candidate.row - start), estimate: candidate.estimate)
      let rows = CodedRows(list: UInt32(candidate.list), count: 1000, blocks: codes, shape: shape, origins: nil)
      if candidate.row % 5 == 0 {
        list.append(candidate.estimate, at: rows.place(candidate.row), in: store)
      } else {
        list.append([kept], count: 1, of: rows, from: start, isProbed: [], in: store)
      }
    }
    list.finish()
    return (0..<list.count).map {
      Candidate(estimate: list.estimate($0), list: Int(list.place($0).list), row: Int(list.place($0).offset))
    }
  }

  @Test(arguments: [1, 2, 10, 63, 400, 2000])
  func keepsTheLeastWhateverTheOrder(wanted: Int) {
    var generator = SeededGenerator(seed: UInt64(wanted))
    var list = Shortlist()
    for levels in [3, 50, 1 << 20] {
      var candidates = (0..<1000).map {
        Candidate(estimate: Float(generator.next(below: levels)), list: $0 % 7, row: $0 / 7)
      }
      let expected = Array(candidates.sorted { $0.precedes($1) }.prefix(wanted))
      for _ in 0..<3 {
        let found = shortlist(candidates, wanted: wanted, &list)
        #expect(found.sorted { $0.precedes($1) } == expected, "\(levels) levels")
        candidates = generator.sample(1000, below: 1000).map { candidates[$0] }
      }
    }
  }

  /// Estimates that can't be compared count as infinitely far, whether there are enough others or not.
  @Test func whatIsNoNumberComesLast() {
    var list = Shortlist()
    let numbers: [Float] = [.nan, 3, .infinity, -.infinity, 2, .nan, 1e38]
    let candidates = numbers.enumerated().map { Candidate(estimate: $1, list: 0, row: $0) }
    #expect(Set(shortlist(candidates, wanted: 4, &list).map(\.row)) == [1, 3, 4, 6])
    #expect(Set(shortlist(candidates, wanted: 5, &list).map(\.row)) == [0, 1, 3, 4, 6])
    #expect(shortlist(candidates, wanted: 20, &list).count == 7)
  }

  /// An spilled copy stands for the vector it is of, unless that is met in its own list.
  @Test func spilledCopiesOfProbedListsAreLeftOut() {
    var list = Shortlist()
    list.reset(wanted: 10)
    var origins = [(0, 7), (1, 8), (2, 9)].map { RowPlace(list: $0, offset: $1) }
    let codes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    defer { codes.deallocate() }
    origins.withUnsafeMutableBufferPointer { origins in
      let rows = CodedRows(
        list: 5, count: 3, blocks: codes, shape: ProductCodeShape(m: 2, nbits: 4), origins: origins.baseAddress)
      let kept = (0..<3).map { rbk_pq_kept(index: $0, estimate: Float($0)) }
      list.append(kept, count: 3, of: rows, from: 0, isProbed: [false, true, false, false, false, true], in: store)
    }
    #expect((0..<list.count).map { list.place($0).list } == [0, 2])
    #expect((0..<list.count).map { Int(list.place($0).offset) } == [7, 9])
    #expect((0..<list.count).map { list.estimate($0) } == [0, 2])
  }

  @Test func movesForwardWhatIsNear() {
    var list = Shortlist()
    let candidates = (0..<50).map { Candidate(estimate: Float($0 * 37 % 50), list: 1, row: $0) }
    _ = shortlist(candidates, wanted: 60, &list)
    #expect(list.moveForward(within: 9, from: 0) == 10)
    #expect(Set((0..<10).map { list.estimate($0) }) == Set((0..<10).map(Float.init)))
    #expect(list.moveForward(within: 19, from: 10) == 10, "of the others")
    #expect(Set((0..<50).map { Int(list.place($0).offset) }) == Set(0..<50), "nothing is lost")
  }
}
