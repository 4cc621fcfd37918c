import Foundation
import TestSupport
import Testing
import VectorCore
import VectorIndexes

/// How often a writer is killed; `RECALLBENCH_KILL_ROUNDS=200` for the full count.
let persistentKillRounds = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap(Int.init) ?? 10

/// An index in a file whose contents a test can read.
protocol HistoryIndex: PersistentIndex {
  /// The insertion sequence of the next vector.
  var nextSequence: UInt64 { get }
  /// What the index holds against its own promises; nothing, if it is right.
  func contradictions() throws -> [String]
  /// Every vector with its id and metadata, until the body says false.
  func forEachStored(_ body: (UInt64, [Float], Metadata) -> Bool) throws
}

/// A history of transactions, each of which follows from its number.
struct PersistentHistory<Index: HistoryIndex> {
  static var dimension: Int { 24 }
  static var batch: Int { 5 }
  /// Ids, and in which transaction they were last written.
  private(set) var written: [UInt64: Int] = [:]
  private(set) var number = 0

  /// Takes the history to a transaction.
  mutating func advance(to number: Int) {
    while self.number < number {
      self.number += 1
      for id in Self.ids(of: self.number) { written[id] = self.number }
      written[Self.removed(by: self.number)] = nil
    }
  }

  /// What comes before the first transaction.
  static func train(_ index: Index) throws {
    try index.train(RandomVectors.uniform.matrix(100, dimension: dimension, seed: 1), threads: 1)
    try index.commit()
  }

  /// Writes the transactions that follow, one by one, until something fails.
  static func write(to index: Index, acknowledge: (_ number: Int) -> Void) throws {
    if !index.isTrained { try train(index) }
    while true {
      let number = number(of: index) + 1
      let ids = ids(of: number)
      try index.insertBatch(
        ids: ids, vectors: Matrix(ids.map { vector(of: $0, number) }),
        metadata: ids.map { ["number": .integer(Int64($0))] }, onConflict: .replace, threads: 1)
      try index.remove(id: removed(by: number))
      if number % 20 == 0 { try index.retrain(threads: 1) }
      try index.commit()
      acknowledge(number)
    }
  }

  /// The transaction that an index was last written by: each takes as many sequences.
  static func number(of index: Index) -> Int { Int(index.nextSequence) / batch }

  /// Whether an index has exactly what this history has, and its tables agree.
  func check(_ index: Index, _ context: String) throws {
    #expect(try index.contradictions() == [], "\(context)")
    #expect(index.count == written.count, "\(context)")
    try index.forEachStored { id, vector, metadata in
      guard let number = written[id], vector == Self.vector(of: id, number),
        metadata == ["number": .integer(Int64(id))]
      else {
        Issue.record("\(context): id \(id) is not what transaction \(String(describing: written[id])) wrote")
        return false
      }
      return true
    }
  }

  private static func ids(of number: Int) -> [UInt64] {
    (0..<batch).map { UInt64((number * 7 + $0 * 31) % 211) }
  }

  private static func removed(by number: Int) -> UInt64 { UInt64((number * 13 + 5) % 211) }

  private static func vector(of id: UInt64, _ number: Int) -> [Float] {
    RandomVectors.uniform.matrix(1, dimension: dimension, seed: id * 100_003 + UInt64(number)).array(0)
  }
}
