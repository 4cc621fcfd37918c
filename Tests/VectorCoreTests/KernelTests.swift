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
    let f16 = pool.map { Float16($0).bitPattern }
    let bf16 = pool.map { UInt16($0.bitPattern >> 16) }
    for d in Self.dimensions {
      let query = GuardedArray(pool[..<d])
      for n in Self.counts {
        for (bits, kernels, references) in [
          (f16, f16Kernels(table), f16Kernels(Self.scalar)), (bf16, bf16Kernels(table), bf16Kernels(Self.scalar)),
        ] {
          let rows = GuardedArray(bits[d..<(n + 1) * d])
          for (kernel, reference) in zip(kernels, references) {
            let got = run(kernel, query.base, rows.base, n, d)
            let expected = run(reference, query.base, rows.base, n, d)
            for i in 0..<n {
              #expect(abs(got[i] - expected[i]) <= 4e-6 * Float(d) + 4e-6 * expected[i], "d \(d), n \(n), row \(i)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: isas) func byteRowsAreExact(isa: String) throws {
    let table = try Self.table(isa)
    var random = SeededGenerator(seed: 3)
    // A third of the bytes are the extremes, where saturation and sign tricks go wrong.
    let extremes: [UInt8] = [0, 0x7f, 0x80, 0xff]
    let pool = (0..<34 * 1536).map { _ -> UInt8 in
      let bits = random.next()
      return bits % 3 == 0 ? extremes[Int(bits >> 8) & 3] : UInt8(truncatingIfNeeded: bits >> 16)
    }
    for d in Self.dimensions {
      let query = GuardedArray(pool[..<d])
      let signedQuery = GuardedArray(pool[..<d].map(Int8.init(bitPattern:))[...])
      for n in Self.counts {
        let rows = GuardedArray(pool[d..<(n + 1) * d])
        let signedRows = GuardedArray(pool[d..<(n + 1) * d].map(Int8.init(bitPattern:))[...])
        for (kernel, reference) in zip(u8Kernels(table), u8Kernels(Self.scalar)) {
          #expect(
            run(kernel, query.base, rows.base, n, d) == run(reference, query.base, rows.base, n, d),
            "uint8, d \(d), n \(n)")
        }
        for (kernel, reference) in zip(i8Kernels(table), i8Kernels(Self.scalar)) {
          let got = run(kernel, signedQuery.base, signedRows.base, n, d)
          #expect(got == run(reference, signedQuery.base, signedRows.base, n, d), "int8, d \(d), n \(n)")
        }
      }
    }
  }

  @Test(arguments: isas) func longestByteRowsDoNotOverflow(isa: String) throws {
    let table = try Self.table(isa)
    let d = 32768
    let zeros = [UInt8](repeating: 0, count: d)
    let full = [UInt8](repeating: 255, count: d)
    let low = [Int8](repeating: -128, count: d)
    let high = [Int8](repeating: 127, count: d)
    let squared = Int32(255 * 255 * d)
    #expect(run((table.l2_u8, table.l2_u8_gather), zeros, full, 1, d) == [squared])
    #expect(run((table.dot_u8, table.dot_u8_gather), full, full, 1, d) == [squared])
    #expect(run((table.l2_i8, table.l2_i8_gather), low, high, 1, d) == [squared])
    #expect(run((table.dot_i8, table.dot_i8_gather), low, high, 1, d) == [Int32(-128 * 127 * d)])
    #expect(run((table.l1_i8, table.l1_i8_gather), low, high, 1, d) == [Int32(255 * d)])
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
        let got = run((table.hamming_u64, table.hamming_u64_gather), query.base, rows.base, n, words)
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
    let f16 = run((table.dot_f16, table.dot_f16_gather), [1], all, all.count, 1)
    let bf16 = run((table.dot_bf16, table.dot_bf16_gather), [1], all, all.count, 1)
    for bits in all {
      let half = Float(Float16(bitPattern: bits))
      let brain = Float(bitPattern: UInt32(bits) << 16)
      #expect(f16[Int(bits)] == half || f16[Int(bits)].isNaN && half.isNaN, "float16 \(bits)")
      #expect(bf16[Int(bits)] == brain || bf16[Int(bits)].isNaN && brain.isNaN, "bfloat16 \(bits)")
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
