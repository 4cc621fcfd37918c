import CKernels
import Testing

@testable import VectorCore

/// The selection kernel of every instruction set against sorting.
@Suite struct SelectionKernelTests {
  private static let instructionSets = Kernels.available.map(\.instructionSet)

  @Test(arguments: instructionSets)
  func limitsTakeEnoughAndNotTooMany(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet))
    var generator = SeededGenerator(seed: 5)
    for count in [1, 2, 7, 15, 16, 17, 33, 200] {
      for kind in 0..<6 {
        let numbers = floats(count, seed: UInt64(31 * count + kind)).enumerated().map { index, x -> Float in
          switch kind {
          case 0: x
          case 1: 1e30 * x
          case 2: 1e-38 * x
          case 3: index % 3 == 0 ? 0.5 : x  // many equal ones
          case 4: index % 4 == 1 ? .infinity : x
          default: index % 5 == 2 ? .nan : x
          }
        }
        let values = GuardedArray(numbers[...])
        let sorted = numbers.map { $0.isNaN ? .infinity : $0 }.sorted()
        for _ in 0..<10 {
          let some = 1 + generator.next(below: count)
          let most = some + generator.next(below: 3)
          let limit = kernels.limit_of_least_f32(values.base, count, some, most)
          let within = sorted.filter { $0 <= limit }.count
          #expect(within >= some, "\(numbers)")
          #expect(within <= most || sorted.filter { $0 < limit }.count < some, "more only if equal: \(numbers)")
        }
      }
    }
  }

  @Test(arguments: instructionSets)
  func allMayBeEqualOrInfinite(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet))
    for value in [Float.infinity, -.infinity, .nan, 0, -.greatestFiniteMagnitude, .greatestFiniteMagnitude] {
      let values = [Float](repeating: value, count: 40)
      let limit = kernels.limit_of_least_f32(values, 40, 3, 3)
      #expect(value.isNaN ? limit == .infinity : value <= limit)
    }
  }
}
