import CKernels
import Testing
import VectorCore

/// Codewords of every instruction set against costs in Float64, at ragged counts and dimensions.
@Suite(.serialized) struct CodebookKernelTests {
  static let shapes: [(dsub: Int, ksub: Int)] = [(1, 16), (2, 16), (3, 256), (4, 256), (17, 16), (8, 256)]

  @Test(arguments: Kernels.available.map(\.instructionSet), shapes)
  func choosesTheCheapestCodeword(name: String, shape: (dsub: Int, ksub: Int)) throws {
    let kernels = try #require(Kernels.table(named: name))
    let (dsub, ksub) = shape
    let stride = 67
    let codebook = GuardedArray(floats(dsub * ksub, seed: 1)[...])
    let vectors = floats(dsub * stride, seed: 2)
    let directions = floats(dsub * stride, seed: 3)
    let along = floats(stride, seed: 4)
    let weight: Float = 5
    func cost(_ row: Int, _ codeword: Int, weight: Float) -> Double {
      var distance = 0.0
      var parallel = Double(along[row])
      for j in 0..<dsub {
        let error = Double(vectors[j * stride + row]) - Double(codebook.base[j * ksub + codeword])
        distance += error * error
        parallel += error * Double(directions[j * stride + row])
      }
      return distance + Double(weight) * parallel * parallel
    }
    func expectCheapest(_ codes: [UInt8], count: Int, weight: Float) {
      for row in 0..<count {
        let least = (0..<ksub).map { cost(row, $0, weight: weight) }.min()!
        #expect(
          cost(row, Int(codes[row]), weight: weight) <= least + 1e-5 * (1 + least), "\(name), \(shape), row \(row)")
      }
      #expect(codes[count...].allSatisfy { $0 == 255 }, "wrote past the last code")
    }
    var whole: [[UInt8]] = []
    for count in [67, 0, 1, 15, 16, 17, 31, 32, 33, 64] {
      var nearest = [UInt8](repeating: 255, count: stride + 1)
      var cheapest = nearest
      kernels.nearest_codeword_f32(vectors, stride, count, dsub, codebook.base, ksub, &nearest)
      kernels.cheapest_codeword_f32(
        vectors, directions, stride, count, dsub, codebook.base, ksub, along, weight, &cheapest)
      if count == 67 {
        expectCheapest(nearest, count: count, weight: 0)
        expectCheapest(cheapest, count: count, weight: weight)
        whole = [nearest, cheapest]
      } else {
        #expect(nearest[..<count] == whole[0][..<count], "a code depends on the count: \(name), \(count)")
        #expect(cheapest[..<count] == whole[1][..<count], "a code depends on the count: \(name), \(count)")
        #expect(nearest[count...].allSatisfy { $0 == 255 })
      }
    }
  }

  @Test(arguments: Kernels.available.map(\.instructionSet))
  func overflowChoosesCodewordZero(name: String) throws {
    let kernels = try #require(Kernels.table(named: name))
    let codebook = [Float](repeating: -3e38, count: 32)
    var codes = [UInt8](repeating: 9, count: 33)
    let vectors = [Float](repeating: 3e38, count: 66)
    kernels.nearest_codeword_f32(vectors, 33, 33, 2, codebook, 16, &codes)
    #expect(codes.allSatisfy { $0 == 0 })
  }
}
