import CKernels
import Testing

@testable import VectorCore

/// The 4-bit code kernels of every instruction set against plain Swift: integer sums are exact, so all must agree.
@Suite struct ScalarCodeKernelTests {
  private static let dimensions = [1, 7, 8, 9, 16, 31, 33, 100, 128, 384]

  /// Codes z and queries, and the blocks that hold the codes with zero offsets and the given errors.
  private struct Sample {
    let dimension: Int
    let levels: [[UInt8]]
    let queries: [[Int8]]
    let errors: [Float]

    init(count: Int, dimension: Int, queries: Int) {
      var generator = SeededGenerator(seed: UInt64(count * 1000 + dimension))
      self.dimension = dimension
      levels = (0..<count).map { _ in (0..<dimension).map { _ in UInt8(generator.next(below: 16)) } }
      // The extremes too: an implementation that saturates must be seen.
      self.queries = (0..<queries).map { query in
        (0..<dimension).map { _ in query == 0 ? 127 : query == 1 ? -127 : Int8(generator.next(below: 255) - 127) }
      }
      errors = (0..<count).map { _ in Float(generator.next(below: 50)) }
    }

    func sum(_ vector: Int, _ query: Int) -> Int {
      zip(levels[vector], queries[query]).reduce(0) { $0 + Int($1.0) * Int($1.1) }
    }

    /// What a kernel keeps, for all queries.
    func scan(_ kernels: rbk_sq4_kernels, bound: rbk_sq4_bound) -> [[rbk_sq4_kept]] {
      let blockBytes = rbk_sq4_block_bytes(dimension)
      let stride = (levels.count + 15) / 16 * 16
      let blocks = UnsafeMutableRawPointer.allocate(byteCount: stride / 16 * blockBytes, alignment: 64)
      defer { blocks.deallocate() }
      blocks.initializeMemory(as: UInt8.self, repeating: 0, count: stride / 16 * blockBytes)
      for (vector, levels) in levels.enumerated() {
        let block = blocks + vector / 16 * blockBytes
        let lane = vector % 16
        for (component, level) in levels.enumerated() {
          let byte = block + component / 8 * 64 + lane * 4 + component % 4
          let shifted = component % 8 < 4 ? level : level << 4
          byte.storeBytes(of: byte.load(as: UInt8.self) | shifted, as: UInt8.self)
        }
        (block + blockBytes - 64 + lane * 4).storeBytes(of: errors[vector], as: Float.self)
      }
      let queryBytes = rbk_sq4_query_bytes(dimension)
      let codes = queries.flatMap { $0 + [Int8](repeating: 0, count: queryBytes - dimension) }
      var kept = [rbk_sq4_kept](repeating: rbk_sq4_kept(), count: queries.count * stride)
      var counts = [Int](repeating: -1, count: queries.count)
      let bounds = [rbk_sq4_bound](repeating: bound, count: queries.count)
      kernels.scan(blocks, levels.count, dimension, codes, queries.count, bounds, &kept, stride, &counts)
      return queries.indices.map { Array(kept[($0 * stride)..<($0 * stride + counts[$0])]) }
    }
  }

  @Test(arguments: Kernels.available.map(\.instructionSet))
  func scansExactly(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).sq4.pointee
    for dimension in Self.dimensions {
      for (count, queries) in [(1, 1), (15, 2), (16, 3), (17, 4), (63, 1), (64, 8), (65, 9), (130, 13)] {
        let sample = Sample(count: count, dimension: dimension, queries: queries)
        // value = 3 + 2·sum, kept unless above 10·e: small integers, exact in Float32.
        let bound = rbk_sq4_bound(base: 3, scale: 2, t0: 0, t1: 10, t2: 0)
        for (query, kept) in sample.scan(kernels, bound: bound).enumerated() {
          let values = (0..<count).map { Float(3 + 2 * sample.sum($0, query)) }
          let expected = (0..<count).filter { values[$0] <= 10 * sample.errors[$0] }
          #expect(kept.map { Int($0.index) } == expected, "d \(dimension), n \(count), query \(query) of \(queries)")
          #expect(kept.map(\.value) == expected.map { values[$0] })
          #expect(kept.map(\.error) == expected.map { sample.errors[$0] })
        }
      }
    }
  }

  @Test(arguments: Kernels.available.map(\.instructionSet))
  func keepsWhatItCannotCompare(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).sq4.pointee
    let sample = Sample(count: 20, dimension: 12, queries: 9)
    for threshold in [Float.nan, .infinity] {
      let kept = sample.scan(kernels, bound: rbk_sq4_bound(base: 0, scale: 1, t0: threshold, t1: 0, t2: 0))
      #expect(kept.map(\.count) == [Int](repeating: 20, count: 9))
    }
    let none = sample.scan(kernels, bound: rbk_sq4_bound(base: 1, scale: 0, t0: 0, t1: 0, t2: 0))
    #expect(none.map(\.count) == [Int](repeating: 0, count: 9))
  }

  @Test(arguments: Kernels.available.map(\.instructionSet))
  func codesWithTrueErrors(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).sq4.pointee
    var generator = SeededGenerator(seed: 9)
    func random(_ count: Int, _ scale: Double) -> [Float] {
      (0..<count).map { _ in Float((generator.nextUnit() - 0.5) * scale) }
    }
    for dimension in Self.dimensions {
      let origin = random(dimension, 4)
      let center = random(dimension, 4)
      let middle = random(dimension, 1)
      let step = random(dimension, 0.2).map(abs)
      let vector = random(dimension, 6)
      let blockBytes = rbk_sq4_block_bytes(dimension)
      var block = [UInt8](repeating: 0, count: blockBytes)
      let spread = withFrame(origin, center, middle, step) { frame in
        var frame = frame
        return kernels.encode(&frame, vector, &block, 5)
      }
      var error = 0.0
      var square = 0.0
      var product = 0.0
      var spreadSum = 0.0
      for component in 0..<dimension {
        let byte = block[component / 8 * 64 + 5 * 4 + component % 4]
        let unit = Double(component % 8 < 4 ? byte & 15 : byte >> 4) - 7.5
        let decoded = Double(middle[component]) + Double(step[component]) * unit
        let residual = Double(vector[component]) - Double(center[component])
        error += (residual - decoded) * (residual - decoded)
        square += decoded * decoded
        product += (Double(center[component]) - Double(origin[component])) * decoded
        spreadSum += unit * unit
        // The nearest level, or the outermost one.
        let exact = (residual - Double(middle[component])) / Double(step[component])
        #expect(abs(min(max(exact, -7.5), 7.5) - unit) <= 0.5 + 1e-4)
      }
      let floats = block.withUnsafeBytes { bytes in
        (
          bytes.load(fromByteOffset: blockBytes - 128 + 20, as: Float.self),
          bytes.load(fromByteOffset: blockBytes - 64 + 20, as: Float.self)
        )
      }
      #expect(abs(Double(floats.0) - (square + 2 * product)) <= 1e-5 * (square + abs(product) + 1))
      #expect(Double(floats.1) >= error.squareRoot() && Double(floats.1) <= error.squareRoot() * 1.00001 + 1e-12)
      #expect(abs(Double(spread) - spreadSum) <= 1e-4 * spreadSum)
    }
  }

  @Test(arguments: Kernels.available.map(\.instructionSet))
  func codesQueriesWithTrueResiduals(instructionSet: String) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).sq4.pointee
    var generator = SeededGenerator(seed: 4)
    for dimension in Self.dimensions {
      func random(_ scale: Double) -> [Float] {
        (0..<dimension).map { _ in Float((generator.nextUnit() - 0.5) * scale) }
      }
      let origin = random(2)
      let middle = random(1)
      let step = random(0.3).map(abs)
      let query = random(5)
      var codes = [Int8](repeating: 99, count: rbk_sq4_query_bytes(dimension))
      var terms = rbk_sq4_query()
      withFrame(origin, origin, middle, step) { frame in
        var frame = frame
        kernels.query(&frame, query, &codes, &terms)
      }
      var residual = 0.0
      var product = 0.0
      for component in 0..<dimension {
        let shifted = Double(query[component]) - Double(origin[component])
        let weight = shifted * Double(step[component])
        let rest = weight - Double(terms.unit) * Double(codes[component])
        #expect(abs(rest) <= Double(terms.unit) * 0.5001)
        residual += rest * rest
        product += shifted * Double(middle[component])
      }
      #expect(abs(Double(terms.residual) - residual.squareRoot()) <= 1e-4 * residual.squareRoot() + 1e-7)
      #expect(abs(Double(terms.middle_product) - product) <= 1e-4)
      #expect(Int(terms.sum) == codes[..<dimension].reduce(0) { $0 + Int($1) })
      #expect(Int(terms.absolute_sum) == codes[..<dimension].reduce(0) { $0 + abs(Int($1)) })
      #expect(Array(codes[dimension...]) == [Int8](repeating: 0, count: codes.count - dimension))
    }
  }

  private func withFrame<Result>(
    _ origin: [Float], _ center: [Float], _ middle: [Float], _ step: [Float], _ body: (rbk_sq4_frame) -> Result
  ) -> Result {
    origin.withUnsafeBufferPointer { origin in
      center.withUnsafeBufferPointer { center in
        middle.withUnsafeBufferPointer { middle in
          step.withUnsafeBufferPointer { step in
            body(
              rbk_sq4_frame(
                d: origin.count, origin: origin.baseAddress!, center: center.baseAddress!,
                middle: middle.baseAddress!, step: step.baseAddress!, inner_product: 0))
          }
        }
      }
    }
  }
}
