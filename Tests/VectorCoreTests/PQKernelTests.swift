import CKernels
import Testing

@testable import VectorCore

/// The product quantisation kernels of every instruction set against plain Swift.
@Suite struct PQKernelTests {
  private static let instructionSets = Kernels.available.map(\.instructionSet)
  private static let shapes = [(1, 1), (31, 2), (33, 4), (64, 8), (65, 9), (161, 3), (257, 11)]

  /// Codes of four or eight bits, in blocks that end at a guard page.
  private struct Codes {
    let bits: Int
    let m: Int
    let codes: [[UInt8]]
    let blocks: GuardedArray<UInt8>

    var centroids: Int { 1 << bits }
    var tableBytes: Int { bits == 4 ? rbk_pq4_table_bytes(m) : rbk_pq8_table_bytes(m) }

    init(bits: Int, m: Int, count: Int, generator: inout SeededGenerator) {
      self.bits = bits
      self.m = m
      let codes = (0..<count).map { _ in (0..<m).map { _ in UInt8(generator.next(below: 1 << bits)) } }
      self.codes = codes
      let lanes = bits == 4 ? Int(rbk_pq4_lanes) : Int(rbk_pq8_lanes)
      let blockBytes = bits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m)
      // Unused places hold rubbish.
      let rubbish = (0..<((count + lanes - 1) / lanes * blockBytes)).map { _ in UInt8(generator.next(below: 256)) }
      blocks = GuardedArray(rubbish[...])
      for (vector, codes) in codes.enumerated() {
        let block = blocks.base + vector / lanes * blockBytes
        for (s, code) in codes.enumerated() {
          if bits == 4 {
            rbk_pq4_set_code(block, vector % lanes, s, code)
          } else {
            rbk_pq8_set_code(block, vector % lanes, s, code)
          }
        }
      }
    }

    /// What stands behind the codes of a vector's block: rubbish, but always the same.
    func correction(_ vector: Int) -> (offset: UInt16, factor: UInt16) {
      let lanes = bits == 4 ? Int(rbk_pq4_lanes) : Int(rbk_pq8_lanes)
      let blockBytes = bits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m)
      let at =
        UnsafeRawPointer(blocks.base) + vector / lanes * blockBytes
        + (bits == 4 ? rbk_pq4_code_bytes(m) : rbk_pq8_code_bytes(m)) + 2 * (vector % lanes)
      return (at.loadUnaligned(as: UInt16.self), (at + 2 * lanes).loadUnaligned(as: UInt16.self))
    }

    func sum(_ vector: Int, _ table: ArraySlice<UInt8>) -> Int {
      codes[vector].enumerated().reduce(0) {
        $0 + Int(table[table.startIndex + $1.offset * centroids + Int($1.element)])
      }
    }

    /// The greatest entry of tables: with 4 bits, four entries together are at most 255.
    var greatestEntry: Int { bits == 4 ? 63 : 255 }

    func estimate(
      _ vector: Int, _ table: ArraySlice<UInt8>, _ corrections: rbk_pq_corrections, _ terms: rbk_pq_estimate
    ) -> Float {
      let (offset, factor) = correction(vector)
      let times = corrections.factor_base + corrections.factor_step * Float(factor)
      let scaled = terms.sum_base + terms.sum_step * Float(sum(vector, table))
      return (terms.base + corrections.offset_step * Float(offset)) + times * scaled
    }

    /// Tables of `queries` queries, random or all of one value, with zeros behind the last subquantizer.
    func tables(_ queries: Int, filled value: UInt8?, generator: inout SeededGenerator) -> [UInt8] {
      (0..<queries).flatMap { _ in
        (0..<tableBytes).map { $0 < m * centroids ? value ?? UInt8(generator.next(below: greatestEntry + 1)) : 0 }
      }
    }

    /// The vectors whose sums are within these limits.
    func scan(_ kernels: rbk_pq_kernels, tables: [UInt8], limits: [Float]) -> [[rbk_pq_kept]] {
      scan(kernels, tables: tables, limits.map(Self.plain))
    }

    /// Estimates that are the sums themselves.
    static func plain(limit: Float) -> rbk_pq_estimate {
      rbk_pq_estimate(base: 0, sum_base: 0, sum_step: 1, limit: limit)
    }

    static let noCorrections = rbk_pq_corrections(offset_step: 0, factor_base: 1, factor_step: 0)

    func scan(
      _ kernels: rbk_pq_kernels, tables: [UInt8], corrections: rbk_pq_corrections = noCorrections,
      _ estimates: [rbk_pq_estimate]
    ) -> [[rbk_pq_kept]] {
      var corrections = corrections
      let queries = estimates.count
      let guarded = (0..<queries).map { GuardedArray(tables[($0 * tableBytes)..<(($0 + 1) * tableBytes)]) }
      let kept = GuardedArray([rbk_pq_kept](repeating: rbk_pq_kept(), count: queries * codes.count)[...])
      var all = estimates.enumerated().map { query, estimate in
        rbk_pq_query(
          tables: guarded[query].base, estimate: estimate, kept: kept.base + query * codes.count, count: 99)
      }
      (bits == 4 ? kernels.scan4 : kernels.scan8)(blocks.base, codes.count, m, nil, &corrections, &all, queries)
      let found = kept.map { $0 }
      return all.enumerated().map { Array(found[($0 * codes.count)..<($0 * codes.count + $1.count)]) }
    }
  }

  @Test(arguments: instructionSets, [4, 8])
  func scansExactly(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 7)
    for m in [1, 2, 6, 7, 20, 33] {
      for (count, queries) in Self.shapes {
        let sample = Codes(bits: bits, m: m, count: count, generator: &generator)
        let tables = sample.tables(queries, filled: nil, generator: &generator)
        let sums = (0..<queries).map { query in
          (0..<count).map { sample.sum($0, tables[(query * sample.tableBytes)..<((query + 1) * sample.tableBytes)]) }
        }
        // A threshold that a vector meets exactly, so that "within" is tested at its edge.
        let limits = sums.map { $0[generator.next(below: count)] }
        for (query, kept) in sample.scan(kernels, tables: tables, limits: limits.map(Float.init)).enumerated() {
          let expected = (0..<count).filter { sums[query][$0] <= limits[query] }
          #expect(kept.map { Int($0.index) } == expected, "m \(m), n \(count), query \(query) of \(queries)")
          #expect(kept.map { Int($0.estimate) } == expected.map { sums[query][$0] })
        }
      }
    }
  }

  /// Each vector's own offset and factor, and no rounding but that of single multiplications and additions.
  ///
  /// The limits are estimates of vectors, so that a prefilter which is too strict would lose one.
  @Test(arguments: instructionSets, [4, 8])
  func correctsSums(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 8)
    for scale in [Float(1), 1e-30, 1e-38, 1e15, 1e33] {
      for (count, queries) in Self.shapes {
        let sample = Codes(bits: bits, m: 6, count: count, generator: &generator)
        let tables = sample.tables(queries, filled: nil, generator: &generator)
        let corrections = rbk_pq_corrections(offset_step: 0.3 * scale, factor_base: -1, factor_step: 0x1p-14)
        for isAllKept in [true, false] {
          var terms = (0..<queries).map { query in
            rbk_pq_estimate(
              base: scale * (Float(query) - 5000), sum_base: -0.7 * scale, sum_step: 0.01 * scale, limit: .infinity)
          }
          let estimates = terms.indices.map { query in
            (0..<count).map { vector in
              let table = tables[(query * sample.tableBytes)..<((query + 1) * sample.tableBytes)]
              return sample.estimate(vector, table, corrections, terms[query])
            }
          }
          if !isAllKept {
            for query in terms.indices { terms[query].limit = estimates[query][generator.next(below: count)] }
          }
          let kept = sample.scan(kernels, tables: tables, corrections: corrections, terms)
          for query in terms.indices {
            let expected = (0..<count).filter { !(estimates[query][$0] > terms[query].limit) }
            #expect(kept[query].map { Int($0.index) } == expected, "scale \(scale), n \(count), query \(query)")
            #expect(kept[query].map { $0.estimate.bitPattern } == expected.map { estimates[query][$0].bitPattern })
          }
        }
      }
    }
  }

  /// Terms that overflow, or are not numbers: the estimates decide, as if there were no prefilter.
  @Test(arguments: instructionSets, [4, 8])
  func extremeTermsAreDecidedByEstimates(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 9)
    let sample = Codes(bits: bits, m: 6, count: 97, generator: &generator)
    let tables = sample.tables(1, filled: nil, generator: &generator)
    let plain = Codes.plain(limit: 100)
    var tiny = rbk_pq_corrections(offset_step: 0, factor_base: 0x1p-20, factor_step: 0)
    let huge = rbk_pq_estimate(base: 0, sum_base: 0x1.8p127, sum_step: -0x1p120, limit: -0x1p110)
    var cases = [(tiny, huge), (Codes.noCorrections, huge)]
    tiny.factor_base = .infinity
    cases.append((tiny, plain))
    for value in [Float.infinity, -.infinity, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
      var terms = [plain, plain, plain, plain]
      (terms[0].base, terms[1].sum_base, terms[2].sum_step, terms[3].limit) = (value, value, value, value)
      cases += terms.map { (rbk_pq_corrections(offset_step: 0.1, factor_base: 1, factor_step: 0.1), $0) }
    }
    for (corrections, terms) in cases {
      let expected = (0..<97).filter { !(sample.estimate($0, tables[...], corrections, terms) > terms.limit) }
      let kept = sample.scan(kernels, tables: tables, corrections: corrections, [terms])[0]
      #expect(kept.map { Int($0.index) } == expected, "\(corrections), \(terms)")
    }
  }

  @Test(arguments: instructionSets, [4, 8])
  func greatestSumsAreExact(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 3)
    let count = 70
    for m in [256, 257] {
      let sample = Codes(bits: bits, m: m, count: count, generator: &generator)
      let tables = sample.tables(9, filled: UInt8(sample.greatestEntry), generator: &generator)
      let sum = Float(m * sample.greatestEntry)
      let limits: [Float] = [sum, sum - 1, 65535, .infinity, -1, -.infinity, 0, sum, 32767]
      let kept = sample.scan(kernels, tables: tables, limits: limits)
      #expect(kept.map(\.count) == limits.map { $0 >= sum ? count : 0 }, "m \(m)")
      #expect(kept[0].allSatisfy { $0.estimate == sum })
    }
  }

  /// One subquantizer of a line may have the whole range of a byte, if the others have none.
  @Test(arguments: instructionSets, 0..<4)
  func oneOfFourEntriesMayBeTheGreatest(instructionSet: String, subquantizer: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 4)
    let sample = Codes(bits: 4, m: 12, count: 97, generator: &generator)
    let tables = (0..<sample.tableBytes).map { $0 / 16 % 4 == subquantizer ? UInt8(255) : 0 }
    let kept = sample.scan(kernels, tables: tables + tables, limits: [765, 764])
    #expect(kept.map(\.count) == [97, 0])
    #expect(kept[0].allSatisfy { $0.estimate == 765 })
  }

  @Test(arguments: instructionSets, [4, 8])
  func limitsBelowEverySumKeepNothing(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 5)
    let sample = Codes(bits: bits, m: 10, count: 100, generator: &generator)
    let tables = sample.tables(3, filled: 0, generator: &generator)
    #expect(sample.scan(kernels, tables: tables, limits: [-1, 0, -.infinity]).map(\.count) == [0, 100, 0])
    #expect(sample.scan(kernels, tables: tables, limits: [.nan]).map(\.count) == [100], "what can't be compared stays")
    let none = Codes(bits: bits, m: 10, count: 0, generator: &generator)
    #expect(none.scan(kernels, tables: tables, limits: [9, 9, 9]).map(\.count) == [0, 0, 0])
  }

  @Test(arguments: instructionSets, [4, 8])
  func addsExactDistancesInOrder(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 11)
    for m in [1, 2, 3, 6, 17, 64] {
      for count in [1, 7, 33, 100] {
        let sample = Codes(bits: bits, m: m, count: count, generator: &generator)
        let tables = GuardedArray(floats(m * sample.centroids, seed: UInt64(m))[...])
        let index = (0..<(count + 9)).map { _ in UInt32(generator.next(below: count)) }
        let guardedIndex = GuardedArray(index[...])
        let out = GuardedArray([Float](repeating: -1, count: index.count)[...])
        let adc = bits == 4 ? kernels.adc4 : kernels.adc8
        adc(sample.blocks.base, m, tables.base, guardedIndex.base, index.count, out.base)
        let expected = index.map { vector in
          sample.codes[Int(vector)].enumerated().reduce(Float(0)) {
            $0 + tables.base[$1.offset * sample.centroids + Int($1.element)]
          }
        }
        #expect(out.map { $0 } == expected, "m \(m), n \(index.count)")
      }
    }
  }

  @Test(arguments: instructionSets, [16, 256])
  func buildsTables(instructionSet: String, ksub: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    for (m, dsub) in [(1, 1), (3, 2), (5, 3), (4, 8), (2, 17)] {
      let query = GuardedArray(floats(m * dsub, seed: 1)[...])
      let codebooks = GuardedArray(floats(m * dsub * ksub, seed: 2)[...])
      let out = GuardedArray([Float](repeating: -1, count: m * ksub)[...])
      let terms: [(rbk_pq_metric, (Double, Double) -> Double)] = [
        (rbk_pq_l2, { ($0 - $1) * ($0 - $1) }), (rbk_pq_negative_dot, { -$0 * $1 }), (rbk_pq_l1, { abs($0 - $1) }),
      ]
      for (metric, term) in terms {
        kernels.tables(query.base, codebooks.base, m, ksub, dsub, metric, out.base)
        for entry in 0..<(m * ksub) {
          let (s, c) = (entry / ksub, entry % ksub)
          let exact = (0..<dsub).reduce(0.0) { sum, j in
            sum + term(Double(query.base[s * dsub + j]), Double(codebooks.base[(s * dsub + j) * ksub + c]))
          }
          #expect(abs(Double(out.base[entry]) - exact) <= 1e-6 * Double(dsub), "m \(m), dsub \(dsub), entry \(entry)")
        }
      }
    }
  }

  @Test(arguments: instructionSets, [4, 8])
  func quantizedSumsBoundExactOnes(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 13)
    // Offsets that leave few digits for the differences, tiny and huge scales, equal entries.
    for (offset, scale) in [(Float(0), Float(1)), (1000, 0.001), (-5, 1e-30), (0, 1e30), (3, 0), (0, 0x1p-146)] {
      for m in scale == 1 ? [1, 6, 64, 257, 300] : [6] {
        let sample = Codes(bits: bits, m: m, count: 20, generator: &generator)
        let tables = floats(m * sample.centroids, seed: UInt64(m)).map { offset + scale * $0 }
        let (rounded, bounds) = quantize(kernels, tables, sample)
        #expect(rounded[(m * sample.centroids)...].allSatisfy { $0 == 0 })
        let greatest = (0..<m).map { s in
          Int(rounded[(s * sample.centroids)..<((s + 1) * sample.centroids)].max()!)
        }
        #expect(greatest.reduce(0, +) <= 65535)
        // What shares a byte takes its whole range, but for what rounding each row down loses.
        let sharing = bits == 4 ? 4 : 1
        let shared = stride(from: 0, to: m, by: sharing).map { greatest[$0..<min($0 + sharing, m)].reduce(0, +) }
        #expect(shared.allSatisfy { $0 <= 255 })
        if m <= 257, scale == 1 { #expect(shared.contains { $0 >= 255 - sharing }) }
        for (vector, codes) in sample.codes.enumerated() {
          let exact = codes.enumerated().reduce(Float(0)) {
            $0 + tables[$1.offset * sample.centroids + Int($1.element)]
          }
          let sum = sample.sum(vector, rounded[...])
          let lower = bounds.bias + bounds.scale * Float(sum)
          #expect(lower <= exact && exact <= lower + bounds.spread, "m \(m), offset \(offset), scale \(scale)")
        }
      }
    }
  }

  @Test(arguments: instructionSets, [4, 8])
  func tablesThatAreNotFiniteRuleNothingOut(instructionSet: String, bits: Int) throws {
    let kernels = try #require(Kernels.table(named: instructionSet)).pq.pointee
    var generator = SeededGenerator(seed: 17)
    for value in [Float.infinity, -.infinity, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
      let sample = Codes(bits: bits, m: 6, count: 5, generator: &generator)
      var tables = floats(6 * sample.centroids, seed: 1)
      tables[tables.count / 2] = value
      let (rounded, bounds) = quantize(kernels, tables, sample)
      #expect(bounds.bias == -.infinity && bounds.spread == .infinity)
      var terms = Codes.plain(limit: -1e30)
      (terms.sum_base, terms.sum_step) = (bounds.bias, bounds.scale)
      let kept = sample.scan(kernels, tables: rounded, [terms])
      #expect(kept[0].count == 5)
    }
  }

  @Test(arguments: [4, 8])
  func codesAreReadAsWritten(bits: Int) {
    var generator = SeededGenerator(seed: 19)
    let sample = Codes(bits: bits, m: 7, count: 64, generator: &generator)
    for (vector, codes) in sample.codes.enumerated() {
      let read = (0..<7).map { s in
        bits == 4
          ? rbk_pq4_code(sample.blocks.base + vector / 32 * rbk_pq4_block_bytes(7), vector % 32, s)
          : rbk_pq8_code(sample.blocks.base, vector, s)
      }
      #expect(read == codes)
    }
  }

  private func quantize(
    _ kernels: rbk_pq_kernels, _ tables: [Float], _ sample: Codes
  ) -> (rounded: [UInt8], bounds: rbk_pq_bounds) {
    let tables = GuardedArray(tables[...])
    let out = GuardedArray([UInt8](repeating: 99, count: sample.tableBytes)[...])
    let least = GuardedArray([Float](repeating: 0, count: sample.m)[...])
    var bounds = rbk_pq_bounds()
    kernels.quantize(tables.base, sample.m, sample.centroids, out.base, least.base, &bounds)
    return (out.map { $0 }, bounds)
  }
}
