import VectorCore
import VectorSearch

/// One operation of a random history; vectors are rows of a pool.
enum RandomOperation: Sendable {
  /// An insertion with the rule `replace`, with a `group` as metadata or without metadata.
  case replace(id: UInt64, row: Int, group: Int64?)
  /// An insertion with the rule `fail`, which is refused if the id is stored.
  case insert(id: UInt64, row: Int)
  /// A removal of an id, which may not be stored.
  case remove(id: UInt64)
  /// A batch with the rule `replace`, in which an id may be repeated.
  case batch(ids: [UInt64], rows: [Int])
  /// A search of all vectors, or of those in group 1.
  case search(row: Int, k: Int, isFiltered: Bool)
  /// A new training, if the index supports it.
  case retrain

  /// A random history of the given length. There are few ids and vectors, so conflicts and ties are common.
  static func history(of length: Int, pool: Int, seed: UInt64) -> [RandomOperation] {
    var generator = SeededGenerator(seed: seed)
    func anyID() -> UInt64 { UInt64(generator.next(below: 150)) }
    func anyRow() -> Int { generator.next(below: pool) }
    return (0..<length).map { number in
      // Sometimes there is nothing but a removal between two trainings.
      switch number % 500 {
      case 497, 499: return .retrain
      case 498: return .remove(id: anyID())
      default: break
      }
      switch generator.next(below: 20) {
      case 0..<7:
        let group = generator.next(below: 2) == 0 ? nil : Int64(generator.next(below: 3))
        return .replace(id: anyID(), row: anyRow(), group: group)
      case 7..<10: return .insert(id: anyID(), row: anyRow())
      case 10..<15: return .remove(id: anyID())
      case 15: return .batch(ids: (0..<5).map { _ in anyID() }, rows: (0..<5).map { _ in anyRow() })
      default:
        return .search(row: anyRow(), k: 1 + generator.next(below: 30), isFiltered: generator.next(below: 2) == 1)
      }
    }
  }
}

extension RandomOperation: CustomStringConvertible {
  var description: String {
    switch self {
    case .replace(let id, let row, nil): "insert or replace id \(id) by vector \(row)"
    case .replace(let id, let row, let group?): "insert or replace id \(id) by vector \(row) with group = \(group)"
    case .insert(let id, let row): "insert id \(id) as vector \(row)"
    case .remove(let id): "remove id \(id)"
    case .batch(let ids, let rows): "insert or replace the ids \(ids) by the vectors \(rows)"
    case .search(let row, let k, false): "search for vector \(row) with k = \(k)"
    case .search(let row, let k, true): "search for vector \(row) with k = \(k) and the filter group = 1"
    case .retrain: "train again"
    }
  }
}
