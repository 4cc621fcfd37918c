import Foundation
import Synchronization

/// `payloads.jsonl` of qdrant's datasets: a JSON object for each row, whose members are the columns.
///
/// Members of objects within are called `outer.inner`; lists are sets of tags. Columns of whole and other numbers are
/// floats, and those of different kinds strings.
///
/// Source: `dataset_reader/json_reader.py`, https://github.com/qdrant/vector-db-benchmark.
final class PayloadFile: MetadataSource {
  private let lines: JSONLines
  /// What a first pass over the file has found.
  private let known = Mutex<[DatasetMetadata.Column]?>(nil)

  var rows: Int { lines.count }
  var path: String { lines.path }

  /// - Throws: `DatasetError.cannotRead`.
  init(_ path: String) throws(DatasetError) { lines = try JSONLines(path) }

  func columns() throws(DatasetError) -> [DatasetMetadata.Column] {
    if let columns = known.withLock({ $0 }) { return columns }
    var kinds: [String: DatasetMetadata.Kind] = [:]
    for line in 0..<lines.count {
      for (name, value) in try members(line) {
        guard let kind = value.kind else { continue }
        kinds[name] = kinds[name].map { Self.common($0, kind) } ?? kind
      }
    }
    let columns = kinds.sorted { $0.key < $1.key }.map { DatasetMetadata.Column(name: $0.key, kind: $0.value) }
    known.withLock { $0 = columns }
    return columns
  }

  func values(of column: DatasetMetadata.Column) throws(DatasetError) -> DatasetMetadata.Values {
    var values: [Value?] = []
    for line in 0..<lines.count { values.append(try members(line)[column.name]) }
    switch column.kind {
    case .integers: return .integers(values.map { $0?.integer })
    case .floats: return .floats(values.map { $0?.float })
    case .strings: return .strings(values.map { $0?.text })
    case .tags:
      var (starts, tags) = ([0], [Int32]())
      var numbers: [String: Int32] = [:]
      for value in values {
        for name in value?.tags ?? [] {
          let number = numbers[name] ?? Int32(numbers.count)
          numbers[name] = number
          tags.append(number)
        }
        starts.append(tags.count)
      }
      let names = numbers.sorted { $0.value < $1.value }.map(\.key)
      return .tags(TagSets(starts: starts, tags: tags, tagCount: names.count, names: names))
    }
  }

  private static func common(_ a: DatasetMetadata.Kind, _ b: DatasetMetadata.Kind) -> DatasetMetadata.Kind {
    if a == b { return a }
    if [a, b].contains(.tags) { return .tags }
    return [a, b].contains(.strings) ? .strings : .floats
  }

  /// What a member can be.
  private enum Value {
    case null
    case integer(Int64)
    case float(Double)
    case text(String)
    case list([Value])

    var kind: DatasetMetadata.Kind? {
      switch self {
      case .null: nil
      case .integer: .integers
      case .float: .floats
      case .text: .strings
      case .list: .tags
      }
    }

    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    var float: Double? {
      switch self {
      case .integer(let number): Double(number)
      case .float(let number): number
      case .null, .text, .list: nil
      }
    }

    var text: String? {
      switch self {
      case .null: nil
      case .integer(let number): "\(number)"
      case .float(let number): "\(number)"
      case .text(let text): text
      case .list(let values): values.compactMap(\.text).joined(separator: ",")
      }
    }

    var tags: [String] {
      switch self {
      case .list(let values): values.compactMap(\.text)
      case .null, .integer, .float, .text: text.map { [$0] } ?? []
      }
    }

    init(_ json: Any) {
      switch json {
      case let number as NSNumber where number.objCType.pointee == CChar(UInt8(ascii: "d")):
        self = .float(number.doubleValue)
      case let number as NSNumber: self = .integer(number.int64Value)
      case let text as String: self = .text(text)
      case let list as [Any]: self = .list(list.map(Value.init))
      default: self = .null
      }
    }
  }

  /// The members of a line's object, those of objects within too.
  private func members(_ line: Int) throws(DatasetError) -> [String: Value] {
    var members: [String: Value] = [:]
    func add(_ object: [String: Any], _ prefix: String) {
      for (name, value) in object {
        if let inner = value as? [String: Any] {
          add(inner, "\(prefix)\(name).")
        } else {
          members[prefix + name] = Value(value)
        }
      }
    }
    add(try lines.object(line), "")
    return members
  }
}
