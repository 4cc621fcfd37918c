/// A dense matrix of Float32, row-major, n × d, in one 64-byte aligned allocation.
///
/// A matrix is immutable. Copies and row slices share its memory. Written here because Swift's arrays are not aligned
/// to 64 bytes, and their slices do not keep the layout of rows.
public struct Matrix: Sendable {
  /// The number of rows, n.
  public let rows: Int
  /// The number of columns, d; also the distance between two rows in floats.
  public let columns: Int
  private let storage: Storage
  private let start: Int

  /// The memory, which is freed with the last matrix that uses it.
  private final class Storage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) { base = AlignedMemory.allocate(byteCount: byteCount) }

    deinit { base.deallocate() }
  }

  /// Makes an n × d matrix; the closure must write all n·d floats.
  ///
  /// The memory is not zeroed beforehand. - Complexity: O(n·d).
  public init<Failure: Error>(
    rows: Int, columns: Int,
    initializingWith write: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative shape")
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    precondition(!overflow && count <= Int.max / 4, "a matrix of \(rows) × \(columns) does not fit the address space")
    let storage = Storage(byteCount: count * MemoryLayout<Float>.stride)
    let floats = UnsafeMutableBufferPointer(
      start: storage.base.bindMemory(to: Float.self, capacity: count), count: count)
    try write(floats)
    self.init(storage: storage, start: 0, rows: rows, columns: columns)
  }

  /// Makes a matrix from rows of equal length.
  public init(_ rows: [[Float]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of different lengths")
    self.init(rows: rows.count, columns: columns) { floats in
      _ = floats.initialize(from: rows.joined())
    }
  }

  private init(storage: Storage, start: Int, rows: Int, columns: Int) {
    self.storage = storage
    self.start = start
    self.rows = rows
    self.columns = columns
  }

  /// The address of the first row; valid as long as this matrix, a copy or a slice of it exists.
  public var baseAddress: UnsafePointer<Float> {
    UnsafePointer(storage.base.assumingMemoryBound(to: Float.self)) + start
  }

  /// All floats, row after row; valid as long as this matrix, a copy or a slice of it exists.
  public var floats: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: baseAddress, count: rows * columns) }

  /// Row `row`, d floats.
  public subscript(row row: Int) -> Span<Float> {
    @_lifetime(borrow self)
    get {
      precondition(row >= 0 && row < rows, "row \(row) of a matrix of \(rows) rows")
      return _overrideLifetime(
        Span(_unsafeStart: baseAddress + row * columns, count: columns), borrowing: self)
    }
  }

  /// The matrix of these rows, in the same memory. - Complexity: O(1).
  public subscript(rows range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of a matrix of \(rows) rows")
    return Matrix(storage: storage, start: start + range.lowerBound * columns, rows: range.count, columns: columns)
  }

  /// A new matrix of these rows, in the given order. - Complexity: O(count·d).
  public func gathering(_ indices: [Int], threads: Int = 1) -> Matrix {
    Matrix(rows: indices.count, columns: columns) { floats in
      let target = Disjoint(floats)
      parallelChunks(of: indices.count, chunk: 1024, threads: threads) { _, places in
        for place in places {
          let index = indices[place]
          precondition(index >= 0 && index < rows, "row \(index) of a matrix of \(rows) rows")
          target.address(place * columns).initialize(from: baseAddress + index * columns, count: columns)
        }
      }
    }
  }
}
