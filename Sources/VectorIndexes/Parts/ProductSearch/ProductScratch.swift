import CKernels
import VectorCore

/// The working memory of searches among product codes; `ScanScratch` is the part that chooses lists.
final class ProductScratch: SearchScratch {
  /// The number of vectors whose exact sums are computed together, so that their memory accesses overlap.
  static let width = 8

  let scan: ScanScratch
  private let shape: ProductCodeShape
  /// The candidates by estimated distance.
  var shortlist = Shortlist()
  /// The addresses and the exact distances of candidates.
  var addresses = ReusedRoom<UnsafeRawPointer>()
  var distances = ReusedRoom<Float>()
  /// The candidates by the distance of their decoded vectors; the ids are places.
  var ranking = TopK(k: 0)
  /// The rows of a list that match the filter and are to be compared.
  var matching: [RowPlace] = []
  /// For each list, whether the search probes it.
  private(set) var isProbed: [Bool] = []
  /// The query after the rotation, d floats.
  let turned: UnsafeMutablePointer<Float>
  /// The residual of the query from a centroid, d floats.
  let residual: UnsafeMutablePointer<Float>
  /// The float tables, m × ksub.
  let tables: UnsafeMutablePointer<Float>
  /// The tables rounded to 8 bits, and the least entry of each row.
  let roundedTables: UnsafeMutablePointer<UInt8>
  let least: UnsafeMutablePointer<Float>
  /// The vectors that the scan of a block has kept.
  let kept: UnsafeMutablePointer<rbk_pq_kept>
  /// The `width` rows whose sums are computed together, and their sums.
  let rows: UnsafeMutablePointer<UInt32>
  let sums: UnsafeMutablePointer<Float>

  /// - Parameter scan: made for the dimension and the `ListProbe`.
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

  /// Sets which of `lists` lists the present search probes. - Complexity: O(lists).
  func noteProbedLists(of lists: Int) {
    isProbed.withUnsafeMutableBufferPointer { $0.update(repeating: false) }
    if isProbed.count != lists { isProbed = Array(repeating: false, count: lists) }
    for list in scan.probedLists { isProbed[Int(list)] = true }
    for list in scan.exactLists { isProbed[Int(list)] = true }
  }

  /// Checks that a scratch was made by the searched index, or one whose codes have the same shape.
  static func of(_ scratch: SearchScratch, for index: some VectorIndex, shape: ProductCodeShape) -> ProductScratch {
    guard let scratch = scratch as? ProductScratch, scratch.shape == shape else {
      preconditionFailure("the scratch is not from this index's makeScratch")
    }
    _ = ScanScratch.of(scratch.scan, for: index)
    return scratch
  }
}
