import Synchronization

/// The lists of a base index, which never change, and marks at the vectors that newer rows have replaced or removed.
///
/// `@unchecked Sendable`: only the writer sets marks, by atomic stores, and readers compare them with their row limits.
final class BaseLevel: @unchecked Sendable {
  /// For each vector of a list, the row that replaced or removed it, or `never`.
  typealias Ends = UnsafeMutablePointer<Atomic<UInt64>>

  let model: ProductModel
  let lists: PostingLists
  let defaultNProbe: Int
  /// The number of the first row that the base does not have; insertion sequences of its vectors are smaller.
  let nextRow: UInt64
  /// The least row limit of a search. Older versions of replaced vectors were left out by the last flush.
  let oldestLimit: UInt64
  /// For each list, the marks of its vectors; `nil` as long as none was replaced or removed.
  let ends: UnsafeMutablePointer<Atomic<Ends?>>

  // The following properties belong to the writer.

  /// The vectors that have been replaced or removed, and the rows that did so.
  private(set) var superseded: [(id: UInt64, row: UInt64)] = []
  private var endCount = 0

  init(_ contents: BaseContents, oldestLimit: UInt64) {
    model = contents.model
    lists = contents.lists
    defaultNProbe = contents.defaultNProbe
    nextRow = contents.nextRow
    self.oldestLimit = oldestLimit
    ends = .allocate(capacity: contents.lists.listCount)
    for list in 0..<contents.lists.listCount { (ends + list).initialize(to: Atomic(nil)) }
  }

  deinit {
    for list in 0..<lists.listCount { ends[list].load(ordering: .acquiring)?.deallocate() }
    ends.deallocate()
  }

  /// Whether no row below `limit` has replaced or removed this vector.
  static func isNewest(
    _ place: RowPlace, below limit: UInt64, ends: UnsafeMutablePointer<Atomic<Ends?>>
  ) -> Bool {
    guard let list = ends[Int(place.list)].load(ordering: .acquiring) else { return true }
    return list[Int(place.offset)].load(ordering: .relaxed) >= limit
  }

  /// The place of an id's newest version, if it is in the base; prepares the list for a mark.
  ///
  /// - Throws: `IndexError.storage`.
  /// - Complexity: O(1), in a file O(log n).
  func newestPlace(of id: UInt64) throws(IndexError) -> RowPlace? {
    guard let place = try lists.place(of: id), Self.isNewest(place, below: .max, ends: ends) else { return nil }
    try makeEnds(of: place.list)
    return place
  }

  /// Marks the version at a place that `newestPlace` returned as ended by a row, if it still is the newest version.
  ///
  /// - Complexity: O(1).
  func supersede(_ id: UInt64, at place: RowPlace, by row: UInt64) -> Bool {
    guard let list = ends[Int(place.list)].load(ordering: .relaxed),
      list[Int(place.offset)].load(ordering: .relaxed) == MemTableEntry.never
    else { return false }
    list[Int(place.offset)].store(row, ordering: .relaxed)
    superseded.append((id, row))
    return true
  }

  /// Bytes of the marks and tables beside the lists.
  var memoryBytes: Int {
    (endCount + lists.listCount) * MemoryLayout<UInt64>.stride
      + superseded.capacity * MemoryLayout<(id: UInt64, row: UInt64)>.stride
  }

  private func makeEnds(of list: UInt32) throws(IndexError) {
    guard ends[Int(list)].load(ordering: .relaxed) == nil else { return }
    let count = try lists.rowCount(of: list)
    let made = Ends.allocate(capacity: count)
    for offset in 0..<count { (made + offset).initialize(to: Atomic(MemTableEntry.never)) }
    ends[Int(list)].store(made, ordering: .releasing)
    endCount += count
  }
}
