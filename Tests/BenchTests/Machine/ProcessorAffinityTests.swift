import Testing

@testable import Bench

#if os(Linux)
  @Suite struct ProcessorAffinityTests {
    private func count(_ bits: [UInt8]) -> Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

    @Test func placesGoThroughAllProcessorsAndTheThreadIsFreeAfterwards() {
      let before = ProcessorAffinity.usable()
      var inside: [[UInt8]] = []
      for place in 0...count(before) {
        ProcessorAffinity.staying(on: place) { inside.append(ProcessorAffinity.usable()) }
      }
      #expect(count(before) > 0 && inside.allSatisfy { count($0) == 1 })
      let together = before.indices.map { byte in inside.reduce(0) { $0 | $1[byte] } }
      #expect(together == before && inside.last == inside.first && ProcessorAffinity.usable() == before)
    }
  }
#endif
