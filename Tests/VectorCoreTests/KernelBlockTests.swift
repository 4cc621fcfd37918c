import CKernels
import Testing
import VectorCore

/// Many queries to many rows.
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
}
