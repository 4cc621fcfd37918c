import CKernels
import Testing
import VectorCore

/// Many queries to many rows, and transposed blocks.
@Suite struct KernelBlockTests {
  static let isas = KernelTests.isas

  @Test(arguments: isas) func productsAgreeWithScalarAtRaggedShapes(isa: String) throws {
    let table = try KernelTests.table(isa)
    let pool = floats(52 * 1536, seed: 7)
    for d in KernelTests.dimensions {
      for (nq, n) in [(1, 1), (7, 33), (8, 48), (9, 50), (17, 16), (3, 0), (0, 3)] {
        let queries = GuardedArray(pool[..<(nq * d)])
        let rows = GuardedArray(pool[(2 * d)..<((n + 2) * d)])
        let stride = n + 3
        var got = [Float](repeating: -7, count: nq * stride)
        var expected = got
        table.dot_block_f32(queries.base, nq, rows.base, n, d, &got, stride)
        KernelTests.scalar.dot_block_f32(queries.base, nq, rows.base, n, d, &expected, stride)
        for i in got.indices where i % stride < n {
          #expect(abs(got[i] - expected[i]) <= 4e-6 * Float(d), "d \(d), \(nq) × \(n), result \(i)")
        }
        // Between n and the stride nothing is written.
        #expect(got.indices.allSatisfy { $0 % stride < n || got[$0] == -7 }, "d \(d), \(nq) × \(n)")
      }
    }
  }

  @Test(arguments: isas, [20, 600]) func aProductDoesNotDependOnItsPlace(isa: String, d: Int) throws {
    let table = try KernelTests.table(isa)
    // More queries than are streamed past one packing, more rows than a panel.
    let nq = 530
    let n = 53
    let queries = floats(nq * d, seed: 8)
    let rows = floats(n * d, seed: 9)
    var all = [Float](repeating: 0, count: nq * n)
    table.dot_block_f32(queries, nq, rows, n, d, &all, n)
    for (q, someQueries, r, someRows) in [(0, 1, 0, 1), (529, 1, 52, 1), (510, 5, 40, 13), (3, 8, 1, 48)] {
      var part = [Float](repeating: 0, count: someQueries * someRows)
      table.dot_block_f32(
        Array(queries[(q * d)..<((q + someQueries) * d)]), someQueries,
        Array(rows[(r * d)..<((r + someRows) * d)]), someRows, d, &part, someRows)
      for i in 0..<someQueries {
        for j in 0..<someRows { #expect(part[i * someRows + j] == all[(q + i) * n + r + j], "query \(i), row \(j)") }
      }
    }
  }

  @Test(arguments: isas) func squaredDistancesHaveTheBitsOfOneToMany(isa: String) throws {
    let table = try KernelTests.table(isa)
    let pool = floats(52 * 1536, seed: 10)
    for d in KernelTests.dimensions {
      for (nq, n) in [(1, 1), (3, 2), (4, 4), (9, 33), (0, 2), (2, 0)] {
        let queries = GuardedArray(pool[..<(nq * d)])
        let rows = GuardedArray(pool[(2 * d)..<((n + 2) * d)])
        var block = [Float](repeating: 0, count: nq * n)
        table.l2_block_f32(queries.base, nq, rows.base, n, d, &block, n)
        for i in 0..<nq {
          var single = [Float](repeating: 0, count: n)
          table.l2_f32(queries.base + i * d, rows.base, n, d, &single)
          #expect(Array(block[(i * n)..<((i + 1) * n)]) == single, "d \(d), \(nq) × \(n), query \(i)")
        }
      }
    }
  }

  @Test(arguments: isas) func transposedSumsAgreeWithRowsHoweverTheRangeIsCut(isa: String) throws {
    let table = try KernelTests.table(isa)
    let lanes = Int(RBK_BLOCK_ROWS)
    for d in [1, 7, 33, 128, 384] {
      let query = floats(d, seed: 11)
      let rows = floats(lanes * d, seed: 12)
      let block = GuardedArray((0..<(lanes * d)).map { rows[$0 % lanes * d + $0 / lanes] }[...])
      for (scan, kernel) in zip(
        [table.l2_transposed_f32, table.dot_transposed_f32, table.l1_transposed_f32], floatKernels(KernelTests.scalar))
      {
        var whole = [Float](repeating: 0, count: lanes)
        var cut = whole
        scan(query, block.base, 0, d, &whole)
        for (from, to) in [(0, d / 3), (d / 3, d / 3), (d / 3, d / 2), (d / 2, d)] {
          scan(query, block.base, from, to, &cut)
        }
        #expect(whole == cut, "d \(d)")
        let expected = run(kernel, query, rows, lanes, d)
        for v in 0..<lanes { #expect(abs(whole[v] - expected[v]) <= 1e-5 * Float(d), "d \(d), vector \(v)") }
      }
    }
  }
}
