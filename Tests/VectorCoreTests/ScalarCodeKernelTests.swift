import CKernels
import Testing

@testable import VectorCore

/// The scalar code kernels of every instruction set against plain Swift: integer sums are exact, so all must agree.
@Suite struct ScalarCodeKernelTests {
  private static let dimensions = [1, 7, 8, 9, 16, 31, 33, 100, 128, 384]

  /// The kernels of every instruction set, for codes of 4 and of 6 bits.
  private static let cases = Kernels.available.flatMap { table in
    [4, 6].map { Case(instructionSet: table.instructionSet, bits: $0) }
  }

  struct Case: CustomTestStringConvertible {
    let instructionSet: String
    let bits: Int

    var testDescription: String { "\(instructionSet), \(bits) bits" }

    func kernels() throws -> rbk_sq_kernels {
      let table = try #require(Kernels.table(named: instructionSet))
      return (bits == 4 ? table.sq4 : table.sq6).pointee
    }
  }

  /// The place of a component in its block, and whether it is in the high half of its byte.
  private static func place(_ component: Int, lane: Int, bits: Int) -> (byte: Int, isHigh: Bool) {
    let group = component / 8
    let isSecond = component % 8 >= 4
    let line = bits == 4 ? group : 2 * group + (isSecond ? 1 : 0)
    return (line * 64 + lane * 4 + component % 4, bits == 4 && isSecond)
  }

  /// Codes z and queries, and the blocks that hold the codes with zero offsets and the given errors.
  private struct Sample {
    let bits: Int
    let dimension: Int
    let levels: [[UInt8]]
    let queries: [[Int8]]
    let errors: [Float]

    init(count: Int, dimension: Int, queries: Int, bits: Int) {
      self.bits = bits
      var generator = SeededGenerator(seed: UInt64(count * 1000 + dimension))
      self.dimension = dimension
      levels = (0..<count).map { _ in (0..<dimension).map { _ in UInt8(generator.next(below: 1 << bits)) } }
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
    func scan(_ kernels: rbk_sq_kernels, bound: rbk_sq_bound) -> [[rbk_sq_kept]] {
      let blockBytes = rbk_sq_block_bytes(kernels.bits, dimension)
      let stride = (levels.count + 15) / 16 * 16
      let blocks = UnsafeMutableRawPointer.allocate(byteCount: stride / 16 * blockBytes, alignment: 64)
      defer { blocks.deallocate() }
      blocks.initializeMemory(as: UInt8.self, repeating: 0, count: stride / 16 * blockBytes)
      for (vector, levels) in levels.enumerated() {
        let block = blocks + vector / 16 * blockBytes
        let lane = vector % 16
        for (component, level) in levels.enumerated() {
          let place = ScalarCodeKernelTests.place(component, lane: lane, bits: bits)
          let byte = block + place.byte
          let shifted = place.isHigh ? level << 4 : level
          byte.storeBytes(of: byte.load(as: UInt8.self) | shifted, as: UInt8.self)
        }
        (block + blockBytes - 64 + lane * 4).storeBytes(of: errors[vector], as: Float.self)
      }
      let queryBytes = rbk_sq_query_bytes(dimension)
      let codes = queries.flatMap { $0 + [Int8](repeating: 0, count: queryBytes - dimension) }
      var kept = [rbk_sq_kept](repeating: rbk_sq_kept(), count: queries.count * stride)
      var counts = [Int](repeating: -1, count: queries.count)
      let bounds = [rbk_sq_bound](repeating: bound, count: queries.count)
      kernels.scan(blocks, levels.count, dimension, codes, queries.count, bounds, &kept, stride, &counts)
      var marks = [UInt16](repeating: 0, count: queries.count * stride / 16)
      kernels.mark(blocks, levels.count, dimension, codes, queries.count, bounds, &marks, stride / 16)
      return queries.indices.map { query in
        let found = Array(kept[(query * stride)..<(query * stride + counts[query])])
        let marked = (0..<stride).filter { marks[(query * stride + $0) / 16] >> ($0 % 16) & 1 == 1 }
        #expect(marked == found.map { Int($0.index) })
        return found
      }
    }
  }

  @Test(arguments: cases)
  func scansExactly(of kind: Case) throws {
    let kernels = try kind.kernels()
    for dimension in Self.dimensions {
      for (count, queries) in [(1, 1), (15, 2), (16, 3), (17, 4), (63, 1), (64, 8), (65, 9), (130, 13)] {
        let sample = Sample(count: count, dimension: dimension, queries: queries, bits: kind.bits)
        // value = 2·sum, kept unless above 3 + 10·e: small integers, exact in Float32.
        let bound = rbk_sq_bound(scale: 2, most: 3, slope: 10)
        for (query, kept) in sample.scan(kernels, bound: bound).enumerated() {
          let values = (0..<count).map { Float(2 * sample.sum($0, query)) }
          let expected = (0..<count).filter { values[$0] <= 3 + 10 * sample.errors[$0] }
          #expect(kept.map { Int($0.index) } == expected, "d \(dimension), n \(count), query \(query) of \(queries)")
          #expect(kept.map(\.value) == expected.map { values[$0] })
          #expect(kept.map(\.error) == expected.map { sample.errors[$0] })
        }
      }
    }
  }

  @Test(arguments: cases)
  func keepsWhatItCannotCompare(of kind: Case) throws {
    let kernels = try kind.kernels()
    let sample = Sample(count: 20, dimension: 12, queries: 9, bits: kind.bits)
    for threshold in [Float.nan, .infinity] {
      let kept = sample.scan(kernels, bound: rbk_sq_bound(scale: 1, most: threshold, slope: 0))
      #expect(kept.map(\.count) == [Int](repeating: 20, count: 9))
    }
    let none = sample.scan(kernels, bound: rbk_sq_bound(scale: 0, most: -1, slope: 0))
    #expect(none.map(\.count) == [Int](repeating: 0, count: 9))
  }

  @Test(arguments: cases)
  func codesWithTrueErrors(of kind: Case) throws {
    let kernels = try kind.kernels()
    var generator = SeededGenerator(seed: 9)
    let middleLevel = Double(kernels.levels - 1) / 2
    func random(_ count: Int, _ scale: Double) -> [Float] {
      (0..<count).map { _ in Float((generator.nextUnit() - 0.5) * scale) }
    }
    for dimension in Self.dimensions {
      let origin = random(dimension, 4)
      let center = random(dimension, 4)
      let middle = random(dimension, 1)
      let step = random(dimension, kind.bits == 4 ? 0.2 : 0.05).map(abs)
      let vector = random(dimension, 6)
      let margin = Float(generator.nextUnit())
      let blockBytes = rbk_sq_block_bytes(kernels.bits, dimension)
      var block = [UInt8](repeating: 0, count: blockBytes)
      let spread = withFrame(origin, center, middle, step) { frame in
        var frame = frame
        return kernels.encode(&frame, vector, margin, &block, 5)
      }
      var error = 0.0
      var square = 0.0
      var product = 0.0
      var spreadSum = 0.0
      for component in 0..<dimension {
        let place = Self.place(component, lane: 5, bits: kind.bits)
        let byte = block[place.byte]
        let unit = Double(kind.bits == 6 ? byte : place.isHigh ? byte >> 4 : byte & 15) - middleLevel
        let decoded = Double(middle[component]) + Double(step[component]) * unit
        let residual = Double(vector[component]) - Double(center[component])
        error += (residual - decoded) * (residual - decoded)
        square += decoded * decoded
        product += (Double(center[component]) - Double(origin[component])) * decoded
        spreadSum += unit * unit
        // The nearest level, or the outermost one.
        let exact = (residual - Double(middle[component])) / Double(step[component])
        #expect(abs(min(max(exact, -middleLevel), middleLevel) - unit) <= 0.5 + 1e-4)
      }
      let floats = block.withUnsafeBytes { bytes in
        (
          bytes.load(fromByteOffset: blockBytes - 128 + 20, as: Float.self),
          bytes.load(fromByteOffset: blockBytes - 64 + 20, as: Float.self)
        )
      }
      let kept = error.squareRoot() + Double(margin)
      #expect(Double(floats.1) >= kept && Double(floats.1) <= kept * 1.00001 + 1e-12)
      #expect(abs(Double(floats.0) - (square + 2 * product - kept * kept)) <= 1e-5 * (square + abs(product) + kept + 1))
      #expect(abs(Double(spread) - spreadSum) <= 1e-4 * spreadSum)
    }
  }

  @Test(arguments: cases)
  func codesQueriesWithTrueResiduals(of kind: Case) throws {
    let kernels = try kind.kernels()
    var generator = SeededGenerator(seed: 4)
    for dimension in Self.dimensions {
      func random(_ scale: Double) -> [Float] {
        (0..<dimension).map { _ in Float((generator.nextUnit() - 0.5) * scale) }
      }
      let origin = random(2)
      let middle = random(1)
      let step = random(0.3).map(abs)
      let query = random(5)
      var codes = [Int8](repeating: 99, count: rbk_sq_query_bytes(dimension))
      var terms = rbk_sq_query()
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
    _ origin: [Float], _ center: [Float], _ middle: [Float], _ step: [Float], _ body: (rbk_sq_frame) -> Result
  ) -> Result {
    origin.withUnsafeBufferPointer { origin in
      center.withUnsafeBufferPointer { center in
        middle.withUnsafeBufferPointer { middle in
          step.withUnsafeBufferPointer { step in
            body(
              rbk_sq_frame(
                d: origin.count, origin: origin.baseAddress!, center: center.baseAddress!,
                middle: middle.baseAddress!, step: step.baseAddress!, inner_product: 0))
          }
        }
      }
    }
  }
}
