import CKernels
import VectorCore

/// The working memory of searches among product codes; what is needed to choose lists is that of `ScanScratch`.
final class ProductScratch: SearchScratch {
  /// Vectors whose exact sums are taken at once: their loads overlap.
  static let width = 8

  let scan: ScanScratch
  private let shape: ProductCodeShape
  /// The candidates, by estimates.
  var shortlist = Shortlist()
  /// The candidates, by the distances of their codes; their ids are their places.
  var ranking = TopK(k: 0)
  /// For each list whether the search looks at it.
  private(set) var isProbed: [Bool] = []
  /// The query, turned, d floats.
  let turned: UnsafeMutablePointer<Float>
  /// The query's difference from a centroid, d floats.
  let residual: UnsafeMutablePointer<Float>
  /// m × ksub.
  let tables: UnsafeMutablePointer<Float>
  /// The tables rounded to 8 bits, and their rows' least entries.
  let roundedTables: UnsafeMutablePointer<UInt8>
  let least: UnsafeMutablePointer<Float>
  /// Vectors of a block of rows that a scan has kept.
  let kept: UnsafeMutablePointer<rbk_pq_kept>
  /// `width` rows that are summed, and their sums.
  let rows: UnsafeMutablePointer<UInt32>
  let sums: UnsafeMutablePointer<Float>

  /// - Parameter scan: for the dimension and the way to choose lists.
  init(_ scan: ScanScratch, shape: ProductCodeShape) {
    let dimension = scan.query.dimension
    self.scan = scan
    self.shape = shape
    turned = .allocate(capacity: dimension)
    residual = .allocate(capacity: dimension)
    tables = .allocate(capacity: shape.m * shape.ksub)
    roundedTables = AlignedMemory.allocate(byteCount: shape.tableBytes).assumingMemoryBound(to: UInt8.self)
    least = .allocate(capacity: shape.m)
    kept = .allocate(capacity: ScanScratch.blockRows)
    rows = .allocate(capacity: Self.width)
    sums = .allocate(capacity: Self.width)
    super.init()
  }

  deinit {
    turned.deallocate()
    residual.deallocate()
    tables.deallocate()
    roundedTables.deallocate()
    least.deallocate()
    kept.deallocate()
    rows.deallocate()
    sums.deallocate()
  }

  /// Notes which of `lists` lists the search under way looks at. - Complexity: O(lists).
  func noteProbedLists(of lists: Int) {
    isProbed.withUnsafeMutableBufferPointer { $0.update(repeating: false) }
    if isProbed.count != lists { isProbed = Array(repeating: false, count: lists) }
    for list in scan.probedLists { isProbed[Int(list)] = true }
    for list in scan.exactLists { isProbed[Int(list)] = true }
  }

  /// The scratch handed to a search, which must come from the searched index or one whose codes look the same.
  static func of(_ scratch: SearchScratch, for index: some VectorIndex, shape: ProductCodeShape) -> ProductScratch {
    guard let scratch = scratch as? ProductScratch, scratch.shape == shape else {
      preconditionFailure("the scratch is not from this index's makeScratch")
    }
    _ = ScanScratch.of(scratch.scan, for: index)
    return scratch
  }
}
