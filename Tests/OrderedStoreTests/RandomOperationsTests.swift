import OrderedStore
import Testing
import VectorCore

/// What a store holds, in the plainest way.
private struct Model: Equatable {
  private var tables: [String: [[UInt8]: [UInt8]]] = [:]

  var names: [String] { tables.keys.sorted() }

  func count(of table: String) -> Int { tables[table]?.count ?? 0 }

  subscript(key: [UInt8], table: String) -> [UInt8]? { tables[table]?[key] }

  mutating func put(_ value: [UInt8], for key: [UInt8], in table: String) { tables[table, default: [:]][key] = value }

  mutating func remove(_ key: [UInt8], from table: String) -> Bool { tables[table]?.removeValue(forKey: key) != nil }

  mutating func clear(_ table: String) { if tables[table] != nil { tables[table] = [:] } }

  func last(of table: String) -> [UInt8]? { sortedKeys(table).last }

  func entries(of table: String, _ range: KeyRange, _ direction: ScanDirection) -> [[[UInt8]]] {
    let keys = sortedKeys(table).filter { key in
      let isAbove =
        switch range.lower {
        case .unbounded: true
        case .included(let bound): !key.lexicographicallyPrecedes(bound)
        case .excluded(let bound): bound.lexicographicallyPrecedes(key)
        }
      let isBelow =
        switch range.upper {
        case .unbounded: true
        case .included(let bound): !bound.lexicographicallyPrecedes(key)
        case .excluded(let bound): key.lexicographicallyPrecedes(bound)
        }
      return isAbove && isBelow
    }
    let entries = keys.map { [$0, tables[table]?[$0] ?? []] }
    return direction == .ascending ? entries : entries.reversed()
  }

  private func sortedKeys(_ table: String) -> [[UInt8]] {
    (tables[table] ?? [:]).keys.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

@Suite struct RandomOperationsTests {
  @Test(arguments: [(StoreKind.lmdb, 1 as UInt64), (.lmdb, 2), (.memory, 3)])
  func aStoreAgreesWithAPlainModelAtEveryStep(_ kind: StoreKind, _ seed: UInt64) throws {
    try kind.withStore { store in
      var run = Run(store: store, seed: seed)
      for step in 0..<1_500 {
        try run.step()
        if step % 200 == 199 { try run.compareAll() }
      }
      try run.compareAll()
    }
  }

  private struct Run {
    let store: any OrderedStore
    var generator: SeededGenerator
    /// What is committed, and what the open transaction has made of it.
    var committed = Model()
    var current = Model()
    var transaction: (any StoreTransaction)?
    var snapshots: [(snapshot: any StoreSnapshot, model: Model)] = []

    init(store: any OrderedStore, seed: UInt64) {
      self.store = store
      generator = SeededGenerator(seed: seed)
    }

    mutating func key() -> [UInt8] {
      // Prefixes of each other, runs of one byte, and long keys that make branches deep.
      switch generator.next(below: 8) {
      case 0: Array(repeating: UInt8(generator.next(below: 3)) &* 127, count: 1 + generator.next(below: 4))
      case 1: Array(repeating: 9, count: 400) + [UInt8(generator.next(below: 40))]
      default: [UInt8(generator.next(below: 6)), UInt8(generator.next(below: 100))]
      }
    }

    mutating func value() -> [UInt8] {
      let count = generator.next(below: 24) == 0 ? generator.next(below: 9_000) : generator.next(below: 60)
      return Array(repeating: UInt8(generator.next(below: 256)), count: count)
    }

    mutating func table() -> String { ["a", "b", "a longer name"][generator.next(below: 3)] }

    mutating func range() -> KeyRange {
      func bound(_ generator: inout SeededGenerator, _ key: [UInt8]) -> KeyRange.Bound {
        [.unbounded, .included(key), .excluded(key)][generator.next(below: 3)]
      }
      let (first, second) = (key(), key())
      return KeyRange(lower: bound(&generator, first), upper: bound(&generator, second))
    }

    mutating func step() throws {
      let table = table()
      guard let transaction else {
        transaction = try store.begin()
        current = committed
        return
      }
      switch generator.next(below: 40) {
      case 0..<16:
        let (key, value) = (key(), value())
        try transaction.put(value, for: key, in: table)
        current.put(value, for: key, in: table)
      case 16..<24:
        let key = key()
        #expect(try transaction.remove(key, from: table) == current.remove(key, from: table))
      case 24:
        let (key, value) = (key(), value())
        let isLast = current.last(of: table).map { $0.lexicographicallyPrecedes(key) } ?? true
        let refused = refusal { try transaction.put(value, for: key, in: table, appending: true) }
        #expect(refused == (isLast ? nil : .keyNotLast))
        if isLast { current.put(value, for: key, in: table) }
      case 25 where generator.next(below: 5) == 0:
        try transaction.clear(table)
        current.clear(table)
      case 26:
        try transaction.commit()
        self.transaction = nil
        committed = current
      case 27:
        if generator.next(below: 2) == 0 { transaction.abort() }
        self.transaction = nil
      case 28, 29:
        if snapshots.count == 5 {
          let (snapshot, model) = snapshots.remove(at: generator.next(below: 5))
          try compare(snapshot, with: model)
        }
        snapshots.append((try store.snapshot(), committed))
      case 30..<36:
        let key = key()
        #expect(try transaction.bytes(for: key, in: table) == current[key, table])
        #expect(try transaction.count(of: table) == current.count(of: table))
      default:
        let (range, direction) = (range(), ScanDirection.allCases[generator.next(below: 2)])
        try compare(transaction, with: current, table, range, direction)
        guard let (snapshot, model) = snapshots.randomElement(using: &generator) else { return }
        try compare(snapshot, with: model, table, range, direction)
      }
    }

    func compareAll() throws {
      if let transaction { try compare(transaction, with: current) }
      try compare(store.snapshot(), with: committed)
      for (snapshot, model) in snapshots { try compare(snapshot, with: model) }
    }

    func compare(_ reader: any StoreReader, with model: Model) throws {
      #expect(reader.tables == model.names)
      for table in model.names {
        #expect(try reader.count(of: table) == model.count(of: table))
        for direction in ScanDirection.allCases {
          try compare(reader, with: model, table, .all, direction)
        }
      }
    }

    private func compare(
      _ reader: any StoreReader, with model: Model, _ table: String, _ range: KeyRange, _ direction: ScanDirection
    ) throws {
      let isSame = try reader.entries(of: table, range, direction) == model.entries(of: table, range, direction)
      #expect(isSame, "\(table), \(range), \(direction)")
    }
  }
}
