import Foundation
import Testing
import VectorCore

@testable import OrderedStore

@Suite struct FileCheckTests {
  private let folder: TemporaryFolder
  /// A store with branches, leaves, large values and free pages.
  private let whole: [UInt8]
  private let expected: [String: [[[UInt8]]]]

  init() throws {
    folder = try TemporaryFolder()
    let store = try LMDBStore.open(folder.file, for: .test, durability: .noSync)
    for commit in 0..<6 {
      try store.write { transaction throws(StoreError) in
        for number in 0..<120 where number % 6 <= commit {
          let bytes = [UInt8](repeating: UInt8(number), count: number % 20 == 0 ? 9_000 + number : 30 + commit)
          try transaction.put(bytes, for: "key \(1_000 + number)".key, in: number % 5 == 0 ? "few" : "many")
        }
        try transaction.put(
          [UInt8](repeating: 3, count: 70), for: [UInt8](repeating: 9, count: 300 + commit), in: "long")
        for number in 0..<40 {
          try transaction.put([UInt8(commit)], for: [UInt8](repeating: UInt8(number), count: 400), in: "long")
        }
      }
    }
    whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file)))
    expected = try Self.contents(store)
  }

  private static func contents(_ store: LMDBStore) throws -> [String: [[[UInt8]]]] {
    let snapshot = try store.snapshot()
    return try Dictionary(uniqueKeysWithValues: snapshot.tables.map { ($0, try snapshot.entries(of: $0)) })
  }

  /// Opens, reads, changes and reads a file of these bytes: whether an error has told of the damage.
  ///
  /// Records an issue when something else than what was stored came out.
  private func isRefused(_ bytes: [UInt8], _ comment: String) throws -> Bool {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file))
    do {
      do {
        let reader = try LMDBStore.open(readOnly: folder.file, for: .test)
        let isRight = try Self.contents(reader) == expected
        #expect(isRight, "\(comment)")
      }
      let store = try LMDBStore.open(folder.file, for: .test, durability: .noSync)
      try store.write { transaction throws(StoreError) in
        for number in 0..<30 {
          try transaction.put([UInt8](repeating: 0, count: number * 400), for: [UInt8(number)], in: "later")
        }
      }
      var contents = try Self.contents(store)
      let later = contents.removeValue(forKey: "later")?.count
      #expect(later == 30, "\(comment)")
      let isRight = contents == expected
      #expect(isRight, "\(comment)")
      return false
    } catch is StoreError {
      return true
    }
  }

  @Test func theWholeFilePasses() throws {
    #expect(try !isRefused(whole, "whole"))
    // It has what the other tests are to damage.
    #expect(whole.count > 100_000 && expected.count == 3)
  }

  @Test func aTruncatedFileIsRefusedOrRight() throws {
    var refused = 0
    for cut in stride(from: 1, to: whole.count, by: whole.count / 30) {
      if try isRefused(Array(whole.dropLast(cut)), "\(cut) bytes shorter") { refused += 1 }
    }
    #expect(refused >= 28)
    try Data(whole[..<(whole.count / 2)]).write(to: URL(fileURLWithPath: folder.file))
    guard case .truncated(whole.count / 2, let needed) = refusal({ _ = try LMDBStore.open(folder.file, for: .test) })
    else {
      Issue.record("not told to be truncated")
      return
    }
    #expect((whole.count / 2 + 1...whole.count).contains(needed))
  }

  @Test func anAlteredBitIsRefusedOrHarmless() throws {
    var generator = SeededGenerator(seed: 17)
    var refused = 0
    let pageSize = MetaPage.pageSize(of: whole)
    for round in 0..<160 {
      var bytes = whole
      // Half of them where pages say what is in them.
      let bit =
        round % 2 == 0
        ? generator.next(below: bytes.count * 8)
        : generator.next(below: bytes.count / pageSize) * pageSize * 8 + generator.next(below: 160 * 8)
      bytes[bit / 8] ^= 1 << (bit % 8)
      if try isRefused(bytes, "bit \(bit)") { refused += 1 }
    }
    // The others hit free pages and unused bytes.
    #expect(refused > 25)
  }

  @Test func everyBitOfTheMetaPagesIsRefusedOrHarmless() throws {
    let pageSize = MetaPage.pageSize(of: whole)
    for page in 0..<2 {
      for bit in stride(from: 0, to: PageLayout.metaBytes * 8, by: 11) {
        var bytes = whole
        bytes[page * pageSize + bit / 8] ^= 1 << (bit % 8)
        _ = try isRefused(bytes, "bit \(bit) of meta page \(page)")
      }
    }
  }

  /// Whoever it is, that it has a lock on the file does not vouch for what is in it.
  @Test func aFileThatSomebodyElseLocksIsCheckedNevertheless() throws {
    let lock = open(folder.file, O_RDONLY)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    #expect(try Self.contents(LMDBStore.open(readOnly: folder.file, for: .test)) == expected)
    // A small value's bytes, wherever they are: not its page, but its checksum tells.
    var bytes = Data(whole)
    while let place = bytes.range(of: Data(repeating: 21, count: 30)) {
      bytes.replaceSubrange(place, with: Data(repeating: 22, count: 30))
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file))
    try file.write(contentsOf: bytes)
    try file.close()
    guard case .corrupted? = refusal({ _ = try LMDBStore.open(readOnly: folder.file, for: .test) }) else {
      Issue.record("a damaged file was opened")
      return
    }
    #expect(refusal { _ = try LMDBStore.open(folder.file, for: .test) } == .writerElsewhere)
  }

  /// Neither looks damaged: the keys keep their order, and the number is one that a meta page could have.
  @Test func anotherKeyNameOrTransactionIsRefused() throws {
    func refused(_ bytes: [UInt8]) throws -> Bool {
      try Data(bytes).write(to: URL(fileURLWithPath: folder.file))
      return refusal { _ = try LMDBStore.open(readOnly: folder.file, for: .test) } != nil
    }
    // A large value's key, a small one's, and a table's name, on all pages that ever had them.
    for (old, new) in [("key 1020", "key 102/"), ("key 1021", "key 1020"), ("many", "manz")] {
      var bytes = Data(whole)
      while let place = bytes.range(of: Data(old.utf8)) { bytes.replaceSubrange(place, with: Data(new.utf8)) }
      #expect(try refused(Array(bytes)), "\(old) is \(new)")
    }
    let pageSize = MetaPage.pageSize(of: whole)
    for page in 0..<2 {
      for bit in 0..<8 {
        var bytes = whole
        bytes[page * pageSize + PageLayout.metaBytes - 8] ^= 1 << bit
        #expect(try refused(bytes), "bit \(bit) of the transaction of meta page \(page)")
      }
    }
  }

  @Test func pagesInTheWrongPlaceAreRefusedOrHarmless() throws {
    var generator = SeededGenerator(seed: 5)
    let pageSize = MetaPage.pageSize(of: whole)
    for round in 0..<30 {
      var bytes = whole
      let (from, to) = (generator.next(below: bytes.count / pageSize), generator.next(below: bytes.count / pageSize))
      let page =
        round % 3 == 0 ? Array(repeating: 0, count: pageSize) : Array(whole[from * pageSize..<(from + 1) * pageSize])
      bytes.replaceSubrange(to * pageSize..<(to + 1) * pageSize, with: page)
      _ = try isRefused(bytes, "page \(from) at \(to)")
    }
  }

  /// What LMDB writes must always pass.
  @Test func noHistoryOfChangesIsRefused() throws {
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<40 {
      let store = try LMDBStore.open(folder.file, for: .test, durability: .noSync)
      for _ in 0..<1 + generator.next(below: 4) {
        let transaction = try store.begin()
        for _ in 0..<generator.next(below: 120) {
          let table = ["a", "b", "c"][generator.next(below: 3)]
          let key = [UInt8](repeating: UInt8(generator.next(below: 60)), count: 1 + generator.next(below: 3) * 200)
          switch generator.next(below: 60) {
          case 0: try transaction.clear(table)
          case 1..<25: try transaction.remove(key, from: table)
          default:
            let count = [20, 300, 5_000, 40_000][generator.next(below: 4)]
            try transaction.put([UInt8](repeating: 1, count: generator.next(below: count)), for: key, in: table)
          }
        }
        if generator.next(below: 4) > 0 { try transaction.commit() }
      }
    }
  }
}

extension MetaPage {
  fileprivate static func pageSize(of file: [UInt8]) -> Int {
    file.withUnsafeBytes { (try? MetaPage($0, number: 0, at: 0))?.pageSize ?? 0 }
  }
}
