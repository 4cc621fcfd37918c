import VectorCore

/// Which rows of a matrix are zero, and which stand there more than once.
struct VectorCensus {
  /// How many rows are all zero, and the first of them.
  private(set) var zeros = 0
  private(set) var firstZero: Int?
  /// How many rows are equal to an earlier one, and the first of them with that one.
  private(set) var duplicates = 0
  private(set) var firstDuplicate: (row: Int, of: Int)?

  private let matrix: Matrix
  /// The first row of each digest.
  private var rows: [UInt64: Int]

  /// - Complexity: O(n·d).
  init(_ matrix: Matrix) {
    self.matrix = matrix
    rows = Dictionary(minimumCapacity: matrix.rows)
    let zero = Self.digest([Float](repeating: 0, count: matrix.columns).span)
    for row in 0..<matrix.rows {
      let digest = Self.digest(matrix[row: row])
      if digest == zero, matrix[row: row].isZero {
        zeros += 1
        firstZero = firstZero ?? row
      }
      if let first = rows[digest] {
        guard matrix[row: row].equals(matrix[row: first]) else { continue }
        duplicates += 1
        firstDuplicate = firstDuplicate ?? (row, first)
      } else {
        rows[digest] = row
      }
    }
  }

  /// The first row that is equal to a vector. - Complexity: O(d).
  func row(equalTo vector: Span<Float>) -> Int? {
    rows[Self.digest(vector)].flatMap { matrix[row: $0].equals(vector) ? $0 : nil }
  }

  /// Equal vectors have the same; unequal ones as good as never.
  private static func digest(_ vector: Span<Float>) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for index in vector.indices {
      // Adding zero makes −0 and +0 the same.
      state = (state ^ UInt64((vector[index] + 0).bitPattern)) &* 0xFF51_AFD7_ED55_8CCD
      state ^= state >> 32
    }
    return state
  }
}

extension Span<Float> {
  fileprivate var isZero: Bool { indices.allSatisfy { self[$0] == 0 } }

  func equals(_ other: Span<Float>) -> Bool {
    count == other.count && indices.allSatisfy { self[$0] == other[$0] }
  }
}
