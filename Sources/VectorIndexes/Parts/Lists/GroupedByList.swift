/// Elements grouped by the lists to which they belong, such as the queries of a batch by the lists that they probe.
///
/// They are sorted by counting: an array for each list would be allocated anew for each batch.
struct GroupedByList<Element: BitwiseCopyable> {
  private let lists: Int
  private var elements: [(list: UInt32, element: Element)] = []

  init(lists: Int) { self.lists = lists }

  /// About the bytes that so many elements take, sorted and unsorted.
  static func bytes(of elements: Int) -> Int {
    elements * (MemoryLayout<(list: UInt32, element: Element)>.stride + MemoryLayout<Element>.stride)
  }

  /// - Complexity: amortised O(1).
  mutating func append(_ element: Element, to list: UInt32) { elements.append((list, element)) }

  /// Passes each list with elements to `body`, in ascending order, with its elements in the order of their addition.
  ///
  /// - Complexity: O(elements + lists).
  func forEachList(_ body: (_ list: UInt32, _ elements: ArraySlice<Element>) -> Void) {
    var ends = [Int](repeating: 0, count: lists + 1)
    for (list, _) in elements { ends[Int(list) + 1] += 1 }
    for list in 0..<lists { ends[list + 1] += ends[list] }
    // Each list's end begins at its start and moves on with its elements.
    let sorted = [Element](unsafeUninitializedCapacity: elements.count) { sorted, count in
      for (list, element) in elements {
        sorted.initializeElement(at: ends[Int(list)], to: element)
        ends[Int(list)] += 1
      }
      count = elements.count
    }
    var start = 0
    for list in 0..<lists where ends[list] > start {
      body(UInt32(list), sorted[start..<ends[list]])
      start = ends[list]
    }
  }
}
