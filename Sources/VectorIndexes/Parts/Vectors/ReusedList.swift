/// Room for elements, kept from search to search.
struct ReusedRoom<Element: BitwiseCopyable>: ~Copyable {
  private var room = UnsafeMutableBufferPointer<Element>.allocate(capacity: 0)

  deinit { room.deallocate() }

  /// Uninitialised room for `count` elements, until the next call.
  mutating func elements(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    if room.count < count {
      room.deallocate()
      room = .allocate(capacity: count)
    }
    return UnsafeMutableBufferPointer(rebasing: room[..<count])
  }
}

/// Elements in the order in which they were added, in memory that is kept from search to search.
///
/// An `Array` in a scratch that searches share would be checked for other owners with each element that is added.
struct ReusedList<Element: BitwiseCopyable>: ~Copyable {
  private(set) var count = 0
  private var capacity = 256
  private var elements: UnsafeMutablePointer<Element>

  init() { elements = .allocate(capacity: capacity) }

  deinit { elements.deallocate() }

  mutating func removeAll() { count = 0 }

  subscript(index: Int) -> Element { elements[index] }

  /// - Complexity: amortised O(1).
  mutating func append(_ element: Element) {
    if count == capacity {
      let grown = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
      grown.moveInitialize(from: elements, count: count)
      elements.deallocate()
      elements = grown
      capacity *= 2
    }
    (elements + count).initialize(to: element)
    count += 1
  }
}
