import CKernels
import VectorCore

/// The distances of lists from a query, by which lists are compared; `euclidean` ones are squared.
struct ListDistances {
  let distances: UnsafePointer<Float>
  /// The numbers of the lists, in the same order; `nil` if the list at place i has the number i.
  let numbers: UnsafePointer<UInt32>?
  let count: Int

  /// Offers all lists that can be among the `answer.k` nearest. - Complexity: O(count).
  func offerNearest(to answer: inout TopK) {
    guard answer.k > 0 else { return }
    offer(within: limit(ofNearest: answer.k, of: UnsafeBufferPointer(start: distances, count: count)), to: &answer)
  }

  /// Resets an answer to the number of lists within a margin of the nearest one, and offers these.
  ///
  /// - Complexity: O(count).
  func offer(withinMargin margin: Float, to answer: inout TopK) {
    var nearest = Float.infinity
    for place in 0..<count where distances[place] < nearest { nearest = distances[place] }
    let limit = nearest + margin
    var within = 0
    for place in 0..<count { within += distances[place] > limit ? 0 : 1 }
    answer.reset(k: within)
    offer(within: limit, to: &answer)
  }

  private func offer(within limit: Float, to answer: inout TopK) {
    // With `<=`, a NaN distance would be dropped; it must count as infinity.
    for place in 0..<count where !(distances[place] > limit) {
      let number = numbers.map { UInt64($0[place]) } ?? UInt64(place)
      answer.offer(Neighbor(distance: distances[place], sequence: number, id: number))
    }
  }
}
