import CKernels
import Testing
import VectorCore

/// What every instruction set promises, beside the scalar kernels that are its reference.
///
/// The scalar table is among the cases: its forms must agree with each other too.
@Suite struct KernelTests {
  static let isas = Kernels.available.map(\.instructionSet)
  static let dimensions = [1, 7, 8, 15, 16, 17, 31, 33, 100, 128, 384, 784, 960, 1536]
  static let counts = [0, 1, 2, 3, 5, 16, 17, 33]
  static let scalar = Kernels.table(named: "scalar")!

  static func table(_ isa: String) throws -> rbk_kernel_table { try #require(Kernels.table(named: isa)) }

  // MARK: Against scalar

  @Test(arguments: isas) func floatRowsAgreeWithScalar(isa: String) throws {
    let table = try Self.table(isa)
    let pool = floats(34 * 1536, seed: 1)
    for d in Self.dimensions {
      let query = GuardedArray(pool[..<d])
      let absoluteQuery = query.map(abs)
      for n in Self.counts {
        // Each row ends at a page that may not be touched, and starts wherever that leaves it.
        let rows = GuardedArray(pool[d..<(n + 1) * d])
        let absolute = rows.map(abs)
        var scale = [Float](repeating: 0, count: n)
        Self.scalar.dot_f32(absoluteQuery, absolute, n, d, &scale)
        for (kernel, reference) in zip(floatKernels(table), floatKernels(Self.scalar)) {
          let got = run(kernel, query.base, rows.base, n, d)
          let expected = run(reference, query.base, rows.base, n, d)
          for i in 0..<n {
            let tolerance = 4e-6 * max(scale[i], expected[i])
            #expect(abs(got[i] - expected[i]) <= tolerance, "d \(d), n \(n), row \(i)")
          }
        }
      }
    }
  }

  @Test(arguments: isas) func halfRowsAgreeWithScalar(isa: String) throws {
    let table = try Self.table(isa)
    let pool = floats(34 * 1536, seed: 2)
    let halves = pool.map { Float16($0).bitPattern }
    for d in Self.dimensions {
      let query = GuardedArray(pool[..<d])
      for n in Self.counts {
        let rows = GuardedArray(halves[d..<(n + 1) * d])
        let addresses = addresses(rows.base, of: 0..<n, bytes: 2 * d)
        for (kernel, reference) in zip(halfKernels(table), halfKernels(Self.scalar)) {
          Self.expectClose(within: 4e-6, kernel, to: reference, query.base, addresses, d)
        }
      }
    }
  }

  @Test(arguments: isas) func byteRowsAgreeWithScalar(isa: String) throws {
    let table = try Self.table(isa)
    let pool = floats(1536, seed: 3)
    var random = SeededGenerator(seed: 3)
    for d in Self.dimensions {
      let query = GuardedArray(pool[..<d])
      for n in Self.counts {
        var bytes: [UInt8] = []
        for _ in 0..<n {
          for number in [Float.random(in: -1...1, using: &random), Float.random(in: 0...0.01, using: &random)] {
            withUnsafeBytes(of: number) { bytes += $0 }
          }
          bytes += (0..<d).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let rows = GuardedArray(bytes[...])
        let addresses = addresses(rows.base, of: 0..<n, bytes: Int(rbk_range_bytes) + d)
        for (kernel, reference) in zip(byteKernels(table), byteKernels(Self.scalar)) {
          Self.expectClose(within: 8e-6, kernel, to: reference, query.base, addresses, d)
        }
      }
    }
  }

  /// Expects the sums of two kernels over d components to agree, and those of one row alone to have the same bits.
  private static func expectClose(
    within tolerance: Float, _ kernel: rbk_gather, to reference: rbk_gather, _ query: UnsafePointer<Float>,
    _ rows: [UnsafeRawPointer], _ d: Int
  ) {
    let n = rows.count
    var (got, expected) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
    kernel(query, rows, n, d, &got)
    reference(query, rows, n, d, &expected)
    for i in 0..<n {
      #expect(abs(got[i] - expected[i]) <= tolerance * Float(d) + 4e-6 * expected[i], "d \(d), n \(n), row \(i)")
      var alone: Float = 0
      kernel(query, [rows[i]], 1, d, &alone)
      #expect(alone.bitPattern == got[i].bitPattern, "d \(d), n \(n), row \(i) alone")
    }
  }

  @Test(arguments: isas) func hammingIsExact(isa: String) throws {
    let table = try Self.table(isa)
    var random = SeededGenerator(seed: 4)
    let pool = (0..<34 * 64).map { _ in random.next() }
    for words in [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 64] {
      for n in Self.counts {
        let query = GuardedArray(pool[..<words])
        let rows = GuardedArray(pool[words..<(n + 1) * words])
        let expected = (0..<n).map { i in
          (0..<words).reduce(UInt32(0)) { $0 + UInt32((pool[$1] ^ pool[(i + 1) * words + $1]).nonzeroBitCount) }
        }
        var got = [UInt32](repeating: 0, count: n)
        table.hamming_u64(query.base, rows.base, n, words, &got)
        #expect(got == expected, "\(words) words, n \(n)")
      }
    }
  }

  @Test func scalarAgreesWithDoubleArithmetic() {
    let pool = floats(5 * 960, seed: 5)
    for d in [1, 31, 128, 960] {
      let query = Array(pool[..<d])
      let rows = Array(pool[d..<5 * d])
      let l2 = run((Self.scalar.l2_f32, Self.scalar.l2_f32_gather), query, rows, 4, d)
      let dot = run((Self.scalar.dot_f32, Self.scalar.dot_f32_gather), query, rows, 4, d)
      let l1 = run((Self.scalar.l1_f32, Self.scalar.l1_f32_gather), query, rows, 4, d)
      for i in 0..<4 {
        let pairs = zip(query, rows[(i * d)...]).map { (Double($0), Double($1)) }
        let tolerance = 1e-6 * Double(d)
        #expect(abs(Double(l2[i]) - pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }) < tolerance)
        #expect(abs(Double(dot[i]) - pairs.reduce(0) { $0 + $1.0 * $1.1 }) < tolerance)
        #expect(abs(Double(l1[i]) - pairs.reduce(0) { $0 + abs($1.0 - $1.1) }) < tolerance)
      }
    }
  }

  @Test(arguments: isas) func everyHalfIsReadAsItsValue(isa: String) throws {
    let table = try Self.table(isa)
    let all = (0...UInt16.max).map { $0 }
    var values = [Float](repeating: 0, count: all.count)
    all.withUnsafeBytes {
      table.dot_f16_gather([1], addresses($0.baseAddress!, of: all.indices, bytes: 2), all.count, 1, &values)
    }
    for bits in all {
      let half = Float(Float16(bitPattern: bits))
      #expect(values[Int(bits)] == half || values[Int(bits)].isNaN && half.isNaN, "float16 \(bits)")
    }
  }

  // MARK: The same bits in every form

  @Test(arguments: isas) func aRowHasTheSameBitsInEveryForm(isa: String) throws {
    let table = try Self.table(isa)
    let pool = floats(38 * 1536, seed: 6)
    for d in Self.dimensions {
      let n = 33
      let query = Array(pool[..<d])
      let rows = Array(pool[d..<(n + 1) * d])
      for kernel in floatKernels(table) {
        // `run` holds the gathered form, in another order and with repeats, against the contiguous one.
        let all = run(kernel, query, rows, n, d)
        for (first, count) in [(0, 1), (1, 1), (32, 1), (3, 2), (5, 7), (30, 3)] {
          let part = run(kernel, query, Array(rows[(first * d)..<((first + count) * d)]), count, d)
          #expect(part.map(\.bitPattern) == all[first..<(first + count)].map(\.bitPattern), "d \(d), from \(first)")
        }
      }
    }
  }

  // MARK: Edges of the number line

  @Test(arguments: isas) func overflowIsInfinityAndNaNStaysInItsRow(isa: String) throws {
    let table = try Self.table(isa)
    for d in [1, 17, 128, 133] {
      let n = 6
      let huge = [Float](repeating: 3e38, count: d)
      let tiny = [Float](repeating: Float(bitPattern: 70_000), count: d)
      var rows = [Float](repeating: -3e38, count: n * d)
      for j in 0..<d { rows[4 * d + j] = Float(bitPattern: 140_000) }
      rows[2 * d - 1] = .nan  // row 1, in the tail
      rows[3 * d] = .nan  // row 3, at the start
      let l2 = run((table.l2_f32, table.l2_f32_gather), huge, rows, n, d)
      let dot = run((table.dot_f32, table.dot_f32_gather), huge, rows, n, d)
      let l1 = run((table.l1_f32, table.l1_f32_gather), huge, rows, n, d)
      for i in 0..<n where i != 4 {
        let bad = i == 1 || i == 3
        #expect(bad ? l2[i].isNaN : l2[i] == .infinity)
        #expect(bad ? dot[i].isNaN : dot[i] == -.infinity)
        #expect(bad ? l1[i].isNaN : l1[i] == .infinity)
      }
      // Denormals are numbers, not zeros, and so small that their sums are exact.
      let apart = run((table.l1_f32, table.l1_f32_gather), tiny, rows, n, d)[4]
      #expect(apart == Float(bitPattern: UInt32(70_000 * d)))
    }
  }

  @Test(arguments: isas) func emptySumsAreZero(isa: String) throws {
    let table = try Self.table(isa)
    for kernel in floatKernels(table) { #expect(run(kernel, [], [], 5, 0) == [0, 0, 0, 0, 0]) }
    var out = [Float](repeating: 7, count: 6)
    table.dot_block_f32([], 2, [], 3, 0, &out, 3)
    #expect(out == [0, 0, 0, 0, 0, 0])
  }
}
