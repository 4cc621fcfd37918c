import VectorCore
import VectorSearch

extension CheckRun {
  /// Records the message unless the condition is true.
  func expect(_ holds: Bool, _ message: @autoclosure () -> String) {
    if !holds { record(message()) }
  }

  /// Expects two values to be equal.
  func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) {
    if found != expected { record("\(what()): expected \(text(of: expected)), found \(text(of: found))") }
  }

  /// Expects identical neighbours: ids, distances and insertion sequences.
  func expectEqual(_ found: [Neighbor], _ expected: [Neighbor], _ what: @autoclosure () -> String) {
    guard found != expected else { return }
    let place = zip(found, expected).enumerated().first { $1.0 != $1.1 }
    if let (rank, (own, right)) = place {
      record("\(what()): expected \(text(of: right)) at place \(rank), found \(text(of: own))")
    } else {
      record("\(what()): expected \(expected.count) neighbours, found \(found.count)")
    }
  }

  /// Expects identical answers to several queries.
  func expectEqual(_ found: [[Neighbor]], _ expected: [[Neighbor]], _ what: @autoclosure () -> String) {
    guard found != expected else { return }
    for (query, (own, right)) in zip(found, expected).enumerated() where own != right {
      return expectEqual(own, right, "\(what()), query \(query)")
    }
  }

  /// Expects the answer to have these ids in this order; the answer of an approximate search may lack some.
  func expectIDs(_ found: [Neighbor], _ expected: [UInt64], _ what: @autoclosure () -> String) {
    let ids = found.map(\.id)
    if setup.isExhaustive { return expectEqual(ids, expected, what()) }
    var rest = expected[...]
    for id in ids {
      guard let place = rest.firstIndex(of: id) else {
        return record("\(what()): expected some of \(text(of: expected)) in this order, found \(text(of: ids))")
      }
      rest = rest[(place + 1)...]
    }
  }

  /// Expects the answer to have this many neighbours; the answer of an approximate search may have fewer.
  func expectCount(_ found: [Neighbor], _ count: Int, _ what: @autoclosure () -> String) {
    if setup.isExhaustive {
      expectEqual(found.count, count, what() + ", number of neighbours")
    } else {
      expect(found.count <= count, "\(what()): expected at most \(count) neighbours, found \(found.count)")
    }
  }

  /// Expects each id once, distances in ascending order, and no distance that is NaN or −0.
  ///
  /// - Parameter byInsertion: whether equal distances must be in the order of insertion. Two squares that differ in the
  ///   last bit may have the same root, so only exact distances show the order of ties.
  func expectOrder(_ found: [Neighbor], byInsertion: Bool, _ what: @autoclosure () -> String) {
    var seen: Set<UInt64> = []
    for (rank, neighbor) in found.enumerated() {
      expect(seen.insert(neighbor.id).inserted, "\(what()): expected each id once, found id \(neighbor.id) again")
      expect(!neighbor.distance.isNaN, "\(what()): expected a distance, found NaN for id \(neighbor.id)")
      expect(
        neighbor.distance.sign == .plus || neighbor.distance != 0,
        "\(what()): expected a distance of 0, found −0 for id \(neighbor.id)")
      guard rank > 0 else { continue }
      let before = found[rank - 1]
      let isOrdered = byInsertion ? before.precedes(neighbor) : before.distance <= neighbor.distance
      let order = byInsertion ? "(distance, insertion sequence)" : "distance"
      expect(
        isOrdered,
        "\(what()): expected neighbours in the order of \(order), found \(text(of: before)) before "
          + text(of: neighbor))
    }
  }

  /// Expects an answer to be the first `k` of a ranking, as far as the setup promises that.
  ///
  /// Distances may differ by rounding, and so may the ids of vectors whose distances are equal within rounding.
  ///
  /// - Parameters:
  ///   - ranking: all vectors that may be found, in the order of brute force.
  ///   - exactDistances: whether all distances are exact in Float32, so that ties are known; then these exact ids are
  ///     expected.
  func expectAnswer(
    _ found: [Neighbor], nearest k: Int, of ranking: [BruteForce.Answer], exactDistances: Bool,
    _ what: @autoclosure () -> String
  ) {
    expectCount(found, min(k, ranking.count), what())
    let exactDistances = exactDistances && setup.hasTrueDistances
    expectOrder(found, byInsertion: exactDistances, what())
    let places = Dictionary(uniqueKeysWithValues: ranking.enumerated().map { ($1.id, $0) })
    var last = -1
    for (rank, neighbor) in found.enumerated() {
      guard let place = places[neighbor.id] else {
        return record("\(what()): expected stored ids that the filter accepts, found \(text(of: neighbor))")
      }
      guard setup.hasTrueDistances else { continue }
      let own = ranking[place]
      guard isClose(neighbor.distance, own.distance) else {
        return record("\(what()): expected id \(own.id) at \(own.distance), found \(text(of: neighbor))")
      }
      if exactDistances, place < last {
        return record(
          "\(what()): expected \(text(of: neighbor)) before \(text(of: found[rank - 1])), which was "
            + "inserted later, found it behind")
      }
      last = place
      guard setup.isExhaustive, rank < ranking.count else { continue }
      let right = ranking[rank]
      guard isClose(neighbor.distance, right.distance), !exactDistances || neighbor.id == right.id else {
        return record(
          "\(what()): expected id \(right.id) at \(right.distance) at place \(rank), found \(text(of: neighbor))")
      }
    }
  }

  /// Whether a reported distance equals the true one within rounding.
  func isClose(_ distance: Float, _ truth: Double) -> Bool { abs(Double(distance) - truth) <= 1e-5 * (1 + abs(truth)) }

  /// Expects the body to throw exactly this error.
  func expectRefused(_ expected: IndexError, _ what: @autoclosure () -> String, _ body: () throws -> Void) {
    do {
      try body()
      record("\(what()): expected the error \(text(of: expected)), found none")
    } catch {
      guard let error = error as? IndexError, Self.areSame(error, expected) else {
        return record("\(what()): expected the error \(text(of: expected)), found \(text(of: error))")
      }
    }
  }

  /// Whether the errors are equal; NaN counts as equal to NaN.
  private static func areSame(_ a: IndexError, _ b: IndexError) -> Bool {
    guard case .notFinite(let row, let component, let value) = a, value.isNaN,
      case .notFinite(row, component, let other) = b
    else { return a == b }
    return other.isNaN
  }
}
