import CKernels
import VectorCore

/// Where a search among product codes finds its vectors: the lists of one store, or those of a store and of memtables.
///
/// Calls are resolved at compile time: a search among the lists of a store costs what it would cost without.
protocol ProductSource {
  /// The lists that training made, with whatever is stored in them.
  var store: VectorStore { get }
  /// Vectors that a search could find at most.
  var count: Int { get }

  /// The rows of one list, in blocks that are valid during the call only; their places until the end of the search.
  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void)
  /// The rows of one list that stand alone, after the others.
  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void)

  /// Asks for the first codes of a list, which the processor can't foresee.
  func prefetch(_ list: UInt32)

  /// Whether the search may find this vector.
  func isVisible(_ place: VectorStore.Place) -> Bool
  func id(at place: VectorStore.Place) -> UInt64
  func sequence(at place: VectorStore.Place) -> UInt64
  func metadata(at place: VectorStore.Place) -> Metadata
  /// The address of the vector, in the format of the store's lists.
  func row(at place: VectorStore.Place) -> UnsafeRawPointer
}

extension VectorStore: ProductSource {
  var store: VectorStore { self }

  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    let rows = lists[Int(list)].codedRows(list)
    if rows.count > 0 { body(rows) }
  }

  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void) {}

  func prefetch(_ list: UInt32) {
    let rows = lists[Int(list)].codedRows(list)
    if rows.count > 0 { rbk_prefetch(rows.blocks, rows.shape.blockBytes) }
  }

  func isVisible(_ place: Place) -> Bool { true }

  func metadata(at place: Place) -> Metadata { metadata[id(at: place)] }

  func row(at place: Place) -> UnsafeRawPointer { lists[Int(place.list)].row(Int(place.offset)) }
}
