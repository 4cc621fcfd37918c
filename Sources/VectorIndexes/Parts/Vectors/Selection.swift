/// Moves the `wanted` least of `count` elements to the front, in any order (Hoare's selection).
///
/// Written here because Swift's standard library has no selection algorithm.
///
/// - Complexity: O(count) on average.
@inline(__always)
func moveLeast<Element>(
  _ wanted: Int, of elements: UnsafeMutablePointer<Element>, count: Int, by precedes: (Element, Element) -> Bool
) {
  var low = 0
  var high = count - 1
  while low < high, wanted < count {
    let pivot = elements[(low + high) / 2]
    var left = low
    var right = high
    while left <= right {
      while precedes(elements[left], pivot) { left += 1 }
      while precedes(pivot, elements[right]) { right -= 1 }
      if left <= right {
        (elements[left], elements[right]) = (elements[right], elements[left])
        left += 1
        right -= 1
      }
    }
    if wanted <= right {
      high = right
    } else if wanted > left {
      low = left
    } else {
      return
    }
  }
}
